use bstr::{BStr, BString, ByteSlice};

use crate::{
    diagnose::rules::authorization::loose::Loose,
    diagnose::{
        AwsCheck, Check, Circumstance, Examination, Fix, Observation, Rule, RuleStage, Tier,
    },
    evidence::Statement,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "authorization-space-wrong",
    summary: "there is not just one space behind the algorithm",
    stage: RuleStage::Authorization,
    tier: Tier::C,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
`Authorization` has one space between the algorithm and `Credential=`. The request has none, two, or
a tab.

## How it shows
Amazon S3 answers 400 `InvalidArgument`, *Authorization header is invalid -- one and only one ' '
(space) required.*

## How it is proved
The service says so, or it stands in the header. Of services other than Amazon S3 it is not known
that they mind, so there it is a suspicion.

## Fix
Put one space there.

## Seen in
versity/versitygw#478, versity/versitygw (source)
",
    check: Check::Observe(observe),
    fix,
};

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    let stated = it.says(&Statement::AuthorizationSpaces);
    let found = spaces(it).filter(|_| !it.passed(AwsCheck::Authorization));
    if !stated && found.is_none() {
        return Vec::new();
    }
    let circumstance = match stated || it.is_for_s3() {
        true => Circumstance::Stated,
        false => Circumstance::Suspected,
    };
    let mut observation = Observation::new(circumstance).at(it.header_place("authorization"));
    if let Some((scheme, space)) = found {
        let text = |space: &[u8]| [&scheme, space, b"Credential="].concat();
        observation = observation.shows(text(&space), text(b" "));
    }
    vec![observation]
}

/// The algorithm and the white space behind it, where that is not one space.
fn spaces(it: &Examination<'_>) -> Option<(BString, BString)> {
    let loose = Loose::of(it.authorization_text()?);
    let known = loose.is_version_4() && (loose.credential().is_some() || loose.space.is_empty());
    (known && loose.space != " " && loose.scheme.contains_str("SHA256"))
        .then(|| (loose.scheme.into(), loose.space.into()))
}

fn fix(it: &Examination<'_>, _parameter: Option<&BStr>) -> Fix {
    let fix = Fix::words("put one space between the algorithm and Credential=");
    let Some((scheme, space)) = spaces(it).filter(|(_, space)| !space.is_empty()) else {
        return fix;
    };
    let text = |space: &[u8]| BString::from([&scheme, space, b"Credential="].concat());
    let from = text(&space);
    fix.edit(from.clone(), text(b" "), it.locate(&from))
}

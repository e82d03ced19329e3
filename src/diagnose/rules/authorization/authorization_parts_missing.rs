use bstr::{BStr, BString, ByteSlice};

use crate::{
    diagnose::rules::authorization::loose::{Loose, NAMES},
    diagnose::{
        AwsCheck, Check, Circumstance, Examination, Fix, Observation, Rule, RuleStage, Tier,
    },
    evidence::{Statement, is_mask},
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "authorization-parts-missing",
    summary: "the authorization lacks a part",
    stage: RuleStage::Authorization,
    tier: Tier::B,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
An `Authorization` value has three parts, `Credential`, `SignedHeaders` and `Signature`, and the
request has a date beside it. One of the parts is not there; or a token of another kind (`Bearer`,
`Basic`) was sent to a route that wants a signature.

## How it shows
*Authorization header requires 'Credential' parameter. Authorization header requires 'Signature'
parameter. …*; Amazon S3: *the authorization header requires three components: Credential,
SignedHeaders, and Signature.*

## How it is proved
The service names the parts, or they are not in the header.

## Fix
Add the part; or send the kind of authorization that the route wants.

## Seen in
aws/chalice#828, brendanhay/amazonka#316, robmcvey/cakephp-amazon-s3#15
",
    check: Check::Observe(observe),
    fix,
};

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    if it.passed(AwsCheck::Authorization) {
        return Vec::new();
    }
    let said = it.states(|statement| match statement {
        Statement::AuthorizationPartsMissing(names) => Some(names.clone()),
        _ => None,
    });
    // Of a value that was cut, or of which a part was taken out, nobody knows what else it had.
    let is_cut = |text: &&BStr| {
        let last = text.rsplit_once_str("=").map(|(_, value)| value.trim());
        last.is_some_and(is_mask)
    };
    let text = it.authorization_text().filter(|text| !is_cut(text));
    let own = text.map(|text| Loose::of(text)).filter(Loose::is_version_4);
    let own = own.filter(|loose| !loose.space.is_empty() || loose.parts == [None; 3]);
    let missing: Vec<BString> = match own {
        Some(loose) => loose.missing().into_iter().map(Into::into).collect(),
        None => Vec::new(),
    };
    let missing = match (missing.is_empty(), &said) {
        (false, _) => missing,
        (true, Some(said)) => said.clone(),
        (true, None) => return Vec::new(),
    };
    let names = bstr::join(", ", &missing);
    let said_so = said.is_some();
    let wrapped = text.filter(|_| !said_so).and_then(|text| column(text));
    let circumstance = match wrapped {
        Some(_) => Circumstance::Suspected,
        None => Circumstance::Stated,
    };
    let mut observation = Observation::new(circumstance)
        .shows(text.unwrap_or_default(), NAMES.join(", "))
        .at(it.header_place("authorization"));
    if !missing.is_empty() {
        observation = observation.named(names);
    }
    if let Some(column) = wrapped {
        observation = observation.sign(format!(
            "the line ends at column {column}, as where a terminal wraps: the rest of the value may stand below"
        ));
    }
    if let Some(kind) = text.and_then(other_kind) {
        observation = observation.sign(kind);
    }
    vec![observation]
}

/// The width of a terminal at which the header's line ends just so, with or without an indent.
fn column(value: &[u8]) -> Option<usize> {
    const WIDTHS: [usize; 6] = [80, 100, 120, 132, 160, 200];
    const INDENTS: [usize; 3] = [0, 2, 4];
    let line = "Authorization: ".len() + value.len();
    let ends_at = |width: &usize| INDENTS.iter().any(|indent| line + indent == *width);
    WIDTHS.into_iter().find(ends_at)
}

/// What is said of a token of another kind.
fn other_kind(text: &BStr) -> Option<String> {
    let scheme = text.split_str(" ").next()?;
    ["Bearer", "Basic"]
        .iter()
        .find(|own| scheme.eq_ignore_ascii_case(own.as_bytes()))
        .map(|own| format!("the route wants a signature, and a {own} token was sent"))
}

fn fix(_it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    match parameter {
        Some(names) => {
            Fix::words([b"add ".as_slice(), names, b" to the Authorization value"].concat())
        }
        None => {
            Fix::words("send Credential, SignedHeaders and Signature in the Authorization value")
        }
    }
}

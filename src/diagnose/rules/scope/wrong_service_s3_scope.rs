use bstr::{BStr, BString};

use crate::{
    diagnose::rules::scope::wrong_service_in_scope,
    diagnose::{
        AwsCheck, Check, Circumstance, Draft, Examination, Fix, Known, Observation, Rule,
        RuleStage, Slot, Tier, Variants,
    },
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "wrong-service-s3-scope",
    summary: "the scope of a request to Amazon S3 names another service",
    stage: RuleStage::Scope,
    tier: Tier::C,
    needs: &[],
    specialises: Some("wrong-service-in-scope"),
    since: "0.1.0",
    page: r#"## What goes wrong
Amazon S3 signs as `s3`, except for S3 Express One Zone (`s3express`), S3 Object Lambda
(`s3-object-lambda`) and S3 on Outposts (`s3-outposts`). The scope has a name that is not the
host's.

## How it shows
400 `AuthorizationHeaderMalformed`, *incorrect service "…". This endpoint belongs to "s3".*

## How it is proved
The service names the right one; or the catalogue knows it of the host. With the secret the
signature is recomputed in the scope as stated.

## Fix
Sign for the service of the host.

## Seen in
versity/versitygw#1513, versity/versitygw (source)
"#,
    check: Check::Both { observe, make },
    fix,
};

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    let wrong = wrong_service_in_scope::wrong(it).filter(|(_, right)| right.starts_with(b"s3"));
    let Some((stated, right)) = wrong.filter(|_| !it.passed(AwsCheck::Scope)) else {
        return Vec::new();
    };
    let circumstance = match it.expected().service_known {
        Known::Service => Circumstance::Stated,
        _ => Circumstance::Known,
    };
    vec![
        Observation::new(circumstance)
            .shows(stated, right.clone())
            .named(right),
    ]
}

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    let right = draft.get(Slot::ScopeService);
    if !right.starts_with(b"s3") {
        return;
    }
    let stated = it.stated().and_then(|stated| stated.scope_part(2));
    let name: BString = match stated.filter(|stated| *stated != right) {
        Some(stated) => stated.into(),
        None if right == "s3" => "s3express".into(),
        None => "s3".into(),
    };
    out.push(wrong_service_in_scope::variant(&RULE, &name).named(right));
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    (wrong_service_in_scope::RULE.fix)(it, parameter)
}

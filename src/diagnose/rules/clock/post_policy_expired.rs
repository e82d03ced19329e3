use bstr::BStr;

use crate::{
    diagnose::{Check, Circumstance, Examination, Fix, Observation, Rule, RuleStage, Tier},
    evidence::Statement,
    sigv4::Timestamp,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "post-policy-expired",
    summary: "the upload form was sent after its policy's time",
    stage: RuleStage::Clock,
    tier: Tier::B,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: r#"## What goes wrong
The policy of a form that uploads to Amazon S3 says until when it is good (`"expiration"`). The form was
sent later: the page stood open for too long, or the expiration was computed in local time.

## How it shows
403 `AccessDenied`, *Invalid according to Policy: Policy expired.*

## How it is proved
The service says so; or the clock of the answer (or the time given with `--at`) is later than the
expiration. Without a clock nothing is said: a form from last year is not wrong because it is read today.

## Fix
Sign a new policy when the form is used, with an expiration in UTC.

## Seen in
no thread; Amazon S3's own words
"#,
    check: Check::Observe(observe),
    fix,
};

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    let expiration = it.policy().and_then(|policy| policy.expiration);
    let end = expiration
        .as_ref()
        .and_then(|text| Timestamp::parse_any(text));
    let over = end.filter(|end| it.clock().is_some_and(|now| now > *end));
    let circumstance = match (it.says(&Statement::PolicyExpired), over) {
        (true, _) => Circumstance::Stated,
        (false, Some(_)) if it.statements().is_empty() && !it.accepted() => Circumstance::Suspected,
        _ => return Vec::new(),
    };
    let observation = Observation::new(circumstance);
    let policy = it.stated().and_then(|stated| stated.policy.as_ref());
    let place = policy.and_then(|policy| it.locate(policy));
    vec![match (end, it.clock()) {
        (Some(end), Some(now)) => observation
            .shows(now.as_bstr(), format!("before {end}"))
            .named(format!("over since {end}"))
            .at(place),
        _ => observation.at(place),
    }]
}

fn fix(_it: &Examination<'_>, _parameter: Option<&BStr>) -> Fix {
    Fix::words("sign a policy that expires later, when the form is used")
}

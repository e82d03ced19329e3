use bstr::BStr;

use crate::{
    diagnose::rules::clock::presign_expired,
    diagnose::{Check, Circumstance, Examination, Fix, Observation, Rule, RuleStage, Tier},
    evidence::Statement,
    sigv4::Timestamp,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "presign-outlives-credentials",
    summary: "the URL was to be good for longer than the credentials that presigned it",
    stage: RuleStage::Credentials,
    tier: Tier::A,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
A presigned URL dies with the credentials that signed it, whatever `X-Amz-Expires` says. Those of a
role live for 1 to 12 hours, those of a session for at most 36.

## How it shows
Amazon S3 answers `ExpiredToken`, *The provided token has expired.*, long before `X-Amz-Date` and
`X-Amz-Expires` are over.

## How it is proved
The service says that the token has expired, the key id begins with `ASIA`, and by the answer's
clock the URL's own time is not over.

## Fix
Presign with long-lived keys, or presign later: when the URL is asked for.

## Seen in
boto/boto3#2392, boto/boto3#3079, aws/aws-sdk-ruby#1182, aws/aws-sdk-go-v2#1557, boto/botocore#2604,
aws-amplify/amplify-js#380
",
    check: Check::Observe(observe),
    fix,
};

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    let Some(end) = outlived(it) else {
        return Vec::new();
    };
    let pair = it.raw_pair("X-Amz-Expires").unwrap_or_default();
    let mut observation = Observation::new(Circumstance::Stated)
        .named(format!("the URL's own time is over at {end}"))
        .at(it.locate(&pair));
    if let Some(now) = it.clock() {
        observation = observation.sign(format!("the service said so at {now}"));
    }
    vec![observation]
}

/// When the URL's own time is over, where its credentials died before.
pub(super) fn outlived(it: &Examination<'_>) -> Option<Timestamp> {
    let expired = it.says(&Statement::TokenExpired) && it.is_presigned();
    let end = presign_expired::end(it).filter(|_| expired && it.has_temporary_key())?;
    let now = it.clock()?;
    (end > now).then_some(end)
}

fn fix(_it: &Examination<'_>, _parameter: Option<&BStr>) -> Fix {
    Fix::words("presign with long-lived keys, or when the URL is asked for")
}

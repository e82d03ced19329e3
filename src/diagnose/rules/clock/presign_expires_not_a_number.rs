use bstr::BStr;

use crate::{
    diagnose::rules::clock::expires,
    diagnose::{AwsCheck, Check, Examination, Fix, Observation, Rule, RuleStage, Tier},
    evidence::Statement,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "presign-expires-not-a-number",
    summary: "X-Amz-Expires is no number of seconds",
    stage: RuleStage::Clock,
    tier: Tier::B,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
`X-Amz-Expires` holds the seconds for which a presigned URL is good. It holds something else:
`undefined`, where a variable was not set, a fraction, or a negative number.

## How it shows
Amazon S3 answers 400 `AuthorizationQueryParametersError`, *X-Amz-Expires should be a number* or
*X-Amz-Expires must be non-negative*.

## How it is proved
The service says so, or it stands in the URL.

## Fix
Give a whole number from 1 to 604800.

## Seen in
minio/minio-js#1312, noobaa/noobaa-core#8873
",
    check: Check::Observe(observe),
    fix,
};

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    let stated = it.says(&Statement::ExpiresNotANumber) || it.says(&Statement::ExpiresNegative);
    let value = it.parameter("X-Amz-Expires").filter(|_| it.is_presigned());
    let is_number = value
        .as_ref()
        .is_some_and(|value| !value.is_empty() && value.iter().all(u8::is_ascii_digit));
    let is_wrong = value.is_some() && !is_number;
    if !(stated || is_wrong && !it.passed(AwsCheck::Authorization)) {
        return Vec::new();
    }
    vec![expires::observation(it, "a whole number from 1 to 604800")]
}

fn fix(it: &Examination<'_>, _parameter: Option<&BStr>) -> Fix {
    expires::fix(
        it,
        "give a whole number of seconds, from 1 to 604800",
        "3600",
    )
}

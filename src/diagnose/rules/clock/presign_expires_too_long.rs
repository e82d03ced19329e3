use bstr::{BStr, ByteSlice};

use crate::{
    diagnose::rules::clock::expires,
    diagnose::{AwsCheck, Check, Examination, Fix, Observation, Rule, RuleStage, Tier},
    evidence::Statement,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "presign-expires-too-long",
    summary: "X-Amz-Expires is longer than a week",
    stage: RuleStage::Clock,
    tier: Tier::B,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
A URL that is presigned with Signature Version 4 is good for 604800 seconds (seven days) at most.
The request asks for more.

## How it shows
Amazon S3 answers 400 `AuthorizationQueryParametersError`, *X-Amz-Expires must be less than a week
(in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds*.

## How it is proved
The service says so, or the number stands in the URL.

## Fix
Presign with at most 604800 seconds; for longer, make a URL of your own that presigns when it is
called.

## Seen in
bryanjos/aws_auth#31, s3s-project/s3s#645
",
    check: Check::Observe(observe),
    fix,
};

const WEEK: i64 = 604_800;

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    let stated = it.says(&Statement::ExpiresTooLong);
    let value = it.parameter("X-Amz-Expires");
    let seconds = value
        .as_ref()
        .and_then(|value| value.to_str().ok()?.parse::<i64>().ok());
    let is_long = seconds.is_some_and(|seconds| seconds > WEEK) && it.is_for_s3();
    if !(stated || is_long && !it.passed(AwsCheck::Authorization)) {
        return Vec::new();
    }
    vec![expires::observation(it, "at most 604800")]
}

fn fix(it: &Examination<'_>, _parameter: Option<&BStr>) -> Fix {
    expires::fix(it, "presign with at most 604800 seconds", "604800")
}

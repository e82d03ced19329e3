use bstr::BStr;

use crate::{
    diagnose::rules::scope::{parts, region_literal_wrong},
    diagnose::{Check, Examination, Fix, Observation, Rule, RuleStage, Tier},
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "presign-wrong-region",
    summary: "the presigned URL is for another region than the bucket is in",
    stage: RuleStage::Scope,
    tier: Tier::B,
    needs: &[],
    specialises: Some("s3-wrong-region"),
    since: "0.1.0",
    page: "\
## What goes wrong
`X-Amz-Credential` names the region for which the URL was presigned. The bucket is in another.

## How it shows
Amazon S3 answers 400 `AuthorizationQueryParametersError`, *Error parsing the X-Amz-Credential
parameter; the region 'us-east-1' is wrong; expecting 'ap-south-1'*, with `Region`.

## How it is proved
The service names both regions; or the catalogue knows the region of the host.

## Fix
Presign for the region that is named, at its host. A multi-region access point wants Signature
Version 4A.

## Seen in
boto/boto3#4627
",
    check: Check::Observe(observe),
    fix,
};

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    if !it.is_presigned() || !it.is_for_s3() || !it.is_at_aws() {
        return Vec::new();
    }
    let Some(stated) = it.stated().and_then(|stated| stated.scope_part(1)) else {
        return Vec::new();
    };
    if region_literal_wrong::is_no_region(stated) {
        return Vec::new();
    }
    parts::observe_region(it)
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    match parameter {
        Some(right) => parts::fix(it, 1, Some(right)),
        None => Fix::words("presign for the bucket's region"),
    }
}

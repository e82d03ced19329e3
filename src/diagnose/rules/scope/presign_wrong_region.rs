use bstr::BStr;

use crate::{
    diagnose::rules::scope::{part, region_literal_wrong},
    diagnose::{
        AwsCheck, Check, Circumstance, Examination, Fix, Known, Observation, Rule, RuleStage, Tier,
    },
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "presign-wrong-region",
    summary: "the presigned URL is for another region than the bucket is in",
    stage: RuleStage::Scope,
    tier: Tier::B,
    needs: &[],
    specialises: None,
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
    if !it.is_presigned() || !it.is_for_s3() || !it.is_at_aws() || it.passed(AwsCheck::Scope) {
        return Vec::new();
    }
    let Some(stated) = it.stated().and_then(|stated| stated.scope_part(1)) else {
        return Vec::new();
    };
    let right = it.expected().region(stated);
    if right == stated || region_literal_wrong::is_no_region(stated) {
        return Vec::new();
    }
    let circumstance = match it.expected().region_known {
        Known::Service => Circumstance::Stated,
        _ => Circumstance::Known,
    };
    let at = it
        .raw_pair("X-Amz-Credential")
        .and_then(|pair| it.locate(&pair));
    vec![
        Observation::new(circumstance)
            .shows(stated, right.clone())
            .named(right)
            .at(at),
    ]
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    match parameter {
        Some(right) => part::fix(it, 1, right),
        None => Fix::words("presign for the bucket's region"),
    }
}

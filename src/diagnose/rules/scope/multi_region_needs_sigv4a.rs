use bstr::BStr;

use crate::diagnose::{Check, Circumstance, Examination, Fix, Observation, Rule, RuleStage, Tier};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "multi-region-needs-sigv4a",
    summary: "the host serves several regions and takes only Signature Version 4A",
    stage: RuleStage::Scope,
    tier: Tier::B,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
A multi-region access point of Amazon S3, CloudFront's key-value store and EventBridge's global
endpoints belong to no one region. They want Signature Version 4A, `AWS4-ECDSA-P256-SHA256`, with
the header `x-amz-region-set` and no region in the scope.

## How it shows
Amazon S3 answers 400 that the region is wrong; CloudFront's key-value store 403
`InvalidSignatureException`, *… must be scoped to a valid region.*

## How it is proved
The host is one of these, and the request is signed with `AWS4-HMAC-SHA256`.

## Fix
Sign with Signature Version 4A; SDKs need their CRT parts for it (boto3: `pip install awscrt`).

## Seen in
boto/boto3#4627, aws/aws-sdk-js#4545, aws/aws-sdk-php#2657, mhart/aws4#160
",
    check: Check::Observe(observe),
    fix,
};

/// What the hosts end with.
///
/// Source: the endpoint rule sets of s3, cloudfront-keyvaluestore and events in botocore.
const HOSTS: [&str; 4] = [
    ".mrap.accesspoint.s3-global.amazonaws.com",
    ".accesspoint.s3-global.amazonaws.com",
    ".cloudfront-kvs.global.api.aws",
    ".endpoint.events.amazonaws.com",
];

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    let Some(stated) = it.stated().filter(|_| !it.accepted()) else {
        return Vec::new();
    };
    let host = it.host().unwrap_or_default();
    let of_several = HOSTS.iter().any(|end| host.ends_with(end.as_bytes()));
    let algorithm = &stated.authorization.algorithm;
    if !of_several || *algorithm != "AWS4-HMAC-SHA256" {
        return Vec::new();
    }
    vec![
        Observation::new(Circumstance::Known)
            .shows(algorithm.clone(), "AWS4-ECDSA-P256-SHA256")
            .at(it.locate(algorithm)),
    ]
}

fn fix(_it: &Examination<'_>, _parameter: Option<&BStr>) -> Fix {
    Fix::words("sign with AWS4-ECDSA-P256-SHA256 and the header x-amz-region-set")
}

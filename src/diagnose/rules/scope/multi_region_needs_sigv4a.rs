use crate::diagnose::{Check, Circumstance, Examination, Fix, Observation, Rule, RuleStage, Tier};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "multi-region-needs-sigv4a",
    summary: "the host serves many regions and takes SigV4A, but plain SigV4 was used",
    stage: RuleStage::Scope,
    tier: Tier::B,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
S3 Multi-Region Access Points, CloudFront KeyValueStore and EventBridge's global endpoints belong to
no region. They want `AWS4-ECDSA-P256-SHA256`: the scope has no region, and `X-Amz-Region-Set` names
the regions for which the signature holds (`*` for all). The request has `AWS4-HMAC-SHA256`.

## How it shows
KeyValueStore answers 403 `InvalidSignatureException` with *must be scoped to a valid region*, S3 400
with a region that is wrong whatever it is.

## How it is proved
The catalogue knows the host as one that takes SigV4A alone.

## Fix
Sign with SigV4A; most SDKs need their CRT part for it (`pip install botocore[crt]`). `countersign
sign` signs such a request with it.

## Seen in
boto/boto3#4627, aws/aws-sdk-js#4545, aws/aws-sdk-php#2657, mhart/aws4#160
",
    check: Check::Observe(observe),
    fix: |_, _| {
        Fix::words(
            "sign with AWS4-ECDSA-P256-SHA256, leave the region out of the scope and send \
             X-Amz-Region-Set",
        )
    },
};

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    let Some(stated) = it.stated() else {
        return Vec::new();
    };
    let algorithm = &stated.authorization.algorithm;
    if !it.expected().is_of_all_regions() || algorithm != "AWS4-HMAC-SHA256" {
        return Vec::new();
    }
    vec![
        Observation::new(Circumstance::Known)
            .shows(algorithm.clone(), "AWS4-ECDSA-P256-SHA256")
            .at(it.locate(algorithm)),
    ]
}

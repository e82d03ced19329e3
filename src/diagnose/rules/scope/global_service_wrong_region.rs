use crate::diagnose::{
    Check, Draft, Examination, Observation, Rule, RuleStage, Tier, Variants, rules::scope::parts,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "global-service-wrong-region",
    summary: "a service with one host for all regions is signed for another region than its own",
    stage: RuleStage::Scope,
    tier: Tier::A,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
Some services have one host for a whole partition: IAM, Route 53, CloudFront and others. Their scope
has one region, whatever the client's is: `us-east-1` in the partition `aws`, `cn-north-1` or
`cn-northwest-1` in China, `us-gov-west-1` in GovCloud. The request has the client's region.

Where what stands there is no region at all, region-literal-wrong has the same effect and is named
beside this rule.

## How it shows
*Credential should be scoped to a valid region, not 'eu-central-1'.* HTTP 403
`SignatureDoesNotMatch`, of JSON services 400 `InvalidSignatureException`.

## How it is proved
The catalogue has the region for which each such host signs. With the secret the signature is
recomputed in the scope as stated: when it comes out as sent, this is the whole mistake.

## Fix
Use the service's own region in the scope and in the signing key; the host stays.

## Seen in
aws/aws-sdk-php#732, aws/aws-sdk-php#493, aws/aws-sdk-go#156, rusoto/rusoto#1870,
aws/aws-sdk-net#115, cloud-custodian/cloud-custodian#2218
",
    check: Check::Both { observe, make },
    fix: |it, right| parts::fix(it, 1, right),
};

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    match applies(it) {
        true => parts::observe_region(it),
        false => Vec::new(),
    }
}

/// Whether the host has no region of its own and yet signs for one; STS and S3 have their own rules.
fn applies(it: &Examination<'_>) -> bool {
    it.expected().best().is_some_and(|best| {
        let host = best.host.as_ref();
        let global =
            host.is_some_and(|host| host.region.is_none() && host.signing_region.is_some());
        global && !["s3", "sts"].contains(&best.service.id())
    })
}

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    if applies(it) {
        parts::regions(&RULE, draft, it, &["eu-central-1"], out);
    }
}

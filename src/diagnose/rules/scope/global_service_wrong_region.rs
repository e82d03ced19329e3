use bstr::{BString, ByteSlice};

use crate::diagnose::{
    Check, Circumstance, Draft, Examination, Known, Observation, Rule, RuleStage, Slot, Tier,
    Variant, rules::scope::change,
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
    fix: |it, right| change::part(it, 1, right),
};

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    let Some(stated) = it.stated().and_then(|stated| stated.scope_part(1)) else {
        return Vec::new();
    };
    let right = it.expected().region(stated);
    if !applies(it) || right == stated {
        return Vec::new();
    }
    let circumstance = match it.expected().region_known {
        Known::Service => Circumstance::Stated,
        _ => Circumstance::Known,
    };
    let observation = Observation::new(circumstance)
        .shows(stated, right.clone())
        .named(right);
    vec![observation.at(change::place(it))]
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

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Vec<Variant>) {
    if !applies(it) {
        return;
    }
    let right = draft.get(Slot::ScopeRegion);
    let stated = it.stated().and_then(|stated| stated.scope_part(1));
    // What stands in the scope if that is wrong; else a region that clients often have.
    let region = match stated.unwrap_or_default() {
        stated if stated != right && !stated.is_empty() => BString::from(stated),
        _ => BString::from("eu-central-1"),
    };
    if region.as_bstr() != right {
        let variant = RULE.variant().with(Slot::ScopeRegion, region.clone());
        out.push(variant.with(Slot::KeyRegion, region).named(right));
    }
}

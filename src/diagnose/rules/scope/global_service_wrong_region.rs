use bstr::BStr;

use crate::{
    diagnose::rules::scope::scope_part as part,
    diagnose::{
        Check, Circumstance, Draft, Examination, Fix, Known, Observation, Rule, RuleStage, Tier,
        Variant,
    },
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "global-service-wrong-region",
    summary: "a service that has one region for all was signed for another",
    stage: RuleStage::Scope,
    tier: Tier::A,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
IAM, Route 53, CloudFront, Shield and some twenty others are global: whatever region the caller is
in, their requests are signed for one, mostly us-east-1. The signer used the region of the caller.

## How it shows
403 `SignatureDoesNotMatch` or 400 `InvalidSignatureException`: *Credential should be scoped to a
valid region, not 'eu-central-1'.*

## How it is proved
The service states it, or the request itself does, or the catalogue knows the host. With the
secret the signature is recomputed in the scope as stated: when it comes out as sent, this is the
whole mistake.

## Fix
Sign for the region of the partition: us-east-1, cn-north-1 or cn-northwest-1 in China,
us-gov-west-1 in GovCloud, us-west-2 for Network Manager and the configuration of Route 53 ARC.

## Seen in
aws/aws-sdk-php#732, aws/aws-sdk-php#493, aws/aws-sdk-go#156, rusoto/rusoto#1870,
aws/aws-sdk-net#115, cloud-custodian/cloud-custodian#2218
",
    check: Check::Both { observe, make },
    fix,
};

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    let Some((stated, right)) = part::wrong_region(it).filter(|_| applies(it)) else {
        return Vec::new();
    };
    let circumstance = match it.expected().region_known {
        Known::Service => Circumstance::Stated,
        _ => Circumstance::Known,
    };
    vec![
        Observation::new(circumstance)
            .shows(stated, right.clone())
            .named(right)
            .at(part::place(it)),
    ]
}

/// Whether the host names no region and its service has one for all.
fn applies(it: &Examination<'_>) -> bool {
    let host = it.expected().best().and_then(|best| best.host.as_ref());
    let fixed = host.is_some_and(|host| host.region.is_none() && host.signing_region.is_some());
    let service = part::best_service(it);
    fixed && service.is_some_and(|service| !service.starts_with("s3") && service != "sts")
}

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Vec<Variant>) {
    if applies(it) {
        part::regions(&RULE, draft, it, &["eu-central-1", "us-west-2"], out);
    }
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    part::fix(
        it,
        1,
        parameter,
        "put the service's one region into the scope and the signing key",
    )
}

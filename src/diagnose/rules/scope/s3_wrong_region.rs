use bstr::BStr;

use crate::{
    diagnose::rules::scope::parts,
    diagnose::{Check, Draft, Examination, Fix, Observation, Rule, RuleStage, Tier, Variants},
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "s3-wrong-region",
    summary: "the credential scope names another region than the bucket's",
    stage: RuleStage::Scope,
    tier: Tier::A,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
A bucket lives in one region, and requests for it are signed for that one. The signer used its
default region.

Where what stands there is no region at all, region-literal-wrong has the same effect and is named
beside this rule.

## How it shows
Amazon S3 answers 400 `AuthorizationHeaderMalformed`: *the region 'us-east-1' is wrong; expecting
'eu-central-1'*, with the right one in `<Region>` and in the header `x-amz-bucket-region`.

## How it is proved
The service states it, or the request itself does, or the catalogue knows the host. With the
secret the signature is recomputed in the scope as stated: when it comes out as sent, this is the
whole mistake.

## Fix
Set the region of the client to the one that S3 names, and use the regional host.

## Seen in
TTLabs/EvaporateJS#364, aws/aws-sdk-cpp#1339, JuliaServices/CloudStore.jl#52,
hashicorp/terraform-provider-aws#14544
",
    check: Check::Both { observe, make },
    fix,
};

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    match applies(it) {
        true => parts::observe_region(it),
        false => Vec::new(),
    }
}

/// Whether the request is for S3.
fn applies(it: &Examination<'_>) -> bool {
    parts::best_service(it).is_some_and(|service| service.starts_with("s3"))
}

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    if applies(it) {
        parts::regions(&RULE, draft, it, &["us-east-1", "us-west-2"], out);
    }
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    parts::fix(it, 1, parameter)
}

use crate::diagnose::{
    Check, Draft, Examination, Observation, Rule, RuleStage, Tier, Variants, rules::scope::parts,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "sts-endpoint-region-mismatch",
    summary: "the scope's region is not that of the STS endpoint",
    stage: RuleStage::Scope,
    tier: Tier::A,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
STS has a host in each region, and `sts.amazonaws.com`, which signs for `us-east-1`. The request
goes to one and is signed for the other: the region was changed without the host, or somebody else
replays a signed request at an STS of their own (Vault's AWS login).

## How it shows
HTTP 403 `SignatureDoesNotMatch`: *Credential should be scoped to a valid region, not
'us-east-2'.*

## How it is proved
The catalogue has the region of each STS host. With the secret the signature is recomputed in the
scope as stated: when it comes out as sent, this is the whole mistake.

## Fix
Sign for the region of the host that gets the request. botocore used `sts.amazonaws.com` for many
regions up to 1.13.1 (October 2019).

## Seen in
hashicorp/vault#7397, hashicorp/vault#11067, hashicorp/terraform-provider-aws#34865, hvac/hvac#251,
cognitect-labs/aws-api#27
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

fn applies(it: &Examination<'_>) -> bool {
    let best = it.expected().best();
    best.is_some_and(|best| best.service.id() == "sts" && best.host.is_some())
}

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    if applies(it) {
        parts::regions(&RULE, draft, it, &["us-west-1"], out);
    }
}

use bstr::{BStr, BString};

use crate::{
    diagnose::rules::scope::{part, region_literal_wrong},
    diagnose::{
        AwsCheck, Check, Circumstance, Draft, Examination, Fix, Observation, Rule, RuleStage, Slot,
        Tier, Variant,
    },
    evidence::Statement,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "sts-endpoint-region-mismatch",
    summary: "host and scope of a call to AWS STS name different regions",
    stage: RuleStage::Scope,
    tier: Tier::A,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
AWS STS has a global host, `sts.amazonaws.com`, which is signed for `us-east-1`, and one in every
region, which is signed for that region. The request mixes them. It is common where a server sends a
signed request on, as Vault's AWS login does, to an STS host of its own setting.

## How it shows
403 `SignatureDoesNotMatch`, *Credential should be scoped to a valid region, not 'us-east-2'.*;
newer answers leave the region out.

## How it is proved
The host's region and the scope's are not the same. With the secret the signature is recomputed in
the scope as stated.

## Fix
Make them agree: call `sts.REGION.amazonaws.com`, or sign for the host's region. In Vault set
`sts_endpoint` and `sts_region`.

## Seen in
hashicorp/vault#7397, hashicorp/vault#11067, hashicorp/terraform-provider-aws#34865, hvac/hvac#251,
cognitect-labs/aws-api#27, namecheap/node-vault-client#25
",
    check: Check::Both { observe, make },
    fix,
};

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    let Some((stated, right)) = wrong(it).filter(|_| !it.passed(AwsCheck::Scope)) else {
        return Vec::new();
    };
    let refused = it.states(|statement| match statement {
        Statement::RegionShouldBe { .. } => Some(()),
        _ => None,
    });
    let circumstance = match refused {
        Some(()) => Circumstance::Stated,
        None => Circumstance::Known,
    };
    vec![
        Observation::new(circumstance)
            .shows(stated, right.clone())
            .named(right)
            .at(part::place(it)),
    ]
}

fn wrong(it: &Examination<'_>) -> Option<(BString, BString)> {
    let stated = it.stated()?.scope_part(1)?;
    let right = it.expected().region(stated);
    let other = right != stated && !region_literal_wrong::is_no_region(stated);
    (applies(it) && other).then(|| (stated.to_owned(), right))
}

fn applies(it: &Examination<'_>) -> bool {
    let best = it.expected().best();
    best.is_some_and(|best| best.service.signing_name() == "sts" && best.host.is_some())
}

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Vec<Variant>) {
    let right = draft.get(Slot::ScopeRegion);
    let region = match wrong(it) {
        Some((stated, _)) => stated,
        None if right == "us-east-1" => "eu-west-1".into(),
        None => "us-east-1".into(),
    };
    if applies(it) {
        out.push(part::other_region(&RULE, &region).named(right));
    }
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    match parameter {
        Some(right) => part::fix(it, 1, right),
        None => Fix::words("make the region of the scope and that of the host agree"),
    }
}

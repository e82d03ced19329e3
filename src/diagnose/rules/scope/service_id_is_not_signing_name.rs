use bstr::{BStr, BString, ByteSlice};

use crate::diagnose::{
    Check, Circumstance, Draft, Examination, Known, Observation, Rule, RuleStage, Slot, Tier,
    Variants,
    rules::scope::{parts, wrong_service_in_scope},
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "service-id-is-not-signing-name",
    summary: "the scope has the service's id or endpoint prefix, not its signing name",
    stage: RuleStage::Scope,
    tier: Tier::B,
    needs: &[],
    specialises: Some("wrong-service-in-scope"),
    since: "0.1.0",
    page: "\
## What goes wrong
A service has several names: its id in SDKs and the AWS CLI (`sesv2`), the prefix of its hosts
(`email`), and the name under which it is signed (`ses`). The request's scope has one of the others.
118 of 424 services have an id that is not their signing name.

## How it shows
*Credential should be scoped to correct service: 'ses'.*

## How it is proved
The catalogue has the text as another name of the service that the host, the target or the action
names, and it has another signing name. With the secret the signature is recomputed in the scope as
stated.

## Fix
Use the signing name: `countersign catalog NAME` tells it.

## Seen in
aws/aws-sdk-ruby#431, disneystreaming/smithy4s#1568
",
    check: Check::Both { observe, make },
    fix: |it, right| parts::fix(it, 2, right),
};

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    let Some((stated, right)) = wrong_service_in_scope::wrong(it) else {
        return Vec::new();
    };
    if !names(it, right.as_bstr()).contains(&stated) {
        return Vec::new();
    }
    let circumstance = match it.expected().service_known {
        Known::Service => Circumstance::Stated,
        _ => Circumstance::Known,
    };
    let observation = Observation::new(circumstance).shows(stated, right.clone());
    vec![observation.named(right).at(parts::place(it))]
}

/// The other names of the service that is called.
fn names(it: &Examination<'_>, right: &BStr) -> Vec<BString> {
    let Some(service) = it.expected().best().map(|best| best.service) else {
        return Vec::new();
    };
    let names = std::iter::once(service.id())
        .chain(service.endpoint_prefix())
        .chain(service.aliases())
        .chain([service.service_id()]);
    let mut names: Vec<BString> = names.map(BString::from).collect();
    names.sort();
    names.dedup();
    names.retain(|name| !name.eq_ignore_ascii_case(right) && !name.contains(&b' '));
    names
}

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    let right = draft.get(Slot::ScopeService);
    for name in names(it, right) {
        if name.as_bstr() != right {
            out.push(wrong_service_in_scope::variant(&RULE, &name).named(right));
        }
    }
}

use bstr::{BStr, BString, ByteSlice};

use crate::diagnose::{
    Check, Circumstance, Draft, Examination, Known, Observation, Rule, RuleStage, Slot, Tier,
    Variants,
    rules::scope::{parts, wrong_service_in_scope},
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "signing-name-wrong-case",
    summary: "the signing name in the scope is spelled in another case",
    stage: RuleStage::Scope,
    tier: Tier::B,
    needs: &[],
    specialises: Some("wrong-service-in-scope"),
    since: "0.1.0",
    page: "\
## What goes wrong
The third part of the scope differs from the service's signing name in the case of its letters. All
names but two are in lower case: `IoTSecuredTunneling` (IoT Secure Tunneling) and `IngestionService`
(Import/Export) keep their capitals, and a signer that lowers the scope breaks them; one that takes
`S3` or `DynamoDB` from a class's name breaks the others.

## How it shows
*Credential should be scoped to correct service: 'dynamodb'.*

## How it is proved
The catalogue has the name in another case, or the service's message does. With the secret the
signature is recomputed in the scope as stated.

## Fix
Spell the name as the catalogue does: `countersign catalog NAME`.

## Seen in
No report is at hand; two of the catalogue's signing names have capitals.
",
    check: Check::Both { observe, make },
    fix: |it, right| parts::fix(it, 2, right),
};

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    let Some((stated, right)) = wrong_service_in_scope::wrong(it) else {
        return Vec::new();
    };
    if !right.eq_ignore_ascii_case(&stated) {
        return Vec::new();
    }
    let circumstance = match it.expected().service_known {
        Known::Service => Circumstance::Stated,
        _ => Circumstance::Known,
    };
    let observation = Observation::new(circumstance).shows(stated, right.clone());
    vec![observation.named(right).at(parts::place(it))]
}

fn names(_: &Examination<'_>, right: &BStr) -> Vec<BString> {
    let lower = right.to_ascii_lowercase();
    let upper = right.to_ascii_uppercase();
    let mut title = lower.clone();
    title
        .get_mut(..1)
        .unwrap_or_default()
        .make_ascii_uppercase();
    [lower, upper, title].map(BString::from).to_vec()
}

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    let right = draft.get(Slot::ScopeService);
    for name in names(it, right) {
        if name.as_bstr() != right {
            out.push(wrong_service_in_scope::variant(&RULE, &name).named(right));
        }
    }
}

use crate::{
    catalog::Auth,
    diagnose::{Check, Circumstance, Examination, Fix, Need, Observation, Rule, RuleStage, Tier},
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "operation-takes-no-signature",
    summary: "the operation needs no signature, and was refused for the one that it has",
    stage: RuleStage::Target,
    tier: Tier::C,
    needs: &[Need::Request, Need::Response],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
Some operations are there for those who have no keys yet: `AssumeRoleWithWebIdentity`,
`AssumeRoleWithSAML`, Cognito's `InitiateAuth`. SDKs send them without a signature. The request has
one, from keys that are expired, wrong or of another account, and is refused for them.

## How it shows
`ExpiredToken`, `InvalidClientTokenId`, `SignatureDoesNotMatch`, on a call that needs no key.

## How it is proved
The catalogue knows the operation as one that is sent unsigned. That the signature is what was
refused is a suspicion.

## Fix
Send it without `Authorization`, `X-Amz-Security-Token` and `X-Amz-Date`.

## Seen in
The 49 operations that botocore sends unsigned; no report is at hand.
",
    check: Check::Observe(observe),
    fix: |_, _| Fix::words("send it without Authorization and X-Amz-Security-Token"),
};

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    let operation = it.expected().best().and_then(|best| best.operation);
    let Some(operation) = operation.filter(|operation| operation.auth() == Auth::None) else {
        return Vec::new();
    };
    if it.stated().is_none() || it.refusal().is_none() {
        return Vec::new();
    }
    vec![Observation::new(Circumstance::Suspected).named(operation.name())]
}

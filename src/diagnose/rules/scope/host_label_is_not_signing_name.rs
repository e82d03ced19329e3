use bstr::{BStr, BString, ByteSlice};

use crate::diagnose::{
    Check, Circumstance, Draft, Examination, Fix, Known, Observation, Rule, RuleStage, Slot, Tier,
    Variants, rules::scope::wrong_service_in_scope,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "host-label-is-not-signing-name",
    summary: "the scope's service was read off the host's first label",
    stage: RuleStage::Scope,
    tier: Tier::A,
    needs: &[],
    specialises: Some("wrong-service-in-scope"),
    since: "0.1.0",
    page: "\
## What goes wrong
The signer took the first label of the host for the service's signing name. For 103 of 481 services
that is another name: `email` is signed as `ses`, `appstream2` as `appstream`. In earlier years
`autoscaling.REGION.amazonaws.com` served three services: EC2 Auto Scaling (`autoscaling`),
Application Auto Scaling (`application-autoscaling`) and AWS Auto Scaling plans
(`autoscaling-plans`); `X-Amz-Target` tells them apart.

## How it shows
*Credential should be scoped to correct service: 'autoscaling-plans'.*

## How it is proved
The scope's service is the host's first label, and the catalogue or the service's message has
another. With the secret the signature is recomputed in the scope as stated.

## Fix
Look the signing name up by host and target: `countersign catalog HOST`.

## Seen in
rebuy-de/aws-nuke#182, aws/aws-sdk-go#1008, aws/aws-sdk-go#1850, aws/aws-sdk-go-v2#163
",
    check: Check::Both { observe, make },
    fix,
};

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    let Some((stated, right)) = wrong_service_in_scope::wrong(it) else {
        return Vec::new();
    };
    if label(it).as_ref() != Some(&stated) {
        return Vec::new();
    }
    let circumstance = match it.expected().service_known {
        Known::Service => Circumstance::Stated,
        _ => Circumstance::Known,
    };
    vec![
        Observation::new(circumstance)
            .shows(stated, right.clone())
            .named(right),
    ]
}

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    let right = draft.get(Slot::ScopeService);
    if let Some(label) = label(it).filter(|label| label != right) {
        out.push(wrong_service_in_scope::variant(&RULE, &label).named(right));
    }
}

/// The host's first label.
fn label(it: &Examination<'_>) -> Option<BString> {
    let host = it.request_or_hint()?.host()?;
    let label = host.split_str(".").next()?;
    (label.len() < host.len() && !label.is_empty()).then(|| label.into())
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    (wrong_service_in_scope::RULE.fix)(it, parameter)
}

use bstr::{BStr, BString, ByteSlice};

use crate::{
    diagnose::rules::scope::parts,
    diagnose::{
        Check, Circumstance, Draft, Examination, Fix, Observation, Rule, RuleStage, Slot, Tier,
        Variants,
    },
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "iot-wrong-signing-name",
    summary: "MQTT over WebSocket was signed under another name than iotdevicegateway",
    stage: RuleStage::Scope,
    tier: Tier::B,
    needs: &[],
    specialises: Some("wrong-service-in-scope"),
    since: "0.1.0",
    page: "\
## What goes wrong
The message broker of AWS IoT is signed for as `iotdevicegateway`. The signer took the name of the
host or of the control plane, `iot` or `execute-api`. AWS's own device SDK for JavaScript signs
`iotdata` there, so that name alone is no more than a suspicion.

## How it shows
The WebSocket is refused with 403 and no body.

## How it is proved
The catalogue knows the host. With the secret the signature is recomputed in the scope as stated:
when it comes out as sent, this is the whole mistake.

## Fix
Sign for `iotdevicegateway` on the path `/mqtt`.

## Seen in
shamblett/mqtt5_client#190, aws4fetch (source), botocore to 1.23 (iot signed as execute-api)
",
    check: Check::Both { observe, make },
    fix,
};

const RIGHT: &str = "iotdevicegateway";

/// Whether MQTT over WebSocket is asked for.
fn applies(it: &Examination<'_>) -> bool {
    it.request_or_hint().is_some_and(|request| {
        let host = request.host().unwrap_or_default();
        host.contains_str(".iot.") && request.path().starts_with(b"/mqtt")
    })
}

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    let Some(stated) = it.stated().and_then(|stated| stated.scope_part(2)) else {
        return Vec::new();
    };
    if stated == RIGHT || stated.is_empty() || !applies(it) {
        return Vec::new();
    }
    let circumstance = match stated == "iotdata" {
        true => Circumstance::Suspected,
        false => Circumstance::Known,
    };
    vec![
        Observation::new(circumstance)
            .shows(stated, RIGHT)
            .named(RIGHT)
            .at(parts::place(it)),
    ]
}

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    if !applies(it) || *draft.get(Slot::ScopeService) != RIGHT {
        return;
    }
    let stated = it
        .stated()
        .and_then(|stated| stated.scope_part(2))
        .unwrap_or_default();
    let names: Vec<BString> = match stated == RIGHT || stated.is_empty() {
        true => ["iot", "iotdata"].map(BString::from).to_vec(),
        false => vec![stated.to_owned()],
    };
    for name in names {
        let variant = RULE.variant().with(Slot::ScopeService, name.clone());
        out.push(variant.with(Slot::KeyService, name).named(RIGHT));
    }
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    parts::fix(it, 2, parameter)
}

use bstr::{BStr, ByteSlice};

use crate::{
    diagnose::{Check, Circumstance, Examination, Fix, Observation, Rule, RuleStage, Tier},
    evidence::Statement,
    sigv4::PayloadRule,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "unsigned-payload-required",
    summary: "Amazon VPC Lattice takes only UNSIGNED-PAYLOAD",
    stage: RuleStage::Payload,
    tier: Tier::B,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
Amazon VPC Lattice (`vpc-lattice-svcs`) does not check bodies. It wants the header
`x-amz-content-sha256: UNSIGNED-PAYLOAD`, signed, and the same word as the last line of the
canonical request.

## How it shows
`IncompleteSignatureException`, *Missing the 'x-amz-content-sha256' in canonical headers*.

## How it is proved
The service says so; or the scope or the host is that of VPC Lattice and the header has another
value, or is not there.

## Fix
Send and sign `x-amz-content-sha256: UNSIGNED-PAYLOAD`.

## Seen in
awslabs/aws-sigv4-proxy#116, curl/curl#11007, aws/aws-sdk-java-v2#5103, awslabs/aws-sdk-rust#843
",
    check: Check::Observe(observe),
    fix,
};

const NAME: &str = "x-amz-content-sha256";

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    if it.recipe().payload != PayloadRule::Unsigned || it.accepted() {
        return Vec::new();
    }
    let said = it.states(|statement| match statement {
        Statement::HeadersNotSigned(names) => names.iter().find(|name| *name == NAME).cloned(),
        _ => None,
    });
    let value = it.header(NAME).map(|value| value.trim().as_bstr());
    let is_right = value.is_some_and(|value| value == "UNSIGNED-PAYLOAD");
    let own = it.is_signed_in_header() && !is_right && (value.is_some() || it.is_seen_whole());
    let circumstance = match (said, own) {
        (Some(_), _) => Circumstance::Stated,
        (None, true) => Circumstance::Known,
        (None, false) => return Vec::new(),
    };
    vec![
        Observation::new(circumstance)
            .shows(value.unwrap_or_default(), "UNSIGNED-PAYLOAD")
            .at(it.header_place(NAME)),
    ]
}

fn fix(it: &Examination<'_>, _parameter: Option<&BStr>) -> Fix {
    let place = it
        .header_place(NAME)
        .or_else(|| it.header_place("authorization"));
    Fix::words("send and sign x-amz-content-sha256: UNSIGNED-PAYLOAD").edit(
        it.header_line(NAME).unwrap_or_default(),
        "x-amz-content-sha256: UNSIGNED-PAYLOAD",
        place,
    )
}

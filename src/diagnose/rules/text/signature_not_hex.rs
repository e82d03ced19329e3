use bstr::BStr;

use crate::{
    diagnose::{
        Check, Circumstance, Draft, Examination, Fix, Frame, Observation, Rule, RuleStage,
        SignatureForm, Tier, Variants,
    },
    evidence::{is_cut, is_placeholder},
    sigv4::{Signature, encode},
    wire::base64::base64,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "signature-not-hex",
    summary: "the signature is not 64 lower-case hex digits",
    stage: RuleStage::Text,
    tier: Tier::C,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
The signature is the last HMAC in 64 lower-case hex digits. The signer wrote it in Base64, as
signatures of version 2 were, in upper case, or encoded that for a URL.

## How it shows
`IncompleteSignature`, or `SignatureDoesNotMatch` or `InvalidSignatureException`, for every call.

## How it is proved
The request states its signature. With the secret: the right one, written thus, comes out as sent.

## Fix
Write the 32 bytes of the signature in lower-case hex.

## Seen in
amzn/selling-partner-api-docs#836
",
    check: Check::Both { observe, make },
    fix,
};

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    let Some(stated) = it.stated() else {
        return Vec::new();
    };
    let signature = &stated.authorization.signature;
    let hex = signature.len() == 64 && is_digits(signature);
    if signature.is_empty()
        || is_placeholder(signature)
        || hex
        || !stated.authorization.algorithm.ends_with(b"HMAC-SHA256")
    {
        return Vec::new();
    }
    let observation = match is_cut(signature) {
        true => Observation::new(Circumstance::Suspected)
            .sign("it has too few digits: either so it was sent, or the capture was cut"),
        false => Observation::new(Circumstance::Stated),
    };
    let observation = match is_cut(signature) || !is_digits(signature) {
        true => observation,
        false => observation.sign(format!("it has {} digits", signature.len())),
    };
    vec![
        observation
            .shows(signature.clone(), "64 lower-case hex digits")
            .at(it.locate(signature)),
    ]
}

fn is_digits(text: &[u8]) -> bool {
    text.iter()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn make(_draft: &Draft, _it: &Examination<'_>, out: &mut Variants<'_>) {
    let forms: [(SignatureForm, &str); 6] = [
        (|bytes| base64(bytes), "Base64"),
        (
            |bytes| encode(&base64(bytes)).into(),
            "Base64, encoded for a URL",
        ),
        (|bytes| url_safe(&base64(bytes)), "Base64 for URLs"),
        (
            |bytes| base64(&Signature::new(*bytes).hex()),
            "Base64 of the hex digits",
        ),
        (
            |bytes| Signature::new(*bytes).hex().to_ascii_uppercase(),
            "upper case",
        ),
        (
            |bytes| [&b"0x"[..], &Signature::new(*bytes).hex()].concat(),
            "with 0x before it",
        ),
    ];
    for (write, form) in forms {
        let frame = Frame {
            signature: Some(write),
            ..Frame::default()
        };
        out.push(RULE.variant().framed(frame).named(form));
    }
}

fn url_safe(text: &[u8]) -> Vec<u8> {
    let safe = |byte: &u8| match byte {
        b'+' => Some(b'-'),
        b'/' => Some(b'_'),
        b'=' => None,
        byte => Some(*byte),
    };
    text.iter().filter_map(safe).collect()
}

fn fix(_it: &Examination<'_>, _parameter: Option<&BStr>) -> Fix {
    Fix::words("write the 32 bytes of the signature as 64 lower-case hex digits")
}

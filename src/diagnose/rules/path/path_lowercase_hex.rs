use bstr::{BStr, BString, ByteSlice};

use crate::{
    diagnose::rules::escapes,
    diagnose::{Check, Draft, Examination, Fix, Rule, RuleStage, Slot, Tier, Variants},
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "path-lowercase-hex",
    summary: "the escapes of the canonical path are in lower-case hex",
    stage: RuleStage::Path,
    tier: Tier::B,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
The hex digits of an escape are upper case in the canonical path: `%2F`, not `%2f`. The signer
wrote them in lower case. For services that encode twice it can be the inner layer: then `%252f`
and `%252F` are different texts, and it counts how the path was sent.

## How it shows
S3 answers 403 `SignatureDoesNotMatch`, other services `SignatureDoesNotMatch` or
`InvalidSignatureException`, only for paths with an escape that has a letter.

## How it is proved
The mistake is made, and the canonical request hashes to the signer's digest, or the signature
comes out as sent.

## Fix
Write escapes with upper-case hex digits.

## Seen in
higress-group/higress#2402, curl/curl#7600, aws/aws-sdk-js-v3#2500
",
    check: Check::Make(make),
    fix,
};

fn make(draft: &Draft, _it: &Examination<'_>, out: &mut Variants<'_>) {
    let uri = draft.get(Slot::CanonicalUri);
    let lower = escapes::map(uri, |escape, _| Some(escape.to_ascii_lowercase()));
    let inner = |change: fn(&[u8]) -> Vec<u8>| inner_layer(uri, change);
    let forms = [
        (lower, "lower case"),
        (
            inner(<[u8]>::to_ascii_lowercase),
            "lower case in the first layer",
        ),
        (
            inner(<[u8]>::to_ascii_uppercase),
            "upper case in the first layer, sent in lower case",
        ),
    ];
    for (text, form) in forms {
        if text != uri {
            out.push(RULE.variant().with(Slot::CanonicalUri, text).named(form));
        }
    }
}

/// Changes the two digits behind each escaped percent sign.
fn inner_layer(uri: &BStr, change: fn(&[u8]) -> Vec<u8>) -> BString {
    let mut out = Vec::with_capacity(uri.len());
    let mut rest = uri.as_bytes();
    while let Some(at) = rest.find("%25") {
        let (before, behind) = rest.split_at(at + 3);
        out.extend_from_slice(before);
        let digits = behind
            .get(..2)
            .filter(|two| two.iter().all(u8::is_ascii_hexdigit));
        out.extend_from_slice(&digits.map(change).unwrap_or_default());
        rest = behind
            .get(digits.map_or(0, <[u8]>::len)..)
            .unwrap_or_default();
    }
    out.extend_from_slice(rest);
    out.into()
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    Fix::undo(
        &RULE,
        it,
        parameter,
        "write escapes with upper-case hex digits",
    )
}

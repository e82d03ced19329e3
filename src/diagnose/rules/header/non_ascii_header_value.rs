use bstr::{BStr, BString, ByteSlice};

use crate::{
    diagnose::{Check, Draft, Examination, Fix, Rule, RuleStage, Slot, Tier, Variants},
    sigv4::encode,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "non-ascii-header-value",
    summary: "a header value outside ASCII was signed in another encoding than it was sent in",
    stage: RuleStage::Header,
    tier: Tier::A,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
Header values outside ASCII have no agreed encoding: one side takes the bytes as UTF-8, the other
as Latin-1, a third replaces them. The signer had other bytes than the service.

## How it shows
403 `SignatureDoesNotMatch`, only for values with letters outside ASCII; the value looks garbled
in what the service shows: `Ã¡` for `á`.

## How it is proved
The mistake is made, and the canonical request hashes to the signer's digest, or the signature
comes out as sent.

## Fix
Keep header values to ASCII: percent-encode the value, or write it as RFC 2047 has it.

## Seen in
aws/aws-sdk-js#820, minio/minio-py#764, fog/fog#2942, aws/aws-sdk-net#1587, Automattic/knox#223
",
    check: Check::Make(make),
    fix,
};

fn make(draft: &Draft, _it: &Examination<'_>, out: &mut Variants<'_>) {
    let outside = |text: &BStr| text.iter().any(|byte| *byte > 0x7f);
    if !draft.header_lines().any(|(_, value)| outside(value)) {
        return;
    }
    let forms: [(&str, Change); 6] = [
        ("UTF-8 of the bytes taken as Latin-1", as_latin_1),
        ("Latin-1", to_latin_1),
        ("? in place of each character", |value| replaced(value, "?")),
        ("? in place of each byte", |value| {
            value
                .iter()
                .map(|byte| if *byte > 0x7f { b'?' } else { *byte })
                .collect()
        }),
        ("left out", |value| replaced(value, "")),
        ("percent-encoded", |value| {
            value.iter().fold(BString::default(), |mut out, byte| {
                match byte {
                    0x80.. => out.extend_from_slice(&encode(&[*byte])),
                    _ => out.push(*byte),
                }
                out
            })
        }),
    ];
    for (form, change) in forms {
        let lines = draft.with_headers(|_, value| outside(value).then(|| change(value)));
        out.push(
            RULE.variant()
                .with(Slot::CanonicalHeaders, lines)
                .named(form),
        );
    }
}

type Change = fn(&BStr) -> BString;

/// Each byte taken for a character of Latin-1, in UTF-8.
fn as_latin_1(value: &BStr) -> BString {
    let text: String = value.iter().map(|byte| char::from(*byte)).collect();
    text.into()
}

/// Each character of UTF-8 as one byte of Latin-1, `?` where there is none.
fn to_latin_1(value: &BStr) -> BString {
    let byte = |character: char| u8::try_from(u32::from(character)).unwrap_or(b'?');
    value.chars().map(byte).collect()
}

fn replaced(value: &BStr, by: &str) -> BString {
    let mut out = String::new();
    for character in value.chars() {
        match character.is_ascii() {
            true => out.push(character),
            false => out.push_str(by),
        }
    }
    out.into()
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    Fix::undo(
        &RULE,
        it,
        parameter,
        "keep header values to ASCII: percent-encode them",
    )
}

use bstr::{BStr, BString, ByteSlice};

use crate::{
    diagnose::rules::header::raw,
    diagnose::{Check, Draft, Examination, Fix, Rule, RuleStage, Slot, Tier, Variants},
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "header-whitespace-not-collapsed",
    summary: "white space in a header was signed as it was sent; it must be trimmed and collapsed",
    stage: RuleStage::Header,
    tier: Tier::A,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
For the canonical request each value is trimmed and each run of spaces in it made one. The signer
left white space as it was, in all of a value or inside its quotes, or trimmed only, or took more away
than it should, or wrote `name: value`
with a space behind the colon.

A space that is left out of a content type is seen by content-type-added-or-changed too, and each is
named beside the other.

## How it shows
403 `SignatureDoesNotMatch`, only for calls with such a value, mostly in `x-amz-meta-*`.

## How it is proved
The mistake is made, and the canonical request hashes to the signer's digest, or the signature
comes out as sent.

## Fix
Trim every value and make each run of spaces one, for signing only.

## Seen in
boto/botocore#1182, aws/aws-sdk-go#4141, rusoto/rusoto#2015, minio/minio#3162, oven-sh/bun#36108,
http4k/http4k#947
",
    check: Check::Make(make),
    fix,
};

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    let as_it_is = |value: &BStr, out: &mut Vec<u8>| out.extend_from_slice(value);
    let collapse_all = |value: &BStr, out: &mut Vec<u8>| {
        for (at, field) in value.fields().enumerate() {
            out.extend_from_slice(if at == 0 { b"" } else { b" " });
            out.extend_from_slice(field);
        }
    };
    let spaced = |before: &'static [u8], behind: &'static [u8]| {
        draft.rewritten_headers(|name, held, out| {
            for part in [name.as_bytes(), b":", before, held, behind, b"\n"] {
                out.extend_from_slice(part);
            }
        })
    };
    let sent = raw::Lines::sent(draft, it);
    let printed = raw::Lines::printed(draft, it);
    let forms = [
        (sent.with_each(as_it_is), "as it was sent"),
        (printed.with_each(as_it_is), "as it was written"),
        (
            sent.with_each(|value, out| out.extend_from_slice(value.trim())),
            "trimmed only",
        ),
        (sent.with_each(collapse_all), "tabs collapsed too"),
        (
            sent.with_each(|value, out| out.extend(value.bytes().filter(|byte| *byte != b' '))),
            "every space removed",
        ),
        (
            sent.with_each(collapse_outside_quotes),
            "spaces inside quotes kept",
        ),
        (spaced(b" ", b""), "a space behind each colon"),
        (spaced(b"", b" "), "a space at the end of each line"),
        (
            draft.with_headers(|name, held| {
                (name == "host").then(|| [b" ", held.as_bytes()].concat().into())
            }),
            "a space before the host",
        ),
    ];
    let mut seen: Vec<BString> = vec![draft.get(Slot::CanonicalHeaders).to_owned()];
    for (lines, form) in forms {
        if !seen.contains(&lines) {
            seen.push(lines.clone());
            out.push(
                RULE.variant()
                    .with(Slot::CanonicalHeaders, lines)
                    .named(form),
            );
        }
    }
}

/// As AWS's own documentation once had it: spaces in a quoted text stay.
fn collapse_outside_quotes(value: &BStr, out: &mut Vec<u8>) {
    let mut quoted = false;
    for byte in value.trim() {
        quoted ^= *byte == b'"';
        let is_further = *byte == b' ' && out.last() == Some(&b' ');
        if quoted || !is_further {
            out.push(*byte);
        }
    }
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    Fix::undo(
        &RULE,
        it,
        parameter,
        "trim the value and make each run of spaces one",
    )
}

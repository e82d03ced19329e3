use bstr::{BStr, BString, ByteSlice};

use crate::diagnose::{Check, Draft, Examination, Fix, Rule, RuleStage, Slot, Tier, Variants};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "header-lines-miswritten",
    summary: "the header lines were changed as a whole: = for the colon, or values in small letters",
    stage: RuleStage::Header,
    tier: Tier::C,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
A line of the canonical headers is the name in small letters, a colon, and the value as it is. The
signer lower-cased the whole line and not the name alone, or joined name and value with another sign.

## How it shows
`SignatureDoesNotMatch` or `InvalidSignatureException`; with lower-cased values only for calls that
have capitals in one, as in `X-Amz-Target`, `X-Amz-Date` or a session token.

## How it is proved
The mistake is made, and the canonical request hashes to the signer's digest, or the signature
comes out as sent.

## Fix
Write `name:value`, with the name in small letters and the value trimmed and otherwise as it is sent.

## Seen in
no thread; a mistake of many first attempts, shown by mutation
",
    check: Check::Make(make),
    fix,
};

fn make(draft: &Draft, _it: &Examination<'_>, out: &mut Variants<'_>) {
    let lines = draft.get(Slot::CanonicalHeaders);
    let small = draft.rewritten_headers(|name, value, out| {
        out.extend_from_slice(name);
        out.push(b':');
        out.extend(value.bytes().map(|byte| byte.to_ascii_lowercase()));
        out.push(b'\n');
    });
    let forms: [(BString, &str); 3] = [
        (small, "values in small letters"),
        (joined(lines, b"="), "= for the colon"),
        (joined(lines, b" "), "a space for the colon"),
    ];
    for (text, form) in forms {
        if text != lines {
            let variant = RULE.variant().with(Slot::CanonicalHeaders, text);
            out.push(variant.named(form));
        }
    }
}

/// The lines with another sign between name and value.
fn joined(lines: &BStr, sign: &[u8]) -> BString {
    let mut out = Vec::with_capacity(lines.len());
    for line in lines.lines_with_terminator() {
        match line.find_byte(b':') {
            Some(colon) => {
                out.extend_from_slice(&line[..colon]);
                out.extend_from_slice(sign);
                out.extend_from_slice(&line[colon + 1..]);
            }
            None => out.extend_from_slice(line),
        }
    }
    out.into()
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    let words = "write name:value, with the name alone in small letters";
    Fix::undo(&RULE, it, parameter, words)
}

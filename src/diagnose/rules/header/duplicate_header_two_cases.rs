use bstr::{BStr, BString, ByteSlice};

use crate::{
    diagnose::rules::header::raw,
    diagnose::{Check, Draft, Examination, Fix, Rule, RuleStage, Slot, Tier, Variant},
    sigv4::canonical_value,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "duplicate-header-two-cases",
    summary: "a header that is sent twice was signed once, or joined in another way",
    stage: RuleStage::Header,
    tier: Tier::B,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
A header that occurs more than once, be it in another case, is one line of the canonical request:
its values joined by a comma without a space, in the order in which they are sent. The signer had
only one of them, or joined them otherwise.

## How it shows
403 `SignatureDoesNotMatch`; the canonical request that the service shows has `a,b` on the line.

## How it is proved
The mistake is made, and the canonical request hashes to the signer's digest, or the signature
comes out as sent.

## Fix
Send each header once.

## Seen in
aws/aws-sdk-js-v3#1800, http4k/http4k#947, aws/aws-sdk-java-v2#2502
",
    check: Check::Make(make),
    fix,
};

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Vec<Variant>) {
    let names: Vec<BString> = draft
        .header_lines()
        .map(|(name, _)| name.to_owned())
        .collect();
    for name in names {
        let sent: Vec<BString> = raw::values(it, name.as_bstr())
            .iter()
            .map(|value| canonical_value(value).into_owned())
            .collect();
        let [first, .., last] = sent.as_slice() else {
            continue;
        };
        let mut sorted = sent.clone();
        sorted.sort();
        let mut backwards = sent.clone();
        backwards.reverse();
        let texts = [
            (first.clone(), "the first alone"),
            (last.clone(), "the last alone"),
            (
                sent.join(&b", "[..]).into(),
                "joined by a comma and a space",
            ),
            (sorted.join(&b","[..]).into(), "sorted"),
            (backwards.join(&b","[..]).into(), "in the other order"),
            (
                sent.join(&[b"\n", name.as_bytes(), b":"].concat()[..])
                    .into(),
                "a line each",
            ),
        ];
        let name = name.to_str_lossy();
        let mut seen: Vec<BString> = Vec::new();
        for (text, form) in texts {
            if !seen.contains(&text) {
                let lines = draft.with_header(&name, Some(&text));
                let variant = RULE.variant().with(Slot::CanonicalHeaders, lines);
                out.push(variant.named(format!("{name}: {form}")));
                seen.push(text);
            }
        }
    }
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    Fix::undo(&RULE, it, parameter, "send the header once")
}

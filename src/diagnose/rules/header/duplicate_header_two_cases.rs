use bstr::{BStr, BString, ByteSlice};

use crate::{
    diagnose::rules::header::raw,
    diagnose::{Check, Draft, Examination, Fix, Rule, RuleStage, Slot, Tier, Variants},
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

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    let names: Vec<BString> = draft
        .header_lines()
        .map(|(name, _)| name.to_owned())
        .collect();
    for name in names {
        let sent = values(draft, it, name.as_bstr());
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

/// The values of a header that is there more than once. Without the request, those that the service
/// joined, where the signer's own line is made of some of them.
fn values(draft: &Draft, it: &Examination<'_>, name: &BStr) -> Vec<BString> {
    let joined = draft.header(&name.to_str_lossy()).unwrap_or_default();
    let values: Vec<BString> = joined.split_str(",").map(BString::from).collect();
    if it.request().is_some() {
        let sent = raw::values(it, name);
        let sent: Vec<BString> = sent
            .iter()
            .map(|value| canonical_value(value).into_owned())
            .collect();
        // A capture that shows a header once may be of what was handed to the library.
        return match sent.as_slice() {
            [one] if values.len() > 1 && values.iter().all(|value| value.trim() == *one) => {
                vec![one.clone(); values.len()]
            }
            _ => sent,
        };
    }
    let mut printed = it.printed().into_iter().flat_map(Draft::header_lines);
    let is_one = |(own, value): (&BStr, &BStr)| {
        let mut parts = value.split_str(",").map(ByteSlice::trim);
        let of_them = |part: &[u8]| values.iter().any(|own| *own == part);
        own == name && value != joined && parts.all(of_them)
    };
    match printed.any(is_one) {
        true => values,
        false => Vec::new(),
    }
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    Fix::undo(&RULE, it, parameter, "send the header once")
}

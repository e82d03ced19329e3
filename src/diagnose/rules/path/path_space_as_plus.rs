use bstr::{BStr, ByteSlice};

use crate::{
    diagnose::{Check, Draft, Examination, Fix, Rule, RuleStage, Slot, Tier, Variants},
    sigv4::{PathEncoding, encode_path},
    wire::target::percent_decode,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "path-space-as-plus",
    summary: "a space in the path was signed as +",
    stage: RuleStage::Path,
    tier: Tier::B,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
In a path a space is `%20`. An encoder made for forms and queries (`URLEncoder`, `urllib.quote_plus`,
`url.QueryEscape`) writes `+`, which is a plus sign there.

## How it shows
`SignatureDoesNotMatch` or `InvalidSignatureException`, only for calls whose path has a space.

## How it is proved
The mistake is made, and the canonical request hashes to the signer's digest, or the signature
comes out as sent.

## Fix
Encode the path with an encoder for paths, or replace `+` by `%20` behind the one for forms.

## Seen in
no thread; a mistake of many first attempts, shown by mutation
",
    check: Check::Make(make),
    fix,
};

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    let uri = draft.get(Slot::CanonicalUri);
    if it.recipe().path_encoding == PathEncoding::Twice && uri.contains_str("%2520") {
        // The plus sign is encoded with the rest.
        let text = encode_path(&percent_decode(uri).replace("%20", "+"));
        out.push(
            RULE.variant()
                .with(Slot::CanonicalUri, text)
                .named("%2B for %2520"),
        );
    }
    for (space, form) in [("%20", "+ for %20"), ("%2520", "+ for %2520")] {
        if uri.contains_str(space) {
            let text = uri.replace(space, "+");
            out.push(RULE.variant().with(Slot::CanonicalUri, text).named(form));
        }
    }
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    let words = "write a space in the path as %20";
    Fix::undo(&RULE, it, parameter, words)
}

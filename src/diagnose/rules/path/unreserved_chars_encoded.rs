use bstr::{BStr, BString, ByteSlice};

use crate::{
    diagnose::{Check, Draft, Examination, Fix, Rule, RuleStage, Slot, Tier, Variant, Variants},
    sigv4::PathEncoding,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "unreserved-chars-encoded",
    summary: "a character that stays as it is was percent-encoded: ~ is the usual one",
    stage: RuleStage::Path,
    tier: Tier::B,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
Letters, digits and `-`, `.`, `_`, `~` are never percent-encoded. Older encoders, made after RFC 1738
and not after RFC 3986, write `~` as `%7E`; others encode all but letters and digits.

## How it shows
`SignatureDoesNotMatch` or `InvalidSignatureException`, only for calls whose path or query has such a
character.

## How it is proved
The mistake is made, and the canonical request hashes to the signer's digest, or the signature
comes out as sent.

## Fix
Encode all but `A-Z a-z 0-9 - . _ ~`, or replace `%7E` by `~` behind the encoder.

## Seen in
boto/boto#2849
",
    check: Check::Make(make),
    fix,
};

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    let twice = it.recipe().path_encoding == PathEncoding::Twice;
    let uri = draft.get(Slot::CanonicalUri);
    let query = draft.get(Slot::CanonicalQuery);
    let forms = [
        ("~", "~ as %7E"),
        ("-._~", "each of - . _ ~ encoded"),
        ("_", "_ as %5F"),
        ("-", "- as %2D"),
        (".", ". as %2E"),
        ("-_", "- and _ encoded"),
    ];
    for (at, (characters, form)) in forms.into_iter().enumerate() {
        let is_rare = at > 1;
        if is_rare && !out.wants_alone() {
            break;
        }
        let once = |text: &BStr| encoded(text, characters, "%");
        let path = match twice {
            true => encoded(uri, characters, "%25"),
            false => once(uri),
        };
        let line = once(query);
        let mut push = |variant: Variant, place: &str| {
            let variant = variant.named(format!("{form} in the {place}"));
            out.push(if is_rare { variant.alone() } else { variant });
        };
        let (of_path, of_query) = (path != uri, line != query);
        if of_path {
            push(
                RULE.variant().with(Slot::CanonicalUri, path.clone()),
                "path",
            );
        }
        if of_query {
            push(
                RULE.variant().with(Slot::CanonicalQuery, line.clone()),
                "query",
            );
        }
        if of_path && of_query {
            let both = RULE.variant().with(Slot::CanonicalUri, path);
            push(both.with(Slot::CanonicalQuery, line), "path and the query");
        }
    }
}

fn encoded(text: &BStr, characters: &str, escape: &str) -> BString {
    let mut out = Vec::with_capacity(text.len() + 16);
    for byte in text.bytes() {
        match characters.as_bytes().contains(&byte) {
            true => out.extend_from_slice(format!("{escape}{byte:02X}").as_bytes()),
            false => out.push(byte),
        }
    }
    out.into()
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    let words = "encode all but letters, digits and - . _ ~";
    Fix::undo(&RULE, it, parameter, words)
}

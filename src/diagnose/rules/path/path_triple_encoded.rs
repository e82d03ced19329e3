use bstr::{BStr, BString};

use crate::{
    diagnose::rules::escapes,
    diagnose::{Check, Draft, Examination, Fix, Rule, RuleStage, Slot, Tier, Variants},
    sigv4::{PathEncoding, encode_path},
    wire::target::percent_decode,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "path-triple-encoded",
    summary: "the path was percent-encoded once too often",
    stage: RuleStage::Path,
    tier: Tier::A,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
A service that wants the path encoded twice was signed with three layers: `:` became `%25253A`. Or
the path was sent with two layers already, so that the service, which adds one, comes to three,
while the signer stopped at two.

When the path was sent with two layers, what was signed is the path of the wire: the same text as
that of path-encoded-once-non-s3, which is then named beside it.

## How it shows
403 with `%2525` in the path of the canonical request that the service shows; typical for a model
id with a colon behind an AI gateway.

## How it is proved
The mistake is made, and the canonical request hashes to the signer's digest, or the signature
comes out as sent.

## Fix
Send the path encoded once, and sign it encoded twice.

## Seen in
higress-group/higress#2396, higress-group/higress#2402, higress-group/higress#3590
",
    check: Check::Make(make),
    fix,
};

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    let uri = draft.get(Slot::CanonicalUri);
    let variant =
        |text: BString, form: &str| RULE.variant().with(Slot::CanonicalUri, text).named(form);
    if it.recipe().path_encoding == PathEncoding::Once {
        out.push(variant(
            encode_path(&encode_path(uri)),
            "signed with three layers",
        ));
        return;
    }
    out.push(variant(encode_path(uri), "signed with three layers"));
    let sent = percent_decode(uri);
    if escapes::is_encoded_twice(&sent) {
        out.push(variant(sent, "sent with two layers"));
    }
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    Fix::undo(
        &RULE,
        it,
        parameter,
        "send the path encoded once and sign it encoded twice",
    )
}

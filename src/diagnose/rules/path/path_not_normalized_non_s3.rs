use bstr::{BStr, BString};

use crate::{
    diagnose::rules::path::segments::{without_dots, without_doubled_slashes},
    diagnose::{Check, Draft, Examination, Fix, Rule, RuleStage, Slot, Tier, Variants},
    sigv4::{PathNormalization, canonical_uri, encode_path, normalize},
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "path-not-normalized-non-s3",
    summary: "the path was signed with its empty or dot segments; this service removes them",
    stage: RuleStage::Path,
    tier: Tier::B,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
Every service but Amazon S3 removes empty segments, `.` and `..` from the path before signing. The
signer left some of them in.

## How it shows
InvalidSignatureException or SignatureDoesNotMatch, only for paths with `//`, `.` or `..`, which
often come from joining a base path that ends in a slash.

## How it is proved
The mistake is made, and the canonical request hashes to the signer's digest, or the signature
comes out as sent.

## Fix
Remove dot segments and empty segments (RFC 3986, section 5.2.4) before encoding, and better do
not send them.

## Seen in
smithy-lang/smithy-rs#1308, aws/aws-sdk-java-v2#3534
",
    check: Check::Make(make),
    fix,
};

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    if it.recipe().path_normalization != PathNormalization::Normalize {
        return;
    }
    let uri = draft.get(Slot::CanonicalUri);
    let Some(request) = it.request() else {
        // What the signer printed shows it without the request.
        let printed = it.signed_piece(Slot::CanonicalUri);
        if let Some(printed) = printed.filter(|own| *own != uri && normalize(own) == uri) {
            let variant = RULE.variant().with(Slot::CanonicalUri, printed);
            out.push(variant.named("as it was written"));
        }
        return;
    };
    let path = request.path();
    // Only where the canonical URI is still that of the wire.
    if canonical_uri(path, it.recipe()) != draft.get(Slot::CanonicalUri) {
        return;
    }
    let forms = [
        (path.to_owned(), "nothing removed"),
        (without_doubled_slashes(path), "dot segments left"),
        (without_dots(path), "empty segments left"),
    ];
    let mut texts: Vec<BString> = Vec::new();
    for (text, form) in forms {
        let text = encode_path(&text);
        if !texts.contains(&text) {
            out.push(
                RULE.variant()
                    .with(Slot::CanonicalUri, text.clone())
                    .named(form),
            );
            texts.push(text);
        }
    }
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    Fix::undo(
        &RULE,
        it,
        parameter,
        "remove empty and dot segments from the path before encoding it",
    )
}

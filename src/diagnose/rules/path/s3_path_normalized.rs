use bstr::{BStr, BString, ByteSlice};

use crate::{
    diagnose::rules::path::segments::{without_dots, without_doubled_slashes},
    diagnose::{Check, Draft, Examination, Fix, Rule, RuleStage, Slot, Tier, Variants},
    evidence::Claim,
    sigv4::{PathNormalization, canonical_uri, normalize},
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "s3-path-normalized",
    summary: "slashes or dot segments of an S3 path were put in order; S3 keeps them",
    stage: RuleStage::Path,
    tier: Tier::A,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
A key of Amazon S3 may hold `//`, `.` and `..`, and the path is signed with them as it stands. The
signer, or a URL library before it, removed them; or curl did after it was signed, which sends a path
without its dot segments unless `--path-as-is` is given.

## How it shows
403 `SignatureDoesNotMatch`, or `NoSuchKey` for another key than was meant; only for keys with
such segments.

## How it is proved
The mistake is made, and the canonical request hashes to the signer's digest, or the signature
comes out as sent.

## Fix
Never normalize a path for Amazon S3, neither for signing nor for sending.

## Seen in
tedder/requests-aws4auth#31, duckdb/duckdb-httpfs#333, boto/boto3#4181, cognitect-labs/aws-api#53,
boto/botocore#3244
",
    check: Check::Make(make),
    fix,
};

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    if it.recipe().path_normalization != PathNormalization::Keep {
        return;
    }
    let uri = draft.get(Slot::CanonicalUri);
    let forms = [
        (normalize(uri), "empty and dot segments removed"),
        (without_doubled_slashes(uri), "doubled slashes made one"),
        (without_dots(uri), "dot segments removed"),
        (
            uri.trim_end_with(|byte| byte == '/').into(),
            "slash at the end removed",
        ),
    ];
    let mut texts: Vec<BString> = Vec::new();
    for (text, form) in forms {
        if !texts.contains(&text) && !text.is_empty() {
            out.push(
                RULE.variant()
                    .with(Slot::CanonicalUri, text.clone())
                    .named(form),
            );
            texts.push(text);
        }
    }
    // The other way about: the signer had the path whole, and it was put in order on the way, by curl
    // for one.
    let hints = it.case().hints.iter().filter_map(Claim::value);
    let mut typed = hints.filter_map(|hint| hint.unsigned.as_ref());
    let typed = typed
        .next()
        .filter(|_| it.has_right_piece(draft, Slot::CanonicalUri));
    let typed = typed.map(|typed| canonical_uri(typed.path(), it.recipe()));
    let signed = it.signed_piece(Slot::CanonicalUri).or(typed);
    let is_other = |signed: &BString| signed != uri && normalize(signed) == normalize(uri);
    if let Some(signed) = signed.filter(is_other) {
        out.push(
            RULE.variant()
                .with(Slot::CanonicalUri, signed)
                .named(ON_THE_WAY),
        );
    }
}

const ON_THE_WAY: &str = "changed on the way";

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    if parameter.is_some_and(|form| form == ON_THE_WAY) {
        return Fix::words(
            "send the path as it was signed; curl removes dot segments without --path-as-is",
        );
    }
    Fix::undo(
        &RULE,
        it,
        parameter,
        "sign the path as it is sent, with its empty and dot segments",
    )
}

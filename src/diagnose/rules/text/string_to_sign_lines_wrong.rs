use std::collections::BTreeSet;

use bstr::{BStr, BString, ByteSlice};

use crate::{
    diagnose::{
        Check, Draft, Examination, Fix, Frame, Rule, RuleStage, Slot, TextChange, Tier, Variants,
    },
    sigv4::Sha256Digest,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "string-to-sign-lines-wrong",
    summary: "the string to sign lacks a line, has another for the algorithm, or its lines in another order",
    stage: RuleStage::Text,
    tier: Tier::C,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
The string to sign has four lines: the algorithm, the signing time, the credential scope, and the
hash of the canonical request. The signer left one of the first three out, misspelt the algorithm,
put the scope before the time, joined the lines with nothing between them, put an empty line
between two, indented them, or hashed all of it before it signed.

## How it shows
`SignatureDoesNotMatch` or `InvalidSignatureException`, for every call, with a signer of one's
own.

## How it is proved
The mistake is made, and the string to sign comes out as the signer printed it, or the signature
comes out as sent.

## Fix
Join `AWS4-HMAC-SHA256`, time, scope and hash with line feeds, in this order, and sign that text.

## Seen in
no thread; a mistake of many first attempts, shown by mutation
",
    check: Check::Make(make),
    fix,
};

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    let forms: [(TextChange, &str); 14] = [
        (|text| lines(text, &[1, 2, 3]), "without the algorithm"),
        (|text| lines(text, &[0, 2, 3]), "without the time"),
        (|text| lines(text, &[0, 1, 3]), "without the scope"),
        (
            |text| lines(text, &[0, 2, 1, 3]),
            "the scope before the time",
        ),
        (|text| text.replace("\n", ""), "without line feeds"),
        (|text| [b"\n", text].concat(), "an empty line in front"),
        (
            |text| text.replace("\n", "\n\n"),
            "an empty line behind each",
        ),
        (
            |text| empty_behind(text, 1),
            "an empty line behind the first",
        ),
        (
            |text| empty_behind(text, 2),
            "an empty line behind the time",
        ),
        (
            |text| empty_behind(text, 3),
            "an empty line behind the scope",
        ),
        (
            |text| text.replace("\n", "\n    "),
            "four spaces before each further line",
        ),
        (
            |text| text.replace("\n", "\n  "),
            "two spaces before each further line",
        ),
        (
            |text| text.replace("\n", "\n\t"),
            "a tab before each further line",
        ),
        (
            |text| Sha256Digest::of(text).hex().to_vec(),
            "hashed before it is signed",
        ),
    ];
    for (change, form) in forms {
        let frame = Frame::of_string_to_sign(change);
        out.push(RULE.variant().framed(frame).named(form));
    }
    for algorithm in ALGORITHMS {
        let variant = RULE.variant().with(Slot::Algorithm, algorithm);
        out.push(variant.named(algorithm).beside_the_stated());
    }
    let right = draft.get(Slot::Algorithm);
    let printed = it.printed_line(0).map(BString::from);
    let is_new = |own: &BString| {
        own != right && own.starts_with(b"AWS") && !ALGORITHMS.iter().any(|known| own == known)
    };
    let printed = printed.filter(|_| !it.service_has_printed_line(0));
    let rare = RARE_ALGORITHMS
        .map(BString::from)
        .into_iter()
        .chain(printed);
    let rare: BTreeSet<BString> = rare.filter(is_new).collect();
    out.extend(rare.into_iter().map(|algorithm| {
        let variant = RULE.variant().with(Slot::Algorithm, algorithm.clone());
        variant.named(algorithm).beside_the_stated().alone()
    }));
}

/// Names that stand elsewhere: on the first line of a chunk's string to sign, or of an older scheme.
const RARE_ALGORITHMS: [&str; 2] = ["AWS4-HMAC-SHA1", "AWS4-HMAC-SHA256-PAYLOAD"];

/// How the algorithm is misspelt.
const ALGORITHMS: [&str; 7] = [
    "aws4-hmac-sha256",
    "AWS4-HMAC-SHA-256",
    "AWS4_HMAC_SHA256",
    "AWS-HMAC-SHA256",
    "HMAC-SHA256",
    "AWS4",
    "AWS4-HMAC-SHA256 ",
];

/// The text with an empty line behind so many.
fn empty_behind(text: &[u8], count: usize) -> Vec<u8> {
    let mut lines: Vec<&[u8]> = text.splitn_str(4, "\n").collect();
    if lines.len() > count {
        lines.insert(count, b"");
    }
    bstr::join("\n", lines)
}

/// The lines of the string to sign that stand in `kept`, in its order; the last one may hold line
/// feeds itself.
fn lines(text: &[u8], kept: &[usize]) -> Vec<u8> {
    let lines: Vec<&[u8]> = text.splitn_str(4, "\n").collect();
    let kept = kept.iter().filter_map(|at| lines.get(*at));
    bstr::join("\n", kept)
}

fn fix(_it: &Examination<'_>, _parameter: Option<&BStr>) -> Fix {
    Fix::words(
        "join AWS4-HMAC-SHA256, the time, the scope and the hash with line feeds, in this order, and sign that text",
    )
}

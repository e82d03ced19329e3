use bstr::{BStr, ByteSlice};

use crate::diagnose::{
    Check, Draft, Examination, Fix, Frame, Rule, RuleStage, TextChange, Tier, Variants,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "canonical-request-lines-wrong",
    summary: "the canonical request lacks a line, or has an empty one too many",
    stage: RuleStage::Text,
    tier: Tier::C,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
The canonical request has a line each for method, path and query, the header lines, an empty line,
the list of signed headers and the payload hash, and nothing else. The signer left one of the last two
out, put the list before the headers, began with an empty line, put one too many behind the headers, or
ended each line in a space.

## How it shows
`SignatureDoesNotMatch` or `InvalidSignatureException`, for every call, with a signer of one's
own.

## How it is proved
The mistake is made, and the canonical request hashes to the signer's digest, or the signature
comes out as sent.

## Fix
Write the lines in this order, each once, joined by a line feed.

## Seen in
no thread; a mistake of many first attempts, shown by mutation
",
    check: Check::Make(make),
    fix,
};

fn make(_draft: &Draft, _it: &Examination<'_>, out: &mut Variants<'_>) {
    let forms: [(TextChange, &str); 8] = [
        (without_method, "without the method"),
        (without_path, "without the path"),
        (without_list, "without the list of signed headers"),
        (without_hash, "without the payload hash"),
        (|text| [b"\n", text].concat(), "an empty line in front"),
        (|text| text.replace("\n\n", "\n\n\n"), "two empty lines"),
        (two_behind_headers, "two empty lines behind the headers"),
        (
            |text| [&text.replace("\n", " \n")[..], b" "].concat(),
            "a space at the end of each line",
        ),
    ];
    for (change, form) in forms {
        let frame = Frame::of_canonical_request(change);
        out.push(RULE.variant().framed(frame).named(form));
    }
    let frame = Frame::of_canonical_request(list_before_headers);
    let variant = RULE.variant().framed(frame).alone();
    out.push(variant.named("the list before the headers"));
}

fn list_before_headers(text: &[u8]) -> Vec<u8> {
    let lines: Vec<&[u8]> = text.split_str("\n").collect();
    let [method, uri, query, headers @ .., list, hash] = &lines[..] else {
        return text.to_vec();
    };
    let mut moved = vec![*method, *uri, *query, *list];
    moved.extend_from_slice(headers);
    moved.push(hash);
    moved.join(&b'\n')
}

fn without_method(text: &[u8]) -> Vec<u8> {
    let cut = text.split_once_str("\n");
    cut.map_or(text, |(_, rest)| rest).to_vec()
}

fn without_path(text: &[u8]) -> Vec<u8> {
    let parts = text.split_once_str("\n");
    let cut = parts.and_then(|(method, rest)| Some((method, rest.split_once_str("\n")?.1)));
    cut.map_or(text.to_vec(), |(method, rest)| {
        [method, b"\n", rest].concat()
    })
}

fn two_behind_headers(text: &[u8]) -> Vec<u8> {
    let parts = text.rsplit_once_str("\n\n");
    parts.map_or(text.to_vec(), |(front, list)| {
        [front, b"\n\n\n", list].concat()
    })
}

fn without_hash(text: &[u8]) -> Vec<u8> {
    let cut = text.rsplit_once_str("\n");
    cut.map_or(text, |(front, _)| front).to_vec()
}

fn without_list(text: &[u8]) -> Vec<u8> {
    let parts = text.rsplit_once_str("\n");
    let cut = parts.and_then(|(front, hash)| Some((front.rsplit_once_str("\n")?.0, hash)));
    cut.map_or(text.to_vec(), |(front, hash)| [front, b"\n", hash].concat())
}

fn fix(_it: &Examination<'_>, _parameter: Option<&BStr>) -> Fix {
    Fix::words(
        "write method, path, query, the header lines, an empty line, the list of signed headers and the payload hash, each on its line and once",
    )
}

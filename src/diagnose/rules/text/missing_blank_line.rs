use bstr::{BStr, ByteSlice};

use crate::diagnose::{
    Check, Draft, Examination, Fix, Frame, Rule, RuleStage, Slot, TextChange, Tier, Variants,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "missing-blank-line",
    summary: "the empty line behind the canonical headers is missing",
    stage: RuleStage::Text,
    tier: Tier::C,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
Each canonical header ends in a line feed, and an empty line parts them from the signed headers.
The signer joined the parts with single line feeds and had no empty line there; or left out the
line of the query because there is none.

## How it shows
`SignatureDoesNotMatch` or `InvalidSignatureException`, for every call, with a signer of one's
own.

## How it is proved
The mistake is made, and the canonical request hashes to the signer's digest, or the signature
comes out as sent.

## Fix
End every header line with a line feed and join the parts with line feeds: there is an empty line
behind the headers, and one in place of an absent query.

## Seen in
no thread; a mistake of many first attempts, shown by mutation
",
    check: Check::Make(make),
    fix,
};

fn make(draft: &Draft, _it: &Examination<'_>, out: &mut Variants<'_>) {
    let framed = |change: TextChange, form: &str| {
        let frame = Frame::of_canonical_request(change);
        RULE.variant().framed(frame).named(form)
    };
    out.push(framed(without_line_behind_headers, "behind the headers"));
    if draft.get(Slot::CanonicalQuery).is_empty() {
        out.push(framed(without_query_line, "in place of the query"));
        out.push(framed(without_empty_lines, "every empty line"));
    }
}

fn without_line_behind_headers(text: &[u8]) -> Vec<u8> {
    let head: usize = text
        .split_inclusive(|byte| *byte == b'\n')
        .take(3)
        .map(<[u8]>::len)
        .sum();
    let (front, rest) = text.split_at(head);
    [front, &without_first_empty_line(rest)].concat()
}

fn without_query_line(text: &[u8]) -> Vec<u8> {
    without_first_empty_line(text)
}

fn without_empty_lines(text: &[u8]) -> Vec<u8> {
    without_first_empty_line(&without_line_behind_headers(text))
}

fn without_first_empty_line(text: &[u8]) -> Vec<u8> {
    match text.split_once_str("\n\n") {
        Some((before, behind)) => [before, b"\n", behind].concat(),
        None => text.to_vec(),
    }
}

fn fix(_it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    let of_query = parameter.is_some_and(|form| form == "in place of the query");
    Fix::words(match of_query {
        true => "write the line of the query also where it is empty: it is the third",
        false => "end every header line with a line feed, and put an empty line behind the last",
    })
}

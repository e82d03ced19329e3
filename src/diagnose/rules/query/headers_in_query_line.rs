use bstr::{BStr, BString, ByteSlice};

use crate::{
    diagnose::rules::capitals::capitalised,
    diagnose::{
        Check, Draft, Examination, Fix, Rule, RuleStage, Slot, Tier, Variants, draft::push_line,
    },
    sigv4::encode,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "headers-in-query-line",
    summary: "headers stand on the line of the query, or header names are not in lower case",
    stage: RuleStage::Query,
    tier: Tier::C,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
The third line of the canonical request is the query, empty where there is none. The signer wrote
the signed headers there, as `host=…&x-amz-date=…`, or left the names of the headers in upper
case.

## How it shows
403 with another canonical request, for every call.

## How it is proved
The mistake is made, and the canonical request hashes to the signer's digest, or the signature
comes out as sent.

## Fix
Leave the line empty where the URL has no query, and write header names in lower case.

## Seen in
amzn/selling-partner-api-models#113
",
    check: Check::Make(make),
    fix,
};

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    let query = draft.get(Slot::CanonicalQuery);
    type Written = fn(&BStr, &BStr, &mut Vec<u8>);
    let forms: [(Written, &str); 2] = [(encoded, "encoded"), (plain, "as they stand")];
    for (written, form) in forms {
        let mut line = Vec::with_capacity(draft.get(Slot::CanonicalHeaders).len() + 64);
        let mut places = Vec::new();
        for (name, value) in draft.header_lines() {
            let from = line.len();
            written(name, value, &mut line);
            places.push(from..line.len());
            line.push(b'&');
        }
        line.pop();
        if !query.is_empty() {
            let mut all: Vec<&[u8]> = query.split(|byte| *byte == b'&').collect();
            all.extend(places.into_iter().filter_map(|place| line.get(place)));
            all.sort_unstable();
            let form = format!("{form}, among the query");
            let all = all.join(&b'&');
            out.push(RULE.variant().with(Slot::CanonicalQuery, all).named(form));
        }
        out.push(RULE.variant().with(Slot::CanonicalQuery, line).named(form));
    }
    if out.wants_alone() {
        push_few(draft, out);
    }
    if !out.wants(Slot::CanonicalHeaders) {
        return;
    }
    // Names in the case in which they were sent, or in that of most HTTP libraries.
    let sent = |name: &BStr| -> BString {
        let fields = it
            .request()
            .map_or(&[][..], |request| request.headers.as_slice());
        let field = fields
            .iter()
            .find(|field| field.name.eq_ignore_ascii_case(name));
        field.map_or_else(|| name.to_owned(), |field| field.name.clone())
    };
    let mut seen: Vec<Vec<u8>> = Vec::new();
    for (lines, form) in [
        (named(draft, sent), "names in the case of the wire"),
        (
            named(draft, |name| capitalised(name).into()),
            "names with capitals",
        ),
    ] {
        if !seen.contains(&lines) {
            seen.push(lines.clone());
            out.push(
                RULE.variant()
                    .with(Slot::CanonicalHeaders, lines)
                    .named(form),
            );
        }
    }
}

/// A header as a pair of the query.
fn encoded(name: &BStr, value: &BStr, out: &mut Vec<u8>) {
    plain(encode(name).as_bstr(), encode(value).as_bstr(), out);
}

/// The same without encoding.
fn plain(name: &BStr, value: &BStr, out: &mut Vec<u8>) {
    out.extend_from_slice(name);
    out.push(b'=');
    out.extend_from_slice(value);
}

/// Pairs with colons, and of few headers alone.
fn push_few(draft: &Draft, out: &mut Variants<'_>) {
    let colons: Vec<Vec<u8>> = draft
        .header_lines()
        .map(|(name, value)| [name.as_bytes(), b":", value].concat())
        .collect();
    let mut push = |pairs: Vec<Vec<u8>>, form: &str| {
        let variant = RULE.variant().with(Slot::CanonicalQuery, pairs.join(&b'&'));
        out.push(variant.named(form).alone());
    };
    push(colons, "with a colon each");
    let few = [
        &["host"][..],
        &["host", "x-amz-date"],
        &["content-type", "host", "x-amz-date"],
    ];
    for names in few {
        let lines = draft
            .header_lines()
            .filter(|(name, _)| names.iter().any(|own| name == own));
        let pair = |(name, value): (&BStr, &BStr)| {
            let mut pair = Vec::new();
            encoded(name, value, &mut pair);
            pair
        };
        let pairs: Vec<Vec<u8>> = lines.map(pair).collect();
        push(pairs, &format!("{} alone", names.join(", ")));
    }
}

/// The header lines with each name changed.
fn named(draft: &Draft, change: impl Fn(&BStr) -> BString) -> Vec<u8> {
    draft
        .rewritten_headers(|name, value, out| push_line(out, &change(name), value))
        .into()
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    Fix::undo(
        &RULE,
        it,
        parameter,
        "leave the query line to the query, and write header names in lower case",
    )
}

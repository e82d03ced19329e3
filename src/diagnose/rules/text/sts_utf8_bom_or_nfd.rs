use bstr::{BStr, BString, ByteSlice};
use unicode_normalization::UnicodeNormalization;

use crate::{
    diagnose::{Check, Draft, Examination, Fix, Frame, Rule, RuleStage, Slot, Tier, Variants},
    sigv4::{PathEncoding, Sha256Digest, encode, encode_path},
    wire::target::percent_decode,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "sts-utf8-bom-or-nfd",
    summary: "a byte order mark or another Unicode form came between signer and service",
    stage: RuleStage::Text,
    tier: Tier::C,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
Letters with accents can be written as one character (NFC) or as letter and accent (NFD), as file
names of macOS are; they look alike and hash otherwise. A byte order mark before a text or a body
is just as invisible.

## How it shows
`SignatureDoesNotMatch` or `InvalidSignatureException`, only for keys or parameters with accents,
or for bodies read from a file of Windows.

## How it is proved
The mistake is made, and the canonical request hashes to the signer's digest, the string to sign
comes out as the signer printed it, or the signature comes out as sent.

## Fix
Sign the very bytes that are sent, and write files without a byte order mark.

## Seen in
no thread; known from keys made on macOS, shown by mutation
",
    check: Check::Make(make),
    fix,
};

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    let framed = |frame: Frame, form: &str| RULE.variant().framed(frame).named(form);
    let request = Frame::of_canonical_request(marked);
    let string = Frame::of_string_to_sign(marked);
    out.push(framed(
        request,
        "a byte order mark before the canonical request",
    ));
    out.push(framed(
        string,
        "a byte order mark before the string to sign",
    ));
    out.push(framed(
        request.and(&string),
        "a byte order mark before both texts",
    ));
    for (slot, place) in [
        (Slot::CanonicalUri, "path"),
        (Slot::CanonicalQuery, "query"),
    ] {
        if !out.wants(slot) {
            continue;
        }
        for (form, change) in FORMS {
            let right = draft.get(slot);
            // Most have no letter that may have an accent.
            if right.is_ascii() && !right.contains(&b'%') {
                continue;
            }
            let piece = match slot {
                Slot::CanonicalUri => form_of_path(right, it, change),
                _ => form_of_query(right, change),
            };
            if piece != right {
                let name = format!("the {place} in {form}");
                out.push(RULE.variant().with(slot, piece).named(name));
            }
        }
    }
    let has_accents = !draft.get(Slot::CanonicalHeaders).is_ascii();
    for (form, change) in FORMS.into_iter().filter(|_| has_accents) {
        let lines = draft.with_headers(|_, value| change(value));
        let name = format!("headers in {form}");
        out.push(
            RULE.variant()
                .with(Slot::CanonicalHeaders, lines)
                .named(name),
        );
    }
    let body = it.hashed_body(draft);
    let Some(body) = body.filter(|_| out.wants(Slot::PayloadHash)) else {
        return;
    };
    let other = match body.strip_prefix(MARK) {
        Some(rest) => Sha256Digest::of(rest),
        None => Sha256Digest::of(&marked(body)),
    };
    if !body.is_empty() {
        let name = "a byte order mark before the body";
        out.push(
            RULE.variant()
                .with(Slot::PayloadHash, other.to_string())
                .named(name),
        );
    }
}

/// U+FEFF in UTF-8.
const MARK: &[u8] = &[0xef, 0xbb, 0xbf];

fn marked(text: &[u8]) -> Vec<u8> {
    [MARK, text].concat()
}

/// The two forms in which accents are written; `None` where the text is not UTF-8, or has no
/// letters that may have accents.
type Form = fn(&BStr) -> Option<BString>;
const FORMS: [(&str, Form); 2] = [
    ("NFC", |text| Some(accented(text)?.nfc().collect())),
    ("NFD", |text| Some(accented(text)?.nfd().collect())),
];

fn accented(text: &BStr) -> Option<&str> {
    text.to_str().ok().filter(|text| !text.is_ascii())
}

/// A path in another form, with as many layers of encoding as it has.
fn form_of_path(uri: &BStr, it: &Examination<'_>, change: Form) -> BString {
    let mut layers = match it.recipe().path_encoding {
        PathEncoding::Once => 1,
        PathEncoding::Twice => 2,
    };
    let mut text = uri.to_owned();
    let mut undone = 0;
    while layers > 0 {
        text = percent_decode(&text);
        layers -= 1;
        undone += 1;
    }
    let Some(mut text) = change(text.as_bstr()).filter(|other| *other != text) else {
        return uri.to_owned();
    };
    for _ in 0..undone {
        text = encode_path(&text);
    }
    text
}

fn form_of_query(line: &BStr, change: Form) -> BString {
    let form = |text: &[u8]| {
        let plain = percent_decode(text);
        change(plain.as_bstr()).map_or_else(|| text.into(), |other| encode(&other))
    };
    let pairs: Vec<BString> = line
        .split_str("&")
        .map(|pair| match pair.split_once_str("=") {
            Some((name, value)) => [form(name).as_bytes(), b"=", &form(value)].concat().into(),
            None => form(pair),
        })
        .collect();
    pairs.join(&b'&').into()
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    Fix::undo(&RULE, it, parameter, "sign the same bytes that are sent")
}

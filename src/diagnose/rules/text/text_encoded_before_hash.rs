use bstr::{BStr, BString, ByteSlice};

use crate::{
    diagnose::{
        Check, Draft, Examination, Fix, Frame, Rule, RuleStage, Slot, TextChange, Tier, Variants,
    },
    sigv4::Sha256Digest,
    wire::{base64::base64, target::percent_decode},
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "text-encoded-before-hash",
    summary: "the text or the body was hashed or signed in another encoding than UTF-8",
    stage: RuleStage::Text,
    tier: Tier::C,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
What is hashed are the bytes of the text in UTF-8, and of the body as it is sent. The signer had one
of them in UTF-16 (NVARCHAR of SQL Server, a string of .NET or Windows), in Latin-1, in UTF-8 twice
over, or in Base64.

Where the letters outside ASCII stand in header values alone, non-ascii-header-value has the same
effect and is named beside this rule.

## How it shows
`SignatureDoesNotMatch` or `InvalidSignatureException`; in UTF-16 for every call, in Latin-1 only
with letters outside ASCII.

## How it is proved
The mistake is made, and the canonical request hashes to the signer's digest, the string to sign
comes out as the signer printed it, or the signature comes out as sent.

## Fix
Encode both texts as UTF-8 before hashing and signing.

## Seen in
whosebug.com/question/6328044 (NVARCHAR is UTF-16), amzn/selling-partner-api-docs#116
",
    check: Check::Make(make),
    fix,
};

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    for (change, encoding) in ENCODINGS {
        let request = Frame::of_canonical_request(change);
        let string = Frame::of_string_to_sign(change);
        let forms = [
            (request.and(&string), "both texts"),
            (request, "the canonical request"),
            (string, "the string to sign"),
        ];
        for (frame, place) in forms {
            out.push(
                RULE.variant()
                    .framed(frame)
                    .named(format!("{place} in {encoding}")),
            );
        }
    }
    let stated = draft.header("x-amz-content-sha256").is_some();
    let body = it
        .hashed_body(draft)
        .filter(|body| !stated && !body.is_empty());
    if let Some(body) = body.filter(|_| out.wants(Slot::PayloadHash)) {
        for (change, encoding) in ENCODINGS {
            let hash = Sha256Digest::of(&change(body)).to_string();
            let form = format!("the body in {encoding}");
            out.push(RULE.variant().with(Slot::PayloadHash, hash).named(form));
        }
    }
    let lines = [
        (Slot::CanonicalQuery, "the query's letters in Latin-1"),
        (Slot::CanonicalUri, "the path's letters in Latin-1"),
    ];
    for (slot, form) in lines {
        if !out.wants(slot) {
            continue;
        }
        if let Some(text) = latin_1_escapes(draft.get(slot)) {
            out.push(RULE.variant().with(slot, text).named(form));
        }
    }
}

const ENCODINGS: [(TextChange, &str); 6] = [
    (utf_16_le, "UTF-16LE"),
    (utf_16_be, "UTF-16BE"),
    (utf_16_le_marked, "UTF-16LE with a byte order mark"),
    (latin_1, "Latin-1"),
    (twice, "UTF-8 twice"),
    (base64, "Base64"),
];

/// The escapes of letters outside ASCII, as Latin-1 has them.
fn latin_1_escapes(text: &BStr) -> Option<BString> {
    let decoded = percent_decode(text);
    let lone = |character: char| character.is_ascii() || u8::try_from(u32::from(character)).is_ok();
    let text_of = decoded.to_str().ok()?;
    if text_of.is_ascii() || !text_of.chars().all(lone) {
        return None;
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    // In UTF-8 a letter of Latin-1 is C2 or C3 and one byte more.
    while let Some((&byte, behind)) = rest.split_first() {
        let pair = rest.get(..6).map(percent_decode_pair);
        match pair.flatten() {
            Some(letter) => {
                out.extend_from_slice(format!("%{letter:02X}").as_bytes());
                rest = rest.get(6..).unwrap_or_default();
            }
            None => {
                out.push(byte);
                rest = behind;
            }
        }
    }
    Some(out.into())
}

/// The letter of Latin-1 that two escapes are in UTF-8.
fn percent_decode_pair(escapes: &[u8]) -> Option<u8> {
    let [b'%', _, _, b'%', _, _] = escapes else {
        return None;
    };
    let decoded = percent_decode(escapes.as_bstr());
    let letter = decoded.to_str().ok()?.chars().next()?;
    u8::try_from(u32::from(letter))
        .ok()
        .filter(|byte| !byte.is_ascii())
}

fn units(text: &[u8], bytes: impl Fn(u16) -> [u8; 2]) -> Vec<u8> {
    if text.is_ascii() {
        // As most texts are, and as many are tried.
        let mut out = vec![0; text.len() * 2];
        for (unit, byte) in out.chunks_exact_mut(2).zip(text) {
            unit.copy_from_slice(&bytes(u16::from(*byte)));
        }
        return out;
    }
    text.to_str_lossy().encode_utf16().flat_map(bytes).collect()
}

fn utf_16_le(text: &[u8]) -> Vec<u8> {
    units(text, u16::to_le_bytes)
}

fn utf_16_be(text: &[u8]) -> Vec<u8> {
    units(text, u16::to_be_bytes)
}

fn utf_16_le_marked(text: &[u8]) -> Vec<u8> {
    [&[0xff, 0xfe][..], &utf_16_le(text)].concat()
}

fn latin_1(text: &[u8]) -> Vec<u8> {
    let byte = |character: char| u8::try_from(u32::from(character)).unwrap_or(b'?');
    text.to_str_lossy().chars().map(byte).collect()
}

fn twice(text: &[u8]) -> Vec<u8> {
    let text: String = text.iter().map(|byte| char::from(*byte)).collect();
    text.into_bytes()
}

fn fix(_it: &Examination<'_>, _parameter: Option<&BStr>) -> Fix {
    Fix::words("encode both texts as UTF-8 before hashing and signing")
}

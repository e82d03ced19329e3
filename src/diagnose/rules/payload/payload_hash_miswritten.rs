use bstr::{BStr, BString, ByteSlice};

use crate::{
    diagnose::rules::hashes,
    diagnose::{Check, Draft, Examination, Fix, Rule, RuleStage, Slot, Tier, Variants},
    sigv4::Sha256Digest,
    wire::base64::base64,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "payload-hash-miswritten",
    summary: "the last line of the canonical request is not the payload hash in lower-case hex",
    stage: RuleStage::Payload,
    tier: Tier::C,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
The canonical request ends in the SHA-256 of the body in 64 lower-case hex digits, also where there
is no body. The signer wrote it in upper case, in Base64 or without the zero before a single digit, took
another hash or all that `sha256sum` or `openssl` print, put the body itself there, left the line empty,
or signed `UNSIGNED-PAYLOAD`, which counts only where `x-amz-content-sha256` states it.

## How it shows
`SignatureDoesNotMatch` or `InvalidSignatureException`, for every call, with a signer of one's
own.

## How it is proved
The mistake is made, and the canonical request hashes to the signer's digest, or the signature
comes out as sent.

## Fix
End the canonical request in the SHA-256 of the body, in lower-case hex; of an empty body that is
`e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855`.

## Seen in
no thread; a mistake of many first attempts, shown by mutation
",
    check: Check::Make(make),
    fix,
};

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    let right = draft.get(Slot::PayloadHash);
    let mut alone = Vec::new();
    let mut push = |text: Vec<u8>, form: &str| {
        if text != right.as_bytes() {
            out.push(RULE.variant().with(Slot::PayloadHash, text).named(form));
        }
    };
    push(right.to_ascii_uppercase(), "in upper case");
    push(Vec::new(), "an empty line");
    // A presigned URL states it nowhere; what its service takes is told by another rule.
    if draft.header("x-amz-content-sha256").is_none() && it.is_signed_in_header() {
        push(b"UNSIGNED-PAYLOAD".to_vec(), "UNSIGNED-PAYLOAD, not stated");
    }
    if let Ok(digest) = Sha256Digest::parse(right) {
        push(base64(digest.as_bytes()), "in Base64");
        push(
            Sha256Digest::of(&digest.hex()).hex().to_vec(),
            "the hash of the hash",
        );
        let text = hashes::without_zeros(digest.as_bytes());
        let variant = RULE.variant().with(Slot::PayloadHash, text);
        alone.push(
            variant
                .named("without the zero before a single digit")
                .alone(),
        );
        for (print, form) in hashes::PRINTED {
            let text = print(&digest.hex());
            let variant = RULE.variant().with(Slot::PayloadHash, text).named(form);
            alone.push(variant.alone());
        }
    }
    // What stands there in the signer's own text may be what should have been hashed.
    let printed = it.signed_piece(Slot::PayloadHash);
    if let Some(body) = printed.filter(|text| right == Sha256Digest::of(text).hex().as_bstr()) {
        push(body.to_vec(), "the body itself");
    }
    // An MD5 by the number of its digits.
    let printed = it.signed_piece(Slot::PayloadHash);
    let is_md5 = |text: &BString| text.len() == 32 && text.iter().all(u8::is_ascii_hexdigit);
    if let Some(text) = printed.filter(is_md5) {
        push(text.to_vec(), "32 digits, as an MD5 has");
    }
    if let Some(body) = it.hashed_body(draft) {
        push(body.to_vec(), "the body itself");
        push(hashes::sha_1(body), "the SHA-1 of the body");
        push(hashes::sha_512(body), "the SHA-512 of the body");
    }
    // Nor does a request that is not uploaded in chunks.
    if draft.header("x-amz-content-sha256").is_none() {
        for keyword in STREAMING {
            let variant = RULE.variant().with(Slot::PayloadHash, keyword);
            out.push(variant.named(keyword).alone());
        }
    }
    out.extend(alone);
}

/// What stands for the hash in an upload whose chunks are signed, or have a trailer.
const STREAMING: [&str; 2] = [
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
    "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
];

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    Fix::undo(
        &RULE,
        it,
        parameter,
        "end the canonical request in the SHA-256 of the body, in lower-case hex",
    )
}

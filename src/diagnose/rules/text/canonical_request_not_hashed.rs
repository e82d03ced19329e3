use bstr::{BStr, ByteSlice};

use crate::{
    diagnose::rules::hashes,
    diagnose::{
        Check, Draft, Examination, Fix, Frame, Rule, RuleStage, TextChange, Tier, Variants,
    },
    sigv4::Sha256Digest,
    wire::base64::base64,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "canonical-request-not-hashed",
    summary: "the string to sign does not end in the hash of the canonical request in lower-case hex",
    stage: RuleStage::Text,
    tier: Tier::C,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
The last line of the string to sign is the SHA-256 of the canonical request in 64 lower-case hex
digits. The signer signed the canonical request itself, put it there, its hash in upper case or in
Base64, the hash of the hash or of nothing, the payload hash, or all that `sha256sum` or `openssl`
print.

## How it shows
`SignatureDoesNotMatch` or `InvalidSignatureException`, for every call, with a signer of one's
own.

## How it is proved
The mistake is made, and the string to sign comes out as the signer printed it, or the signature
comes out as sent.

## Fix
Hash the canonical request with SHA-256 and write it in lower-case hex.

## Seen in
no thread; a mistake of many first attempts, shown by mutation
",
    check: Check::Make(make),
    fix,
};

fn make(_draft: &Draft, _it: &Examination<'_>, out: &mut Variants<'_>) {
    let forms: [(TextChange, &str); 8] = [
        (<[u8]>::to_vec, "the canonical request itself"),
        (
            |text| Sha256Digest::of(text).hex().to_ascii_uppercase(),
            "in upper case",
        ),
        (
            |text| base64(Sha256Digest::of(text).as_bytes()),
            "in Base64",
        ),
        (
            |text| {
                Sha256Digest::of(&Sha256Digest::of(text).hex())
                    .hex()
                    .to_vec()
            },
            "the hash of the hash",
        ),
        (payload_hash, "the payload hash"),
        (
            |text| Sha256Digest::of(text).as_bytes().to_vec(),
            "32 raw bytes",
        ),
        (hashes::sha_1, "its SHA-1"),
        (
            |_| Sha256Digest::OF_NOTHING.hex().to_vec(),
            "the hash of nothing",
        ),
    ];
    for (change, form) in forms {
        let frame = Frame {
            digest: Some(change),
            ..Frame::default()
        };
        out.push(RULE.variant().framed(frame).named(form));
    }
    let frame = Frame {
        digest: Some(<[u8]>::to_vec),
        string_to_sign: Some(|text| behind(text, 3)),
        ..Frame::default()
    };
    let variant = RULE.variant().framed(frame).alone();
    out.push(variant.named("the canonical request in place of the string to sign"));
    let rare: [(TextChange, &str); 2] = [
        (
            |text| {
                Sha256Digest::of(Sha256Digest::of(text).as_bytes())
                    .hex()
                    .to_vec()
            },
            "the hash of its 32 bytes",
        ),
        (
            |text| hashes::without_zeros(Sha256Digest::of(text).as_bytes()),
            "without the zero before a single digit",
        ),
    ];
    for (change, form) in rare {
        let frame = Frame {
            digest: Some(change),
            ..Frame::default()
        };
        out.push(RULE.variant().framed(frame).named(form).alone());
    }
    let printed: [TextChange; hashes::PRINTED.len()] = [
        printed::<0>,
        printed::<1>,
        printed::<2>,
        printed::<3>,
        printed::<4>,
        printed::<5>,
    ];
    for (change, (_, form)) in printed.into_iter().zip(hashes::PRINTED) {
        let frame = Frame {
            digest: Some(change),
            ..Frame::default()
        };
        out.push(RULE.variant().framed(frame).named(form).alone());
    }
}

/// The digest of a canonical request, as the program of that number prints it.
fn printed<const PROGRAM: usize>(text: &[u8]) -> Vec<u8> {
    let (print, _) = hashes::PRINTED[PROGRAM];
    print(&Sha256Digest::of(text).hex())
}

/// What stands behind so many lines.
fn behind(text: &[u8], lines: usize) -> Vec<u8> {
    let rest = text.splitn_str(lines + 1, "\n").nth(lines);
    rest.unwrap_or_default().to_vec()
}

/// The last line of the canonical request.
fn payload_hash(text: &[u8]) -> Vec<u8> {
    let last = text.rsplit_str("\n").next();
    last.unwrap_or_default().to_vec()
}

fn fix(it: &Examination<'_>, _parameter: Option<&BStr>) -> Fix {
    let fix = Fix::words(
        "end the string to sign in the SHA-256 of the canonical request, in lower-case hex",
    );
    match it.as_scoped() {
        Some(right) => fix.edit(
            "",
            right.string_to_sign.canonical_request_digest.to_string(),
            None,
        ),
        None => fix,
    }
}

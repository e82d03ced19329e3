use bstr::BStr;
use zeroize::Zeroizing;

use crate::{
    diagnose::rules::hashes,
    diagnose::{
        Check, Draft, Examination, Fix, Frame, KeyDerivation, Rule, RuleStage, Tier, Variant,
        Variants, WrongKey,
    },
    sigv4::{Key, SecretAccessKey, Sha256Digest, TERMINATOR},
    wire::base64::base64,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "signing-key-hex-chain",
    summary: "the signing key was derived in other steps, or passed on as text between them",
    stage: RuleStage::Key,
    tier: Tier::C,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
Each step of the key is an HMAC whose 32 raw bytes are the key of the next. The signer passed them
on as hex digits, in Base64, as text or up to a zero byte, swapped key and message or two steps, left
out a step, or took a plain hash for an HMAC.

## How it shows
`SignatureDoesNotMatch` or `InvalidSignatureException`, for every call, while canonical request
and string to sign agree with those of the service.

## How it is proved
With the secret: the mistake is made, and the signature comes out as sent. Without it nothing
about the key can be proven.

## Fix
Pass raw bytes from step to step; only the signature is written in hex.

## Seen in
no thread; a mistake of many first attempts, shown by mutation
",
    check: Check::Make(make),
    fix,
};

fn make(_draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    let forms: [(KeyDerivation, &str); 7] = [
        (
            |secret, date, region, service| chain(secret, &[date, region, service, END], hex),
            "hex digits at each step",
        ),
        (
            |secret, date, region, service| hex(&chain(secret, &[date, region, service, END], hex)),
            "hex digits at each step and the last",
        ),
        (
            |secret, date, region, service| hex(&raw_steps(secret, &[date, region, service, END])),
            "hex digits at the last step",
        ),
        (
            |secret, date, region, service| chain(secret, &[date, region, service, END], base_64),
            "Base64 at each step",
        ),
        (
            |secret, date, region, service| raw_steps(secret, &[date, region, service]),
            "without aws4_request",
        ),
        (
            |secret, date, region, service| swapped(secret, &[date, region, service, END]),
            "key and message swapped",
        ),
        (
            |secret, date, region, service| {
                let whole = [date, b"/", region, b"/", service, b"/", END].concat();
                raw_steps(secret, &[&whole])
            },
            "one step for the whole scope",
        ),
    ];
    // Each is rare, and a key takes long to derive: no other mistake is made with it.
    let rare: [(KeyDerivation, &str); 26] = [
        (
            |secret, date, region, service| {
                raw_steps(secret, &[date, region, service, END]).as_message()
            },
            "key and message of the last HMAC swapped",
        ),
        (
            |secret, date, region, service| {
                swapped(secret, &[date, region, service, END]).as_message()
            },
            "key and message swapped, of the last HMAC too",
        ),
        (
            |secret, date, region, service| {
                base_64(&chain(secret, &[date, region, service, END], base_64))
            },
            "Base64 at each step and the last",
        ),
        (
            |secret, date, region, service| {
                base_64(&raw_steps(secret, &[date, region, service, END]))
            },
            "Base64 at the last step",
        ),
        (
            |secret, date, region, service| {
                capitals(&raw_steps(secret, &[date, region, service, END]))
            },
            "hex digits in capitals at the last step",
        ),
        (
            |secret, date, region, service| {
                let whole = [date, region, service, END].concat();
                hashed(secret, &[&whole])
            },
            "one SHA-256 over secret and texts",
        ),
        (
            |secret, date, region, service| chain(secret, &[date, region, service, END], capitals),
            "hex digits in capitals at each step",
        ),
        (
            |secret, date, region, service| {
                capitals(&chain(secret, &[date, region, service, END], capitals))
            },
            "hex digits in capitals at each step and the last",
        ),
        (
            |secret, date, region, service| {
                chain(secret, &[date, region, service, END], characters)
            },
            "each byte as a character of UTF-8",
        ),
        (
            |secret, date, region, service| chain(secret, &[date, region, service, END], decoded),
            "raw bytes read as UTF-8",
        ),
        (
            |secret, date, region, service| {
                characters(&chain(secret, &[date, region, service, END], characters))
            },
            "each byte as a character of UTF-8, at the last step too",
        ),
        (
            |secret, date, region, service| {
                decoded(&chain(secret, &[date, region, service, END], decoded))
            },
            "raw bytes read as UTF-8, at the last step too",
        ),
        (
            |secret, date, region, service| raw_steps(secret, &[date, service, region, END]),
            "the service before the region",
        ),
        (
            |secret, date, region, service| raw_steps(secret, &[region, date, service, END]),
            "the region before the date",
        ),
        (
            |secret, _, region, service| raw_steps(secret, &[region, service, END]),
            "without the date",
        ),
        (
            |secret, date, _, service| raw_steps(secret, &[date, service, END]),
            "without the region",
        ),
        (
            |secret, date, region, service| raw_steps(secret, &[date, region, service, END, END]),
            "aws4_request twice",
        ),
        (
            |secret, date, region, service| {
                raw_steps(secret, &[&[date, region, service, END].concat()])
            },
            "one step for all texts, without slashes",
        ),
        (
            |secret, date, region, service| {
                chain(secret, &[date, region, service, END], until_zero)
            },
            "each key cut at its first zero byte",
        ),
        (
            |secret, date, region, service| {
                until_zero(&chain(secret, &[date, region, service, END], until_zero))
            },
            "each key cut at its first zero byte, the last too",
        ),
        (
            |secret, date, region, service| hashed(secret, &[date, region, service, END]),
            "SHA-256 over key and text in place of HMAC",
        ),
        (
            |secret, date, region, _| raw_steps(secret, &[date, region, END]),
            "without the service",
        ),
        (
            |secret, date, region, service| {
                raw_steps(secret, &[date, region, service, b"aws4-request"])
            },
            "aws4-request at its end",
        ),
        (
            |secret, date, region, service| {
                raw_steps(secret, &[date, region, service, b"AWS4_REQUEST"])
            },
            "AWS4_REQUEST at its end",
        ),
        (
            |secret, date, _, _| raw_steps(secret, &[date]),
            "the date alone",
        ),
        (|secret, _, _, _| seed(secret), "no step at all"),
    ];
    let variant = |(derive, form): (KeyDerivation, &str)| {
        let frame = Frame {
            key: Some(derive),
            ..Frame::default()
        };
        RULE.variant().framed(frame).named(form)
    };
    out.extend(forms.map(variant));
    // Where the scope itself ends otherwise, so may the key: that is another rule's.
    let ends_right = it
        .stated()
        .is_none_or(|stated| stated.scope_part(3).is_none_or(|end| *end == TERMINATOR));
    if ends_right {
        out.extend(rare.map(variant).map(Variant::alone));
    }
}

const END: &[u8] = TERMINATOR.as_bytes();

fn seed(secret: &SecretAccessKey) -> WrongKey {
    // The secret is what the first key is made of.
    WrongKey::new([b"AWS4", secret.expose()].concat())
}

/// The chain of HMACs over other texts, each key passed on as it is.
fn raw_steps(secret: &SecretAccessKey, messages: &[&[u8]]) -> WrongKey {
    WrongKey::chain(b"AWS4", secret, messages)
}

/// The chain of HMACs with each key written in another way before it is used.
fn chain(
    secret: &SecretAccessKey,
    messages: &[&[u8]],
    write: fn(&WrongKey) -> WrongKey,
) -> WrongKey {
    messages
        .iter()
        .enumerate()
        .fold(seed(secret), |key, (at, message)| {
            let next = Key::derive(key.expose(), message);
            let next = WrongKey::new(next.expose().to_vec());
            // The last is used as it is: it signs.
            match at + 1 == messages.len() {
                true => next,
                false => write(&next),
            }
        })
}

fn swapped(secret: &SecretAccessKey, messages: &[&[u8]]) -> WrongKey {
    messages.iter().fold(seed(secret), |key, message| {
        WrongKey::new(Key::derive(message, key.expose()).expose().to_vec())
    })
}

/// Plain hashes of each key with the text behind it.
fn hashed(secret: &SecretAccessKey, messages: &[&[u8]]) -> WrongKey {
    messages.iter().fold(seed(secret), |key, message| {
        let text = Zeroizing::new([key.expose(), message].concat());
        WrongKey::new(Sha256Digest::of(&text).as_bytes().to_vec())
    })
}

/// What is left of a key where it is taken for a text that a zero byte ends.
fn until_zero(key: &WrongKey) -> WrongKey {
    let mut parts = key.expose().split(|byte| *byte == 0);
    WrongKey::new(parts.next().unwrap_or_default().to_vec())
}

fn hex(key: &WrongKey) -> WrongKey {
    WrongKey::new(hashes::hex(key.expose()))
}

fn capitals(key: &WrongKey) -> WrongKey {
    WrongKey::new(hex(key).expose().to_ascii_uppercase())
}

/// What a text of characters up to U+00FF becomes when it is written in UTF-8.
fn characters(key: &WrongKey) -> WrongKey {
    let text: String = key.expose().iter().map(|byte| char::from(*byte)).collect();
    WrongKey::new(text.into_bytes())
}

/// What bytes become that are taken for UTF-8.
fn decoded(key: &WrongKey) -> WrongKey {
    WrongKey::new(
        String::from_utf8_lossy(key.expose())
            .into_owned()
            .into_bytes(),
    )
}

fn base_64(key: &WrongKey) -> WrongKey {
    WrongKey::new(base64(key.expose()))
}

fn fix(_it: &Examination<'_>, _parameter: Option<&BStr>) -> Fix {
    Fix::words("pass the 32 raw bytes of each HMAC on as the key of the next")
}

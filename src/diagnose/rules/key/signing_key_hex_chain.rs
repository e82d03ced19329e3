use bstr::BStr;

use crate::{
    diagnose::{
        Check, Draft, Examination, Fix, Frame, KeyDerivation, Rule, RuleStage, Tier, Variant,
        WrongKey,
    },
    sigv4::{Key, SecretAccessKey, TERMINATOR},
    wire::base64::base64,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "signing-key-hex-chain",
    summary: "the signing key was passed on as text, with key and message swapped, or one step short",
    stage: RuleStage::Key,
    tier: Tier::C,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
Each step of the key is an HMAC whose 32 raw bytes are the key of the next. The signer passed them
on as hex digits or in Base64, swapped key and message, or left out the last step with
`aws4_request`.

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

fn make(_draft: &Draft, _it: &Examination<'_>, out: &mut Vec<Variant>) {
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
            |secret, date, region, service| hex(&chain(secret, &[date, region, service, END], raw)),
            "hex digits at the last step",
        ),
        (
            |secret, date, region, service| chain(secret, &[date, region, service, END], base_64),
            "Base64 at each step",
        ),
        (
            |secret, date, region, service| chain(secret, &[date, region, service], raw),
            "without aws4_request",
        ),
        (
            |secret, date, region, service| swapped(secret, &[date, region, service, END]),
            "key and message swapped",
        ),
        (
            |secret, date, region, service| {
                let whole = [date, b"/", region, b"/", service, b"/", END].concat();
                chain(secret, &[&whole], raw)
            },
            "one step for the whole scope",
        ),
    ];
    for (derive, form) in forms {
        let frame = Frame {
            key: Some(derive),
            ..Frame::default()
        };
        out.push(RULE.variant().framed(frame).named(form));
    }
}

const END: &[u8] = TERMINATOR.as_bytes();

fn seed(secret: &SecretAccessKey) -> WrongKey {
    // The secret is what the first key is made of.
    WrongKey::new([b"AWS4", secret.expose()].concat())
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

fn raw(key: &WrongKey) -> WrongKey {
    key.clone()
}

fn hex(key: &WrongKey) -> WrongKey {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| DIGITS[usize::from(value)];
    let digits = key
        .expose()
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]);
    WrongKey::new(digits.collect())
}

fn base_64(key: &WrongKey) -> WrongKey {
    WrongKey::new(base64(key.expose()))
}

fn fix(_it: &Examination<'_>, _parameter: Option<&BStr>) -> Fix {
    Fix::words("pass the 32 raw bytes of each HMAC on as the key of the next")
}

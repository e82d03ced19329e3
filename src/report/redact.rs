use bstr::{BStr, BString, ByteSlice};

use crate::{
    evidence::{Case, Claim},
    report::{Bytes, text::of_bytes},
    sigv4::SecretAccessKey,
    source::{
        SecretKind,
        secrets::{self, Known, Style},
    },
    wire::{HeaderField, Request, Response},
};

/// Which secrets the user asked to see.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Reveal {
    /// None.
    #[default]
    Nothing,
    /// Session tokens.
    SessionToken,
    /// The keys derived from the secret access key (`explain`).
    SigningKey,
}

/// Puts a mark in the place of every secret that the evidence holds, wherever it occurs.
///
/// Secret access keys never pass. Session tokens pass when they were asked for.
#[derive(Clone, Debug)]
pub struct Redactor {
    known: Known,
}

impl Redactor {
    /// Collects the secrets of all cases, and the user's own, whatever they sign.
    #[must_use]
    pub fn new<'a>(
        cases: impl IntoIterator<Item = &'a Case>,
        own: impl IntoIterator<Item = &'a SecretAccessKey>,
        reveal: Reveal,
    ) -> Self {
        let mut known = Known::new(Style::Mark);
        if reveal == Reveal::SessionToken {
            known = known.passing(SecretKind::SessionToken);
        }
        // The user's own come first, so that no capture can crowd them out.
        for secret in own {
            // Its bytes are needed to keep them out of what is shown.
            known.learn(SecretKind::SecretAccessKey, secret.expose().trim());
        }
        for each in cases {
            case(&mut known, each);
        }
        Self { known }
    }

    /// The bytes without secrets.
    #[must_use]
    pub fn bytes(&self, bytes: &[u8]) -> BString {
        self.known.without(bytes)
    }

    /// The bytes without secrets, as text to show.
    #[must_use]
    pub fn text(&self, bytes: &[u8]) -> String {
        of_bytes(&self.bytes(bytes))
    }

    /// The bytes without secrets, for scripts.
    #[must_use]
    pub fn value(&self, bytes: &[u8]) -> Bytes {
        Bytes(self.bytes(bytes))
    }
}

fn case(known: &mut Known, case: &Case) {
    for hint in case.hints.iter().filter_map(Claim::value) {
        if let Some(unsigned) = &hint.unsigned {
            request(known, unsigned);
        }
    }
    for attempt in &case.attempts {
        for each in attempt.requests.iter().filter_map(Claim::value) {
            request(known, each);
        }
        for each in attempt.responses.iter().filter_map(Claim::value) {
            response(known, each);
        }
        for field in attempt.form().iter().flat_map(|form| &form.fields) {
            header(known, field.name.as_ref(), field.value.as_ref());
        }
        let canonical = attempt.canonical_requests.iter().map(|claim| &claim.text);
        let strings = attempt.strings_to_sign.iter().map(|claim| &claim.text);
        let stated = attempt.authorizations.iter().map(|claim| &claim.text);
        for text in canonical.chain(strings).chain(stated) {
            secrets::learn(known, text);
        }
        for claim in &attempt.refusals {
            secrets::learn(known, &claim.text);
        }
        for refusal in attempt.refusals.iter().filter_map(Claim::value) {
            for (name, value) in &refusal.details {
                let name: &[u8] = match name.starts_with(b"Token-") {
                    true => b"SessionToken",
                    false => name,
                };
                secrets::learn(known, &[name, b": ", value].concat());
                secrets::learn(known, value);
            }
            secrets::learn(known, &refusal.message);
        }
    }
}

fn request(known: &mut Known, request: &Request) {
    secrets::learn(known, &request.target);
    headers(known, &request.headers);
    if let Some(body) = request.body.bytes() {
        secrets::learn(known, body);
    }
}

fn response(known: &mut Known, response: &Response) {
    headers(known, &response.headers);
    if let Some(body) = response.body.bytes() {
        secrets::learn(known, body);
    }
}

fn headers(known: &mut Known, headers: &[HeaderField]) {
    for field in headers {
        header(known, field.name.as_ref(), field.value.as_ref());
        let line = [field.name.as_slice(), b": ", field.value.as_slice()].concat();
        secrets::learn(known, &line);
    }
}

/// A header's value, where its name says that it is secret: in any spelling, for names that are
/// spelled wrong are what this tool is shown.
fn header(known: &mut Known, name: &BStr, value: &BStr) {
    let name = secrets::plain(name).to_ascii_lowercase();
    let name: Vec<u8> = name.into_iter().filter(u8::is_ascii_alphanumeric).collect();
    let kind = kind_of(&name);
    let value = value.trim();
    // A mark that a log already put in the place of a secret is none.
    let masked = value.contains_str("***") || value.starts_with(b"[") && value.ends_with(b"]");
    let Some(kind) = kind.filter(|_| !masked) else {
        return;
    };
    let value = secrets::plain(value);
    known.learn(kind, &value);
    if value.contains(&b'\n') {
        for line in value.lines() {
            known.learn(kind, line.trim());
        }
    }
}

/// What a header holds, by the letters of its name.
fn kind_of(name: &[u8]) -> Option<SecretKind> {
    // A name is short: to prepare a search takes longer than to look.
    let has = |part: &str| name.windows(part.len()).any(|own| own == part.as_bytes());
    if has("md5") {
        None
    } else if has("securitytoken") || has("sessiontoken") || has("s3session") {
        Some(SecretKind::SessionToken)
    } else if has("cookie") {
        Some(SecretKind::Cookie)
    } else if has("encryptioncustomerkey") {
        Some(SecretKind::CustomerKey)
    } else if ["token", "apikey", "secret", "password", "bearer"]
        .iter()
        .any(|word| has(word))
    {
        Some(SecretKind::Bearer)
    } else {
        None
    }
}

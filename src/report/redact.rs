use std::collections::BTreeMap;

use aho_corasick::{AhoCorasick, MatchKind};
use bstr::{BStr, BString, ByteSlice};

use crate::{
    evidence::{Case, Claim},
    report::{Bytes, text::of_bytes},
    sigv4::{SecretAccessKey, encode},
    wire::{Request, Response, target::percent_decode},
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
#[derive(Clone, Debug, Default)]
pub struct Redactor {
    automaton: Option<AhoCorasick>,
    marks: Vec<String>,
}

/// Anything shorter would blank out ordinary words.
const SHORTEST: usize = 6;

impl Redactor {
    /// Collects the secrets of all cases, and the user's own.
    #[must_use]
    pub fn new<'a>(
        cases: impl IntoIterator<Item = &'a Case>,
        secret: Option<&SecretAccessKey>,
        reveal: Reveal,
    ) -> Self {
        let mut found = Found {
            needles: BTreeMap::new(),
            reveal,
        };
        for case in cases {
            found.case(case);
        }
        if let Some(secret) = secret {
            // Its bytes are needed to keep them out of what is shown.
            found.secret(secret.expose(), "secret access key");
        }
        Self::of(found.needles)
    }

    fn of(needles: BTreeMap<BString, String>) -> Self {
        let (patterns, marks): (Vec<BString>, Vec<String>) = needles.into_iter().unzip();
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(&patterns)
            .ok()
            .filter(|_| !patterns.is_empty());
        Self { automaton, marks }
    }

    /// The bytes without secrets.
    #[must_use]
    pub fn bytes(&self, bytes: &[u8]) -> BString {
        match &self.automaton {
            None => bytes.into(),
            Some(automaton) => automaton.replace_all_bytes(bytes, &self.marks).into(),
        }
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

struct Found {
    needles: BTreeMap<BString, String>,
    reveal: Reveal,
}

impl Found {
    fn case(&mut self, case: &Case) {
        for hint in case.hints.iter().filter_map(Claim::value) {
            if let Some(request) = &hint.unsigned {
                self.request(request);
            }
        }
        for attempt in &case.attempts {
            for request in attempt.requests.iter().filter_map(Claim::value) {
                self.request(request);
            }
            for response in attempt.responses.iter().filter_map(Claim::value) {
                self.response(response);
            }
            for claim in &attempt.canonical_requests {
                self.canonical_request(&claim.text);
            }
            for refusal in attempt.refusals.iter().filter_map(Claim::value) {
                for (name, value) in &refusal.details {
                    if name.starts_with(b"Token-") || name == "SessionToken" {
                        self.token(value);
                    }
                    self.canonical_request(value);
                }
                self.canonical_request(&refusal.message);
                self.body(&refusal.message);
            }
        }
    }

    fn request(&mut self, request: &Request) {
        for field in &request.headers {
            self.header(field.name.as_ref(), field.value.as_ref());
        }
        self.query(&request.target);
        if let Some(body) = request.body.bytes() {
            self.body(body);
            self.query(body);
        }
    }

    fn response(&mut self, response: &Response) {
        for field in &response.headers {
            self.header(field.name.as_ref(), field.value.as_ref());
            self.query(&field.value);
        }
        if let Some(body) = response.body.bytes() {
            self.body(body);
        }
    }

    fn header(&mut self, name: &BStr, value: &BStr) {
        let name = name.to_ascii_lowercase();
        match name.as_slice() {
            b"x-amz-security-token" => self.token(value),
            b"cookie" | b"set-cookie" => self.secret(value, "cookie"),
            b"proxy-authorization" => self.secret(value, "proxy credentials"),
            b"authorization" if !value.starts_with(b"AWS") => self.secret(value, "credentials"),
            b"x-amz-server-side-encryption-customer-key"
            | b"x-amz-copy-source-server-side-encryption-customer-key" => {
                self.secret(value, "encryption key");
            }
            b"x-vault-token" | b"x-auth-token" | b"x-api-key" | b"x-amz-sso_bearer_token" => {
                self.secret(value, "credentials");
            }
            _ => {}
        }
    }

    /// Tokens in a query or a form, raw and decoded.
    fn query(&mut self, text: &[u8]) {
        for name in ["X-Amz-Security-Token=", "x-amz-security-token="] {
            for (_, rest) in text
                .find_iter(name)
                .filter_map(|at| text.split_at_checked(at + name.len()))
            {
                let end = rest.find_byteset(b"& \n\r\"'<>").unwrap_or(rest.len());
                let (raw, _) = rest.split_at(end);
                self.token(raw);
            }
        }
    }

    fn canonical_request(&mut self, text: &[u8]) {
        self.query(text);
        for line in text.lines() {
            if let Some(value) = line.strip_prefix(b"x-amz-security-token:") {
                self.token(value);
            }
        }
    }

    /// Credentials in the answers of STS, SSO and the metadata services: JSON and XML.
    fn body(&mut self, body: &[u8]) {
        let kinds = [
            ("SecretAccessKey", "secret access key"),
            ("secretAccessKey", "secret access key"),
            ("SessionToken", "session token"),
            ("sessionToken", "session token"),
            ("accessToken", "credentials"),
            ("access_token", "credentials"),
            ("refreshToken", "credentials"),
            ("refresh_token", "credentials"),
            ("idToken", "credentials"),
            ("clientSecret", "credentials"),
            ("client_secret", "credentials"),
            ("Token", "session token"),
        ];
        for (name, what) in kinds {
            for at in body.find_iter(name) {
                let rest = body.get(at + name.len()..).unwrap_or_default();
                let Some(value) = value_behind(rest) else {
                    continue;
                };
                match what {
                    "session token" => self.token(value),
                    what => self.secret(value, what),
                }
            }
        }
    }

    fn token(&mut self, value: &[u8]) {
        if self.reveal == Reveal::SessionToken {
            return;
        }
        let plain = percent_decode(value.trim());
        let mark = format!("[session token, {} bytes]", plain.len());
        self.forms(&plain, &mark);
        self.needle(value.trim().into(), &mark);
    }

    fn secret(&mut self, value: &[u8], what: &str) {
        self.forms(value.trim(), &format!("[{what}]"));
    }

    /// A value as it stands, percent-encoded once and twice, and with JSON's `\/`.
    fn forms(&mut self, plain: &[u8], mark: &str) {
        let encoded = encode(plain);
        let twice = encode(&encoded);
        let escaped = BString::from(plain.replace("/", "\\/"));
        for form in [BString::from(plain), encoded, twice, escaped] {
            self.needle(form, mark);
        }
    }

    fn needle(&mut self, needle: BString, mark: &str) {
        // A mark that a log already put in the place of a secret is none.
        let masked = needle.contains(&b'*') || needle.starts_with(b"[");
        if needle.len() >= SHORTEST && !masked {
            self.needles
                .entry(needle)
                .or_insert_with(|| mark.to_owned());
        }
    }
}

/// The value behind a name in JSON (`": "value"`) or XML (`>value<`).
fn value_behind(rest: &[u8]) -> Option<&[u8]> {
    let rest = rest.strip_prefix(b"\\").unwrap_or(rest);
    if let Some(xml) = rest.strip_prefix(b">") {
        return xml.split_once_str("<").map(|(value, _)| value);
    }
    let json = rest
        .strip_prefix(b"\"")
        .or_else(|| rest.strip_prefix(b"'"))?
        .trim_start();
    let json = json.strip_prefix(b":")?.trim_start();
    let json = json.strip_prefix(b"\\").unwrap_or(json);
    let json = json
        .strip_prefix(b"\"")
        .or_else(|| json.strip_prefix(b"'"))?;
    let end = json.find_byteset(b"\"'\\")?;
    json.get(..end)
}

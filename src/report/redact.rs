use std::collections::BTreeMap;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use bstr::{BStr, BString, ByteSlice};

use crate::{
    evidence::{Case, Claim},
    report::{Bytes, text::of_bytes},
    sigv4::{Condition, PolicyDocument, PostPolicy, SecretAccessKey, canonical_value, encode},
    wire::{
        Form, Request, Response,
        escape::{double_quoted, python_repr},
        target::percent_decode,
    },
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
    /// For each pattern: the secrets that begin with it, the longest first, and their marks.
    secrets: Vec<Vec<(BString, String)>>,
}

/// Anything shorter would blank out ordinary words.
const SHORTEST: usize = 6;
/// Secrets are sought by their beginnings, so that no capture can make the search slow.
const PREFIX: usize = 48;
/// No honest capture has more.
const MOST: usize = 50_000;

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
        // The user's own comes first, so that no capture can crowd it out.
        if let Some(secret) = secret {
            // Its bytes are needed to keep them out of what is shown.
            found.secret(secret.expose(), "secret access key");
        }
        for case in cases {
            found.case(case);
        }
        Self::of(found.needles)
    }

    fn of(needles: BTreeMap<BString, String>) -> Self {
        let mut groups: BTreeMap<BString, Vec<(BString, String)>> = BTreeMap::new();
        for (needle, mark) in needles {
            let prefix = needle.get(..PREFIX).unwrap_or(&needle).into();
            groups.entry(prefix).or_default().push((needle, mark));
        }
        for group in groups.values_mut() {
            group.sort_by_key(|(needle, _)| std::cmp::Reverse(needle.len()));
        }
        let (patterns, secrets): (Vec<BString>, Vec<_>) = groups.into_iter().unzip();
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(&patterns)
            .ok()
            .filter(|_| !patterns.is_empty());
        Self { automaton, secrets }
    }

    /// The bytes without secrets.
    #[must_use]
    pub fn bytes(&self, bytes: &[u8]) -> BString {
        let Some(automaton) = &self.automaton else {
            return bytes.into();
        };
        let mut out = Vec::with_capacity(bytes.len());
        let mut at = 0;
        while let Some(found) = bytes.get(at..).and_then(|rest| automaton.find(rest)) {
            let start = at + found.start();
            let rest = bytes.get(start..).unwrap_or_default();
            let group = self.secrets.get(found.pattern().as_usize());
            let group = group.map(Vec::as_slice).unwrap_or_default();
            let whole = group.iter().find(|(secret, _)| rest.starts_with(secret));
            // A secret that is cut is taken out as far as it stands.
            let (mark, length) = match (whole, group.first()) {
                (Some((secret, mark)), _) => (mark.as_str(), secret.len()),
                (None, Some((secret, mark))) => {
                    let same = secret
                        .iter()
                        .zip(rest)
                        .take_while(|(one, other)| one == other);
                    (mark.as_str(), same.count())
                }
                (None, None) => ("", found.len()),
            };
            out.extend_from_slice(bytes.get(at..start).unwrap_or_default());
            out.extend_from_slice(mark.as_bytes());
            at = start + length.max(1);
        }
        out.extend_from_slice(bytes.get(at..).unwrap_or_default());
        out.into()
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
            for form in attempt.form().iter() {
                self.form(form);
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
            self.query(&field.value);
        }
        self.query(&request.target);
        if let Some(body) = request.body.bytes() {
            self.body(body);
            self.query(body);
        }
    }

    /// The token of a form, as a field, and as its policy repeats it.
    fn form(&mut self, form: &Form) {
        for field in &form.fields {
            self.header(field.name.as_ref(), field.value.as_ref());
        }
        let Some(stated) = PostPolicy::of_form(form) else {
            return;
        };
        let text = stated.text().unwrap_or_default();
        let document = PolicyDocument::parse(&text).unwrap_or_default();
        let conditions = document.conditions.unwrap_or_default();
        let tokens = conditions.iter().filter_map(Condition::token);
        let mut holds_one = false;
        for token in tokens {
            self.token(token);
            holds_one = true;
        }
        let is_shown = self.reveal == Reveal::SessionToken;
        if holds_one && !is_shown {
            let mark = format!(
                "[policy with a session token, {} bytes]",
                stated.policy.len()
            );
            self.forms(&stated.policy, &mark);
            let pairs = stated.policy.iter().map(|byte| format!("{byte:02x}"));
            let hex = pairs.collect::<Vec<_>>().join(" ");
            self.needle(hex.into(), &mark);
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

    /// A header's value, where its name says that it is secret: in any spelling, for names that
    /// are spelled wrong are what this tool is shown.
    fn header(&mut self, name: &BStr, value: &BStr) {
        let letters = |byte: &u8| byte.is_ascii_alphanumeric();
        let name: Vec<u8> = name
            .to_ascii_lowercase()
            .into_iter()
            .filter(letters)
            .collect();
        let has = |part: &str| name.contains_str(part);
        let value = value.trim();
        if has("securitytoken") || has("sessiontoken") || has("s3session") {
            self.token(value);
        } else if has("authorization") {
            let signed = value.starts_with(b"AWS4-") || value.starts_with(b"AWS ");
            if !signed {
                self.secret(value, "credentials");
                let (_, bare) = value.split_once_str(" ").unwrap_or((b"", value));
                self.secret(bare, "credentials");
            }
        } else if has("cookie") {
            self.secret(value, "cookie");
            for pair in value.split_str(";") {
                self.secret(pair, "cookie");
            }
        } else if has("encryptioncustomerkey") && !has("md5") {
            self.secret(value, "encryption key");
        } else if ["token", "apikey", "secret", "password", "bearer"]
            .iter()
            .any(|word| has(word))
        {
            self.secret(value, "credentials");
        }
    }

    /// Tokens in a query or a form, raw and decoded, however their name is spelled.
    fn query(&mut self, text: &[u8]) {
        let lower = text.to_ascii_lowercase();
        let mut at = 0;
        while let Some(found) = lower.get(at..).and_then(|rest| rest.find("token=")) {
            let value = at + found + "token=".len();
            let rest = text.get(value..).unwrap_or_default();
            let end = rest.find_byteset(b"& \n\r\"'<>").unwrap_or(rest.len());
            let before = text.get(at..value).unwrap_or_default();
            let name = before.rsplit(|byte| b"&?\n \"'".contains(byte)).next();
            let name = percent_decode(name.unwrap_or_default()).to_ascii_lowercase();
            if name.contains_str("security") || name.contains_str("session") {
                self.token(rest.get(..end).unwrap_or_default());
            }
            at = value + end;
        }
    }

    /// The header lines of a canonical request, right or wrong, and its query.
    fn canonical_request(&mut self, text: &[u8]) {
        self.query(text);
        for line in text.lines() {
            if let Some((name, value)) = line.split_once_str(":") {
                self.header(name.as_bstr(), value.as_bstr());
            }
        }
    }

    /// Credentials in the answers of STS, SSO and the metadata services: JSON and XML.
    fn body(&mut self, body: &[u8]) {
        let kinds = [
            ("aws_secret_access_key", "secret access key"),
            ("secret_access_key", "secret access key"),
            ("session_token", "session token"),
            ("password", "password"),
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
                    "session token" => self.token(&value),
                    what => self.secret(&value, what),
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

    /// A value in every spelling: as it stands, percent-encoded once and twice, with JSON's `\/`,
    /// its spaces collapsed, and the lines of a folded one.
    fn forms(&mut self, plain: &[u8], mark: &str) {
        let encoded = encode(plain);
        let twice = encode(&encoded);
        let escaped = BString::from(plain.replace("/", "\\/"));
        let collapsed = canonical_value(plain.as_bstr()).into_owned();
        let lower = BString::from(encoded.to_ascii_lowercase());
        for form in [plain.into(), encoded, twice, escaped, collapsed, lower] {
            self.needle(form, mark);
        }
        if plain.contains(&b'\n') {
            for line in plain.lines() {
                self.needle(line.trim().into(), mark);
            }
        }
    }

    fn needle(&mut self, needle: BString, mark: &str) {
        // A mark that a log already put in the place of a secret is none.
        let masked =
            needle.contains_str("***") || (needle.starts_with(b"[") && needle.ends_with(b"]"));
        if needle.len() >= SHORTEST && !masked && self.needles.len() < MOST {
            self.needles
                .entry(needle)
                .or_insert_with(|| mark.to_owned());
        }
    }
}

/// The value behind a name in JSON (`": "value"`), in XML (`>value<`), or in a form (`=value`).
fn value_behind(rest: &[u8]) -> Option<BString> {
    let rest = rest.strip_prefix(b"\\").unwrap_or(rest);
    if let Some(form) = rest.strip_prefix(b"=") {
        let end = form.find_byteset(b"& \n\r\"'<>").unwrap_or(form.len());
        return form.get(..end).map(percent_decode);
    }
    if rest.starts_with(b">") || rest.starts_with(b" ") {
        let (_, xml) = rest
            .get(..200)
            .unwrap_or(rest)
            .find_byte(b'>')
            .and_then(|at| rest.split_at_checked(at + 1))?;
        return xml.split_once_str("<").map(|(value, _)| value.into());
    }
    let json = rest
        .strip_prefix(b"\"")
        .or_else(|| rest.strip_prefix(b"'"))?
        .trim_start();
    let json = json.strip_prefix(b":")?.trim_start();
    let json = json.strip_prefix(b"\\").unwrap_or(json);
    match json.first()? {
        b'"' => double_quoted(json).map(|literal| literal.bytes),
        b'\'' => python_repr(json).map(|literal| literal.bytes),
        _ => None,
    }
    .map(|value| value.strip_suffix(b"\\").unwrap_or(&value).into())
}

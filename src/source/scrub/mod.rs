//! The same text without its secrets: each is replaced by a placeholder of its own, the same
//! wherever it stands, and nothing else is touched.
//!
//! Absent on purpose: formats. A secret is known by the name before it, and from then on by
//! itself, in every spelling; so it is found in a log that no reader knows.

mod names;
mod policy;
mod spellings;

use std::io::{self, BufRead, Write};

use aho_corasick::{AhoCorasick, MatchKind};
use bstr::{BString, ByteSlice};

use crate::source::wrapping;

/// What a secret is good for; the placeholder says it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum SecretKind {
    /// A secret access key.
    SecretAccessKey,
    /// A session token.
    SessionToken,
    /// A token that is a credential by itself: SSO, OAuth, web identity.
    Bearer,
    /// The value of a cookie header.
    Cookie,
    /// A password.
    Password,
    /// A key that the caller encrypts with.
    CustomerKey,
}

impl SecretKind {
    fn word(self) -> &'static str {
        match self {
            Self::SecretAccessKey => "SECRET-ACCESS-KEY",
            Self::SessionToken => "SESSION-TOKEN",
            Self::Bearer => "BEARER-TOKEN",
            Self::Cookie => "COOKIE",
            Self::Password => "PASSWORD",
            Self::CustomerKey => "CUSTOMER-KEY",
        }
    }
}

/// What was taken out.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Scrubbed {
    /// How many different secrets of each kind there were.
    pub secrets: Vec<(SecretKind, usize)>,
    /// What the reader of the scrubbed text must know, in sentences.
    pub notes: Vec<&'static str>,
}

/// A line that is longer is scrubbed in pieces; so much of each is left to the next, lest a secret
/// be cut in two.
const PIECE: usize = 4 << 20;
const LEFT: usize = 16 << 10;

/// Copies `source` to `out` without its secrets, in constant memory. What was packed, or in
/// UTF-16, comes out unpacked and in UTF-8.
///
/// # Errors
/// When `source` cannot be read or `out` cannot be written.
pub fn scrub(source: &mut dyn BufRead, out: &mut dyn Write) -> io::Result<Scrubbed> {
    let mut source = wrapping::unpack(source);
    let mut scrubber = Scrubber::default();
    let mut held = Vec::new();
    loop {
        let piece = source.fill_buf()?;
        if piece.is_empty() {
            break;
        }
        let line = piece.find_byte(b'\n').map(|at| at + 1);
        let length = line.unwrap_or(piece.len());
        held.extend_from_slice(piece.get(..length).unwrap_or_default());
        source.consume(length);
        if line.is_some() {
            out.write_all(&scrubber.line(&held))?;
            held.clear();
        } else if held.len() > PIECE {
            let cut = between_fields(&held);
            out.write_all(&scrubber.line(held.get(..cut).unwrap_or_default()))?;
            held.drain(..cut);
        }
    }
    out.write_all(&scrubber.line(&held))?;
    Ok(scrubber.finish())
}

/// A place near the end of a piece that parts a name and its value from the next.
fn between_fields(piece: &[u8]) -> usize {
    let end = piece.len().saturating_sub(LEFT);
    let before = piece.get(..end).unwrap_or_default();
    let at = before.iter().rposition(|byte| b",&;{ ".contains(byte));
    at.filter(|at| end - at < LEFT).unwrap_or(end)
}

#[derive(Default)]
struct Scrubber {
    known: Vec<Secret>,
    forms: Option<Forms>,
    hex_table: HexTable,
    /// A policy that is cut into rows, in which nothing is found either.
    cut_policy: HexTable,
    /// What the line before ended in the name of.
    named: Option<SecretKind>,
    /// The same, where an empty line stands between: a part of a form.
    part: Option<SecretKind>,
}

struct Secret {
    kind: SecretKind,
    value: BString,
    placeholder: BString,
}

/// The spellings of all secrets, sought in one pass.
struct Forms {
    automaton: AhoCorasick,
    replacements: Vec<BString>,
}

/// Whether bytes are shown in a table of hex digits, in which nothing is found.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum HexTable {
    #[default]
    Unseen,
    Seen,
}

/// How many bytes `curl --trace-ascii` shows in a row.
const ROW: usize = 64;

/// More secrets than this are not remembered; each is still replaced where its name stands.
const KNOWN: usize = 2_000;

impl Scrubber {
    fn line(&mut self, line: &[u8]) -> Vec<u8> {
        if is_hex_row(line) {
            self.hex_table = HexTable::Seen;
        }
        let mut text = line.to_vec();
        let mut all = names::find(line);
        let named = self.named.take();
        let below = named.and_then(|kind| names::below(line, kind));
        if let Some(below) = below
            && all.is_empty()
            && !line.contains_str("SCRUBBED-")
        {
            all.push(below);
        }
        let row = line.get(names::before_row(line)..).unwrap_or_default();
        let is_blank = row.trim().is_empty();
        let part = self.part.take().filter(|_| all.is_empty());
        all.extend(part.and_then(|kind| names::alone(line, kind)));
        // A row that is full goes on in the next.
        let goes_on = row.len() < line.len() && row.trim_end().len() == ROW;
        if goes_on && policy::begins(row) {
            self.cut_policy = HexTable::Seen;
        }
        self.part = part.filter(|_| goes_on).or(named.filter(|_| is_blank));
        self.named = names::at_end(line);
        for found in all.into_iter().rev() {
            let Some(raw) = line.get(found.range.clone()) else {
                continue;
            };
            let placeholder = self.learn(found.kind, raw);
            text.splice(found.range, Vec::from(placeholder));
        }
        let text = match &self.forms {
            Some(forms) => forms
                .automaton
                .replace_all_bytes(&text, &forms.replacements),
            None => text,
        };
        policy::scrubbed(text, &mut |json| self.line(json))
    }

    /// The placeholder of a secret, a new one where it is new.
    fn learn(&mut self, kind: SecretKind, raw: &[u8]) -> BString {
        let value = spellings::plain(raw);
        if let Some(known) = self.known.iter().find(|known| known.value == value) {
            return known.placeholder.clone();
        }
        let number = self.known.iter().filter(|known| known.kind == kind).count() + 1;
        let placeholder = placeholder(kind, number, value.len());
        if self.known.len() < KNOWN {
            self.known.push(Secret {
                kind,
                value,
                placeholder: placeholder.clone(),
            });
            self.forms = forms(&self.known);
        }
        placeholder
    }

    fn finish(self) -> Scrubbed {
        let mut secrets: Vec<(SecretKind, usize)> = Vec::new();
        for secret in &self.known {
            match secrets.iter_mut().find(|(kind, _)| *kind == secret.kind) {
                Some((_, count)) => *count += 1,
                None => secrets.push((secret.kind, 1)),
            }
        }
        let mut notes = Vec::new();
        if secrets
            .iter()
            .any(|(kind, _)| *kind == SecretKind::SessionToken)
        {
            notes.push(
                "canonical requests that hold the session token no longer hash to the digest in their string to sign: the digests are left as they were",
            );
        }
        if self.hex_table == HexTable::Seen {
            notes.push(
                "bytes that stand in a table of hex digits are not scrubbed: look through them, or leave them out",
            );
        }
        if self.cut_policy == HexTable::Seen {
            notes.push(
                "a policy in Base64 that is cut into rows is not scrubbed, and repeats the session token: leave it out",
            );
        }
        Scrubbed { secrets, notes }
    }
}

/// As long as the secret, so that lengths stay true, and of letters that no escape changes.
fn placeholder(kind: SecretKind, number: usize, length: usize) -> BString {
    let mut text = format!("SCRUBBED-{}-{number}", kind.word());
    if text.len() < length {
        text.push('-');
        text.push_str(&"x".repeat(length - text.len()));
    }
    text.into()
}

/// Values that are shorter may stand anywhere by chance; they are replaced by name alone.
const TELLING: usize = 12;

fn forms(known: &[Secret]) -> Option<Forms> {
    let mut patterns: Vec<BString> = Vec::new();
    let mut replacements = Vec::new();
    for secret in known.iter().filter(|secret| secret.value.len() >= TELLING) {
        for (form, replacement) in spellings::all(&secret.value, &secret.placeholder) {
            if !patterns.contains(&form) {
                patterns.push(form);
                replacements.push(replacement);
            }
        }
    }
    let automaton = AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostLongest)
        .build(&patterns)
        .ok()?;
    Some(Forms {
        automaton,
        replacements,
    })
}

/// A row of a hex dump: an offset, and eight pairs of digits or more.
fn is_hex_row(line: &[u8]) -> bool {
    let text = line.trim_start_with(|c| c == ' ' || c == '|');
    let offset = text
        .iter()
        .take_while(|byte| byte.is_ascii_hexdigit())
        .count();
    let rest = text.get(offset..).unwrap_or_default();
    let pairs = rest.fields().skip(1).take(8);
    let pair = |word: &[u8]| word.len() == 2 && word.iter().all(u8::is_ascii_hexdigit);
    (4..=8).contains(&offset)
        && (rest.starts_with(b":") || rest.starts_with(b"|"))
        && pairs.filter(|word| pair(word)).count() >= 6
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    const TOKEN: &str =
        "FwoGZXIvYXdzEXAMPLETOKEN//////////wEaDExampleTokenForLoopback+Only/EXAMPLE==";

    fn scrubbed(text: &str) -> (String, Scrubbed) {
        let mut out = Vec::new();
        let report = scrub(&mut text.as_bytes(), &mut out).unwrap();
        (String::from_utf8(out).unwrap(), report)
    }

    #[test]
    fn secrets_are_known_by_their_names() {
        let encoded = crate::sigv4::encode(TOKEN.as_bytes()).to_string();
        for (text, secret) in [
            (format!("aws_secret_access_key = {SECRET}"), SECRET),
            (format!("{{'secret_key': '{SECRET}', 'a': 1}}"), SECRET),
            (format!("\"SecretAccessKey\":\"{SECRET}\","), SECRET),
            (
                format!("\"SecretAccessKey\":\"{}\",", SECRET.replace('/', "\\/")),
                "K7MDENG+bPxR",
            ),
            (
                format!("<SecretAccessKey>{SECRET}</SecretAccessKey>"),
                SECRET,
            ),
            (format!("export AWS_SECRET_ACCESS_KEY=\"{SECRET}\""), SECRET),
            (format!("curl -u AKIDEXAMPLE:{SECRET} https://h"), SECRET),
            (
                format!("curl --user 'AKIDEXAMPLE:{SECRET}' https://h"),
                SECRET,
            ),
            (format!("* user: AKIDEXAMPLE:{SECRET}"), SECRET),
            (format!("x-amz-security-token:{TOKEN}"), TOKEN),
            (format!("'X-Amz-Security-Token': b'{TOKEN}'"), TOKEN),
            (format!("('x-amz-security-token', '{TOKEN}')"), TOKEN),
            (
                format!("?X-Amz-Security-Token={encoded}&X-Amz-Signature=1"),
                &encoded,
            ),
            (format!("<SessionToken>{TOKEN}</SessionToken>"), TOKEN),
            (format!("Authorization: Bearer {TOKEN}"), TOKEN),
            (format!("{{\"accessToken\":\"{TOKEN}\"}}"), TOKEN),
            (format!("DEBUG: ConfigParser: access_token->{TOKEN}"), TOKEN),
            (format!("*     secret: {SECRET}"), SECRET),
            (
                format!("{{\"name\":\"X-Amz-Security-Token\",\"value\":\"{TOKEN}\"}}"),
                TOKEN,
            ),
            (
                format!("\"name\": \"X-Amz-Security-Token\",\r\n  \"value\": \"{TOKEN}\""),
                TOKEN,
            ),
            ("Cookie: a=bcdefghijk; d=e".into(), "bcdefghijk"),
            ("https://me:pass-word@h.example/".into(), "pass-word"),
            (
                "Authorization: Basic QUtJREVYQU1QTEU6c2VjcmV0".into(),
                "QUtJREVYQU1QTEU6c2VjcmV0",
            ),
        ] {
            let (out, _) = scrubbed(&text);
            assert!(!out.contains(secret), "{out}");
            assert!(out.contains("SCRUBBED-"), "{out}");
        }
    }

    #[test]
    fn what_is_known_is_found_in_every_spelling_and_replaced_alike() {
        let encoded = crate::sigv4::encode(TOKEN.as_bytes()).to_string();
        let hex = |text: &str| {
            let pairs: Vec<String> = text.bytes().map(|b| format!("{b:02x}")).collect();
            pairs.join(" ")
        };
        let text = format!(
            "x-amz-security-token:{TOKEN}\nplain {TOKEN}\nurl {encoded} {}\njson {}\nbytes 0a {} 0a\n",
            encoded.replace('%', "%25"),
            TOKEN.replace('/', "\\/"),
            hex(TOKEN)
        );
        let (out, report) = scrubbed(&text);
        let placeholder = placeholder(SecretKind::SessionToken, 1, TOKEN.len()).to_string();
        assert_eq!(placeholder.len(), TOKEN.len());
        assert_eq!(
            out,
            format!(
                "x-amz-security-token:{placeholder}\nplain {placeholder}\nurl {placeholder} {placeholder}\njson {placeholder}\nbytes 0a {} 0a\n",
                hex(&placeholder)
            )
        );
        assert_eq!(report.secrets, [(SecretKind::SessionToken, 1)]);
        assert_eq!(report.notes.len(), 1);
        let (again, report) = scrubbed(&out);
        assert_eq!(again, out);
        assert_eq!(report.secrets, []);
    }

    #[test]
    fn what_is_no_secret_stays() {
        let text = "SignedHeaders=host;x-amz-security-token, Signature=87c50dbcbc500bb7e9aca97fd71a7748a76c85c30db879ed484968782183ff7b\nhost;x-amz-security-token;x-amz-target\n\"SignedHeaders\":\"host;x-amz-security-token\",\"Signature\":\"87c50dbcbc500bb7e9aca97fd71a7748a76c85c30db879ed484968782183ff7b\"\nCredential=AKIDEXAMPLE/20250102/r/s/aws4_request\nx-amz-security-token:** redacted (length=5) **\nhttps://h.example:443/a@b\nsession_token: None\nX-Amz-SignedHeaders=host%3Bx-amz-security-token&X-Amz-Signature=87c50dbcbc500bb7e9aca97fd71a7748a76c85c30db879ed484968782183ff7b\n\r\nno end";
        let (out, report) = scrubbed(text);
        assert_eq!(out, text);
        assert_eq!(report, Scrubbed::default());
    }

    #[test]
    fn a_secret_across_pieces_of_a_long_line_is_found() {
        let text = format!(
            "x-amz-security-token:{TOKEN} {}{TOKEN}{}",
            "a".repeat(PIECE - 40),
            "b".repeat(PIECE)
        );
        let (out, _) = scrubbed(&text);
        assert!(!out.contains(TOKEN));
        assert_eq!(out.len(), text.len());
    }
}

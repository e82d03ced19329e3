use std::{ops::Range, sync::OnceLock};

use aho_corasick::{AhoCorasick, MatchKind};
use bstr::ByteSlice;

use super::SecretKind;

/// A secret in a line, by the name before it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Found {
    pub(super) kind: SecretKind,
    pub(super) range: Range<usize>,
}

/// What a name is followed by.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Shape {
    /// A separator, and a value of Base64's letters.
    Value,
    /// A separator, and all to the end of the line or the quote.
    Rest,
    /// `ID:PASSWORD`.
    Pair,
}

use SecretKind::{Bearer, Cookie, CustomerKey, Password, SecretAccessKey, SessionToken};

const NAMES: &[(&str, SecretKind, Shape)] = &[
    ("secret_access_key", SecretAccessKey, Shape::Value),
    ("secretaccesskey", SecretAccessKey, Shape::Value),
    ("secret-access-key", SecretAccessKey, Shape::Value),
    ("secret access key", SecretAccessKey, Shape::Value),
    ("secret_key", SecretAccessKey, Shape::Value),
    ("secretkey", SecretAccessKey, Shape::Value),
    ("secret-key", SecretAccessKey, Shape::Value),
    ("x-amz-security-token", SessionToken, Shape::Value),
    ("x_amz_security_token", SessionToken, Shape::Value),
    ("x-amz-s3session-token", SessionToken, Shape::Value),
    ("session_token", SessionToken, Shape::Value),
    ("sessiontoken", SessionToken, Shape::Value),
    ("session-token", SessionToken, Shape::Value),
    ("security_token", SessionToken, Shape::Value),
    ("token-0", SessionToken, Shape::Value),
    ("x-amz-sso_bearer_token", Bearer, Shape::Value),
    ("x-amz-sso-bearer-token", Bearer, Shape::Value),
    ("accesstoken", Bearer, Shape::Value),
    ("access_token", Bearer, Shape::Value),
    ("refreshtoken", Bearer, Shape::Value),
    ("refresh_token", Bearer, Shape::Value),
    ("idtoken", Bearer, Shape::Value),
    ("id_token", Bearer, Shape::Value),
    ("clientsecret", Bearer, Shape::Value),
    ("client_secret", Bearer, Shape::Value),
    ("webidentitytoken", Bearer, Shape::Value),
    ("samlassertion", Bearer, Shape::Value),
    ("devicecode", Bearer, Shape::Value),
    ("authorizationtoken", Bearer, Shape::Value),
    ("x-aws-ec2-metadata-token", Bearer, Shape::Value),
    ("secret:", SecretAccessKey, Shape::Value),
    ("token:", Bearer, Shape::Value),
    ("bearer ", Bearer, Shape::Value),
    ("basic ", Password, Shape::Value),
    ("set-cookie", Cookie, Shape::Rest),
    ("cookie", Cookie, Shape::Rest),
    ("customer-key", CustomerKey, Shape::Value),
    ("--proxy-user", Password, Shape::Pair),
    ("--user", Password, Shape::Pair),
    ("-u", Password, Shape::Pair),
    ("user:", Password, Shape::Pair),
    ("://", Password, Shape::Pair),
];

fn automaton() -> Option<&'static AhoCorasick> {
    static AUTOMATON: OnceLock<Option<AhoCorasick>> = OnceLock::new();
    let build = || {
        AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::LeftmostLongest)
            .build(NAMES.iter().map(|(name, _, _)| name))
            .ok()
    };
    AUTOMATON.get_or_init(build).as_ref()
}

/// The secrets of a line that have a name before them, in order, none within another.
pub(super) fn find(line: &[u8]) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    let Some(automaton) = automaton() else {
        return found;
    };
    for name in automaton.find_iter(line) {
        let Some((text, kind, shape)) = NAMES.get(name.pattern().as_usize()) else {
            continue;
        };
        let before = name.start().checked_sub(1).and_then(|at| line.get(at));
        let at = match shape {
            Shape::Value if text.ends_with(' ') => Some(name.end()),
            Shape::Value if text.ends_with(':') => {
                let own = before.is_none_or(|byte| byte.is_ascii_whitespace());
                separator(line, name.end() - 1).filter(|_| own)
            }
            Shape::Value => separator(line, name.end()),
            Shape::Rest => separator(line, name.end()).filter(|_| {
                before.is_none_or(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_')
            }),
            Shape::Pair => Some(name.end()),
        };
        let range = at.and_then(|at| match shape {
            Shape::Value => value(line, at),
            Shape::Rest => rest(line, at),
            Shape::Pair => pair(line, at, text, before.copied()),
        });
        let Some(range) = range else { continue };
        let overlaps = found
            .last()
            .is_some_and(|last| range.start < last.range.end);
        let placed = line
            .get(range.clone())
            .is_some_and(|value| value.starts_with(b"SCRUBBED-"));
        if !overlaps && !placed {
            let long = line.get(range.clone()).map_or(0, <[u8]>::len);
            let kind = match kind {
                // A pair of key id and key is what curl signs with.
                Password if *shape == Shape::Pair && long >= 30 => SecretAccessKey,
                kind => *kind,
            };
            found.push(Found { kind, range });
        }
    }
    found
}

/// The kind of the secret that the next line holds, where a line ends in its name.
pub(super) fn at_end(line: &[u8]) -> Option<SecretKind> {
    let line = line.trim_end_with(|c| c.is_whitespace() || matches!(c, '"' | '\'' | ','));
    let found = automaton()?.find_iter(line).last()?;
    let (_, kind, shape) = NAMES.get(found.pattern().as_usize())?;
    (found.end() == line.len() && *shape == Shape::Value).then_some(*kind)
}

/// The secret in the line behind its name: `"value": "…"`.
pub(super) fn below(line: &[u8], kind: SecretKind) -> Option<Found> {
    let at = line.find("value").or_else(|| line.find("Value"))? + "value".len();
    let range = value(line, separator(line, at)?)?;
    Some(Found { kind, range })
}

/// A line that is nothing but a secret.
pub(super) fn alone(line: &[u8], kind: SecretKind) -> Option<Found> {
    let range = value(line, before_row(line))?;
    let whole = range.end == line.trim_end().len();
    whole.then_some(Found { kind, range })
}

/// How long the offset is that `curl --trace-ascii` puts before a row: `0040: `.
pub(super) fn before_row(line: &[u8]) -> usize {
    const OFFSET: usize = 6;
    let offset = line.get(..OFFSET).unwrap_or_default();
    let digits = offset.strip_suffix(b": ").unwrap_or_default();
    let is_one = digits.len() == 4 && digits.iter().all(u8::is_ascii_hexdigit);
    if is_one { OFFSET } else { 0 }
}

/// Where the value behind a name begins: past a colon, an equals sign, a tag's end or quotes.
fn separator(line: &[u8], from: usize) -> Option<usize> {
    const LONGEST: usize = 24;
    let rest = line.get(from..)?;
    let mut at = 0;
    let mut marked = false;
    loop {
        let behind = rest.get(at..)?;
        let step = match behind {
            [b'b' | b'u', b'\'' | b'"', ..] => 1,
            [b':' | b'=' | b'>' | b'"' | b'\'', ..] => {
                marked = true;
                1
            }
            [b'\\' | b' ' | b'\t' | b',' | b'[' | b'(', ..] => 1,
            [b'-', b'>', ..] => {
                marked = true;
                2
            }
            // HAR and other lists have name and value apart.
            [
                b'v' | b'V',
                b'a',
                b'l',
                b'u',
                b'e',
                b'"' | b'\'' | b'\\' | b'=',
                ..,
            ] => 5,
            [b'%', b'3', b'D' | b'd' | b'A' | b'a', ..] => {
                marked = true;
                3
            }
            _ => break,
        };
        at += step;
        if at > LONGEST {
            return None;
        }
    }
    marked.then_some(from + at)
}

/// A value of the letters of Base64, its URL-safe form and percent-encoding; long enough to be one.
fn value(line: &[u8], from: usize) -> Option<Range<usize>> {
    const SHORTEST: usize = 16;
    let rest = line.get(from..)?;
    let mut length = 0;
    loop {
        let behind = rest.get(length..).unwrap_or_default();
        length += match behind {
            [b'\\', b'/', ..] => 2,
            [b'\\', b'u', b'0', b'0', ..] => 6.min(behind.len()),
            [byte, ..] if byte.is_ascii_alphanumeric() || b"/+=_-.%~".contains(byte) => 1,
            _ => break,
        };
    }
    (length >= SHORTEST).then_some(from..from + length)
}

/// All to the end of the line, or to a quote or an escape that ends it.
fn rest(line: &[u8], from: usize) -> Option<Range<usize>> {
    let rest = line.get(from..)?;
    let end = rest.find_byteset("\r\n\"'\\").unwrap_or(rest.len());
    (end > 0).then_some(from..from + end)
}

/// The password of `ID:PASSWORD`, behind an option or in a URL.
fn pair(line: &[u8], from: usize, name: &str, before: Option<u8>) -> Option<Range<usize>> {
    let rest = line.get(from..)?;
    let url = name == "://";
    let option = name.starts_with('-');
    if option && before.is_some_and(|byte| !byte.is_ascii_whitespace() && byte != b'"') {
        return None;
    }
    let blanks = if url {
        0
    } else {
        rest.len() - rest.trim_start_with(|c| " \t='\"^$".contains(c)).len()
    };
    let word = rest.get(blanks..)?;
    let ends = |byte: &u8| byte.is_ascii_whitespace() || b"'\"`^<>,;)".contains(byte);
    let word = word.get(..word.iter().position(ends).unwrap_or(word.len()))?;
    let word = if url {
        let before_query = word.split_str("?").next()?;
        let (user, _) = before_query.rsplit_once_str("@")?;
        let host = user.split_str("/").next()?;
        let (_, port) = host.split_once_str(":")?;
        if user.contains(&b'/') && port.iter().all(u8::is_ascii_digit) {
            return None;
        }
        user
    } else {
        word
    };
    let (id, password) = word.split_once_str(":")?;
    let known = url || option || id.len() >= 8 && id.iter().all(u8::is_ascii_alphanumeric);
    if !known || password.is_empty() || password.starts_with(b"//") {
        return None;
    }
    let start = from + blanks + id.len() + 1;
    Some(start..start + password.len())
}

//! The value of one artifact where it begins: a literal, an escaped line, or lines.

use std::ops::Range;

use bstr::{BString, ByteSlice};

use crate::{
    evidence::is_mask,
    sigv4::Authorization,
    source::{
        artifact_finder::{Found, Patience},
        artifact_grammar::{ALGORITHMS, End, Kind, by_grammar, ends_in_digest, hash_end},
        artifact_text,
        exception_frame::pieces,
    },
    wire::{
        Fidelity, METHODS,
        escape::{Closed, python_repr, unescape},
    },
};

/// The artifact that begins at `start`: a literal, an escaped line, or lines.
///
/// `line` is what stands from there to the end of its line.
pub(super) fn value_at(
    text: &[u8],
    start: usize,
    line: &[u8],
    kind: Kind,
    patience: &mut Patience,
) -> Option<Found> {
    let rest = text.get(start..)?;
    // Python's `b'…'`, bash's `$'…'`.
    let prefix = usize::from(matches!(rest.first(), Some(b'b' | b'u' | b'f' | b'$')));
    let quoted = rest.get(prefix).is_some_and(|byte| b"\"'`".contains(byte));
    let (content, begin, mut fidelity) = match literal(rest, line) {
        Some((content, length)) => {
            patience.spend(length);
            let end = if content.trim().is_empty() {
                return None;
            } else {
                start + length
            };
            return closed(kind, content, start..end);
        }
        None if quoted => {
            let quotes = rest
                .iter()
                .skip(prefix)
                .take_while(|byte| b"\"'`".contains(byte));
            let skip = prefix + quotes.count();
            (rest.get(skip..)?, start + skip, Fidelity::Exact)
        }
        None => (rest, start, Fidelity::Exact),
    };
    let first = line.get(begin - start..)?;
    if kind == Kind::Authorization {
        let end = first.find_byteset("\"'`}]\r").unwrap_or(first.len());
        let breaks = ["\\r\\n", "\\n"]
            .iter()
            .filter_map(|escaped| first.find(escaped));
        let end = breaks.min().unwrap_or(end).min(end);
        let value = first
            .get(..end)?
            .trim_end_with(|c| c.is_whitespace() || c == ',');
        if let Some((whole, length)) = authorization_below(rest.get(begin - start..)?, value) {
            return Some(Found {
                kind,
                text: whole,
                fidelity: Fidelity::Reflowed,
                range: begin..begin + length,
                end: End::Whole,
            });
        }
        let stated = value.starts_with(b"AWS4-") && value.contains(&b'=');
        return stated.then(|| Found {
            kind,
            text: value.into(),
            fidelity,
            range: begin..begin + value.len(),
            end: End::Whole,
        });
    }
    if kind == Kind::Signature {
        let digits = first
            .iter()
            .take_while(|byte| byte.is_ascii_hexdigit())
            .count();
        return (digits == 64).then(|| Found {
            kind,
            text: first.get(..64).unwrap_or_default().into(),
            fidelity,
            range: begin..begin + 64,
            end: End::Whole,
        });
    }
    patience.spend(first.len());
    if first.contains_str("\\n") || flattened(first, kind) {
        let undone = escape_layers(first);
        let (value, end) = by_grammar(&undone, kind);
        let value = if undone.contains(&b'\n') {
            fidelity = Fidelity::Unescaped;
            value
        } else {
            fidelity = Fidelity::Reflowed;
            restored(&value, kind)
        };
        return plausible(Found {
            kind,
            text: value,
            fidelity,
            range: begin..begin + first.len(),
            end: if end == End::Open { End::Frame } else { end },
        });
    }
    let (value, end) = by_grammar(content, kind);
    let length = value.len().min(content.len());
    patience.spend(length);
    let mut value: BString = match ends_in_crlf(text, begin) {
        Some(false) => value,
        _ => value.replace("\r\n", "\n").into(),
    };
    if kind == Kind::StringToSign
        && let Some(flush) = dedented(&value)
    {
        value = flush;
    }
    if value
        .lines()
        .skip(1)
        .any(|line| line.starts_with(b" ") || line.starts_with(b"\t"))
    {
        fidelity = Fidelity::Reflowed;
        value = restored(&value, kind);
    }
    plausible(Found {
        kind,
        text: value,
        fidelity,
        range: begin..begin + length,
        end,
    })
}

/// An `Authorization` value that was broken over several lines, put together, and its length as it
/// stands; `None` where it ends on its first line, or what is below does not make it whole.
fn authorization_below(text: &[u8], first: &[u8]) -> Option<(BString, usize)> {
    const LINES: usize = 8;
    let is_whole = |value: &[u8]| {
        let signature = value.rsplit_once_str("Signature=");
        signature.is_some_and(|(_, digits)| ends_in_digest(digits) || is_mask(digits))
    };
    if !first.starts_with(b"AWS4-") || is_whole(first) {
        return None;
    }
    let mut value = Vec::new();
    let mut length = 0;
    for line in text.lines_with_terminator().take(LINES) {
        let part = line.trim();
        // A line is broken at a blank, or within a word.
        if value.ends_with(b",") || value == ALGORITHMS[0].as_bytes() {
            value.push(b' ');
        }
        value.extend_from_slice(part);
        length += line.len();
        if is_whole(&value) {
            let stated = Authorization::parse(&value).ok()?;
            return (!stated.scope().is_empty()).then(|| (value.into(), length));
        }
    }
    None
}

/// Whether the line above ends in CR LF; where it does not, a carriage return in an artifact is the
/// signer's own.
fn ends_in_crlf(text: &[u8], begin: usize) -> Option<bool> {
    let before = text.get(..begin)?;
    let end = before.rfind_byte(b'\n')?;
    Some(before.get(..end)?.ends_with(b"\r"))
}

/// A text whose lines are all indented alike, but for the first, which a label may stand before;
/// without that.
fn dedented(text: &[u8]) -> Option<BString> {
    let (first, rest) = text.split_once_str("\n")?;
    let blanks = |line: &[u8]| line.len() - line.trim_start_with(|c| c == ' ' || c == '\t').len();
    let indent = rest.get(..blanks(rest))?;
    let lines = rest.lines().map(|line| line.strip_prefix(indent));
    let lines: Option<Vec<&[u8]>> = lines.collect();
    let lines =
        lines.filter(|lines| !indent.is_empty() && lines.iter().all(|line| blanks(line) == 0))?;
    Some(bstr::join("\n", [&[first], &lines[..]].concat()).into())
}

/// The artifact as it may have been before its white space changed.
fn restored(text: &[u8], kind: Kind) -> BString {
    let (restored, _) = match kind {
        Kind::StringToSign => artifact_text::string_to_sign(text, Fidelity::Reflowed),
        _ => artifact_text::canonical_request(text, Fidelity::Reflowed, None),
    };
    restored
}

/// A literal at the front, when it closes on its own line or its pieces are joined.
fn literal(rest: &[u8], line: &[u8]) -> Option<(BString, usize)> {
    if rest.starts_with(b"\"\"\"") || rest.starts_with(b"'''") {
        return None;
    }
    // A quote around raw lines is a frame, and the grammar finds their end.
    let first = python_repr(line).filter(|first| first.closed == Closed::Whole)?;
    // What is whole is followed by another text, and not by the rest of it.
    let whole = escape_layers(&first.bytes);
    let is_whole = whole.lines().count() > 3 && hash_end(&whole).is_some();
    let (content, length) = match is_whole {
        true => (first.bytes, first.length),
        false => pieces(rest)?,
    };
    let content = if content.contains(&b'\n') {
        content
    } else {
        escape_layers(&content)
    };
    Some((content, length))
}

fn closed(kind: Kind, content: BString, range: Range<usize>) -> Option<Found> {
    plausible(Found {
        kind,
        text: content,
        fidelity: Fidelity::Unescaped,
        range,
        end: End::Whole,
    })
}

/// Undoes backslash escapes until there is none of a line break left.
fn escape_layers(text: &[u8]) -> BString {
    let mut undone = BString::from(text);
    for _ in 0..3 {
        if !undone.contains_str("\\n") {
            break;
        }
        undone = unescape(&undone);
    }
    undone
}

/// Whether a whole artifact stands on one line, its line breaks having become spaces.
fn flattened(line: &[u8], kind: Kind) -> bool {
    let mut words = line.fields();
    let (first, second) = (words.next().unwrap_or_default(), words.next());
    match kind {
        Kind::StringToSign => second.is_some_and(is_time),
        _ => {
            METHODS.iter().any(|method| first == method.as_bytes())
                && second.is_some_and(|path| path.starts_with(b"/"))
                && words.count() > 1
        }
    }
}

/// Whether a string to sign stands on one line, with nothing between its parts.
fn is_joined(text: &[u8]) -> bool {
    let digest = text.last_chunk::<64>();
    text.starts_with(b"AWS4-HMAC-SHA256")
        && !text.contains(&b'\n')
        && text.contains_str("/aws4_request")
        && digest.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
}

pub(super) fn is_time(text: &[u8]) -> bool {
    let text = text.trim_start();
    text.get(..8)
        .is_some_and(|date| date.iter().all(u8::is_ascii_digit))
        && text.get(8) == Some(&b'T')
}

/// What is an artifact at all: a label may stand before anything.
fn plausible(found: Found) -> Option<Found> {
    let text = found.text.as_slice();
    let first = text.lines().next().unwrap_or_default().trim();
    let right = match found.kind {
        Kind::CanonicalRequest => {
            let method = METHODS
                .iter()
                .any(|m| first.eq_ignore_ascii_case(m.as_bytes()));
            text.lines().count() > 3
                && (method || found.end == End::Whole && hash_end(text).is_some())
        }
        Kind::StringToSign => {
            let has_lines =
                text.lines().count() > 2 && (first.starts_with(b"AWS4") || ends_in_digest(text));
            has_lines || is_joined(text)
        }
        Kind::Authorization => text.starts_with(b"AWS4-"),
        Kind::Signature => text.len() == 64 && text.iter().all(u8::is_ascii_hexdigit),
    };
    right.then_some(found)
}

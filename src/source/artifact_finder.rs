//! Artifacts found in whatever somebody's own code printed: by a label, and by their grammar.
//!
//! What breaks the grammar is found as well, as far as a label or a hash at its end shows where it
//! stands: a wrong artifact is what a search is for.

use std::ops::Range;

use bstr::{BString, ByteSlice};

use crate::{
    sigv4::PayloadHash,
    source::{artifact_text, exception_frame::pieces},
    wire::{
        Fidelity,
        escape::{Closed, python_repr, unescape},
    },
};

/// What was found.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    CanonicalRequest,
    StringToSign,
    Authorization,
    Signature,
}

/// An artifact, and where it stands.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Found {
    pub(super) kind: Kind,
    pub(super) text: BString,
    pub(super) fidelity: Fidelity,
    pub(super) range: Range<usize>,
    /// Whether its own grammar, or a closing quote, says that it is whole.
    pub(super) end: End,
}

/// How the end of an artifact was found.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum End {
    /// By its grammar, or by a quote.
    Whole,
    /// By what stands behind it.
    Frame,
    /// The text ended first.
    Open,
}

const METHODS: [&str; 8] = [
    "GET", "PUT", "POST", "HEAD", "DELETE", "PATCH", "OPTIONS", "LIST",
];
const ALGORITHMS: [&str; 2] = ["AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"];
/// No canonical request that is printed has more lines.
const LINES: usize = 300;

/// Every artifact in a text, in order.
pub(super) fn find(text: &[u8]) -> Vec<Found> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(line) = line_at(text, at) {
        let next = at + line.len() + 1;
        let mut from = at;
        while let Some(artifact) = in_line(text, from, line_at(text, from).unwrap_or_default()) {
            let end = artifact.range.end.max(from + 1);
            found.push(artifact);
            from = end;
            if from >= next {
                break;
            }
        }
        at = if from >= next {
            // What is left of the line in which the artifact ended may hold another.
            from.max(at + 1)
        } else {
            next
        };
    }
    found
}

/// Whether a line names an artifact, or holds one that names itself.
pub(super) fn has_label(line: &[u8]) -> bool {
    label(line).is_some() || ALGORITHMS.iter().any(|name| line.contains_str(name))
}

fn line_at(text: &[u8], at: usize) -> Option<&[u8]> {
    let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
    rest.get(..rest.find_byte(b'\n').unwrap_or(rest.len()))
}

/// The first artifact that begins in the rest of a line, or right below its label.
fn in_line(text: &[u8], at: usize, line: &[u8]) -> Option<Found> {
    let named = label(line).and_then(|(kind, behind)| labelled(text, at + behind, kind));
    let found = [named, unlabelled(text, at, line)].into_iter().flatten();
    found.min_by_key(|found| found.range.start)
}

/// A label in a line, and the offset behind it.
fn label(line: &[u8]) -> Option<(Kind, usize)> {
    const LABELS: [(&str, Kind); 16] = [
        ("canonicalrequest", Kind::CanonicalRequest),
        ("canonical request", Kind::CanonicalRequest),
        ("canonical_request", Kind::CanonicalRequest),
        ("canonical-request", Kind::CanonicalRequest),
        ("canonicalstring", Kind::CanonicalRequest),
        ("canonical string", Kind::CanonicalRequest),
        ("canonical_string", Kind::CanonicalRequest),
        ("creq", Kind::CanonicalRequest),
        ("stringtosign", Kind::StringToSign),
        ("string to sign", Kind::StringToSign),
        ("string_to_sign", Kind::StringToSign),
        ("string-to-sign", Kind::StringToSign),
        ("texttosign", Kind::StringToSign),
        ("sts", Kind::StringToSign),
        ("authorization", Kind::Authorization),
        ("signature", Kind::Signature),
    ];
    let lower = line.to_ascii_lowercase();
    let found = LABELS.iter().flat_map(|(name, kind)| {
        let behind = lower.find_iter(name).filter_map(|at| {
            let before = at.checked_sub(1).and_then(|at| lower.get(at));
            let own = before.is_none_or(|byte| !byte.is_ascii_alphanumeric() && *byte != b'/');
            let end = at + name.len();
            let length = separator(lower.get(end..)?)?;
            own.then_some((at, end + length))
        });
        behind.map(|(at, behind)| (at, (*kind, behind)))
    });
    found.min_by_key(|(at, _)| *at).map(|(_, found)| found)
}

/// The length of what may stand between a label and its value; `None` when this is no label.
fn separator(text: &[u8]) -> Option<usize> {
    let closing = text
        .iter()
        .take_while(|byte| b"()\"'`]>*".contains(byte))
        .count();
    let rest = text.get(closing..)?;
    let blanks = rest.len() - rest.trim_start_with(|c| c == ' ' || c == '\t').len();
    let mark = rest.get(blanks..)?;
    let rule = mark.iter().all(|byte| b"-=*#_<> ".contains(byte));
    let length = match mark {
        [] | [b'\r'] => 0,
        _ if rule => mark.len(),
        [b':', b'=', ..] | [b'=', b'>', ..] => 2,
        [b':' | b'=', ..] => 1,
        [b'-', b' ', ..] | [b'(', ..] | [b'[', ..] => 0,
        _ if text.first() == Some(&b'>') => 0,
        _ => return None,
    };
    Some(closing + blanks + length)
}

/// The value behind a label: on the same line, or on the next that is no frame.
fn labelled(text: &[u8], behind: usize, kind: Kind) -> Option<Found> {
    let mut at = behind;
    for _ in 0..4 {
        let line = line_at(text, at)?;
        let value = line.trim();
        let frame = value
            .iter()
            .all(|byte| b"-=*#_[({<>\"'`+~|:, \\".contains(byte));
        if !frame {
            let opening = |c: char| c.is_whitespace() || matches!(c, '[' | '(');
            let before = line.len() - line.trim_start_with(opening).len();
            return value_at(text, at + before, kind);
        }
        at += line.len() + 1;
    }
    None
}

/// An artifact that no label names.
fn unlabelled(text: &[u8], at: usize, line: &[u8]) -> Option<Found> {
    let mut candidates: Vec<(usize, Kind)> = Vec::new();
    for name in ALGORITHMS {
        for found in line.find_iter(name) {
            let behind = line.get(found + name.len()..).unwrap_or_default();
            if behind.starts_with(b" Credential=") || behind.starts_with(b" Signe") {
                candidates.push((found, Kind::Authorization));
            } else if behind.trim().is_empty() || behind.starts_with(b"\\") || is_time(behind) {
                candidates.push((found, Kind::StringToSign));
            }
        }
    }
    for method in METHODS {
        for found in line.find_iter(method) {
            let before = found.checked_sub(1).and_then(|at| line.get(at));
            let begins = before.is_none_or(|byte| b" \t\"'`[(=:>|".contains(byte));
            let behind = line.get(found + method.len()..).unwrap_or_default();
            let escaped = behind.starts_with(b"\\n") || behind.starts_with(b"\\\\n");
            let below = || line_at(text, at + line.len() + 1).unwrap_or_default();
            let raw = behind.trim().is_empty() && below().trim_start().starts_with(b"/");
            if begins && (escaped || raw) {
                candidates.push((found, Kind::CanonicalRequest));
            }
        }
    }
    candidates.sort_by_key(|(found, _)| *found);
    candidates.into_iter().find_map(|(found, kind)| {
        let start = at + found;
        if is_the_services(text, start) {
            return None;
        }
        let quote = start.checked_sub(1).filter(|quote| {
            let byte = text.get(*quote);
            byte.is_some_and(|byte| b"\"'`".contains(byte)) && *quote >= at
        });
        let found = value_at(text, quote.unwrap_or(start), kind)?;
        // Without a label, only the whole form says what it is; what is open may become whole.
        let certain = match kind {
            Kind::StringToSign => ends_in_digest(&found.text),
            Kind::CanonicalRequest => found.end == End::Whole,
            Kind::Authorization | Kind::Signature => true,
        };
        (certain || found.end == End::Open).then_some(found)
    })
}

/// Whether what begins here is what a service says it computed.
fn is_the_services(text: &[u8], start: usize) -> bool {
    let before = text
        .get(start.saturating_sub(40)..start)
        .unwrap_or_default();
    before.contains_str("should have been")
}

fn is_time(text: &[u8]) -> bool {
    let text = text.trim_start();
    text.get(..8)
        .is_some_and(|date| date.iter().all(u8::is_ascii_digit))
        && text.get(8) == Some(&b'T')
}

/// The artifact that begins at `start`: a literal, an escaped line, or lines.
fn value_at(text: &[u8], start: usize, kind: Kind) -> Option<Found> {
    let rest = text.get(start..)?;
    let line = line_at(text, start)?;
    let prefix = usize::from(matches!(rest.first(), Some(b'b' | b'u' | b'f')));
    let quoted = rest.get(prefix).is_some_and(|byte| b"\"'`".contains(byte));
    let (content, begin, mut fidelity) = match literal(rest, line) {
        Some((content, length)) => {
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
    let first = line_at(content, 0)?;
    if kind == Kind::Authorization {
        let end = first.find_byteset("\"'`}\r").unwrap_or(first.len());
        let value = first
            .get(..end)?
            .trim_end_with(|c| c.is_whitespace() || c == ',');
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
    let mut value: BString = value.replace("\r\n", "\n").into();
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
    python_repr(rest)
        .filter(|first| first.closed == Closed::Whole && first.length <= line.len())?;
    let (content, length) = pieces(rest)?;
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
            text.lines().count() > 2 && (first.starts_with(b"AWS4") || ends_in_digest(text))
        }
        Kind::Authorization => text.starts_with(b"AWS4-"),
        Kind::Signature => text.len() == 64 && text.iter().all(u8::is_ascii_hexdigit),
    };
    right.then_some(found)
}

fn ends_in_digest(text: &[u8]) -> bool {
    let last = text.lines().next_back().unwrap_or_default();
    last.len() == 64 && last.iter().all(u8::is_ascii_hexdigit)
}

/// The length of the hash or keyword that the last line of a text begins with.
fn hash_end(text: &[u8]) -> Option<usize> {
    hash_length(text.lines().next_back()?.trim())
}

/// The length of the payload hash at the front of a line: 64 hex digits or the longest keyword.
fn hash_length(line: &[u8]) -> Option<usize> {
    let digits = line
        .iter()
        .take_while(|byte| byte.is_ascii_hexdigit())
        .count();
    if digits == 64 {
        return Some(64);
    }
    PayloadHash::KEYWORDS
        .iter()
        .filter(|keyword| line.starts_with(keyword.as_bytes()))
        .map(|keyword| keyword.len())
        .max()
}

/// The lines of an artifact at the front of a text, to where its grammar or a frame ends it.
fn by_grammar(text: &[u8], kind: Kind) -> (BString, End) {
    const HEAD: usize = 3;
    let wanted = match kind {
        Kind::StringToSign => {
            let first = text.lines().next().unwrap_or_default();
            match first.trim() {
                name if name.ends_with(b"-PAYLOAD") => 6,
                name if name.ends_with(b"-TRAILER") => 5,
                _ => 4,
            }
        }
        _ => LINES,
    };
    let mut end = 0;
    let mut at = 0;
    let mut count = 0;
    while let Some(line) = line_at(text, at) {
        let content = line.trim();
        let leads = line.len() - line.trim_start().len();
        let hash = hash_length(content);
        let is_last = match kind {
            Kind::StringToSign => count + 1 == wanted,
            _ => count >= HEAD && hash.is_some(),
        };
        if is_last {
            let length = hash.map_or(line.trim_end().len(), |length| leads + length);
            return (text.get(..at + length).unwrap_or(text).into(), End::Whole);
        }
        if count > 0 && is_frame(content, kind) || count + 1 >= LINES {
            let value = text.get(..end).unwrap_or_default();
            return (value.into(), End::Frame);
        }
        if !content.is_empty() {
            end = at + line.trim_end().len();
        }
        count += 1;
        at += line.len() + 1;
    }
    (text.get(..end).unwrap_or_default().into(), End::Open)
}

/// Whether a line stands behind an artifact that its grammar did not end.
fn is_frame(line: &[u8], kind: Kind) -> bool {
    let rule = line.len() >= 5 && line.iter().all(|byte| b"-=*#_~".contains(byte));
    let other = kind == Kind::CanonicalRequest && line.starts_with(b"AWS4-");
    let blank = kind == Kind::StringToSign && line.is_empty();
    let named = label(line).is_some_and(|(_, behind)| {
        let before = line.get(..behind).unwrap_or_default();
        // A header line may be called so too: `authorization:…`.
        !(kind == Kind::CanonicalRequest && before.to_ascii_lowercase().starts_with(b"authoriz"))
    });
    rule || other || blank || named || matches!(line, b"]" | b")" | b"}" | b"```")
}

//! Artifacts found in whatever somebody's own code printed: by a label, and by their grammar.
//!
//! What breaks the grammar is found as well, as far as a label or a hash at its end shows where it
//! stands: a wrong artifact is what a search is for.

use std::{ops::Range, sync::OnceLock};

use aho_corasick::AhoCorasick;
use bstr::{BString, ByteSlice};

use crate::{
    evidence::is_mask,
    sigv4::Authorization,
    source::{
        artifact_grammar::{
            ALGORITHMS, End, Kind, METHODS, by_grammar, ends_in_digest, hash_end, label, line_at,
        },
        artifact_text,
        exception_frame::pieces,
    },
    wire::{
        Fidelity,
        escape::{Closed, python_repr, unescape},
    },
};

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

/// Every artifact in a text, in order.
pub(super) fn find(text: &[u8]) -> Vec<Found> {
    find_within(text).0
}

/// Every artifact in a text, in order, and where in it the search was given up, if it was.
pub(super) fn find_within(text: &[u8]) -> (Vec<Found>, Option<usize>) {
    let mut patience = Patience::with(text);
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(line) = line_at(text, at) {
        let next = at + line.len() + 1;
        let mut from = at;
        while let Some(rest) = line.get(from - at..)
            && let Some(artifact) = in_line(text, from, rest, &mut patience)
        {
            let end = artifact.range.end.max(from + 1);
            found.push(artifact);
            from = end;
            if from >= next {
                break;
            }
        }
        if patience.is_over() {
            return (found, Some(at));
        }
        at = if from >= next {
            // What is left of the line in which the artifact ended may hold another.
            from.max(at + 1)
        } else {
            next
        };
    }
    (found, None)
}

/// How many bytes of what begins like an artifact are still looked at: where every word begins
/// like one, each might be read to the end of the text.
struct Patience(usize);

impl Patience {
    fn with(text: &[u8]) -> Self {
        const AT_LEAST: usize = 4 << 20;
        Self(text.len().saturating_mul(8).saturating_add(AT_LEAST))
    }

    fn is_over(&self) -> bool {
        self.0 == 0
    }

    fn spend(&mut self, length: usize) {
        self.0 = self.0.saturating_sub(length);
    }
}

/// The first artifact that begins in the rest of a line, or right below its label.
fn in_line(text: &[u8], at: usize, line: &[u8], patience: &mut Patience) -> Option<Found> {
    let named = label(line).and_then(|found| labelled(text, at, line, found, patience));
    // More words may stand between a label and its value: `text: `, `string(397) "`.
    if let Some(named) = named.as_ref().filter(|named| begins_otherwise(named)) {
        let inner = unlabelled(text, at, line, None, patience);
        let inner = inner.filter(|inner| inner.kind == named.kind && inner.end == End::Whole);
        if inner.is_some() {
            return inner;
        }
    }
    let before = named.as_ref().map(|named| named.range.start);
    let unnamed = unlabelled(text, at, line, before, patience);
    let found = [named, unnamed].into_iter().flatten();
    found.min_by_key(|found| found.range.start)
}

/// Whether an artifact begins with what none begins with.
fn begins_otherwise(found: &Found) -> bool {
    let first = found.text.lines().next().unwrap_or_default().trim();
    match found.kind {
        Kind::CanonicalRequest => !METHODS.iter().any(|method| first == method.as_bytes()),
        Kind::StringToSign => !ALGORITHMS
            .iter()
            .any(|name| first.starts_with(name.as_bytes())),
        Kind::Authorization | Kind::Signature => false,
    }
}

/// The value behind a label that ends at `behind` in a line: on the same line, or on the next that
/// is no frame.
fn labelled(
    text: &[u8],
    at: usize,
    line: &[u8],
    (kind, behind): (Kind, usize),
    patience: &mut Patience,
) -> Option<Found> {
    let mut at = at + behind;
    let mut line = line.get(behind..)?;
    // The label of what the service computed, as it says.
    if line.trim_start().starts_with(b"should have been") {
        return None;
    }
    for _ in 0..4 {
        let value = line.trim();
        let frame = value
            .iter()
            .all(|byte| b"-=*#_[({<>\"'`+~|:, \\".contains(byte));
        if !frame {
            let opening = |c: char| c.is_whitespace() || matches!(c, '[' | '(');
            let before = line.len() - line.trim_start_with(opening).len();
            return value_at(text, at + before, line.get(before..)?, kind, patience);
        }
        at += line.len() + 1;
        line = line_at(text, at)?;
    }
    None
}

/// What artifacts begin with, sought at once: algorithms, then methods.
fn beginnings() -> Option<&'static AhoCorasick> {
    static WORDS: OnceLock<Option<AhoCorasick>> = OnceLock::new();
    let build = || AhoCorasick::new(ALGORITHMS.iter().chain(&METHODS)).ok();
    WORDS.get_or_init(build).as_ref()
}

/// The first artifact that no label names; only one that stands before `limit`, if there is one.
fn unlabelled(
    text: &[u8],
    at: usize,
    line: &[u8],
    limit: Option<usize>,
    patience: &mut Patience,
) -> Option<Found> {
    for word in beginnings()?.find_iter(line) {
        let start = at + word.start();
        if limit.is_some_and(|limit| start > limit + 1) || patience.is_over() {
            return None;
        }
        let is_algorithm = word.pattern().as_usize() < ALGORITHMS.len();
        let behind = line.get(word.end()..).unwrap_or_default();
        let kind = if is_algorithm {
            named_algorithm(behind)
        } else {
            let before = word.start().checked_sub(1).and_then(|at| line.get(at));
            let begins = before.is_none_or(|byte| b" \t\"'`[(=:>|".contains(byte));
            let below = at + line.len() + 1;
            (begins && is_method(text, below, behind)).then_some(Kind::CanonicalRequest)
        };
        let Some(kind) = kind.filter(|_| !is_the_services(text, start)) else {
            continue;
        };
        let quote = word.start().checked_sub(1).filter(|quote| {
            let byte = line.get(*quote);
            byte.is_some_and(|byte| b"\"'`".contains(byte))
        });
        let from = quote.unwrap_or(word.start());
        let rest = line.get(from..).unwrap_or_default();
        let Some(found) = value_at(text, at + from, rest, kind, patience) else {
            continue;
        };
        // Without a label, only the whole form says what it is; what is open may become whole.
        let certain = match kind {
            Kind::StringToSign => ends_in_digest(&found.text),
            Kind::CanonicalRequest => found.end == End::Whole,
            Kind::Authorization | Kind::Signature => true,
        };
        if certain || found.end == End::Open {
            return Some(found);
        }
    }
    None
}

/// What begins with the name of an algorithm, by what stands behind it.
fn named_algorithm(behind: &[u8]) -> Option<Kind> {
    if behind.starts_with(b" Credential=") || behind.starts_with(b" Signe") {
        return Some(Kind::Authorization);
    }
    let ends = behind.trim_start().is_empty() || behind.starts_with(b"\\") || is_time(behind);
    ends.then_some(Kind::StringToSign)
}

/// Whether a method with this behind it, and the next line at `below`, begins a canonical request.
fn is_method(text: &[u8], below: usize, behind: &[u8]) -> bool {
    let escaped = behind.starts_with(b"\\n") || behind.starts_with(b"\\\\n");
    let next = || text.get(below..).unwrap_or_default();
    let blank = |byte: &&u8| **byte != b'\n' && byte.is_ascii_whitespace();
    let is_path = |next: &[u8]| {
        let blanks = next.iter().take_while(blank).count();
        next.get(blanks) == Some(&b'/')
    };
    escaped || behind.trim_start().is_empty() && is_path(next())
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
///
/// `line` is what stands from there to the end of its line.
fn value_at(
    text: &[u8],
    start: usize,
    line: &[u8],
    kind: Kind,
    patience: &mut Patience,
) -> Option<Found> {
    let rest = text.get(start..)?;
    let prefix = usize::from(matches!(rest.first(), Some(b'b' | b'u' | b'f')));
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

/// What is an artifact at all: a label may stand before anything.
/// Whether a string to sign stands on one line, with nothing between its parts.
fn is_joined(text: &[u8]) -> bool {
    let digest = text.last_chunk::<64>();
    text.starts_with(b"AWS4-HMAC-SHA256")
        && !text.contains(&b'\n')
        && text.contains_str("/aws4_request")
        && digest.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
}

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

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn request() -> String {
        format!("POST\n/\n\nhost:a\n\nhost\n{DIGEST}")
    }

    fn string() -> String {
        format!("AWS4-HMAC-SHA256\n20250102T030405Z\n20250102/r/s/aws4_request\n{DIGEST}")
    }

    fn texts(text: &str) -> Vec<(Kind, String, Fidelity)> {
        let found = find(text.as_bytes());
        found
            .into_iter()
            .map(|found| (found.kind, found.text.to_string(), found.fidelity))
            .collect()
    }

    #[test]
    fn words_between_a_label_and_its_value_are_no_part_of_it() {
        let exact = |kind, text| (kind, text, Fidelity::Exact);
        for words in ["", "text: ", "string(397) \"", "$'", "[0] ", "=> "] {
            let text = format!(
                "canonical_request: {words}{}\nstring_to_sign: {words}{}\n",
                request(),
                string()
            );
            assert_eq!(
                texts(&text),
                [
                    exact(Kind::CanonicalRequest, request()),
                    exact(Kind::StringToSign, string())
                ],
                "{words}"
            );
        }
    }

    #[test]
    fn two_literals_one_below_the_other_are_two_texts() {
        let text = format!("{:?}\n{:?}\n", request(), string());
        let kinds: Vec<Kind> = texts(&text).into_iter().map(|(kind, _, _)| kind).collect();
        assert_eq!(kinds, [Kind::CanonicalRequest, Kind::StringToSign]);
    }

    #[test]
    fn what_stands_behind_a_digest_may_be_the_signers_own() {
        let one = |text: &str| texts(text)[0].1.clone();
        let label = |text: &str| format!("string to sign:\n{text}\n");
        let with_name = format!("{}  -", string());
        assert_eq!(one(&label(&with_name)), with_name);
        assert_eq!(one(&label(&format!("{}\",", string()))), string());
    }

    #[test]
    fn lines_that_are_indented_alike_are_exact_and_one_that_is_not_is_reflowed() {
        let indented = string().replace('\n', "\n    ");
        let one = |text: &str| texts(&format!("string to sign:\n    {text}\n"))[0].clone();
        assert_eq!(one(&indented).1, string());
        assert_eq!(one(&indented).2, Fidelity::Exact);
        let ragged = string().replacen('\n', "\n ", 1);
        assert_eq!(one(&ragged).2, Fidelity::Reflowed);
    }

    #[test]
    fn an_authorization_over_several_lines_is_put_together() {
        let whole = format!(
            "AWS4-HMAC-SHA256 Credential=A/20250102/r/s/aws4_request, SignedHeaders=host, Signature={DIGEST}"
        );
        for at in [30, 57, 72, 100] {
            let (front, back) = whole.split_at(at);
            let text = format!(
                "Authorization: {}\n  {}\n",
                front.trim_end(),
                back.trim_start()
            );
            assert_eq!(texts(&text)[0].1, whole, "{at}");
        }
        let escaped = format!("\"Authorization: {whole}\\r\\nContent-Length: 1\"");
        assert_eq!(texts(&escaped)[0].1, whole);
    }
}

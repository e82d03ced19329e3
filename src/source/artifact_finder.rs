//! Artifacts found in whatever somebody's own code printed: by a label, and by their grammar.
//!
//! What breaks the grammar is found as well, as far as a label or a hash at its end shows where it
//! stands: a wrong artifact is what a search is for.

use std::{ops::Range, sync::OnceLock};

use aho_corasick::AhoCorasick;
use bstr::{BString, ByteSlice};

use crate::{
    source::{
        WhiteSpace,
        artifact_grammar::{ALGORITHMS, End, Kind, ends_in_digest, label, line_at},
        artifact_value::{is_time, value_at},
        artifact_white_space,
        collected::Collected,
    },
    wire::{Fidelity, METHODS},
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

/// Every artifact in what was collected, in order, and where in it the search was given up.
pub(super) fn find_collected(held: &Collected) -> (Vec<Found>, Option<usize>) {
    let (mut found, given_up) = find_within(held.text());
    let strings = found.iter_mut().filter(|it| it.kind == Kind::StringToSign);
    for string in strings {
        // What was taken off its lines before they came here may be its own.
        if held.white_space(&string.range) == WhiteSpace::TakenOff {
            string.fidelity = Fidelity::Reflowed;
        }
    }
    (found, given_up)
}

/// Every artifact in a text, in order.
pub(super) fn find(text: &[u8]) -> Vec<Found> {
    find_within(text).0
}

/// Every artifact in a text, in order, and where in it the search was given up, if it was.
fn find_within(text: &[u8]) -> (Vec<Found>, Option<usize>) {
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
            artifact_white_space::settle(text, &mut found);
            return (found, Some(at));
        }
        at = if from >= next {
            // What is left of the line in which the artifact ended may hold another.
            from.max(at + 1)
        } else {
            next
        };
    }
    artifact_white_space::settle(text, &mut found);
    (found, None)
}

/// How many bytes of what begins like an artifact are still looked at: where every word begins
/// like one, each might be read to the end of the text.
pub(super) struct Patience(usize);

impl Patience {
    fn with(text: &[u8]) -> Self {
        const AT_LEAST: usize = 4 << 20;
        Self(text.len().saturating_mul(8).saturating_add(AT_LEAST))
    }

    fn is_over(&self) -> bool {
        self.0 == 0
    }

    pub(super) fn spend(&mut self, length: usize) {
        self.0 = self.0.saturating_sub(length);
    }
}

/// The first artifact that begins in the rest of a line, or right below its label.
fn in_line(text: &[u8], at: usize, line: &[u8], patience: &mut Patience) -> Option<Found> {
    let named = label(line).and_then(|found| labelled(text, at, line, found, patience));
    // More words may stand between a label and its value: `text: `, `string(397) "`.
    if let Some(named) = named.as_ref().filter(|named| begins_otherwise(named)) {
        let inner = whole_within(text, at, line, named, patience);
        // What stands before it in a literal may be the signer's: a quote, an empty line, a mark.
        let words = named
            .text
            .find(inner.as_ref().map_or(&b""[..], |inner| &inner.text));
        let words = words
            .and_then(|at| named.text.get(..at))
            .unwrap_or_default();
        let exact = named.fidelity == Fidelity::Unescaped || words.starts_with(b"\xef\xbb\xbf");
        if exact && !words.is_empty() && !words.iter().any(u8::is_ascii_alphanumeric) {
            return Some(named.clone());
        }
        if inner.is_some() {
            return inner;
        }
    }
    let before = named.as_ref().map(|named| named.range.start);
    let unnamed = unlabelled(text, at, line, before, patience);
    let found = [named, unnamed].into_iter().flatten();
    found.min_by_key(|found| found.range.start)
}

/// The first whole artifact of the same kind, in the line of a label or one that its value has.
fn whole_within(
    text: &[u8],
    at: usize,
    line: &[u8],
    named: &Found,
    patience: &mut Patience,
) -> Option<Found> {
    let (mut at, mut line) = (at, line);
    loop {
        let inner = unlabelled(text, at, line, None, patience);
        let inner = inner.filter(|inner| inner.kind == named.kind && inner.end == End::Whole);
        at += line.len() + 1;
        if inner.is_some() || at >= named.range.end || patience.is_over() {
            return inner;
        }
        line = line_at(text, at)?;
    }
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
        // One that is escaped closes where it is escaped too.
        let is_escaped = |quote: usize| {
            let before = quote.checked_sub(1).and_then(|at| line.get(at));
            before == Some(&b'\\')
        };
        let quote = word.start().checked_sub(1).filter(|quote| {
            let byte = line.get(*quote);
            byte.is_some_and(|byte| b"\"'`".contains(byte)) && !is_escaped(*quote)
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
    fn a_value_in_quotes_of_bash_is_what_stands_between_them() {
        let escaped = |text: String| text.replace('\n', "\\n");
        let text = format!(
            "declare -- canonical_request=$'{}'\ndeclare -- string_to_sign=$'{}'\n",
            escaped(request()),
            escaped(string())
        );
        let unescaped = |kind, text| (kind, text, Fidelity::Unescaped);
        assert_eq!(
            texts(&text),
            [
                unescaped(Kind::CanonicalRequest, request()),
                unescaped(Kind::StringToSign, string())
            ]
        );
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
    fn an_empty_line_before_the_digest_is_the_strings() {
        let own = string().replace("aws4_request\n", "aws4_request\n\n");
        let text = format!(
            "string to sign:\n{own}\ncanonical request:\n{}\n",
            request()
        );
        assert_eq!(texts(&text)[0].1, own);
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
    fn lines_that_are_indented_are_in_doubt_alike_or_not() {
        let indented = string().replace('\n', "\n    ");
        let one = |text: &str| texts(&format!("string to sign:\n    {text}\n"))[0].clone();
        assert_eq!(one(&indented).1, string());
        assert_eq!(one(&indented).2, Fidelity::Reflowed);
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

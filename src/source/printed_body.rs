//! The body that is printed near the headers of a request.

use std::ops::Range;

use bstr::{BString, ByteSlice};

use crate::{
    sigv4::Sha256Digest,
    source::{
        body_end,
        printed_answer::{self, unlogged},
    },
    wire::{Body, Ending, Request, escape::any_quoted},
};

/// The body behind a label, above what tells of the answer, and where both stand in `text`; as not
/// captured where a header says that it is another.
pub(super) fn labelled(request: &Request, text: &[u8]) -> Option<(Body, Range<usize>)> {
    let mut at = 0;
    for line in text.lines_with_terminator() {
        let start = at;
        at += line.len();
        let lower = line.to_ascii_lowercase();
        if tells_of_answer(line) {
            return None;
        }
        let found = LABELS.iter().find_map(|label| {
            let mut places = lower.find_iter(label);
            places.find_map(|place| labelled_at(&lower, place, label.len()))
        });
        let found = found.or_else(|| logged(line));
        let Some((label, value)) = found else {
            continue;
        };
        let is_alone = lower.get(value..)?.trim().is_empty();
        let (body, end) = match is_alone {
            true => below(request, text, at)?,
            false => behind(request, text, start + value)?,
        };
        return Some((body, start + label..end));
    }
    None
}

/// The body right below the headers, and how long it is there.
pub(super) fn unlabelled(request: &Request, below: &[u8]) -> Option<(Body, usize)> {
    if below.starts_with(SENT) {
        return marked(below);
    }
    if let Some((body, length)) = literal(below) {
        return Some((Body::Captured(body), length));
    }
    if let Some(end) = body_end::json_end(below)
        && !body_end::begins_with_answer(below)
    {
        let body = below.get(..end)?.trim();
        return Some((Body::Captured(body.into()), end));
    }
    let is_form = |body: &[u8]| body.contains(&b'=') && !body.iter().any(u8::is_ascii_whitespace);
    let line = below.lines().next().unwrap_or_default();
    if tells_of_none(line) {
        return Some((Body::Captured(BString::default()), line.len()));
    }
    let kind = request.header("content-type").unwrap_or_default();
    if is_form(line) && kind.contains_str("form-urlencoded") {
        return Some((Body::Captured(line.into()), line.len()));
    }
    let found = body_end::find(request, Ending::InDoubt, below)?;
    let is_body = found.body.bytes().is_some_and(|body| {
        let begins = matches!(body.first(), None | Some(b'{' | b'[' | b'<'));
        begins || is_form(body) || Stated::of(request).fits(body) == Some(true)
    });
    is_body.then_some((found.body, found.length))
}

/// What R's httr puts before each line of a body that it sent.
const SENT: &[u8] = b">> ";

/// The body whose lines have that sign before them, and how long it is with it.
fn marked(below: &[u8]) -> Option<(Body, usize)> {
    let lines = below.lines_with_terminator();
    let lines: Vec<&[u8]> = lines.map_while(|line| line.strip_prefix(SENT)).collect();
    let body = lines.concat();
    let body = body.strip_suffix(b"\n").unwrap_or(&body);
    let length = lines.iter().map(|line| line.len() + SENT.len()).sum();
    Some((Body::Captured(body.into()), length))
}

/// What programs call a body.
const LABELS: [&str; 8] = [
    "request body",
    "request payload",
    "requestbody",
    "form data",
    "body",
    "payload",
    "data",
    "content",
];

/// What programs print for no body.
const NONE: [&str; 6] = ["null", "none", "nil", "<nil>", "undefined", "(empty)"];

fn tells_of_none(line: &[u8]) -> bool {
    let line = line.trim();
    NONE.iter()
        .any(|none| line.eq_ignore_ascii_case(none.as_bytes()))
}

/// Whether a line is about the answer.
fn tells_of_answer(line: &[u8]) -> bool {
    if printed_answer::status(line).is_some() {
        return true;
    }
    let own = unlogged(line).to_ascii_lowercase();
    let own = own.trim_start_with(|c| !c.is_ascii_alphanumeric());
    let words = ["response", "http/", "status", "reply", "answer"];
    words.iter().any(|word| own.starts_with(word.as_bytes()))
}

/// Where a label begins and what it stands for, where it is one: behind a sign that opens a line or
/// parts it from another, and before one that parts it from its value.
fn labelled_at(line: &[u8], at: usize, length: usize) -> Option<(usize, usize)> {
    let before = line.get(..at)?;
    let opens = |c: char| c.is_whitespace() || "\"'[{(|*#".contains(c);
    let parted = before.trim_end_with(opens);
    let is_switch = before.ends_with(b" -");
    if !(parted.is_empty() || is_switch || matches!(parted.last(), Some(b',' | b';'))) {
        return None;
    }
    let behind = line.get(at + length..)?;
    // What closes the label, then the sign.
    let closing = usize::from(matches!(behind.first(), Some(b'"' | b'\'' | b']')));
    let signs = |c: char| c.is_whitespace() || ":=>*".contains(c);
    let value = behind.get(closing..)?.trim_start_with(signs);
    let sign = behind.len() - value.len();
    let parts = |byte: &u8| matches!(byte, b':' | b'=');
    let own = behind.get(..sign)?;
    let is_one = own.iter().any(parts) || is_switch && sign > 0 || sign == behind.len();
    is_one.then_some((at, at + length + sign))
}

/// Where Faraday's logger names the request, and where on that line what it logs of it begins.
fn logged(line: &[u8]) -> Option<(usize, usize)> {
    const NAME: &[u8] = b"request: ";
    let own = unlogged(line);
    let value = own.strip_prefix(NAME).filter(|_| own.len() < line.len())?;
    let is_more = !value.trim().is_empty();
    is_more.then_some((line.len() - own.len(), line.len() - value.len()))
}

/// The body on the line of its label, where its value begins at `value`.
fn behind(request: &Request, text: &[u8], value: usize) -> Option<(Body, usize)> {
    let rest = text.get(value..)?;
    if let Some((body, length)) = literal(rest) {
        return Some((Body::Captured(body), value + length));
    }
    if let Some(end) = body_end::json_end(rest) {
        return Some((Body::Captured(rest.get(..end)?.trim().into()), value + end));
    }
    let line = rest.lines().next()?.trim_end();
    if tells_of_none(line) {
        return Some((Body::Captured(BString::default()), value + line.len()));
    }
    Some(believed(request, rest, line.len()).map_or_else(
        || (Body::NotCaptured, value + line.len()),
        |body| (Body::Captured(body.into()), value + body.len()),
    ))
}

/// The body below a label that has a line for itself.
fn below(request: &Request, text: &[u8], at: usize) -> Option<(Body, usize)> {
    let rest = text.get(at..)?;
    let mut start = at + rest.len() - rest.trim_start().len();
    if text.get(start..)?.starts_with(b"```") {
        start += text.get(start..)?.find_byte(b'\n')? + 1;
    }
    let rest = text.get(start..)?;
    if let Some(end) = body_end::json_end(rest) {
        return Some((Body::Captured(rest.get(..end)?.trim().into()), start + end));
    }
    let first = rest.lines().next()?.trim_end();
    if first.is_empty() || tells_of_answer(first) {
        return Some((Body::Captured(BString::default()), at));
    }
    let paragraph = rest.find("\n\n").or_else(|| rest.find("\n```"));
    let own = rest.get(..paragraph.unwrap_or(first.len()))?;
    Some(believed(request, rest, own.len()).map_or_else(
        || (Body::NotCaptured, start + own.len()),
        |body| (Body::Captured(body.into()), start + body.len()),
    ))
}

/// A quoted body at the front of a text, and how long it is with its quotes and Python's `b`.
pub(super) fn literal(text: &[u8]) -> Option<(BString, usize)> {
    let quoted = text.strip_prefix(b"b").unwrap_or(text);
    matches!(quoted.first(), Some(b'\'' | b'"')).then_some(())?;
    let literal = any_quoted(quoted)?;
    Some((literal.bytes, literal.length + text.len() - quoted.len()))
}

/// The front of a text that is the body: as long as the headers say, else its first `length` bytes;
/// `None` where the headers say that this is not it, and where a program's own object stands there.
fn believed<'a>(request: &Request, text: &'a [u8], length: usize) -> Option<&'a [u8]> {
    let stated = Stated::of(request);
    let own = text.get(..length)?;
    match stated.fits(own) {
        Some(true) => Some(own),
        Some(false) => stated.front(text),
        None => (!own.starts_with(b"{'")).then_some(own),
    }
}

/// What a request's headers say of its body.
struct Stated {
    hash: Option<Sha256Digest>,
    length: Option<usize>,
}

impl Stated {
    fn of(request: &Request) -> Self {
        let header = |name: &str| request.header(name);
        let length = header("content-length").and_then(|digits| digits.trim().to_str().ok());
        Self {
            hash: header("x-amz-content-sha256").and_then(|hash| Sha256Digest::parse(hash).ok()),
            length: length.and_then(|digits| digits.parse().ok()),
        }
    }

    /// Whether a body is as they say; `None` where they say nothing.
    fn fits(&self, body: &[u8]) -> Option<bool> {
        let hash = self.hash.map(|hash| hash == Sha256Digest::of(body));
        hash.or_else(|| self.length.map(|length| length == body.len()))
    }

    /// The front of a text that is as they say.
    fn front<'a>(&self, text: &'a [u8]) -> Option<&'a [u8]> {
        let length = match self.hash {
            Some(hash) => body_end::hashed(text, hash)?,
            None => self.length?,
        };
        text.get(..length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(headers: &str) -> Request {
        let text = format!("POST / HTTP/1.1\n{headers}\n\n");
        Request::parse(text.as_bytes()).unwrap().message
    }

    #[test]
    fn a_body_is_found_behind_its_label() {
        let sent = request("Content-Type: application/json");
        for (text, body) in [
            ("Body: {\"a\": 1}\nStatus: 403\n", "{\"a\": 1}"),
            ("body = a=b&c=d\n", "a=b&c=d"),
            ("}, body: '{\"a\": 1}' }", "{\"a\": 1}"),
            ("  \"body\": \"{\\\"a\\\": 1}\"", "{\"a\": 1}"),
            (
                "Request Body\n{\n  \"a\": 1\n}\nResponse\n",
                "{\n  \"a\": 1\n}",
            ),
            ("**Body:**\n```json\n{\"a\": 1}\n```\n", "{\"a\": 1}"),
            ("[Body]:\n    a=b\n", "a=b"),
            ("irm -Uri u -Body 'a=b' -Method Post", "a=b"),
            ("Body: None\n{\"no\": 1}", ""),
            ("Body:\nStatus: 403\n", ""),
        ] {
            let (found, _) = labelled(&sent, text.as_bytes()).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(found, Body::Captured(body.into()), "{text}");
        }
        for text in [
            "Content-Type: a\n",
            "Response\nBody: {}\n",
            "the body: is here",
            "somebody: a",
        ] {
            assert_eq!(labelled(&sent, text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn what_the_headers_say_of_it_counts() {
        let hash = Sha256Digest::of(b"a\nb");
        let hash = hash.hex();
        let hash = hash.as_bstr();
        let sent = request(&format!("X-Amz-Content-Sha256: {hash}"));
        let found = |text: &str| labelled(&sent, text.as_bytes()).unwrap().0;
        assert_eq!(found("Body: a\nb\nc\n"), Body::Captured("a\nb".into()));
        assert_eq!(found("Body: a\nc\n"), Body::NotCaptured);
        assert_eq!(
            unlabelled(&sent, b"a\nb\nand so on"),
            Some((Body::Captured("a\nb".into()), 3))
        );
        assert_eq!(unlabelled(&request("A: b"), b"words of a program\n"), None);
    }
}

//! Where the body of a pasted request ends: what a thread shows below a request is seldom its body
//! alone.

use bstr::ByteSlice;
use serde::de::IgnoredAny;

use crate::{
    sigv4::{Sha256Digest, Sha256State},
    source::{
        FORMATS,
        artifact_grammar::{Kind, label},
        markers::Markers,
        refusal_json, refusal_xml,
    },
    wire::{Body, Ending, Request, Response},
};

/// The body of a request, and what it takes of the text behind the head.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Found {
    pub(super) body: Body,
    /// In bytes.
    pub(super) length: usize,
    /// What its reader must know, where the body counts as not captured.
    pub(super) note: Option<&'static str>,
}

impl Found {
    fn captured(body: &[u8], length: usize) -> Self {
        Self {
            body: Body::Captured(body.into()),
            length,
            note: None,
        }
    }

    fn lost(length: usize, note: &'static str) -> Self {
        Self {
            body: Body::NotCaptured,
            length,
            note: Some(note),
        }
    }
}

const ANSWER_IN_ITS_PLACE: &str = "the answer stands where the body should: it was not captured";
const NO_BODY: &str =
    "no body stands below the head, of which a header speaks: it was not captured";
const ANOTHER_LENGTH: &str =
    "what stands below the head is not as long as Content-Length says: it counts as not captured";
const NO_CLEAR_END: &str = "where the body ends is not clear: it counts as not captured; give the request in a file of its own, or with Content-Length";

/// The body in `behind`, the text below the head of a request; `None` where all of it is, or as much
/// as its length says.
pub(super) fn find(request: &Request, ending: Ending, behind: &[u8]) -> Option<Found> {
    let header = |name: &str| request.header(name);
    let is_multipart = || {
        let kind = header("content-type");
        kind.is_some_and(|kind| kind.to_ascii_lowercase().starts_with(b"multipart/"))
    };
    // Chunks begin with their length.
    let is_chunked = || {
        let first = behind.lines().next().unwrap_or_default();
        let length = first.split_str(";").next().unwrap_or_default().trim();
        header("transfer-encoding").is_some() && length.iter().all(u8::is_ascii_hexdigit)
    };
    if behind.is_empty() || is_chunked() || is_multipart() {
        return None;
    }
    let stated = header("x-amz-content-sha256").and_then(|hash| Sha256Digest::parse(hash).ok());
    let below = below(behind);
    let length = header("content-length")
        .and_then(|length| length.trim().to_str().ok()?.parse::<usize>().ok());
    match (ending, length) {
        (Ending::Length | Ending::CutShort { .. }, Some(length)) => {
            announced(behind, length, stated, below)
        }
        _ => unannounced(request, behind, stated, below),
    }
}

/// Where the refusal ends that the body of an answer begins with: what stands behind it is no part of
/// the answer.
pub(super) fn of_refusal(body: &[u8]) -> Option<usize> {
    let start = body.len() - body.trim_start().len();
    let text = body.get(start..)?;
    let xml = || refusal_xml::places(text).first().map(|place| place.end);
    let end = match refusal_xml::begins(text) {
        true => xml().filter(|end| *end < text.len() || !refusal_xml::is_cut(text)),
        false => refusal_json::first(text).map(|(_, length)| length),
    };
    end.map(|end| start + end)
}

/// A body whose length was announced. Of a pretty-printed copy, or of the answer in its place, the
/// same number of bytes is none.
fn announced(
    behind: &[u8],
    length: usize,
    stated: Option<Sha256Digest>,
    below: Option<usize>,
) -> Option<Found> {
    let body = behind.get(..length);
    let is_stated = |body: &[u8]| stated == Some(Sha256Digest::of(body));
    if body.is_some_and(is_stated) {
        return None;
    }
    match below {
        Some(0) => return (length > 0).then(|| Found::lost(0, ANSWER_IN_ITS_PLACE)),
        Some(at) if at < length => return Some(Found::lost(at, ANOTHER_LENGTH)),
        _ => {}
    }
    let next = behind.get(length).copied();
    let ends = next.is_none_or(|byte| matches!(byte, b'\r' | b'\n'))
        || behind
            .get(length..)
            .is_some_and(|next| next.starts_with(b"HTTP/"));
    let cut = below.filter(|_| !ends && length > 0)?;
    Some(Found::lost(cut, ANOTHER_LENGTH))
}

fn unannounced(
    request: &Request,
    behind: &[u8],
    stated: Option<Sha256Digest>,
    below: Option<usize>,
) -> Option<Found> {
    let before = behind.get(..below.unwrap_or(behind.len()))?;
    let takes_none = takes_none(request, before);
    if let Some(stated) = stated {
        if stated == Sha256Digest::OF_NOTHING {
            let is_text = takes_none || below.is_some();
            return is_text.then(|| Found::captured(b"", 0));
        }
        if let Some(length) = hashed(behind, stated) {
            return Some(Found::captured(
                behind.get(..length).unwrap_or_default(),
                length,
            ));
        }
    }
    if takes_none {
        return Some(Found::captured(b"", 0));
    }
    if begins_with_refusal(behind) {
        return Some(Found::lost(0, ANSWER_IN_ITS_PLACE));
    }
    if let Some(length) = before_words(before) {
        let body = before.get(..length).unwrap_or_default();
        return Some(Found::captured(body, length));
    }
    let at = below?;
    let body = without_title(before);
    if body.is_empty() {
        return Some(match speaks_of_body(request) {
            true => Found::lost(at, NO_BODY),
            false => Found::captured(b"", 0),
        });
    }
    // What stands in a paragraph of its own may be somebody's words, or the body's.
    let (first, has_more) = match paragraph_end(body) {
        Some(end) => (body.get(..end).unwrap_or_default(), true),
        None => (body, false),
    };
    let is_json = || serde_json::from_slice::<IgnoredAny>(first).is_ok();
    let is_form = || !first.contains(&b'\n') && first.contains(&b'=') && !first.contains(&b' ');
    match !has_more || is_json() || is_form() {
        true => Some(Found::captured(first, first.len())),
        false => Some(Found::lost(at, NO_CLEAR_END)),
    }
}

/// Whether a request has no body, whatever stands below its head: without a length, one of these
/// methods has none (RFC 9112, section 6.3). Only JSON where a header names its type may be one.
fn takes_none(request: &Request, below: &[u8]) -> bool {
    let method = request.method.as_bytes();
    let is_json = || {
        let begins = matches!(below.trim_start().first(), Some(b'{' | b'['));
        let is_typed = request.header("content-type").is_some();
        begins && is_typed && json_end(below).is_some() && !begins_with_answer(below)
    };
    let unsent = request.header("transfer-encoding").is_none();
    matches!(method, b"GET" | b"HEAD" | b"DELETE") && unsent && !is_json()
}

/// Whether a text begins with JSON as an answer that refuses has it, whatever it tells.
pub(super) fn begins_with_answer(text: &[u8]) -> bool {
    refusal_json::first(text.trim_start()).is_some()
}

/// Where the JSON ends that a text begins with, an object or a list.
pub(super) fn json_end(text: &[u8]) -> Option<usize> {
    let start = text.len() - text.trim_start().len();
    let value = text.get(start..)?;
    matches!(value.first()?, b'{' | b'[').then_some(())?;
    let mut values = serde_json::Deserializer::from_slice(value).into_iter::<IgnoredAny>();
    values.next()?.ok()?;
    Some(start + values.byte_offset())
}

/// Where a body of JSON ends that somebody's words stand below; `None` where none do, and where more
/// JSON does: a body may be of several lines of it.
fn before_words(text: &[u8]) -> Option<usize> {
    let end = json_end(text)?;
    let behind = text.get(end..)?;
    let words = behind.trim_start();
    let own_line = behind.trim_start_with(|sign| matches!(sign, ' ' | '\t' | '\r'));
    let is_more = matches!(words.first(), None | Some(b'{' | b'[' | b'"'));
    let ends = !is_more || begins_with_refusal(words);
    (ends && own_line.starts_with(b"\n")).then_some(end)
}

/// Whether a header speaks of a body.
pub(super) fn speaks_of_body(request: &Request) -> bool {
    let stated = request.header("x-amz-content-sha256");
    let hash = stated.and_then(|hash| Sha256Digest::parse(hash).ok());
    hash.is_some_and(|hash| hash != Sha256Digest::OF_NOTHING)
        || ["content-type", "x-amz-target", "content-md5"]
            .iter()
            .any(|name| request.header(name).is_some())
}

/// How long the front of a text is that hashes to a digest: it ends with a line, or before its break.
pub(super) fn hashed(text: &[u8], digest: Sha256Digest) -> Option<usize> {
    const LINES: usize = 2_000;
    let mut state = Sha256State::default();
    let mut blocks = 0;
    let mut at = 0;
    for line in text.lines_with_terminator().take(LINES) {
        let breaks = line.len() - line.trim_end_with(|end| matches!(end, '\r' | '\n')).len();
        at += line.len();
        for end in [at - breaks, at] {
            let whole = text.get(..end)?;
            let (more, _) = whole.get(blocks * Sha256State::BLOCK..)?.as_chunks();
            state.update(more);
            blocks += more.len();
            let rest = whole.get(blocks * Sha256State::BLOCK..)?;
            if state.digest(rest) == digest {
                return Some(end);
            }
        }
    }
    None
}

/// Where what is no body begins: an answer, or what a signer printed.
fn below(text: &[u8]) -> Option<usize> {
    const LINES: usize = 20_000;
    let markers = Markers::of_all()?;
    let mut at = 0;
    let mut behind_blank = true;
    for line in text.lines_with_terminator().take(LINES) {
        let bare = line.trim_end_with(|end| matches!(end, '\r' | '\n'));
        if is_answer(markers, bare) || behind_blank && names_artifact(bare) {
            return Some(at);
        }
        behind_blank = bare.trim().is_empty();
        at += line.len();
    }
    None
}

/// Whether a line is the label of a text that a signer printed; a chunk begins with its signature's.
fn names_artifact(line: &[u8]) -> bool {
    let kind = label(line).map(|(kind, _)| kind);
    matches!(kind, Some(Kind::CanonicalRequest | Kind::StringToSign))
}

/// Whether a line begins an answer, or is one.
fn is_answer(markers: &Markers, line: &[u8]) -> bool {
    const REFUSALS: [&str; 4] = ["exception-text", "json-error", "query-error", "s3-error"];
    let tells = |index: &usize| {
        let format = FORMATS.get(*index);
        format.is_some_and(|format| REFUSALS.contains(&format.id))
    };
    line.starts_with(b"HTTP/") && Response::status_of(line).is_some()
        || line.starts_with(b"{") && begins_with_refusal(line)
        || line.starts_with(b"<?xml") && line.contains_str("<Error")
        || markers.formats(line).iter().any(tells)
}

/// Whether a text begins with JSON that refuses, and tells why.
fn begins_with_refusal(text: &[u8]) -> bool {
    let found = refusal_json::first(text.trim_start());
    found.is_some_and(|(refusal, _)| !refusal.statements().is_empty())
}

/// A text without the empty lines at its end, and without the titles there: `Response:`,
/// `400 Bad Request`, `<?xml …?>`.
fn without_title(text: &[u8]) -> &[u8] {
    let mut text = text;
    loop {
        text = text.trim_end();
        let start = text.rfind_byte(b'\n').map_or(0, |at| at + 1);
        let last = text.get(start..).unwrap_or_default().trim();
        if last.is_empty() || !is_title(last) {
            return text;
        }
        text = text.get(..start).unwrap_or_default();
    }
}

fn is_title(line: &[u8]) -> bool {
    const LENGTH: usize = 60;
    let is_status = || {
        let (code, words) = line.split_at_checked(3).unwrap_or_default();
        let words = words.trim_start();
        code.iter().all(u8::is_ascii_digit)
            && code.len() == 3
            && words
                .iter()
                .all(|byte| byte.is_ascii_alphabetic() || *byte == b' ')
    };
    let is_label = || line.len() <= LENGTH && line.ends_with(b":") && !line.contains_str(b"\":");
    is_status() || is_label() || line.starts_with(b"<?xml")
}

/// Where the first paragraph ends, if another follows.
fn paragraph_end(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    for line in text.lines_with_terminator() {
        if line.trim().is_empty() {
            let before = text.get(..at).unwrap_or_default();
            return Some(before.trim_end().len());
        }
        at += line.len();
    }
    None
}

#[cfg(test)]
mod tests {
    use bstr::{BStr, BString};

    use super::*;
    use crate::wire::HeaderField;

    const REFUSAL: &str = r#"{"__type":"InvalidSignatureException","message":"The request signature we calculated does not match the signature you provided."}"#;

    fn of(method: &str, headers: &[(&str, &str)], behind: &str) -> Option<Found> {
        let headers = headers.iter();
        let request = Request {
            method: method.into(),
            target: "/".into(),
            headers: headers
                .map(|(name, value)| HeaderField::new(*name, *value))
                .collect(),
            ..Request::default()
        };
        let length = request
            .header("content-length")
            .map(|length| length.to_str().unwrap().parse::<usize>().unwrap());
        let ending = match length {
            Some(announced) if announced > behind.len() => Ending::CutShort { announced },
            Some(_) => Ending::Length,
            None => Ending::InDoubt,
        };
        find(&request, ending, behind.as_bytes())
    }

    #[test]
    fn the_stated_hash_decides() {
        let body = "{\n\n}";
        for ending in ["", "\n"] {
            let body = format!("{body}{ending}");
            let hash = Sha256Digest::of(body.as_bytes()).to_string();
            let found = of(
                "PUT",
                &[("x-amz-content-sha256", &hash)],
                &format!("{body}\n\nand then\n\nmore"),
            );
            assert_eq!(found, Some(Found::captured(body.as_bytes(), body.len())));
        }
    }

    #[test]
    fn what_stands_below_is_no_body() {
        let json = &[("content-type", "application/json")][..];
        let form = &[("content-type", "application/x-www-form-urlencoded")][..];
        for (headers, body, between) in [
            (json, "{}", "\n\n"),
            (json, "{}", "\n\nResponse:\n"),
            (json, "{}", "\n\nI get this error:\n\n400 Bad Request\n"),
            (json, "{\n \"a\": 1\n}", "\nAnd this is what it says\n"),
            (
                form,
                "Action=ListUsers&Version=2010-05-08",
                "\n\nsome words\n\nResponse:\n",
            ),
        ] {
            let found = of("POST", headers, &format!("{body}{between}{REFUSAL}\n"));
            let own = match between.starts_with("\nAnd") {
                true => continue,
                false => body,
            };
            assert_eq!(found, Some(Found::captured(own.as_bytes(), own.len())));
        }
        let artifacts = of("POST", json, "{}\n\ncanonical request:\nPOST\n/\n");
        assert_eq!(artifacts, Some(Found::captured(b"{}", 2)));
        let none = of("GET", &[], &format!("\nhere:\n{REFUSAL}\n"));
        assert_eq!(none, Some(Found::captured(b"", 0)));
    }

    #[test]
    fn without_a_length_these_methods_have_no_body() {
        let json = &[("content-type", "application/json")][..];
        let none = Some(Found::captured(b"", 0));
        for words in [
            "Response:",
            "None",
            "null",
            "(no content)",
            "and I get",
            "thanks!",
            "```",
            "}",
            "</pre>",
            "<Response [403]>",
            "403 Forbidden",
            "* Connection #0 to host left intact",
        ] {
            for headers in [&[][..], json] {
                assert_eq!(of("GET", headers, &format!("{words}\n\n")), none, "{words}");
                assert_eq!(
                    of("DELETE", headers, &format!("\n{words}\n")),
                    none,
                    "{words}"
                );
            }
            let found = of("POST", json, &format!("{{\"a\":1}}\n\n{words}\n\n"));
            assert_eq!(found, Some(Found::captured(b"{\"a\":1}", 7)), "{words}");
        }
        // A search of OpenSearch has one.
        assert_eq!(of("GET", json, "{\"query\":{}}\n"), None);
        let lines = "{\"index\":{}}\n{\"a\":1}\n";
        assert_eq!(of("POST", json, lines), None);
        let told = r#"{"message":"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20240306' != '20240305', from '20240305T235959Z'."}"#;
        assert_eq!(of("GET", json, told), none);
    }

    #[test]
    fn an_answer_in_the_place_of_a_body_is_none() {
        let answer = format!("HTTP/1.1 400 Bad Request\nContent-Length: 3\n\n{REFUSAL}\n");
        let found = of("POST", &[("content-length", "43")], &answer);
        assert_eq!(found, Some(Found::lost(0, ANSWER_IN_ITS_PLACE)));
        let pretty = format!("{{\n  \"TableName\": \"demo\"\n}}\n\n{answer}");
        let found = of("POST", &[("content-length", "20")], &pretty).unwrap();
        assert_eq!(
            (found.body, found.note),
            (Body::NotCaptured, Some(ANOTHER_LENGTH))
        );
    }

    #[test]
    fn what_nothing_stands_below_is_left_as_it_is() {
        assert_eq!(of("POST", &[], "a\n\nb\n"), None);
        assert_eq!(of("POST", &[("content-length", "2")], "{}\n"), None);
        assert_eq!(
            of("PUT", &[("content-length", "2")], "{}HTTP/1.1 200 OK\n\n"),
            None
        );
    }

    /// Nothing of it is needed but that a title is none of the body's lines.
    #[test]
    fn titles() {
        for (line, is) in [
            ("Response:", true),
            ("400 Bad Request", true),
            ("403", true),
            ("{\"a\":", false),
            ("some words", false),
        ] {
            assert_eq!(is_title(line.as_bytes()), is, "{line}");
        }
        assert_eq!(BStr::new(without_title(b"a\n\nResponse:\n403\n")), "a");
        assert_eq!(BString::from(without_title(b"Response:\n")), "");
    }
}

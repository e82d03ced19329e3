//! The answer that is printed below a request.

use std::ops::Range;

use bstr::ByteSlice;

use crate::{
    source::{body_end, object_text, printed::are_headers, printed_body},
    wire::{Body, Response},
};

/// So many lines may stand above an answer's status, and between it and its body.
const LINES: usize = 40;
/// A status stands at the front of its line.
const FRONT: usize = 200;

/// The answer in a text, as far as it is told, and where it stands there.
pub(super) fn find(text: &[u8]) -> Option<(Response, Range<usize>)> {
    let mut at = 0;
    let (status, behind) = text.lines_with_terminator().take(LINES).find_map(|line| {
        let start = at;
        at += line.len();
        let (status, behind) = status(line)?;
        Some((status, start + behind))
    })?;
    let mut response = Response {
        status,
        ..Response::default()
    };
    let end = match body(text.get(behind..)?) {
        Some((body, length)) => {
            response.body = body;
            behind + length
        }
        None => behind,
    };
    let line = text.get(..behind)?.trim_end();
    let start = line
        .rfind_byte(b'\n')
        .map_or(0, |line_break| line_break + 1);
    Some((response, start..end))
}

/// The status that a line tells, with or without its name and its reason, and where both end:
/// `403`, `403 Forbidden`, `Status: 403`, `Response: 403 {…}`, `<Response [403]>`.
pub(super) fn status(line: &[u8]) -> Option<(u16, usize)> {
    let own = unlogged(line);
    let front = own.get(..FRONT).unwrap_or(own);
    let digit = front.find_byteset("0123456789")?;
    let mut digit = digit;
    let name = front.get(..digit)?;
    if name.to_ascii_lowercase().ends_with(b"http/") {
        // The version.
        let version = front.get(digit..)?.find_byte(b' ')?;
        digit += version + 1;
    } else {
        const NAMES: [&str; 8] = [
            "response",
            "status",
            "statuscode",
            "code",
            "http",
            "reply",
            "answer",
            "result",
        ];
        let is_name = |word: &[u8]| {
            NAMES
                .iter()
                .any(|name| word.eq_ignore_ascii_case(name.as_bytes()))
        };
        let mut words = name.split(|byte| !byte.is_ascii_alphabetic());
        words
            .all(|word| word.is_empty() || is_name(word))
            .then_some(())?;
    }
    let rest = front.get(digit..)?;
    let digits = rest.get(..3)?;
    let status: u16 = digits.to_str().ok()?.parse().ok()?;
    (100..600).contains(&status).then_some(())?;
    let behind = rest.get(3..)?;
    let reason = behind
        .iter()
        .take_while(|byte| byte.is_ascii_alphabetic() || b" '-".contains(byte))
        .count();
    let (reason, rest) = behind.split_at_checked(reason)?;
    let is_reason = match reason.trim() {
        b"" => true,
        words => reason.starts_with(b" ") && words.first().is_some_and(u8::is_ascii_uppercase),
    };
    let ends = rest
        .trim_start_with(|c| ":,;\"')]>".contains(c))
        .trim_start();
    let begins_body = matches!(ends.first(), None | Some(b'{' | b'<'));
    let length = line.len() - own.len() + digit + 3 + behind.len() - ends.len();
    let length = match ends {
        b"" => line.len(),
        _ => length,
    };
    (is_reason && begins_body).then_some((status, length))
}

/// A line without what Ruby's `Logger` puts before it: `I, [2026-01-02T03:04:05 #1]  INFO -- name: `.
pub(super) fn unlogged(line: &[u8]) -> &[u8] {
    const PREFIX: usize = 100;
    let is_logged = line.get(1..4) == Some(b", [");
    let front = line.get(..PREFIX).unwrap_or(line);
    let behind = front.find(" -- ").filter(|_| is_logged);
    let own = behind.and_then(|at| line.get(at + " -- ".len()..));
    let own = own.unwrap_or(line);
    own.strip_prefix(b": ").unwrap_or(own)
}

/// The body below a status, and how far it reaches; as far as its own grammar tells where it ends.
fn body(text: &[u8]) -> Option<(Body, usize)> {
    let mut at = 0;
    for line in text.lines_with_terminator().take(LINES) {
        let own = unlabelled(unlogged(line));
        let start = at + line.len() - own.len();
        at += line.len();
        let rest = text.get(start..)?;
        if let Some((body, length)) = printed_body::literal(rest) {
            return Some((Body::Captured(body), start + length));
        }
        let length = match own.first() {
            Some(b'{' | b'[') => body_end::json_end(rest),
            Some(b'<') => body_end::of_refusal(rest),
            _ => None,
        };
        if let Some(length) = length {
            let body = rest.get(..length)?;
            let (value, _) = object_text::value(body);
            if value.fields().is_empty() || !are_headers(&value) {
                return Some((Body::Captured(body.trim().into()), start + length));
            }
            continue;
        }
        let is_header = own.find_byteset(":=").is_some_and(|sign| sign < FRONT);
        if !(own.trim().is_empty() || is_header) {
            return None;
        }
    }
    None
}

/// What stands behind the name of an answer or of its body.
fn unlabelled(line: &[u8]) -> &[u8] {
    const NAMES: [&str; 6] = [
        "response body",
        "response",
        "body",
        "content",
        "data",
        "text",
    ];
    let own = line.trim_start();
    let lower = own.get(..FRONT).unwrap_or(own).to_ascii_lowercase();
    let name = NAMES.iter().find(|name| lower.starts_with(name.as_bytes()));
    let behind = name.and_then(|name| own.get(name.len()..));
    let is_sign = |c: char| c.is_whitespace() || ":=>".contains(c);
    behind.map_or(own, |behind| behind.trim_start_with(is_sign))
}

#[cfg(test)]
mod tests {
    use bstr::ByteSlice;

    use super::{find, status};

    #[test]
    fn a_status_is_told_with_and_without_its_name() {
        for line in [
            "403",
            "403 Forbidden\n",
            "Status: 403\r\n",
            "status_code=403",
            "Response status: 403 Forbidden",
            "HTTP/1.1 403 Forbidden",
            "<Response [403]>",
            "\"statusCode\": 403,",
            "I, [2025-01-02T03:04:05.1 #42]  INFO -- response: Status 403",
            "I, [2025-01-02T03:04:05.1 #42]  INFO -- : response: Status 403",
        ] {
            let told = status(line.as_bytes());
            assert_eq!(told, Some((403, line.len())), "{line}");
        }
        assert_eq!(status(b"Response: 403 {\"a\": 1}"), Some((403, 14)));
        for line in [
            "",
            "{\"Limit\": 100}",
            "4031",
            "403 lamps",
            "Host: 10.0.0.1",
            "port 443",
            "700",
            "Content-Length: 403",
        ] {
            assert_eq!(status(line.as_bytes()), None, "{line}");
        }
    }

    #[test]
    fn a_body_ends_as_its_own_grammar_tells() {
        let error = "<Error><Code>AccessDenied</Code><Message>no</Message></Error>";
        for (text, body) in [
            (
                "\n403\n{\"message\": \"no\"}\nmore\n".to_owned(),
                "{\"message\": \"no\"}",
            ),
            ("Status: 400\nResponse: {\"a\": 1}".to_owned(), "{\"a\": 1}"),
            (format!("403 Forbidden\n\n{error}\n$ "), error),
            ("<Response [403]>\nb'{\"a\": 1}'\n".to_owned(), "{\"a\": 1}"),
            (
                "403\n{\"content-type\": \"x\", \"date\": \"y\"}\n{\"a\": 1}\n".to_owned(),
                "{\"a\": 1}",
            ),
        ] {
            let (response, range) = find(text.as_bytes()).unwrap();
            assert_eq!(response.body.bytes().unwrap().as_bstr(), body, "{text}");
            assert!(text[range].contains(body), "{text}");
        }
        for text in [
            "200 OK\nabc\n",
            "200\n",
            "HTTP/1.1 403 Forbidden\n<html>no</html>\n",
        ] {
            let (response, _) = find(text.as_bytes()).unwrap();
            assert_eq!(response.body.bytes(), None, "{text}");
        }
    }
}

use bstr::ByteSlice;

use super::{Body, HeaderField, ParseError, RequestLine, header};

/// A message read from the front of some bytes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Parsed<T> {
    /// The message.
    pub message: T,
    /// How many bytes it took.
    pub length: usize,
    /// How the end of its body was found.
    pub ending: Ending,
}

/// How the end of a message's body was found.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Ending {
    /// `Content-Length` said so, and the bytes are there.
    Length,
    /// `Content-Length` said more than there is.
    CutShort {
        /// How many bytes it announced.
        announced: usize,
    },
    /// There was no `Content-Length`; the body runs to the next message or to the end, and its
    /// last line break may be the editor's.
    InDoubt,
}

/// A line without its terminator, and the offset of the next.
pub(super) fn line_at(bytes: &[u8], at: usize) -> Option<(&[u8], usize)> {
    let rest = bytes.get(at..).filter(|rest| !rest.is_empty())?;
    let (line, next) = match rest.find_byte(b'\n') {
        Some(end) => (rest.get(..end)?, at + end + 1),
        None => (rest, bytes.len()),
    };
    Some((line.strip_suffix(b"\r").unwrap_or(line), next))
}

/// No head with more fields is read: each takes a hundred bytes, be it three bytes long.
const FIELDS: usize = 100_000;

/// Reads header lines from `at` to the empty line; gives the fields and the body's offset.
pub(super) fn parse_headers(
    bytes: &[u8],
    mut at: usize,
) -> Result<(Vec<HeaderField>, usize), ParseError> {
    let mut headers: Vec<HeaderField> = Vec::new();
    while let Some((line, next)) = line_at(bytes, at) {
        if line.is_empty() {
            return Ok((headers, next));
        }
        let folded = line
            .first()
            .is_some_and(|byte| matches!(byte, b' ' | b'\t'));
        let full = headers.len() == FIELDS;
        match (headers.last_mut(), HeaderField::parse(line)) {
            (Some(last), _) if folded => {
                last.value.push(b'\n');
                last.value.extend_from_slice(line);
            }
            (_, Some(_)) if full => {
                let most = "no more than 100000 header fields";
                return Err(ParseError::new("head", bytes, at, most));
            }
            (_, Some(field)) => headers.push(field),
            (_, None) => {
                return Err(ParseError::new(
                    "header",
                    bytes,
                    at,
                    "`name: value` or an empty line",
                ));
            }
        }
        at = next;
    }
    Ok((headers, bytes.len()))
}

/// Cuts the body that begins at `at`; `stops` says which lines begin another message, as the line
/// of a request behind an empty one does.
pub(super) fn cut_body(
    bytes: &[u8],
    at: usize,
    headers: &[HeaderField],
    stops: fn(&[u8]) -> bool,
) -> (Body, usize, Ending) {
    let rest = bytes.get(at..).unwrap_or_default();
    let announced = header::first(headers, "content-length")
        .and_then(|value| value.trim().to_str().ok()?.parse::<usize>().ok());
    if let Some(announced) = announced {
        return match rest.get(..announced) {
            Some(body) => (Body::Captured(body.into()), at + announced, Ending::Length),
            None => (
                Body::Captured(rest.into()),
                bytes.len(),
                Ending::CutShort { announced },
            ),
        };
    }
    let mut end = at;
    let mut behind_empty = true;
    while let Some((line, next)) = line_at(bytes, end) {
        if stops(line) || behind_empty && RequestLine::is_whole(line) {
            break;
        }
        behind_empty = line.is_empty();
        end = next;
    }
    let body = bytes.get(at..end).unwrap_or_default();
    let body = if body.iter().all(|byte| matches!(byte, b'\r' | b'\n')) {
        b""
    } else {
        body
    };
    (Body::Captured(body.into()), end, Ending::InDoubt)
}

/// Writes header lines and the body behind `start`, with CRLF.
pub(super) fn to_bytes(start: Vec<u8>, headers: &[HeaderField], body: &Body) -> Vec<u8> {
    let mut out = start;
    out.extend_from_slice(b"\r\n");
    for field in headers {
        out.extend_from_slice(&field.name);
        out.extend_from_slice(b": ");
        out.extend_from_slice(&field.value.replace("\n", "\r\n"));
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(body.bytes().unwrap_or_default());
    out
}

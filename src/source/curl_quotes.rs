//! Bodies in a `curl` line that a logger put together without escaping the quotes in them.

use bstr::{BString, ByteSlice};

use crate::{
    sigv4::Sha256Digest,
    wire::{Body, Request},
};

/// The text between two outer quotes that a request says is its body, where the one that a shell
/// reads is another: `-d "{"code":"a"}"`.
pub(super) fn body_as_logged(command: &[u8], request: &Request) -> Option<BString> {
    /// No more pairs of quotes are tried, and none that are farther apart.
    const PAIRS: usize = 400;
    const LENGTH: usize = 64 << 10;
    let body = request.body.bytes().filter(|body| !body.is_empty())?;
    let hash = request.header("x-amz-content-sha256");
    let hash = hash.and_then(|hash| Sha256Digest::parse(hash.trim()).ok());
    let length = request.header("content-length");
    let length = length.and_then(|length| length.trim().to_str().ok()?.parse::<usize>().ok());
    let is_stated = |text: &[u8]| match hash {
        Some(hash) => Sha256Digest::of(text) == hash,
        None => length == Some(text.len()),
    };
    if hash.is_none() && length.is_none() || is_stated(body) {
        return None;
    }
    let opens = command.find_iter(b"\"").filter(|at| {
        let before = at.checked_sub(1).and_then(|at| command.get(at));
        before.is_some_and(|byte| byte.is_ascii_whitespace() || *byte == b'=')
    });
    let closes = |from: usize| {
        let behind = command.get(from..).unwrap_or_default();
        let behind = behind.get(..LENGTH).unwrap_or(behind);
        let ends = behind.find_iter(b"\"").map(move |at| from + at);
        ends.filter(|at| {
            command
                .get(at + 1)
                .is_none_or(|byte| byte.is_ascii_whitespace())
        })
    };
    let pairs = opens.flat_map(|open| closes(open + 1).map(move |close| open + 1..close));
    let mut texts = pairs.take(PAIRS).filter_map(|range| command.get(range));
    texts
        .find(|text| text.contains(&b'"') && is_stated(text))
        .map(BString::from)
}

/// The same request with that body.
pub(super) fn as_logged(command: &[u8], mut request: Request) -> Request {
    if let Some(body) = body_as_logged(command, &request) {
        request.body = Body::Captured(body);
    }
    request
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::HeaderField;

    #[test]
    fn what_stands_between_the_outer_quotes_is_the_body_where_it_hashes_right() {
        let json = r#"{"code":"a0 b","n":"x"}"#;
        let command = format!(r#"curl -X POST -d "{json}" -H "a: b" "https://h.example/""#);
        let stated = |name: &str, value: &str| Request {
            body: Body::Captured("{code:a0".into()),
            headers: vec![HeaderField::new(name, value)],
            ..Request::default()
        };
        let hash = Sha256Digest::of(json.as_bytes()).to_string();
        let of = |request: &Request| body_as_logged(command.as_bytes(), request);
        assert_eq!(of(&stated("x-amz-content-sha256", &hash)).unwrap(), json);
        let length = json.len().to_string();
        assert_eq!(of(&stated("Content-Length", &length)).unwrap(), json);
        assert_eq!(of(&stated("Content-Length", "8")), None);
        assert_eq!(of(&stated("a", "b")), None);
    }
}

//! What cannot go over the wire as it is signed, refused with the reason.

use bstr::ByteSlice;

use super::SendError;
use crate::wire::Request;

/// Refuses what a server would read as another request than the one that is signed.
pub(super) fn refuse_what_breaks(request: &Request, length: u64) -> Result<(), SendError> {
    let token = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    if request.method.is_empty() || !request.method.iter().all(token) {
        return Err(SendError::new(format!(
            "{:?} is no method",
            request.method.to_str_lossy()
        )));
    }
    let ends = |byte: &u8| *byte <= b' ' || *byte == 0x7f;
    if request.target.is_empty() || request.target.iter().any(ends) {
        return Err(SendError::new(
            "the target has a space or a control character, which ends a request line",
        )
        .hint("percent-encode it and sign again: a space is %20"));
    }
    for field in &request.headers {
        let name = field.name.to_str_lossy();
        if field.name.is_empty() || !field.name.iter().all(token) {
            return Err(SendError::new(format!("{name:?} is no name of a header")));
        }
        if field.value.find_byteset(b"\r\n\0").is_some() {
            return Err(SendError::new(format!(
                "the value of {name} has a line break, which ends a header"
            ))
            .hint("write it in one line and sign again"));
        }
    }
    let count = |name| {
        request
            .headers
            .iter()
            .filter(|field| field.is(name))
            .count()
    };
    if count("transfer-encoding") > 0 {
        return Err(SendError::new(
            "the request has Transfer-Encoding, so its body's length is not what is announced",
        )
        .hint("take the header out, and sign again"));
    }
    let announced = request.header("content-length").unwrap_or_default();
    let right = announced.trim() == length.to_string().as_bytes();
    match (count("content-length"), length) {
        (0, 0) => {}
        (1, _) if right => {}
        (0, _) => {
            return Err(SendError::new(
                "the request has a body and no Content-Length",
            ));
        }
        _ => {
            return Err(SendError::new(format!(
                "Content-Length is not the length of the body, {length} bytes"
            )));
        }
    }
    match count("host") {
        1 => Ok(()),
        0 => Err(SendError::new("the request has no Host header")),
        _ => Err(SendError::new("the request has several Host headers")),
    }
}

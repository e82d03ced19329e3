use bstr::{BStr, BString, ByteSlice};

use super::{SignError, Signed};
use crate::wire::{HeaderField, Request};

/// A form in which a signed request is handed on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Product {
    /// The request as it goes over the wire.
    Http,
    /// Its headers, a line each.
    Headers,
    /// A curl command line.
    Curl,
    /// The URL alone.
    PresignedUrl,
}

/// Writes a signed request; it holds the session token where there is one.
///
/// # Errors
/// When a command line cannot hold the body.
pub fn product(signed: &Signed, product: Product) -> Result<BString, SignError> {
    let request = &signed.request;
    match product {
        Product::Http => {
            let bare = Request {
                origin: None,
                ..request.clone()
            };
            Ok(bare.to_bytes().into())
        }
        Product::Headers => Ok(lines(&request.headers)),
        Product::Curl => curl(request),
        Product::PresignedUrl => {
            let url = request.url().unwrap_or_default();
            Ok([url.as_slice(), b"\n"].concat().into())
        }
    }
}

fn lines(headers: &[HeaderField]) -> BString {
    let mut out = BString::default();
    for field in headers {
        out.extend_from_slice(&[&field.name[..], b": ", &field.value, b"\n"].concat());
    }
    out
}

/// A command line for a POSIX shell; curl adds headers of its own, none of which is signed.
fn curl(request: &Request) -> Result<BString, SignError> {
    let mut words: Vec<BString> = vec!["curl".into(), "--path-as-is".into(), "--globoff".into()];
    let body = request.body.bytes().unwrap_or_default();
    match request.method.as_slice() {
        b"HEAD" => words.push("--head".into()),
        b"GET" if body.is_empty() => {}
        method => words.extend(["--request".into(), quoted(method.as_bstr())]),
    }
    for field in &request.headers {
        if field.is("content-length") {
            continue;
        }
        // An empty header is written with a semicolon, or curl leaves it out.
        let line = match field.value.is_empty() {
            true => [&field.name[..], b";"].concat(),
            false => [&field.name[..], b": ", &field.value].concat(),
        };
        words.extend(["--header".into(), quoted(line.as_bstr())]);
    }
    if !body.is_empty() {
        if body.contains(&0) || body.to_str().is_err() {
            return Err(
                SignError::new("the body is no text, which no command line can hold")
                    .hint("use --as http"),
            );
        }
        if request.header("content-type").is_none() {
            words.extend(["--header".into(), "'Content-Type:'".into()]);
        }
        words.extend(["--data-raw".into(), quoted(body.as_bstr())]);
    }
    words.push(quoted(request.url().unwrap_or_default().as_bstr()));
    let mut out = BString::from(bstr::join(" ", words));
    out.push(b'\n');
    Ok(out)
}

/// In single quotes, in which only the single quote is special.
fn quoted(text: &BStr) -> BString {
    let inner = text.replace("'", r"'\''");
    [b"'", &inner[..], b"'"].concat().into()
}

//! What is refused by name, because it is signed in another way than this room knows.

use bstr::{BString, ByteSlice};

use super::SignError;
use crate::{
    catalog::{Auth, Operation},
    wire::Request,
};

/// Refuses a request that is signed in a way that is not built yet.
pub(super) fn refuse_what_is_unknown(request: &Request) -> Result<(), SignError> {
    let later = |what: &str| Err(not_yet(what));
    let stated = request.header("x-amz-content-sha256").unwrap_or_default();
    let kind = request.header("content-type").unwrap_or_default();
    let kind = BString::from(kind.to_ascii_lowercase());
    if stated.ends_with(b"-EVENTS") {
        return later(&format!("the body is an event stream ({stated})"));
    }
    if kind.starts_with(b"application/vnd.amazon.eventstream") {
        return later(&format!("the body is an event stream ({kind})"));
    }
    if stated.starts_with(b"STREAMING-AWS4-") {
        return later(&format!("the body is a chunked upload ({stated})"));
    }
    let form = kind.starts_with(b"multipart/form-data");
    let body = request.body.bytes().unwrap_or_default();
    if form && body.find_iter("name=\"policy\"").next().is_some() {
        return Err(is_post_policy());
    }
    Ok(())
}

/// Refuses a form that uploads to Amazon S3.
pub(super) fn is_post_policy() -> SignError {
    not_yet("this form is a POST policy, whose policy is signed and not the request")
}

fn not_yet(what: &str) -> SignError {
    SignError::new(format!("{what}, which is not signed yet")).hint(
        "countersign signs AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256, in a header or in a query",
    )
}

/// Refuses an operation that takes another scheme.
pub(super) fn refuse_other_schemes(operation: Operation) -> Result<(), SignError> {
    let name = format!("{} {}", operation.service().id(), operation.name());
    Err(match operation.auth() {
        Auth::SigV4 | Auth::SigV4a => return Ok(()),
        Auth::SigV2 => SignError::new(format!("{name} wants Signature Version 2, not 4")),
        Auth::Bearer => SignError::new(format!("{name} wants a bearer token, not a signature")),
        Auth::None => SignError::new(format!("{name} wants no signature")),
    })
}

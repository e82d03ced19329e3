//! Requests as botocore's records show them.

use bstr::{BString, ByteSlice};

use crate::{
    evidence::{Attempt, Claim},
    sigv4::PayloadHash,
    source::python_dict::{self, Value},
    wire::{Body, Origin, Request},
};

/// The request of `method=…, url=…, headers={…}`; its body is not in the record.
pub(super) fn prepared(rest: &[u8]) -> Option<Request> {
    let (_, rest) = rest.split_once_str("method=")?;
    let (method, rest) = rest.split_once_str(", url=")?;
    let (url, headers) = rest.split_once_str(", headers=")?;
    let (origin, target) = Origin::split(url)?;
    let (value, _) = python_dict::value(headers);
    Some(Request {
        method: method.into(),
        target,
        origin: Some(origin),
        headers: value.header_fields(),
        body: Body::NotCaptured,
    })
}

/// The request before signing, of the params of `Making request`.
pub(super) fn unsigned(params: &Value<'_>) -> Option<Request> {
    let method = params.get("method")?.text()?;
    let url = params.get("url").and_then(Value::text);
    let (origin, target) = match url.and_then(|url| Origin::split(url)) {
        Some((origin, target)) => (Some(origin), target),
        None => (
            None,
            params.get("url_path").map(Value::plain).unwrap_or_default(),
        ),
    };
    Some(Request {
        method: method.to_owned(),
        target,
        origin,
        headers: params
            .get("headers")
            .map(Value::header_fields)
            .unwrap_or_default(),
        body: params.get("body").map_or(Body::NotCaptured, body),
    })
}

/// The body that params show: bytes as they are, a dict as the form that it becomes.
pub(super) fn body(value: &Value<'_>) -> Body {
    match value {
        Value::Text(text) => Body::Captured(text.clone()),
        Value::Dict(pairs) => Body::Captured(form(pairs)),
        Value::Other(text) if *text == "None" => Body::Captured(BString::default()),
        Value::Other(_) => Body::NotCaptured,
    }
}

/// A dict as Python's `urllib.parse.urlencode` writes it (CPython 3.11, `Lib/urllib/parse.py`).
fn form(pairs: &[(Value<'_>, Value<'_>)]) -> BString {
    let quoted = |value: &Value<'_>| {
        let encoded = crate::sigv4::encode(&value.plain());
        encoded.replace("%20", "+")
    };
    let pairs = pairs
        .iter()
        .map(|(name, value)| [quoted(name), quoted(value)].join(&b'='));
    pairs.collect::<Vec<_>>().join(&b'&').into()
}

/// The body, unless the signer hashed another one.
pub(super) fn confirmed(body: &Body, attempt: &Attempt) -> Body {
    let hashed = attempt.canonical_requests.first().and_then(Claim::value);
    match (body, hashed.map(|hashed| hashed.payload_hash)) {
        (Body::Captured(bytes), Some(hash @ PayloadHash::Sha256(_)))
            if PayloadHash::of(bytes) != hash =>
        {
            Body::NotCaptured
        }
        _ => body.clone(),
    }
}

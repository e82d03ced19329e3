use bstr::{BString, ByteSlice};

use crate::{
    sigv4::Authorization,
    wire::target::{pairs, parameter, percent_decode},
};

/// What a presigned URL's query states, decoded.
///
/// Source: "Authenticating Requests: Using Query Parameters" in the Amazon S3 API Reference.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Presigned {
    /// Algorithm, credential, signed headers and signature; a part that is missing is empty.
    pub authorization: Authorization,
    /// `X-Amz-Date`.
    pub date: Option<BString>,
    /// `X-Amz-Expires`, in seconds from the date.
    pub expires: Option<BString>,
    /// `X-Amz-Security-Token`.
    pub session_token: Option<BString>,
    /// Whether the token stands behind the signature, as one that was appended does.
    pub token_position: TokenPosition,
}

/// Where the session token stands in a presigned query.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TokenPosition {
    /// There is none.
    Absent,
    /// Before `X-Amz-Signature`.
    Before,
    /// Behind `X-Amz-Signature`.
    Behind,
}

impl Presigned {
    /// Reads a raw query; `None` unless it has `X-Amz-Signature` or `X-Amz-Credential`.
    #[must_use]
    pub fn of_query(query: &[u8]) -> Option<Self> {
        let text = |name| parameter(query, name);
        let (signature, credential) = (text("X-Amz-Signature"), text("X-Amz-Credential"));
        if signature.is_none() && credential.is_none() {
            return None;
        }
        let place = |name: &str| {
            pairs(query).position(|pair| {
                percent_decode(pair.name)
                    .as_bstr()
                    .eq_ignore_ascii_case(name.as_bytes())
            })
        };
        let position = match (place("X-Amz-Security-Token"), place("X-Amz-Signature")) {
            (None, _) => TokenPosition::Absent,
            (Some(token), Some(signature)) if token > signature => TokenPosition::Behind,
            (Some(_), _) => TokenPosition::Before,
        };
        Some(Self {
            authorization: Authorization {
                algorithm: text("X-Amz-Algorithm").unwrap_or_default(),
                credential: credential.unwrap_or_default(),
                signed_headers: text("X-Amz-SignedHeaders").unwrap_or_default(),
                signature: signature.unwrap_or_default(),
            },
            date: text("X-Amz-Date"),
            expires: text("X-Amz-Expires"),
            session_token: text("X-Amz-Security-Token"),
            token_position: position,
        })
    }
}

use bstr::{BStr, BString, ByteSlice};

use crate::{
    sigv4::Sha256Digest,
    wire::{ParseError, Request},
};

/// The last line of a canonical request.
///
/// Source: `x-amz-content-sha256` in the Amazon S3 API Reference, "Authenticating Requests".
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum PayloadHash {
    /// The SHA-256 of the body, in lower-case hex.
    Sha256(Sha256Digest),
    /// One of the keywords that stand for a body that is not hashed, or not hashed at once.
    Keyword(&'static str),
}

impl PayloadHash {
    /// The keyword for a body that no hash protects.
    pub const UNSIGNED: Self = Self::Keyword("UNSIGNED-PAYLOAD");

    /// Every keyword that a service knows.
    pub const KEYWORDS: [&'static str; 8] = [
        "UNSIGNED-PAYLOAD",
        "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
        "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD",
        "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER",
        "STREAMING-AWS4-HMAC-SHA256-EVENTS",
        "STREAMING-AWS4-ECDSA-P256-SHA256-EVENTS",
    ];

    /// Hashes a body.
    #[must_use]
    pub fn of(body: &[u8]) -> Self {
        Self::Sha256(if body.is_empty() {
            Sha256Digest::OF_NOTHING
        } else {
            Sha256Digest::of(body)
        })
    }

    /// What the request states in `x-amz-content-sha256`, if it is a hash or a keyword; else the
    /// hash of its body; `None` when neither is there.
    #[must_use]
    pub fn of_request(request: &Request) -> Option<Self> {
        let stated = request
            .header("x-amz-content-sha256")
            .map(|value| Self::parse(value.trim()));
        match stated {
            Some(Ok(stated)) => Some(stated),
            _ => request.body.bytes().map(Self::of),
        }
    }

    /// Reads 64 lower-case hex digits or a keyword.
    ///
    /// # Errors
    /// When it is neither.
    pub fn parse(text: &[u8]) -> Result<Self, ParseError> {
        match Self::KEYWORDS
            .iter()
            .find(|keyword| keyword.as_bytes() == text)
        {
            Some(keyword) => Ok(Self::Keyword(keyword)),
            None => Sha256Digest::parse(text)
                .map(Self::Sha256)
                .map_err(|error| {
                    let expected = "64 lower-case hex digits or a keyword such as UNSIGNED-PAYLOAD";
                    ParseError {
                        part: "payload hash",
                        expected,
                        ..error
                    }
                }),
        }
    }

    /// The line's text.
    #[must_use]
    pub fn text(&self) -> BString {
        match self {
            Self::Sha256(digest) => BString::from(digest.hex().as_slice()),
            Self::Keyword(keyword) => BStr::new(keyword).into(),
        }
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Sha256(digest) => out.extend_from_slice(&digest.hex()),
            Self::Keyword(keyword) => out.extend_from_slice(keyword.as_bytes()),
        }
    }
}

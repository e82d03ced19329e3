use std::fmt;

use bstr::{BStr, BString, ByteSlice};

/// A step on the way to a signature, in order.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Stage {
    /// What is sent and not signed; all of it where there is no canonical request.
    Request,
    /// The canonical request.
    CanonicalRequest,
    /// The string to sign.
    StringToSign,
    /// The credential scope.
    CredentialScope,
    /// What the signing key is derived from.
    SigningKey,
    /// The signature.
    Signature,
}

impl Stage {
    /// All stages, in order.
    pub const ALL: [Self; 6] = [
        Self::Request,
        Self::CanonicalRequest,
        Self::StringToSign,
        Self::CredentialScope,
        Self::SigningKey,
        Self::Signature,
    ];

    /// The stage's id.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::CanonicalRequest => "canonical-request",
            Self::StringToSign => "string-to-sign",
            Self::CredentialScope => "credential-scope",
            Self::SigningKey => "signing-key",
            Self::Signature => "signature",
        }
    }
}

/// A part of an artifact; shown as its id.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum Part {
    /// The method.
    Method,
    /// Path and query as sent.
    Target,
    /// The canonical URI.
    Uri,
    /// The canonical query as a whole: its order.
    Query,
    /// One name of the canonical query, with all its values.
    QueryPair(BString),
    /// One header, by its name in lower case.
    Header(BString),
    /// The header lines as a whole: their order, and the empty line behind them.
    Headers,
    /// The list of signed headers.
    SignedHeaders,
    /// The payload hash.
    PayloadHash,
    /// The body.
    Body,
    /// The algorithm.
    Algorithm,
    /// The signing time.
    Timestamp,
    /// The policy of a form, which is its string to sign.
    Policy,
    /// The canonical request's digest in the string to sign.
    CanonicalRequestDigest,
    /// The access key id beside the scope.
    AccessKeyId,
    /// The scope's date.
    ScopeDate,
    /// The scope's region.
    ScopeRegion,
    /// The scope's service.
    ScopeService,
    /// The scope's terminator.
    ScopeTerminator,
    /// What the signing key is made of.
    SigningKey,
    /// The signature.
    Signature,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = match self {
            Self::Method => "method",
            Self::Target => "target",
            Self::Uri => "uri",
            Self::Query => "query",
            Self::QueryPair(name) => return write!(f, "query:{name}"),
            Self::Header(name) => return write!(f, "header:{name}"),
            Self::Headers => "headers",
            Self::SignedHeaders => "signed-headers",
            Self::PayloadHash => "payload-hash",
            Self::Body => "body",
            Self::Algorithm => "algorithm",
            Self::Timestamp => "timestamp",
            Self::Policy => "policy",
            Self::CanonicalRequestDigest => "canonical-request-digest",
            Self::AccessKeyId => "access-key-id",
            Self::ScopeDate => "scope-date",
            Self::ScopeRegion => "scope-region",
            Self::ScopeService => "scope-service",
            Self::ScopeTerminator => "scope-terminator",
            Self::SigningKey => "signing-key",
            Self::Signature => "signature",
        };
        f.write_str(id)
    }
}

/// What a divergence can mean.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// It could be why one works and the other does not.
    Cause,
    /// It differs between any two requests.
    EachRequest,
    /// It follows from another divergence.
    Follows,
}

/// A part that differs.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Divergence {
    /// The part.
    pub part: Part,
    /// What it can mean.
    pub kind: Kind,
    /// The left side's text; `None` where it has no such part.
    pub left: Option<BString>,
    /// The right side's text; `None` where it has no such part.
    pub right: Option<BString>,
    /// Byte offset of the first difference.
    pub at: usize,
}

/// A part that both sides have been compared by.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Row {
    /// The same on both sides.
    Same {
        /// The part.
        part: Part,
        /// Its text.
        text: BString,
    },
    /// Not the same.
    Differs(Divergence),
}

impl Row {
    /// Compares two texts of one part.
    #[must_use]
    pub fn of(part: Part, left: Option<&BStr>, right: Option<&BStr>, kind: Kind) -> Self {
        match (left, right) {
            (Some(left), Some(right)) if left == right => Self::Same {
                part,
                text: left.into(),
            },
            _ => Self::Differs(Divergence {
                part,
                kind,
                at: first_difference(left.unwrap_or_default(), right.unwrap_or_default()),
                left: left.map(ToOwned::to_owned),
                right: right.map(ToOwned::to_owned),
            }),
        }
    }

    /// The divergence, if it is one.
    #[must_use]
    pub fn divergence(&self) -> Option<&Divergence> {
        match self {
            Self::Same { .. } => None,
            Self::Differs(divergence) => Some(divergence),
        }
    }
}

fn first_difference(left: &[u8], right: &[u8]) -> usize {
    let common = left
        .iter()
        .zip(right)
        .position(|(left, right)| left != right);
    common.unwrap_or_else(|| left.as_bytes().len().min(right.len()))
}

use bstr::BString;

use crate::{
    sigv4::{
        CanonicalRequest, CredentialScope, PayloadHash, Recipe, SessionTokenPlacement,
        Sha256Digest, Signature, SignedHeaders, SigningKey, StringToSign, Timestamp,
        canonical_headers, canonical_query, canonical_uri,
    },
    wire::Request,
};

/// What a signature is made of besides the request itself.
#[derive(Clone, Debug)]
pub struct Signing<'a> {
    /// The signing time.
    pub timestamp: Timestamp,
    /// Date, region and signing name.
    pub scope: &'a CredentialScope,
    /// Which headers are signed.
    pub signed_headers: &'a SignedHeaders,
    /// The last line of the canonical request.
    pub payload_hash: PayloadHash,
    /// What the service wants.
    pub recipe: &'a Recipe,
    /// Where the signature travels.
    pub placement: Placement,
}

/// Where a signature travels.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Placement {
    /// In the `Authorization` header.
    Header,
    /// In the query, as `X-Amz-Signature` (a presigned URL).
    Query,
    /// In a form's field `x-amz-signature`: what is signed is its policy, and no request.
    Form,
}

/// Every artifact on the way to a signature, kept, and where each line came from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Derivation {
    /// The canonical request, part by part.
    pub canonical_request: CanonicalRequest,
    /// Its text, which is what is hashed.
    pub canonical_request_text: BString,
    /// Where its lines came from.
    pub provenance: Provenance,
    /// The string to sign.
    pub string_to_sign: StringToSign,
    /// Its text, which is what is signed.
    pub string_to_sign_text: BString,
}

/// Where the lines of a canonical request came from.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Provenance {
    /// For each pair of the canonical query, the index of the raw pair of the target.
    pub query: Vec<usize>,
    /// For each canonical header, the indices of the request's header fields; none where the host
    /// is known from the URL alone, or the header is absent.
    pub headers: Vec<Vec<usize>>,
}

/// Derives the artifacts of `request`, the right way.
///
/// Nothing of the request is changed: a date, a token or a payload hash that it should carry must
/// be among its headers (or in its query, when presigned) already.
///
/// Source: "Create a signed AWS API request", steps 1 to 3, in the IAM User Guide.
#[must_use]
pub fn derive(request: &Request, signing: &Signing<'_>) -> Derivation {
    let omitted: &[&str] = match (signing.placement, signing.recipe.session_token) {
        (Placement::Header | Placement::Form, _) => &[],
        (Placement::Query, SessionTokenPlacement::Signed) => &["X-Amz-Signature"],
        (Placement::Query, SessionTokenPlacement::Appended) => {
            &["X-Amz-Signature", "X-Amz-Security-Token"]
        }
    };
    let query = request.query().unwrap_or_default();
    let (pairs, query) = canonical_query::canonical_query(query, omitted)
        .into_iter()
        .unzip();
    let (lines, headers) = canonical_headers::canonical_headers(request, signing.signed_headers);
    let canonical_request = CanonicalRequest {
        method: request.method.clone(),
        canonical_uri: canonical_uri(request.path(), signing.recipe),
        canonical_query: pairs,
        canonical_headers: lines,
        signed_headers: signing.signed_headers.clone(),
        payload_hash: signing.payload_hash,
    };
    let canonical_request_text = canonical_request.to_bytes();
    let string_to_sign = StringToSign {
        timestamp: signing.timestamp,
        scope: signing.scope.clone(),
        canonical_request_digest: Sha256Digest::of(&canonical_request_text),
    };
    Derivation {
        string_to_sign_text: string_to_sign.to_bytes(),
        canonical_request,
        canonical_request_text,
        provenance: Provenance { query, headers },
        string_to_sign,
    }
}

impl Derivation {
    /// The signature under `key`.
    #[must_use]
    pub fn sign(&self, key: &SigningKey) -> Signature {
        key.sign(&self.string_to_sign_text)
    }
}

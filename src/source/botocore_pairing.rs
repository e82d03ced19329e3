//! Which of several open calls a record of botocore's is of, where the layout names no threads.

use bstr::ByteSlice;

use crate::{
    evidence::{Attempt, Claim, Party},
    sigv4::{CanonicalRequest, PayloadHash, Sha256Digest},
    source::artifact_block::Artifact,
    wire::{Body, Request},
};

/// Whether an artifact is the next of an attempt: a canonical request that hashes the call's body,
/// a string to sign over the canonical request, the signature behind a string to sign.
pub(super) fn is_next(kind: Artifact, text: &[u8], attempt: &Attempt, body: &Body) -> bool {
    match kind {
        Artifact::CanonicalRequest => {
            let hash = CanonicalRequest::parse(text)
                .ok()
                .map(|own| own.payload_hash);
            let hashed = body.bytes().map(PayloadHash::of);
            attempt.canonical_requests.is_empty() && hash.is_some() && hash == hashed
        }
        Artifact::StringToSign => {
            let digest = text.lines().next_back().unwrap_or_default();
            let own = attempt.canonical_request(Party::Signer);
            let own = own.map(|claim| Sha256Digest::of(&claim.text).hex());
            attempt.strings_to_sign.is_empty() && own.is_some_and(|own| digest == own.as_slice())
        }
        Artifact::Signature => !attempt.strings_to_sign.is_empty() && attempt.signatures.is_empty(),
    }
}

/// Whether a refusal is of an attempt: by the signature that it refuses, or by the very strings.
pub(super) fn is_answered_by(attempt: &Attempt, told: &Attempt) -> bool {
    let provided = told
        .refusal()
        .and_then(|refusal| refusal.detail("SignatureProvided"));
    let mut signatures = attempt.signatures.iter();
    let is_refused = provided.is_some_and(|refused| signatures.any(|own| own.text == refused));
    let own = attempt.canonical_request(Party::Signer);
    let service = told.canonical_request(Party::Service);
    let is_same = own.is_some_and(|own| service.is_some_and(|service| own.text == service.text));
    is_refused || is_same
}

/// Whether a request carries the signature of an attempt that was not sent yet.
pub(super) fn is_of(request: &Request, attempt: &Attempt) -> bool {
    let value = request.header("authorization").unwrap_or_default();
    let stated = value
        .rsplit_once_str("Signature=")
        .map(|(_, own)| own.trim());
    let mut signatures = attempt
        .signatures
        .iter()
        .map(|claim: &Claim<_>| &claim.text);
    attempt.requests.is_empty()
        && stated.is_some_and(|stated| signatures.any(|own| own.as_slice() == stated))
}

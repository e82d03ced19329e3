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

//! Which of several open calls a record of botocore's is of, where the layout names no threads.

use bstr::{BStr, ByteSlice};

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

/// The signature that a refusal says it refuses.
fn refused_signature(told: &Attempt) -> Option<&BStr> {
    told.refusal()?.detail("SignatureProvided")
}

/// Whether a refusal tells which request it refuses.
pub(super) fn tells(told: &Attempt) -> bool {
    refused_signature(told).is_some() || !told.canonical_requests.is_empty()
}

/// Whether a refusal is of an attempt: by the signature that it refuses, or by the very strings.
pub(super) fn is_answered_by(attempt: &Attempt, told: &Attempt) -> bool {
    let mut signatures = attempt.signatures.iter();
    let is_refused =
        refused_signature(told).is_some_and(|refused| signatures.any(|own| own.text == refused));
    let own = attempt.canonical_request(Party::Signer);
    let service = told.canonical_request(Party::Service);
    let is_same = own.is_some_and(|own| service.is_some_and(|service| own.text == service.text));
    is_refused || is_same
}

/// Whether a refusal is of another attempt, for it refuses another signature.
pub(super) fn is_of_another(attempt: &Attempt, told: &Attempt) -> bool {
    let stated = attempt.authorization().map(|stated| stated.signature);
    refused_signature(told)
        .is_some_and(|refused| stated.is_some_and(|own| own.len() == 64 && own != refused))
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

#[cfg(test)]
mod tests {
    use super::refused_signature;
    use crate::{
        evidence::{Case, InputId},
        sigv4::Sha256Digest,
        source::read_all,
    };

    /// What botocore logs of a request for a path, without the names of threads; its signature is
    /// made of one digit.
    fn sent(path: &str, digit: &str) -> String {
        let canonical = format!("GET\n{path}\n\nhost:h\n\nhost\nUNSIGNED-PAYLOAD");
        let hash = Sha256Digest::of(canonical.as_bytes());
        let signature = digit.repeat(64);
        format!(
            "DEBUG:botocore.endpoint:Making request for OperationModel(name=Get) with params: {{}}\n\
             DEBUG:botocore.auth:CanonicalRequest:\n{canonical}\n\
             DEBUG:botocore.auth:StringToSign:\nAWS4-HMAC-SHA256\n20250102T030405Z\n20250102/r/s3/aws4_request\n{hash}\n\
             DEBUG:botocore.auth:Signature:\n{signature}\n\
             DEBUG:botocore.endpoint:Sending http request: <AWSPreparedRequest stream_output=True, method=GET, url=https://h{path}, headers={{'Authorization': b'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20250102/r/s3/aws4_request, SignedHeaders=host, Signature={signature}'}}>\n"
        )
    }

    fn refused(digit: &str) -> String {
        let signature = digit.repeat(64);
        format!(
            "DEBUG:botocore.parsers:Response headers: {{'Server': 'S'}}\n\
             DEBUG:botocore.parsers:Response body:\nb'<Error><Code>SignatureDoesNotMatch</Code><Message>The request signature we calculated does not match the signature you provided.</Message><SignatureProvided>{signature}</SignatureProvided></Error>'\n"
        )
    }

    fn refused_in(case: &Case) -> Option<String> {
        refused_signature(case.last_attempt()?).map(ToString::to_string)
    }

    #[test]
    fn an_answer_is_of_the_call_that_it_tells_of() {
        let log = [sent("/a", "a"), sent("/b", "b"), refused("a"), refused("b")].concat();
        let (cases, _, _) = read_all(InputId(0), &mut log.as_bytes());
        let refused: Vec<_> = cases.iter().map(refused_in).collect();
        assert_eq!(refused, ["a", "b"].map(|digit| Some(digit.repeat(64))));
        let targets = cases
            .iter()
            .filter_map(|case| case.last_attempt()?.request());
        let targets: Vec<String> = targets.map(|request| request.target.to_string()).collect();
        assert_eq!(targets, ["/a", "/b"]);
    }
}

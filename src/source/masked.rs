use bstr::ByteSlice;

use crate::{
    evidence::{Attempt, Case, Claim, Party, Span, is_mask, is_masked_body},
    sigv4::{Authorization, Sha256Digest},
    wire::{Body, Fidelity, Request},
};

/// What is noted of a request whose body was not shown as it was sent.
pub(super) const MASKED_BODY: &str =
    "a part of the body was taken out, or something stands for it: it counts as not captured";

/// Counts the bodies as not captured of which a part was taken out before they were shown; gives the
/// places of those requests.
pub(super) fn withhold_bodies(case: &mut Case) -> Vec<Span> {
    let claims = case.attempts.iter_mut();
    let claims = claims.flat_map(|attempt| &mut attempt.requests);
    let mut places = Vec::new();
    for claim in claims {
        if let Ok(request) = &mut claim.parsed
            && shows_mask(request)
        {
            request.body = Body::NotCaptured;
            places.push(claim.span.clone());
        }
    }
    places
}

/// Whether the body is masked, and nothing says that it was sent so.
fn shows_mask(request: &Request) -> bool {
    let Some(body) = request.body.bytes().filter(|body| is_masked_body(body)) else {
        return false;
    };
    let hash = request.header("x-amz-content-sha256");
    let hash = hash.and_then(|hash| Sha256Digest::parse(hash.trim()).ok());
    !request.states_its_length() && hash != Some(Sha256Digest::of(body))
}

/// States what a client's mask left of an `Authorization` value: scope and signed headers, with
/// an empty signature in place of the mask, which is nobody's mistake. Says whether there was one.
pub(super) fn add_masked(attempt: &mut Attempt, span: &Span) -> bool {
    let shown = attempt
        .request()
        .and_then(|request| request.header("authorization"));
    let Some(shown) = shown.map(ToOwned::to_owned) else {
        return false;
    };
    let Ok(mut stated) = Authorization::parse(shown.trim()) else {
        return false;
    };
    if !is_mask(&stated.signature) {
        return false;
    }
    stated.signature.clear();
    let (party, fidelity) = (Party::Signer, Fidelity::Reflowed);
    let claim = Claim::of(shown, stated, party, fidelity, span.clone());
    attempt.authorizations.push(claim);
    true
}

/// States the whole signature where only its first digits were shown and the refusal repeats it.
pub(super) fn restore(attempt: &mut Attempt) {
    let provided = attempt
        .refusal()
        .and_then(|refusal| refusal.detail("SignatureProvided"));
    let Some(provided) = provided.map(ToOwned::to_owned) else {
        return;
    };
    for claim in &mut attempt.authorizations {
        let (_, shown) = claim.text.rsplit_once_str("Signature=").unwrap_or_default();
        let digits = shown.strip_suffix(b"...").unwrap_or_default();
        if let Ok(stated) = &mut claim.parsed
            && stated.signature.is_empty()
            && !digits.is_empty()
            && provided.starts_with(digits)
        {
            stated.signature.clone_from(&provided);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_are_told_from_signatures() {
        for mask in ["87c5...", "*****", "**REDACTED**", "[SIGNATURE]", "XXXX"] {
            assert!(is_mask(mask.as_bytes()), "{mask}");
        }
        for signature in [
            "",
            "87c50dbc",
            "h8UNvLxQC7fprKl/1xp3SKdshcMNuHnt1IlpR4IYP/s=",
        ] {
            assert!(!is_mask(signature.as_bytes()), "{signature}");
        }
        let upper = "87C50DBCBC500BB7E9ACA97FD71A7748";
        assert!(!is_mask(upper.as_bytes()), "digits are no mask");
    }
}

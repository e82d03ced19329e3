use bstr::ByteSlice;

use crate::{
    evidence::{Attempt, Claim, Party, Span, is_mask},
    sigv4::Authorization,
    wire::Fidelity,
};

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

use bstr::ByteSlice;

use crate::evidence::{Attempt, Claim};

/// How everything begins that `countersign scrub` writes in a secret's place.
pub const PLACEHOLDER: &str = "SCRUBBED-";

/// Whether a text is not what it was, because a secret was taken out of it.
#[must_use]
pub fn is_scrubbed(text: &[u8]) -> bool {
    text.contains_str(PLACEHOLDER)
}

impl Attempt {
    /// Whether a secret was taken out of what was signed, so that no digest of it can be right.
    #[must_use]
    pub fn is_scrubbed(&self) -> bool {
        let mut texts = self.canonical_requests.iter().map(|claim| &claim.text);
        let signed = self
            .authorization()
            .map(|stated| stated.signed_headers.to_ascii_lowercase());
        let signed = signed.unwrap_or_default();
        let is_signed = |name: &[u8]| {
            let name = name.to_ascii_lowercase();
            signed.split_str(";").any(|each| each == name)
        };
        let in_request = self
            .requests
            .iter()
            .filter_map(Claim::value)
            .any(|request| {
                let mut headers = request.headers.iter();
                is_scrubbed(&request.target)
                    || request.body.bytes().is_some_and(is_scrubbed)
                    || headers.any(|field| is_scrubbed(&field.value) && is_signed(&field.name))
            });
        in_request || texts.any(|text| is_scrubbed(text))
    }
}

//! What a service says it received, beside what was sent.

use super::Examination;

impl Examination<'_> {
    /// Whether the service says that it was given another signature than was sent.
    #[must_use]
    pub fn received_another_signature(&self) -> bool {
        let refusal = self.refusal();
        let provided = refusal.and_then(|refusal| refusal.detail("SignatureProvided"));
        let sent = self.stated().map(|stated| &stated.authorization.signature);
        provided.is_some_and(|provided| sent.is_none_or(|sent| sent != provided))
    }

    /// Whether the right signature was sent, and the service had another request or signature
    /// before it: then the key is not to blame.
    pub(super) fn changed_on_the_way(&self, agrees: bool) -> bool {
        let told = || self.service_side()?.canonical_request;
        let computed = !agrees && told().is_some();
        (self.received_another_signature() || computed) && self.signed_right()
    }

    /// Whether the signature that was sent is the right one for the request as captured, whatever
    /// the service had before it.
    fn signed_right(&self) -> bool {
        self.as_scoped().is_some_and(|right| {
            self.is_signed_with_secret(&right.string_to_sign_text, &right.string_to_sign.scope)
        })
    }
}

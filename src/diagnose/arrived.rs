//! What a service says it received, beside what was sent.

use super::Examination;
use crate::sigv4::SigningKey;

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
        let (Some(secret), Some(right), Some(stated)) =
            (self.secret(), self.as_scoped(), self.stated())
        else {
            return false;
        };
        let key = SigningKey::derive(secret, &right.string_to_sign.scope);
        right.sign(&key).to_string().as_bytes() == stated.authorization.signature
    }
}

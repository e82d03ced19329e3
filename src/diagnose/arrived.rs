//! What a service says it received, beside what was sent.

use super::{Examination, sides::captured};
use crate::{compare::Side, evidence::Party, sigv4::SigningKey};

impl Examination<'_> {
    /// What the service says it received and computed; empty where it says nothing.
    #[must_use]
    pub fn arrived(&self) -> Side {
        let attempt = self.attempt();
        let provided = attempt
            .refusal()
            .and_then(|refusal| refusal.detail("SignatureProvided"));
        Side {
            canonical_request: attempt.canonical_request(Party::Service).map(captured),
            string_to_sign: attempt.string_to_sign(Party::Service).map(captured),
            signature: provided.map(ToOwned::to_owned),
            ..Side::default()
        }
    }

    /// Whether the right signature was sent, and the service had another request or signature
    /// before it: then the key is not to blame.
    pub(super) fn changed_on_the_way(&self, agrees: bool) -> bool {
        let (arrived, sent) = (self.arrived(), self.side().signature);
        let other = arrived.signature.is_some() && arrived.signature != sent;
        let computed = arrived.canonical_request.is_some() && !agrees;
        (other || computed) && self.signed_right()
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

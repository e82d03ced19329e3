//! What the secret at hand signs.

use bstr::{BStr, BString};

use super::{Examination, proof::Asymmetric};
use crate::sigv4::{CredentialScope, EcdsaKey, EcdsaSignature, SigningKey};

impl Examination<'_> {
    /// Whether the secret at hand gives the signature that was sent, over a string to sign in a
    /// scope.
    pub(super) fn is_signed_with_secret(&self, text: &[u8], scope: &CredentialScope) -> bool {
        let sent = self.stated().map(|stated| &stated.authorization.signature);
        sent.is_some() && self.sign(text, scope).as_ref() == sent
    }

    /// The signature that the secret at hand gives over a string to sign, as its text. Of Version 4A,
    /// where many are right, it is the one that was sent, if that is of this string.
    #[must_use]
    pub fn sign(&self, text: &[u8], scope: &CredentialScope) -> Option<BString> {
        let sent = &self.stated()?.authorization.signature;
        let Some(key) = self.asymmetric_key() else {
            let key = SigningKey::derive(self.secret()?, scope);
            return Some(key.sign(text).to_string().into());
        };
        let is_sent = EcdsaSignature::parse(sent)
            .is_ok_and(|signature| key.public().verifies(text, &signature));
        Some(match is_sent {
            true => sent.clone(),
            false => key.sign(text).to_string().into(),
        })
    }

    /// The private key of Version 4A that belongs to the access key; `None` of a request that is
    /// signed otherwise, or without a secret.
    #[must_use]
    pub fn asymmetric_key(&self) -> Option<EcdsaKey> {
        let stated = self.stated().filter(|stated| stated.is_of_all_regions())?;
        EcdsaKey::derive(self.secret()?, stated.authorization.access_key_id())
    }

    /// The signature of Version 4A that was sent, to be verified; `None` where its form is broken, or
    /// no secret is at hand.
    pub(super) fn asymmetric<'a>(&'a self, sent: &'a BStr) -> Option<Asymmetric<'a>> {
        Some(Asymmetric {
            access_key_id: self.stated()?.authorization.access_key_id(),
            key: self.asymmetric_key()?.public(),
            sent,
            signature: EcdsaSignature::parse(sent).ok()?,
        })
    }
}

//! What the secret at hand signs.

use bstr::{BStr, BString};

use super::{Examination, proof::Asymmetric};
use crate::sigv4::{CredentialScope, EcdsaKey, EcdsaPublicKey, EcdsaSignature, SigningKey};

impl Examination<'_> {
    /// Whether the secret at hand gives the signature that was sent, over a string to sign in a
    /// scope.
    pub(super) fn is_signed_with_secret(&self, text: &[u8], scope: &CredentialScope) -> bool {
        let (Some(secret), Some(stated)) = (self.secret(), self.stated()) else {
            return false;
        };
        let sent = stated.authorization.signature.as_slice();
        match self.public_key() {
            Some(key) => {
                EcdsaSignature::parse(sent).is_ok_and(|signature| key.verifies(text, &signature))
            }
            None => {
                let key = SigningKey::derive(secret, scope);
                key.sign(text).hex() == sent
            }
        }
    }

    /// The signature that the secret at hand gives over a string to sign, as its text. Of Version 4A,
    /// where many are right, it is the one that was sent, if that is of this string.
    #[must_use]
    pub fn sign(&self, text: &[u8], scope: &CredentialScope) -> Option<BString> {
        let stated = self.stated()?;
        if self.is_signed_with_secret(text, scope) {
            return Some(stated.authorization.signature.clone());
        }
        Some(match self.asymmetric_key() {
            Some(key) => key.sign(text).to_string().into(),
            None => SigningKey::derive(self.secret()?, scope)
                .sign(text)
                .to_string()
                .into(),
        })
    }

    /// The private key of Version 4A that belongs to the access key; `None` of a request that is
    /// signed otherwise, or without a secret.
    #[must_use]
    pub fn asymmetric_key(&self) -> Option<EcdsaKey> {
        let stated = self.stated().filter(|stated| stated.is_of_all_regions())?;
        EcdsaKey::derive(self.secret()?, stated.authorization.access_key_id())
    }

    /// The key of Version 4A that belongs to the access key; `None` of a request that is signed
    /// otherwise, or without a secret.
    pub(super) fn public_key(&self) -> Option<EcdsaPublicKey> {
        Some(self.asymmetric_key()?.public())
    }

    /// The signature that was sent, to be verified with a key; `None` where its form is broken.
    pub(super) fn asymmetric<'a>(
        &'a self,
        key: &'a EcdsaPublicKey,
        sent: &'a BStr,
    ) -> Option<Asymmetric<'a>> {
        Some(Asymmetric {
            access_key_id: self.stated()?.authorization.access_key_id(),
            key,
            sent,
            signature: EcdsaSignature::parse(sent).ok()?,
        })
    }
}

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroize;

use crate::sigv4::{CredentialScope, SecretAccessKey, Signature, TERMINATOR};

/// One of the 32-byte keys between the secret access key and the signature; secret.
#[derive(Clone)]
pub struct Key([u8; 32]);

impl Key {
    /// The HMAC-SHA256 of `message` under `key`.
    #[must_use]
    pub fn derive(key: &[u8], message: &[u8]) -> Self {
        Self(
            keyed(key)
                .chain_update(message)
                .finalize()
                .into_bytes()
                .into(),
        )
    }

    /// The key's 32 raw bytes. A caller says in a comment why it needs them.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(..)")
    }
}

/// The key that signs, with the three keys on the way to it; all secret.
///
/// Source: "Create a signed AWS API request", step 4, in the IAM User Guide.
#[derive(Clone, Debug)]
pub struct SigningKey {
    /// HMAC of the scope's date under `AWS4` and the secret access key.
    pub date: Key,
    /// HMAC of the region under the key before.
    pub region: Key,
    /// HMAC of the service's signing name under the key before.
    pub service: Key,
    /// HMAC of `aws4_request` under the key before.
    pub signing: Key,
    keyed: PrefixedKey,
}

impl SigningKey {
    /// Derives the key for a scope of Version 4; that of Version 4A is an [`EcdsaKey`].
    ///
    /// [`EcdsaKey`]: crate::sigv4::EcdsaKey
    #[must_use]
    pub fn derive(secret: &SecretAccessKey, scope: &CredentialScope) -> Self {
        Self::derive_from(secret, &scope.date, scope.region_text(), &scope.service)
    }

    /// Derives the key for a date, a region and a signing name.
    #[must_use]
    pub fn derive_from(
        secret: &SecretAccessKey,
        date: &[u8],
        region: &[u8],
        service: &[u8],
    ) -> Self {
        // The secret is what the first key is made of.
        let seed = zeroize::Zeroizing::new([b"AWS4", secret.expose()].concat());
        let date = Key::derive(&seed, date);
        let region = Key::derive(date.expose(), region);
        let service = Key::derive(region.expose(), service);
        let signing = Key::derive(service.expose(), TERMINATOR.as_bytes());
        let keyed = PrefixedKey::new(signing.expose());
        Self {
            date,
            region,
            service,
            signing,
            keyed,
        }
    }

    /// Signs the text of a string to sign.
    #[must_use]
    pub fn sign(&self, string_to_sign: &[u8]) -> Signature {
        self.keyed.sign(string_to_sign)
    }

    /// The key to sign many strings with that begin alike.
    #[must_use]
    pub fn prefixed(&self) -> &PrefixedKey {
        &self.keyed
    }
}

/// A key that the beginning of a text went into already, for texts that begin alike; secret.
#[derive(Clone)]
pub struct PrefixedKey(Hmac<Sha256>);

impl PrefixedKey {
    /// Takes a key of any length, and nothing of a text.
    #[must_use]
    pub fn new(key: &[u8]) -> Self {
        Self(keyed(key))
    }

    /// The key after a further piece of the text.
    #[must_use]
    pub fn and(&self, piece: &[u8]) -> Self {
        Self(self.0.clone().chain_update(piece))
    }

    /// Signs the text that ends with this piece.
    #[must_use]
    pub fn sign(&self, rest: &[u8]) -> Signature {
        Signature::new(self.and(rest).0.finalize().into_bytes().into())
    }
}

impl fmt::Debug for PrefixedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrefixedKey(..)")
    }
}

#[expect(
    clippy::expect_used,
    reason = "HMAC takes keys of every length (RFC 2104, section 2)"
)]
fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes keys of every length")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derives_the_key_of_the_documentation() {
        // "Examples of how to derive a signing key for Signature Version 4", AWS General Reference.
        let secret = SecretAccessKey::new(b"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_vec());
        let key = SigningKey::derive_from(&secret, b"20120215", b"us-east-1", b"iam");
        let hex: String = key
            .signing
            .expose()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(
            hex,
            "f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d"
        );
    }

    #[test]
    fn nothing_secret_is_shown() {
        let secret = SecretAccessKey::new(b"canary".to_vec());
        let key = SigningKey::derive_from(&secret, b"20120215", b"us-east-1", b"iam");
        assert!(!format!("{secret:?}{key:?}").contains("canary"));
        assert!(format!("{key:?}").contains("Key(..)"));
    }
}

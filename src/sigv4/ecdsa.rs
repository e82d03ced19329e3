//! The key pair and the signature of Signature Version 4A.
//!
//! Source: `aws_ecc_key_pair_new_ecdsa_p256_key_from_aws_credentials` in aws-c-auth
//! (source/key_derivation.c, 0.9), which follows NIST SP 800-108 (counter mode).

use std::fmt;

use p256::ecdsa::{
    self,
    signature::{Signer, Verifier},
};

use crate::{
    sigv4::{Algorithm, Key, SecretAccessKey},
    wire::{ParseError, target::hex_value},
};

/// The private key that is derived of an access key, for all days, regions and services; secret.
#[derive(Clone)]
pub struct EcdsaKey(ecdsa::SigningKey);

impl EcdsaKey {
    /// Derives the key of an access key: unlike Version 4's, it depends on the access key id too.
    ///
    /// `None` where no counter gives a key: of one in 2^32 access keys even the second is needed.
    #[must_use]
    pub fn derive(secret: &SecretAccessKey, access_key_id: &[u8]) -> Option<Self> {
        // The secret is what the key is made of.
        let seed = zeroize::Zeroizing::new([b"AWS4A", secret.expose()].concat());
        (1..=254).find_map(|counter| Self::of_counter(&seed, access_key_id, counter))
    }

    fn of_counter(seed: &[u8], access_key_id: &[u8], counter: u8) -> Option<Self> {
        const FIRST_BLOCK: [u8; 4] = 1_u32.to_be_bytes();
        const LENGTH_IN_BITS: [u8; 4] = 256_u32.to_be_bytes();
        let input = [
            &FIRST_BLOCK,
            Algorithm::EcdsaP256Sha256.name().as_bytes(),
            &[0],
            access_key_id,
            &[counter],
            &LENGTH_IN_BITS,
        ]
        .concat();
        let candidate = Key::derive(seed, &input);
        // One more than the candidate is the key, where that is on the curve: it is not 0, and less
        // than the curve's order.
        let mut bytes = zeroize::Zeroizing::new(*candidate.expose());
        for byte in bytes.iter_mut().rev() {
            *byte = byte.wrapping_add(1);
            if *byte != 0 {
                break;
            }
        }
        ecdsa::SigningKey::from_slice(bytes.as_slice())
            .ok()
            .map(Self)
    }

    /// Signs the text of a string to sign. Signatures of one text may differ and all be right; this
    /// one is the same each time (RFC 6979).
    #[must_use]
    pub fn sign(&self, string_to_sign: &[u8]) -> EcdsaSignature {
        EcdsaSignature(self.0.sign(string_to_sign))
    }

    /// The key's 32 raw bytes, big-endian. A caller says in a comment why it needs them.
    #[must_use]
    pub fn expose(&self) -> zeroize::Zeroizing<[u8; 32]> {
        zeroize::Zeroizing::new(self.0.to_bytes().into())
    }

    /// The key that verifies what this one signs; public.
    #[must_use]
    pub fn public(&self) -> EcdsaPublicKey {
        EcdsaPublicKey(*self.0.verifying_key())
    }
}

impl fmt::Debug for EcdsaKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EcdsaKey(..)")
    }
}

/// The key that verifies signatures of Version 4A.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EcdsaPublicKey(ecdsa::VerifyingKey);

impl EcdsaPublicKey {
    /// Whether the signature is one of this text, under the private key.
    #[must_use]
    pub fn verifies(&self, string_to_sign: &[u8], signature: &EcdsaSignature) -> bool {
        self.0.verify(string_to_sign, &signature.0).is_ok()
    }

    /// The point on the curve: 32 bytes of x, then 32 bytes of y, big-endian.
    #[must_use]
    pub fn point(&self) -> [u8; 64] {
        let mut point = [0; 64];
        let encoded = self.0.to_sec1_point(false);
        // The first byte only says that both coordinates follow (SEC 1, section 2.3.3).
        for (byte, own) in point.iter_mut().zip(encoded.as_bytes().iter().skip(1)) {
            *byte = *own;
        }
        point
    }
}

/// A signature of Version 4A; public. Shown as its DER encoding in lower-case hex.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct EcdsaSignature(ecdsa::Signature);

impl EcdsaSignature {
    /// Reads a DER encoding in lower-case hex, of 140 to 144 digits mostly.
    ///
    /// # Errors
    /// When a byte is no lower-case hex digit, or the bytes encode no signature on the curve.
    pub fn parse(text: &[u8]) -> Result<Self, ParseError> {
        const PART: &str = "signature";
        let lower = |byte: &u8| !byte.is_ascii_digit() && !(b'a'..=b'f').contains(byte);
        if let Some(at) = text.iter().position(lower) {
            return Err(ParseError::new(PART, text, at, "lower-case hex digits"));
        }
        let (pairs, rest) = text.as_chunks::<2>();
        let byte = |[high, low]: &[u8; 2]| Some(hex_value(*high)? << 4 | hex_value(*low)?);
        let der: Option<Vec<u8>> = pairs.iter().map(byte).collect();
        let signature = der
            .filter(|_| rest.is_empty())
            .and_then(|der| ecdsa::Signature::from_der(&der).ok());
        let expected = "an ECDSA signature in DER, as hex";
        signature
            .map(Self)
            .ok_or_else(|| ParseError::new(PART, text, text.len(), expected))
    }
}

impl fmt::Display for EcdsaSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let der = self.0.to_der();
        der.as_bytes()
            .iter()
            .try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(secret: &str, access_key_id: &str) -> EcdsaKey {
        let secret = SecretAccessKey::new(secret.as_bytes().to_vec());
        EcdsaKey::derive(&secret, access_key_id.as_bytes()).unwrap()
    }

    #[test]
    fn a_signature_is_of_its_text_and_of_its_access_key() {
        let own = key("canary", "AKIDEXAMPLE");
        let signature = own.sign(b"text");
        assert_eq!(signature, own.sign(b"text"));
        assert!(own.public().verifies(b"text", &signature));
        assert!(!own.public().verifies(b"texts", &signature));
        for other in [key("canary", "AKIDEXAMPLF"), key("canarz", "AKIDEXAMPLE")] {
            assert!(!other.public().verifies(b"text", &signature));
        }
    }

    #[test]
    fn a_signature_is_read_as_it_is_written() {
        let signature = key("canary", "AKIDEXAMPLE").sign(b"text");
        let text = signature.to_string();
        assert_eq!(EcdsaSignature::parse(text.as_bytes()).unwrap(), signature);
        for wrong in [
            text.to_uppercase(),
            text[2..].to_owned(),
            text[..text.len() - 1].to_owned(),
            format!("{text}00"),
            "0".repeat(64),
            String::new(),
        ] {
            assert!(EcdsaSignature::parse(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn nothing_secret_is_shown() {
        assert_eq!(format!("{:?}", key("canary", "id")), "EcdsaKey(..)");
    }
}

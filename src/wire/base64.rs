//! Base64: proxies want it, and some signers write it where hex should stand.

use base64::{Engine, engine::general_purpose::STANDARD};

/// Writes bytes in Base64 with padding (RFC 4648, section 4).
#[must_use]
pub(crate) fn base64(bytes: &[u8]) -> Vec<u8> {
    STANDARD.encode(bytes).into_bytes()
}

/// Reads Base64 with padding; `None` of a text that is none.
#[must_use]
pub(crate) fn decoded(text: &[u8]) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_the_samples_of_the_rfc() {
        for (plain, encoded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(plain.as_bytes()), encoded.as_bytes());
        }
    }
}

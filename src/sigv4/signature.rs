use std::fmt;

use crate::{
    sigv4::digest::{parse_hex, to_hex, write_hex},
    wire::ParseError,
};

/// A signature; public, for it travels with the request. Shown as 64 lower-case hex digits.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub struct Signature([u8; 32]);

impl Signature {
    /// Makes the last HMAC public: it is the signature, which the request states.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Reads 64 lower-case hex digits.
    ///
    /// # Errors
    /// When there are not 64, or one is no lower-case hex digit.
    pub fn parse(text: &[u8]) -> Result<Self, ParseError> {
        parse_hex(text)
            .map(Self)
            .map_err(|at| ParseError::new("signature", text, at, "64 lower-case hex digits"))
    }

    /// The 64 hex digits, as bytes.
    #[must_use]
    pub fn hex(&self) -> [u8; 64] {
        to_hex(&self.0)
    }

    /// The 32 raw bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, &self.0)
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, &self.0)
    }
}

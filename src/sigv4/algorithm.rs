use crate::wire::ParseError;

/// How a string to sign is signed; its name is the first line of that string.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Algorithm {
    /// Signature Version 4: HMAC-SHA256, under a key that is good for one region.
    HmacSha256,
    /// Signature Version 4A: ECDSA on the curve P-256, under a key that is good for all regions.
    ///
    /// Source: "AWS Signature Version 4A (SigV4A)" in the IAM User Guide.
    EcdsaP256Sha256,
}

impl Algorithm {
    /// Both.
    pub const ALL: [Self; 2] = [Self::HmacSha256, Self::EcdsaP256Sha256];

    /// The name, as it stands in a string to sign, an `Authorization` header and a presigned URL.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::HmacSha256 => "AWS4-HMAC-SHA256",
            Self::EcdsaP256Sha256 => "AWS4-ECDSA-P256-SHA256",
        }
    }

    /// Reads a name.
    ///
    /// # Errors
    /// When it is none of them.
    pub fn parse(text: &[u8]) -> Result<Self, ParseError> {
        let known = |algorithm: &Self| text == algorithm.name().as_bytes();
        let expected = "AWS4-HMAC-SHA256 or AWS4-ECDSA-P256-SHA256";
        let found = Self::ALL.into_iter().find(known);
        found.ok_or_else(|| ParseError::new("algorithm", text, 0, expected))
    }
}

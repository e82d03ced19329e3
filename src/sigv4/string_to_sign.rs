use bstr::{BString, ByteSlice};

use crate::{
    sigv4::{Algorithm, CredentialScope, Sha256Digest, Timestamp},
    wire::ParseError,
};

/// The four lines that the signing key signs: algorithm, timestamp, scope, and the canonical
/// request's SHA-256 in hex; line feeds between, none at the end.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StringToSign {
    /// The signing time.
    pub timestamp: Timestamp,
    /// The credential scope; its form tells the algorithm.
    pub scope: CredentialScope,
    /// The digest of the canonical request.
    pub canonical_request_digest: Sha256Digest,
}

impl StringToSign {
    /// Writes the text that is signed.
    #[must_use]
    pub fn to_bytes(&self) -> BString {
        let mut out = Vec::with_capacity(160);
        out.extend_from_slice(self.scope.algorithm().name().as_bytes());
        out.push(b'\n');
        out.extend_from_slice(self.timestamp.as_bstr());
        out.push(b'\n');
        self.scope.write(&mut out);
        out.push(b'\n');
        out.extend_from_slice(&self.canonical_request_digest.hex());
        out.into()
    }

    /// Reads a string to sign that is in the right form.
    ///
    /// # Errors
    /// At the first line that breaks the form.
    pub fn parse(text: &[u8]) -> Result<Self, ParseError> {
        let lines: Vec<&[u8]> = text.split_str("\n").collect();
        let [algorithm, timestamp, scope, digest] = lines.as_slice() else {
            let expected = "algorithm, timestamp, scope and digest, a line each";
            return Err(ParseError::new(
                "string to sign",
                text,
                text.len(),
                expected,
            ));
        };
        let algorithm = Algorithm::parse(algorithm)?;
        Ok(Self {
            timestamp: Timestamp::parse(timestamp)?,
            scope: CredentialScope::parse_for(algorithm, scope)?,
            canonical_request_digest: Sha256Digest::parse(digest)?,
        })
    }
}

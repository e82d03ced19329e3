use bstr::{BStr, BString, ByteSlice};

use crate::{
    sigv4::CredentialScope,
    wire::{ParseError, Request},
};

/// The parts of an `Authorization` header, or of a presigned URL, as they are stated.
///
/// The form is right; what the parts hold may be wrong, and is the reader's to examine.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Authorization {
    /// What stands before the first space: `AWS4-HMAC-SHA256`.
    pub algorithm: BString,
    /// Key id and scope: `AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request`.
    pub credential: BString,
    /// Names joined by `;`.
    pub signed_headers: BString,
    /// 64 hex digits.
    pub signature: BString,
}

impl Authorization {
    /// Reads the value of an `Authorization` header: the algorithm, one space, and three
    /// `name=value` parts in any order, with `, ` or `,` between.
    ///
    /// # Errors
    /// When a part is missing, unknown, or stated twice.
    pub fn parse(text: &[u8]) -> Result<Self, ParseError> {
        const PART: &str = "authorization";
        let space = text.find_byte(b' ').ok_or_else(|| {
            ParseError::new(PART, text, text.len(), "a space after the algorithm")
        })?;
        let mut found: [Option<&[u8]>; 3] = [None; 3];
        let mut at = space + 1;
        for piece in text[at..].split_str(",") {
            let trimmed = piece.trim();
            let part = ["Credential=", "SignedHeaders=", "Signature="]
                .iter()
                .position(|name| trimmed.starts_with(name.as_bytes()));
            let slot = part
                .and_then(|part| found.get_mut(part))
                .filter(|slot| slot.is_none());
            let value = trimmed.split_once_str("=").map(|(_, value)| value);
            match (slot, value) {
                (Some(slot), Some(value)) => *slot = Some(value),
                _ => {
                    let expected = "Credential=, SignedHeaders= and Signature=, each once";
                    return Err(ParseError::new(PART, text, at, expected));
                }
            }
            at += piece.len() + 1;
        }
        let [credential, signed_headers, signature] = found;
        let missing = |name| ParseError::new(PART, text, text.len(), name);
        Ok(Self {
            algorithm: text[..space].into(),
            credential: credential.ok_or_else(|| missing("Credential="))?.into(),
            signed_headers: signed_headers
                .ok_or_else(|| missing("SignedHeaders="))?
                .into(),
            signature: signature.ok_or_else(|| missing("Signature="))?.into(),
        })
    }

    /// The header's value as AWS's own clients write it.
    #[must_use]
    pub fn to_bytes(&self) -> BString {
        let Self {
            algorithm,
            credential,
            signed_headers,
            signature,
        } = self;
        let parts: [&[u8]; 7] = [
            algorithm,
            b" Credential=",
            credential,
            b", SignedHeaders=",
            signed_headers,
            b", Signature=",
            signature,
        ];
        parts.concat().into()
    }

    /// The access key id: what stands before the scope.
    #[must_use]
    pub fn access_key_id(&self) -> &BStr {
        Credential::split(&self.credential).0
    }

    /// The scope's text: the last four parts of the credential, right or wrong.
    #[must_use]
    pub fn scope(&self) -> &BStr {
        Credential::split(&self.credential).1
    }

    /// The `Authorization` header of a request, if it is one of Signature Version 4.
    #[must_use]
    pub fn of_request(request: &Request) -> Option<Result<Self, ParseError>> {
        let value = request.header("authorization")?;
        value
            .trim_start()
            .starts_with(b"AWS4-")
            .then(|| Self::parse(value.trim()))
    }
}

/// A key id with the scope it signs for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Credential {
    /// The access key id, `AKID…` or `ASIA…`.
    pub access_key_id: BString,
    /// The scope behind it.
    pub scope: CredentialScope,
}

impl Credential {
    /// Reads `keyid/date/region/service/aws4_request`.
    ///
    /// # Errors
    /// When the key id is empty or the scope is none.
    pub fn parse(text: &[u8]) -> Result<Self, ParseError> {
        let (id, scope) = Self::split(text);
        if id.is_empty() {
            return Err(ParseError::new("credential", text, 0, "an access key id"));
        }
        Ok(Self {
            access_key_id: id.into(),
            scope: CredentialScope::parse(scope)?,
        })
    }

    /// Writes `keyid/date/region/service/aws4_request`.
    #[must_use]
    pub fn to_bytes(&self) -> BString {
        [&self.access_key_id[..], b"/", &self.scope.to_bytes()]
            .concat()
            .into()
    }

    /// Splits before the last four parts; without four, behind the first slash.
    fn split(text: &[u8]) -> (&BStr, &BStr) {
        let slashes = || text.iter().enumerate().filter(|(_, byte)| **byte == b'/');
        let at = slashes()
            .rev()
            .nth(3)
            .or_else(|| slashes().next())
            .map(|(at, _)| at);
        match at {
            Some(at) => (text[..at].as_bstr(), text[at + 1..].as_bstr()),
            None => (text.as_bstr(), BStr::new("")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=host;x-amz-date, Signature=00ff";

    #[test]
    fn reads_parts_in_any_order_and_with_either_separator() {
        let read = Authorization::parse(TEXT.as_bytes()).unwrap();
        assert_eq!(read.to_bytes(), TEXT);
        assert_eq!(read.access_key_id(), "AKIDEXAMPLE");
        assert_eq!(read.scope(), "20150830/us-east-1/iam/aws4_request");
        let other = "AWS4-HMAC-SHA256 Signature=00ff,Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request,SignedHeaders=host;x-amz-date";
        assert_eq!(Authorization::parse(other.as_bytes()).unwrap(), read);
    }

    #[test]
    fn names_what_is_missing() {
        let error = Authorization::parse(&TEXT.as_bytes()[..TEXT.len() - 16]).unwrap_err();
        assert_eq!(error.expected, "Signature=");
        assert!(Authorization::parse(b"AWS4-HMAC-SHA256").is_err());
        assert!(Authorization::parse(b"AWS4-HMAC-SHA256 Credential=a, Credential=b").is_err());
    }
}

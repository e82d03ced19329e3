use bstr::BString;

use crate::{
    sigv4::{TERMINATOR, Timestamp},
    wire::ParseError,
};

/// What a signing key is good for: one date, one region, one service.
///
/// As text: `20150830/us-east-1/iam/aws4_request`.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct CredentialScope {
    /// The date, eight digits; UTC.
    pub date: BString,
    /// The region.
    pub region: BString,
    /// The signing name of the service.
    pub service: BString,
}

impl CredentialScope {
    /// The scope for a signing time.
    pub fn new(
        timestamp: Timestamp,
        region: impl Into<BString>,
        service: impl Into<BString>,
    ) -> Self {
        Self {
            date: timestamp.date().into(),
            region: region.into(),
            service: service.into(),
        }
    }

    /// Reads a scope.
    ///
    /// # Errors
    /// When there are not four parts, the first is no date, one is empty, or the last is not
    /// `aws4_request`.
    pub fn parse(text: &[u8]) -> Result<Self, ParseError> {
        const PART: &str = "credential scope";
        let mut parts = text.split(|byte| *byte == b'/');
        let (Some(date), Some(region), Some(service), Some(terminator), None) = (
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
        ) else {
            return Err(ParseError::new(
                PART,
                text,
                text.len(),
                "date/region/service/aws4_request",
            ));
        };
        if date.len() != 8 || !date.iter().all(u8::is_ascii_digit) {
            return Err(ParseError::new(PART, text, 0, "a date of eight digits"));
        }
        if region.is_empty() || service.is_empty() {
            let at = if region.is_empty() {
                9
            } else {
                10 + region.len()
            };
            return Err(ParseError::new(PART, text, at, "a name"));
        }
        if terminator != TERMINATOR.as_bytes() {
            let at = text.len() - terminator.len();
            return Err(ParseError::new(PART, text, at, "aws4_request"));
        }
        Ok(Self {
            date: date.into(),
            region: region.into(),
            service: service.into(),
        })
    }

    /// Writes `date/region/service/aws4_request`.
    #[must_use]
    pub fn to_bytes(&self) -> BString {
        let mut out = Vec::with_capacity(64);
        self.write(&mut out);
        out.into()
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        for part in [&self.date, &self.region, &self.service] {
            out.extend_from_slice(part);
            out.push(b'/');
        }
        out.extend_from_slice(TERMINATOR.as_bytes());
    }
}

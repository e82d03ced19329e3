use bstr::BString;

use crate::{
    sigv4::{Algorithm, TERMINATOR, Timestamp},
    wire::ParseError,
};

/// What a signature is good for: one date, one region, one service; in Signature Version 4A all
/// regions that `X-Amz-Region-Set` names.
///
/// As text: `20150830/us-east-1/iam/aws4_request`, and `20150830/iam/aws4_request` in Version 4A.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct CredentialScope {
    /// The date, eight digits; UTC.
    pub date: BString,
    /// The region; `None` in Version 4A.
    pub region: Option<BString>,
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
            region: Some(region.into()),
            service: service.into(),
        }
    }

    /// The scope of Version 4A for a signing time.
    pub fn of_all_regions(timestamp: Timestamp, service: impl Into<BString>) -> Self {
        Self {
            date: timestamp.date().into(),
            region: None,
            service: service.into(),
        }
    }

    /// The region's text; empty in Version 4A.
    #[must_use]
    pub fn region_text(&self) -> &[u8] {
        self.region.as_ref().map_or(&b""[..], |region| region)
    }

    /// The algorithm whose scopes have this form.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        match self.region {
            Some(_) => Algorithm::HmacSha256,
            None => Algorithm::EcdsaP256Sha256,
        }
    }

    /// Reads a scope of Version 4.
    ///
    /// # Errors
    /// When there are not four parts, the first is no date, one is empty, or the last is not
    /// `aws4_request`.
    pub fn parse(text: &[u8]) -> Result<Self, ParseError> {
        Self::parse_for(Algorithm::HmacSha256, text)
    }

    /// Reads a scope of the form that an algorithm has.
    ///
    /// # Errors
    /// When there are not four parts (three in Version 4A), the first is no date, one is empty, or
    /// the last is not `aws4_request`.
    pub fn parse_for(algorithm: Algorithm, text: &[u8]) -> Result<Self, ParseError> {
        const PART: &str = "credential scope";
        let parts: Vec<&[u8]> = text.split(|byte| *byte == b'/').collect();
        let (date, region, service, terminator) = match (algorithm, parts.as_slice()) {
            (Algorithm::HmacSha256, [date, region, service, terminator]) => {
                (*date, Some(*region), *service, *terminator)
            }
            (Algorithm::EcdsaP256Sha256, [date, service, terminator]) => {
                (*date, None, *service, *terminator)
            }
            _ => {
                let expected = match algorithm {
                    Algorithm::HmacSha256 => "date/region/service/aws4_request",
                    Algorithm::EcdsaP256Sha256 => "date/service/aws4_request",
                };
                return Err(ParseError::new(PART, text, text.len(), expected));
            }
        };
        if date.len() != 8 || !date.iter().all(u8::is_ascii_digit) {
            return Err(ParseError::new(PART, text, 0, "a date of eight digits"));
        }
        let behind_date = date.len() + 1;
        if region.is_some_and(<[u8]>::is_empty) {
            return Err(ParseError::new(PART, text, behind_date, "a name"));
        }
        if service.is_empty() {
            let at = behind_date + region.map_or(0, |region| region.len() + 1);
            return Err(ParseError::new(PART, text, at, "a name"));
        }
        if terminator != TERMINATOR.as_bytes() {
            let at = text.len() - terminator.len();
            return Err(ParseError::new(PART, text, at, "aws4_request"));
        }
        Ok(Self {
            date: date.into(),
            region: region.map(BString::from),
            service: service.into(),
        })
    }

    /// Writes `date/region/service/aws4_request`, or without a region.
    #[must_use]
    pub fn to_bytes(&self) -> BString {
        let mut out = Vec::with_capacity(64);
        self.write(&mut out);
        out.into()
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let region = self.region.iter();
        for part in [&self.date]
            .into_iter()
            .chain(region)
            .chain([&self.service])
        {
            out.extend_from_slice(part);
            out.push(b'/');
        }
        out.extend_from_slice(TERMINATOR.as_bytes());
    }
}

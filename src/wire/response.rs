use bstr::{BStr, ByteSlice};

use super::{Body, HeaderField, ParseError, Parsed, header, message};

/// A response as it was captured.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Response {
    /// The status code; 0 where the capture does not hold it.
    pub status: u16,
    /// The header fields in their order, with repeats.
    pub headers: Vec<HeaderField>,
    /// The body, as far as it was captured.
    pub body: Body,
}

impl Response {
    /// The value of the first header called `name`, in any case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&BStr> {
        header::first(&self.headers, name)
    }

    /// Reads the code out of a status line, `HTTP/1.1 403 Forbidden`.
    #[must_use]
    pub fn status_of(line: &[u8]) -> Option<u16> {
        let mut words = line.fields();
        let version = words.next()?;
        let status = words.next()?.to_str().ok()?.parse().ok()?;
        version.starts_with(b"HTTP/").then_some(status)
    }

    /// Reads one response from the front of `bytes`; lines end in LF or CRLF.
    ///
    /// # Errors
    /// When the first line is no status line, or a later one is no header.
    pub fn parse(bytes: &[u8]) -> Result<Parsed<Self>, ParseError> {
        let status = |line| Self::status_of(line);
        let found = message::line_at(bytes, 0).and_then(|(line, at)| Some((status(line)?, at)));
        let Some((status, at)) = found else {
            return Err(ParseError::new(
                "status line",
                bytes,
                0,
                "`HTTP/1.1` and a status code",
            ));
        };
        let (headers, at) = message::parse_headers(bytes, at)?;
        let (body, length, ending) =
            message::cut_body(bytes, at, &headers, |line| line.starts_with(b"###"));
        Ok(Parsed {
            message: Self {
                status,
                headers,
                body,
            },
            length,
            ending,
        })
    }

    /// Writes the response as HTTP/1.1 with CRLF and no reason phrase.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let start = format!("HTTP/1.1 {} ", self.status).into_bytes();
        message::to_bytes(start, &self.headers, &self.body)
    }
}

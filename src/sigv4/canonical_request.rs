use bstr::{BString, ByteSlice};

use crate::{
    sigv4::{
        CanonicalHeader, CanonicalQueryPair, PayloadHash, Sha256Digest, SignedHeaders,
        canonical_query,
    },
    wire::ParseError,
};

/// The request in the one form that both sides can hash.
///
/// As text: method, canonical URI, canonical query, one line for each signed header, an empty
/// line, the signed headers, the payload hash; line feeds between, none at the end.
///
/// Source: "Create a canonical request" in the IAM User Guide.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CanonicalRequest {
    /// The method as sent.
    pub method: BString,
    /// The path, encoded as the service wants it.
    pub canonical_uri: BString,
    /// The pairs of the query, sorted.
    pub canonical_query: Vec<CanonicalQueryPair>,
    /// One line for each signed header, in the order of the signed headers.
    pub canonical_headers: Vec<CanonicalHeader>,
    /// The names of the signed headers.
    pub signed_headers: SignedHeaders,
    /// The hash of the body, or the keyword that stands for it.
    pub payload_hash: PayloadHash,
}

impl CanonicalRequest {
    /// Writes the text that is hashed.
    #[must_use]
    pub fn to_bytes(&self) -> BString {
        let mut out = Vec::with_capacity(512);
        out.extend_from_slice(&self.method);
        out.push(b'\n');
        out.extend_from_slice(&self.canonical_uri);
        out.push(b'\n');
        canonical_query::write(&mut out, &self.canonical_query);
        out.push(b'\n');
        for header in &self.canonical_headers {
            out.extend_from_slice(&header.name);
            out.push(b':');
            out.extend_from_slice(&header.value);
            out.push(b'\n');
        }
        out.push(b'\n');
        out.extend_from_slice(self.signed_headers.as_bstr());
        out.push(b'\n');
        self.payload_hash.write(&mut out);
        out.into()
    }

    /// The SHA-256 of the text.
    #[must_use]
    pub fn digest(&self) -> Sha256Digest {
        Sha256Digest::of(&self.to_bytes())
    }

    /// Reads a canonical request that is in the right form, by its grammar alone.
    ///
    /// # Errors
    /// At the first line that breaks the form.
    pub fn parse(text: &[u8]) -> Result<Self, ParseError> {
        let mut lines = Lines { text, at: 0 };
        let method = lines.next("method", "a method")?;
        if method.is_empty() || !method.iter().all(|byte| byte.is_ascii_graphic()) {
            return Err(ParseError::new("method", text, 0, "a method"));
        }
        let uri_at = lines.at;
        let canonical_uri = lines.next("canonical URI", "a path")?;
        if !canonical_uri.starts_with(b"/") {
            return Err(ParseError::new(
                "canonical URI",
                text,
                uri_at,
                "a path that begins with `/`",
            ));
        }
        let query_at = lines.at;
        let line = lines.next("canonical query", "the query's line, which may be empty")?;
        let canonical_query = parse_query(line).ok_or_else(|| {
            ParseError::new("canonical query", text, query_at, "name=value pairs")
        })?;
        let mut canonical_headers = Vec::new();
        loop {
            let at = lines.at;
            let line = lines.next("canonical headers", "an empty line after the headers")?;
            if line.is_empty() {
                break;
            }
            let Some((name, value)) = line.split_once_str(":") else {
                return Err(ParseError::new(
                    "canonical headers",
                    text,
                    at,
                    "an empty line",
                ));
            };
            canonical_headers.push(CanonicalHeader {
                name: name.into(),
                value: value.into(),
            });
        }
        let names_at = lines.at;
        let names = lines.next("signed headers", "the names of the signed headers")?;
        let signed_headers = SignedHeaders::parse(names)?;
        let listed = canonical_headers.iter().map(|header| header.name.as_bstr());
        if !signed_headers.names().eq(listed) {
            let expected = "the names of the header lines above";
            return Err(ParseError::new("signed headers", text, names_at, expected));
        }
        let payload_hash = PayloadHash::parse(lines.rest())?;
        Ok(Self {
            method: method.into(),
            canonical_uri: canonical_uri.into(),
            canonical_query,
            canonical_headers,
            signed_headers,
            payload_hash,
        })
    }
}

struct Lines<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Lines<'a> {
    fn rest(&self) -> &'a [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn next(&mut self, part: &'static str, expected: &'static str) -> Result<&'a [u8], ParseError> {
        let rest = self.rest();
        let end = rest
            .find_byte(b'\n')
            .ok_or_else(|| ParseError::new(part, self.text, self.text.len(), expected))?;
        self.at += end + 1;
        Ok(&rest[..end])
    }
}

fn parse_query(line: &[u8]) -> Option<Vec<CanonicalQueryPair>> {
    if line.is_empty() {
        return Some(Vec::new());
    }
    line.split_str("&")
        .map(|pair| {
            let (name, value) = pair.split_once_str("=")?;
            Some(CanonicalQueryPair {
                name: name.into(),
                value: value.into(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "POST\n/\n\ncontent-type:application/x-amz-json-1.1\nhost:events.eu-west-3.amazonaws.com\nx-amz-date:20250102T030405Z\nx-amz-target:AWSEvents.ListRules\n\ncontent-type;host;x-amz-date;x-amz-target\n55522f708dcfebccb7bd3e8d0001a53ecaf2beca9ca801f1e9161e24215faa99";

    #[test]
    fn reads_and_writes_and_hashes() {
        let parsed = CanonicalRequest::parse(TEXT.as_bytes()).unwrap();
        assert_eq!(parsed.to_bytes(), TEXT);
        let digest = "0aa9d016323e8f741ae5835a5dc7ef5629168db7cf321a8fb1207d502d9e949b";
        assert_eq!(parsed.digest().to_string(), digest);
    }

    #[test]
    fn the_error_names_the_broken_part() {
        let error = |text: &str| CanonicalRequest::parse(text.as_bytes()).unwrap_err();
        let missing = TEXT.replace("\n\ncontent-type;host", "\ncontent-type;host");
        assert_eq!(error(&missing).part, "canonical headers");
        assert_eq!(
            error(&TEXT.replace("\n/\n", "\nhttps://h/\n")).part,
            "canonical URI"
        );
        assert_eq!(error(&TEXT.replace(";host;", ";")).part, "signed headers");
        assert_eq!(error(&format!("{TEXT}\n")).part, "payload hash");
    }
}

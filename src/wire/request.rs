use bstr::{BStr, BString, ByteSlice};

use super::{Body, HeaderField, ParseError, Parsed, header, message};

/// A request as it was captured; nothing in it is sorted, decoded or put right.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Request {
    /// The method, in the case in which it was written.
    pub method: BString,
    /// Path and query, raw: `/a%20b?x=1`.
    pub target: BString,
    /// Scheme and authority, where the capture names them outside a `Host` header: an absolute
    /// target, a URL in a log, HTTP/2's `:authority`.
    pub origin: Option<Origin>,
    /// The header fields in their order, with repeats; no pseudo headers.
    pub headers: Vec<HeaderField>,
    /// The body, as far as it was captured.
    pub body: Body,
}

/// Where a request went, as its URL says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Origin {
    /// `https`, as written.
    pub scheme: BString,
    /// Host, and port if one was written.
    pub authority: BString,
}

impl Origin {
    /// Splits an absolute URL into its origin and the target behind it (`/` when there is none);
    /// `None` when it is not absolute.
    #[must_use]
    pub fn split(url: &[u8]) -> Option<(Self, BString)> {
        let (scheme, rest) = url.split_once_str("://")?;
        if scheme.is_empty() || !scheme.iter().all(u8::is_ascii_alphabetic) {
            return None;
        }
        let end = rest.find_byteset("/?#").unwrap_or(rest.len());
        let (authority, target) = (rest.get(..end)?, rest.get(end..)?);
        if authority.is_empty() || authority.iter().any(u8::is_ascii_whitespace) {
            return None;
        }
        let target = target
            .split_once_str("#")
            .map_or(target, |(before, _)| before);
        let target = if target.starts_with(b"/") {
            target.into()
        } else {
            BString::from([b"/", target].concat())
        };
        Some((
            Self {
                scheme: scheme.into(),
                authority: authority.into(),
            },
            target,
        ))
    }
}

impl Request {
    /// The value of the first header called `name`, in any case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&BStr> {
        header::first(&self.headers, name)
    }

    /// The host with its port as sent: the `Host` header, else the origin's authority.
    #[must_use]
    pub fn host(&self) -> Option<&BStr> {
        let origin = || {
            self.origin
                .as_ref()
                .map(|origin| origin.authority.as_bstr())
        };
        self.header("host")
            .map(|value| value.trim().as_bstr())
            .or_else(origin)
    }

    /// The whole URL, `https` where the capture does not name a scheme; `None` without a host.
    #[must_use]
    pub fn url(&self) -> Option<BString> {
        let scheme: &[u8] = self
            .origin
            .as_ref()
            .map_or(b"https", |origin| &origin.scheme);
        let host = self.host()?;
        Some(BString::from([scheme, b"://", host, &self.target].concat()))
    }

    /// The raw path, without the query.
    #[must_use]
    pub fn path(&self) -> &BStr {
        super::target::split(&self.target).0
    }

    /// The raw query, without its question mark; `None` when there is no question mark.
    #[must_use]
    pub fn query(&self) -> Option<&BStr> {
        super::target::split(&self.target).1
    }

    /// Reads one request from the front of `bytes`: HTTP/1, an absolute target, or HTTP/2's pseudo
    /// headers; lines end in LF or CRLF, the version may be missing.
    ///
    /// # Errors
    /// When the first line is no request line, or a later one is no header.
    pub fn parse(bytes: &[u8]) -> Result<Parsed<Self>, ParseError> {
        let Some((line, next)) = message::line_at(bytes, 0) else {
            return Err(ParseError::new(
                "request line",
                bytes,
                0,
                "a method and a target",
            ));
        };
        let (mut request, at) = if line.starts_with(b":") {
            (Self::default(), 0)
        } else {
            let line = RequestLine::parse(line).ok_or_else(|| {
                ParseError::new("request line", bytes, 0, "a method and a target")
            })?;
            (line.into_request(), next)
        };
        let (headers, at) = message::parse_headers(bytes, at)?;
        request.headers = headers;
        request.take_pseudo_headers();
        if request.method.is_empty() {
            return Err(ParseError::new(
                "request line",
                bytes,
                0,
                "a method and a target",
            ));
        }
        let (body, length, ending) = message::cut_body(bytes, at, &request.headers, |line| {
            line.starts_with(b"HTTP/") || line.starts_with(b"###")
        });
        request.body = body;
        Ok(Parsed {
            message: request,
            length,
            ending,
        })
    }

    /// Moves HTTP/2's pseudo headers to where HTTP/1 has their values.
    fn take_pseudo_headers(&mut self) {
        let (mut scheme, mut authority) = (None, None);
        self.headers.retain(|field| {
            match field.name.as_slice() {
                b":method" => self.method.clone_from(&field.value),
                b":path" => self.target.clone_from(&field.value),
                b":scheme" => scheme = Some(field.value.clone()),
                b":authority" => authority = Some(field.value.clone()),
                _ => return true,
            }
            false
        });
        if let Some(authority) = authority {
            let scheme = scheme.unwrap_or_else(|| "https".into());
            self.origin = Some(Origin { scheme, authority });
        }
    }

    /// Whether a `Content-Length` states how long the captured body is.
    #[must_use]
    pub fn states_its_length(&self) -> bool {
        let stated = self.header("content-length").map(|length| length.trim());
        let length = self.body.bytes().map(|body| body.len().to_string());
        stated.is_some() && stated == length.as_ref().map(String::as_bytes)
    }

    /// Writes the request as HTTP/1.1 with CRLF; an origin becomes an absolute target.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut start = self.method.to_vec();
        start.push(b' ');
        if let Some(Origin { scheme, authority }) = &self.origin {
            start.extend_from_slice(&[scheme, &b"://"[..], authority].concat());
        }
        start.extend_from_slice(&self.target);
        start.extend_from_slice(b" HTTP/1.1");
        message::to_bytes(start, &self.headers, &self.body)
    }
}

/// The methods that are known.
pub(crate) const METHODS: [&str; 9] = [
    "GET", "PUT", "POST", "HEAD", "DELETE", "OPTIONS", "PATCH", "PROPFIND", "LIST",
];

/// The first line of an HTTP/1 request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct RequestLine<'a> {
    method: &'a [u8],
    target: &'a [u8],
}

impl<'a> RequestLine<'a> {
    /// Splits `METHOD target HTTP/x` or `METHOD target`; the target is a path, `*`, or a URL.
    #[must_use]
    pub(crate) fn parse(line: &'a [u8]) -> Option<Self> {
        let (method, rest) = line.split_once_str(" ")?;
        let token = |byte: &u8| byte.is_ascii_alphabetic() || *byte == b'-';
        if method.is_empty() || method.len() > 20 || !method.iter().all(token) {
            return None;
        }
        let version = rest.rfind(" HTTP/");
        let target = match version {
            Some(end) => rest.get(..end)?,
            None => rest,
        };
        let is_known = || METHODS.iter().any(|own| own.as_bytes() == method);
        let known = target.starts_with(b"/")
            || target == b"*"
            // Before a URL alone any word may stand.
            || Origin::split(target).is_some() && (version.is_some() || is_known());
        known.then_some(Self { method, target })
    }

    /// Whether a line is one with its version behind it: nothing else is written so.
    pub(super) fn is_whole(line: &[u8]) -> bool {
        let version = line.rsplit_once_str(" HTTP/").map(|(_, version)| version);
        let is_one = |version: &[u8]| matches!(version, b"1.0" | b"1.1" | b"2" | b"2.0" | b"3");
        version.is_some_and(is_one) && RequestLine::parse(line).is_some()
    }

    fn into_request(self) -> Request {
        let (origin, target) = match Origin::split(self.target) {
            Some((origin, target)) => (Some(origin), target),
            None => (None, self.target.into()),
        };
        Request {
            method: self.method.into(),
            target,
            origin,
            ..Request::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Ending;

    #[test]
    fn reads_what_stands_there() {
        let bytes =
            b"POST /a//b?x=1&x HTTP/1.1\nHost: h\nX-A:  1 \nx-a: 2\ncontent-length: 2\n\n{}\n";
        let parsed = Request::parse(bytes).unwrap();
        assert_eq!(parsed.ending, Ending::Length);
        assert_eq!(parsed.length, bytes.len() - 1);
        let request = parsed.message;
        assert_eq!(request.target, "/a//b?x=1&x");
        assert_eq!(request.headers[1], HeaderField::new("X-A", " 1 "));
        assert_eq!(request.body, Body::Captured("{}".into()));
    }

    #[test]
    fn fields_without_end_are_no_head() {
        let head = |fields: usize| format!("GET / HTTP/1.1\n{}\n", "a:\n".repeat(fields));
        assert!(Request::parse(head(100_000).as_bytes()).is_ok());
        let error = Request::parse(head(100_001).as_bytes()).unwrap_err();
        assert_eq!((error.part, error.at), ("head", 15 + 300_000));
    }

    #[test]
    fn a_word_before_a_url_is_no_method() {
        for (line, is_one) in [
            ("GET https://h.example/k", true),
            ("PUT https://h.example/k HTTP/1.1", true),
            ("get /k HTTP/1.1", true),
            ("get https://h.example/k HTTP/1.1", true),
            ("get https://h.example/k", false),
            ("curl https://h.example/k", false),
            ("Open https://h.example/k", false),
        ] {
            assert_eq!(
                RequestLine::parse(line.as_bytes()).is_some(),
                is_one,
                "{line}"
            );
        }
    }

    #[test]
    fn a_response_ends_a_body_of_unknown_length() {
        let bytes = b"GET https://h.example/k\n\nHTTP/1.1 403 Forbidden\n\n";
        let parsed = Request::parse(bytes).unwrap();
        assert_eq!(parsed.message.origin.unwrap().authority, "h.example");
        assert_eq!(parsed.message.target, "/k");
        assert_eq!(parsed.message.body, Body::Captured("".into()));
        assert!(bytes[parsed.length..].starts_with(b"HTTP/1.1"));
    }

    #[test]
    fn a_request_behind_an_empty_line_is_another() {
        let parsed = Request::parse(b"GET /a HTTP/1.1\nHost: x\n\nGET /b HTTP/1.1\nHost: x\n\n");
        assert_eq!(parsed.unwrap().length, 25);
        let text = b"POST / HTTP/1.1\nHost: x\n\na\nGET /b HTTP/1.1\nGET /b\n\nPUT /c HTTP/1.1\n";
        let parsed = Request::parse(text).unwrap();
        let body = b"a\nGET /b HTTP/1.1\nGET /b\n\n";
        assert_eq!(parsed.message.body, Body::Captured(body.into()));
    }

    #[test]
    fn pseudo_headers_stand_for_the_request_line() {
        let bytes = b":method: PUT\r\n:authority: h\r\n:path: /k?x\r\nA: b\r\n\r\n";
        let request = Request::parse(bytes).unwrap().message;
        assert_eq!(
            (request.method.as_bstr(), request.target.as_bstr()),
            ("PUT".into(), "/k?x".into())
        );
        assert_eq!(request.host().unwrap(), "h");
        assert_eq!(request.headers, [HeaderField::new("A", "b")]);
    }

    #[test]
    fn the_error_names_the_place() {
        let error = Request::parse(b"GET / HTTP/1.1\nbroken\n").unwrap_err();
        assert_eq!(
            error.to_string(),
            "header: expected `name: value` or an empty line at byte 15, found \"broken\""
        );
    }
}

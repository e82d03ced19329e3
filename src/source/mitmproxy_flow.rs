use bstr::{BString, ByteSlice};

use crate::{
    source::{Breadth, Format, Likeness, Line, Reader, Sink, Step, shown::ShownCall},
    wire::{Origin, Response, target},
};

pub(super) static FORMAT: Format = Format {
    id: "mitmproxy-flow",
    summary: "flows as `mitmdump --flow-detail 3` prints them",
    page: "\
## How to get it
`mitmdump --flow-detail 4 | tee flows.log`, and the client with `HTTPS_PROXY=http://127.0.0.1:8080` and
`AWS_CA_BUNDLE=~/.mitmproxy/mitmproxy-ca-cert.pem`. With `--set hardump=flows.har` it is read as `har`.

## What it holds
The request as it passed, with `Host`, `Authorization` and its body, and the answer. Never the secret
access key. The session token stands in clear.

## What it lacks
The artifacts: they are derived. A body that is printed with other white space than it was sent with, as
XML is, counts as not captured, and so does one sent in chunks.
",
    markers: &[
        ": GET http",
        ": PUT http",
        ": POST http",
        ": HEAD http",
        ": DELETE http",
        ": PATCH http",
    ],
    breadth: Breadth::Client,
    recognise: |_| Likeness::None,
    start: |_| Box::new(MitmproxyFlow::default()),
};

#[derive(Default)]
struct MitmproxyFlow {
    call: ShownCall,
    part: Part,
    /// The names in the query of the request: in place of a body that there is not, the query is
    /// shown.
    query: Vec<BString>,
}

/// What the lines are of.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Part {
    #[default]
    Outside,
    Head,
    Body,
    /// The empty line behind a body was read.
    Behind,
}

/// What stands before every line of a message but its first.
const INDENT: &[u8] = b"    ";

impl Reader for MitmproxyFlow {
    fn line(&mut self, line: &Line<'_>, sink: &mut Sink<'_>) -> Step {
        let text = line.text();
        if let Some(first) = request_line(text) {
            self.close(sink);
            self.query = query_names(&first);
            self.call.ask(&first, line, sink);
            self.part = Part::Head;
            return Step::More;
        }
        if self.part == Part::Outside {
            return Step::Pass;
        }
        if let Some(first) = status_line(text)
            && !self.call.is_answered()
        {
            self.call.answer(&first, line);
            self.part = Part::Head;
            return Step::More;
        }
        let answered = self.call.is_answered();
        match (line.raw.strip_prefix(INDENT), self.part, self.call.last()) {
            (Some(rest), Part::Head, Some(message)) => {
                let rest = rest.trim_end_with(|end| matches!(end, '\r' | '\n'));
                message.push_head(rest, line);
            }
            (Some(rest), Part::Body, Some(_)) if !answered && shows(&self.query, rest) => {}
            (Some(rest), Part::Body, Some(message)) => message.push_body(rest, line),
            _ if text.is_empty() && self.part == Part::Head => self.part = Part::Body,
            _ if text.is_empty() => self.part = Part::Behind,
            // What the proxy itself says may stand between: `[03:04:05.678][127.0.0.1:50000] …`.
            _ if text.starts_with(b"[") && !answered => {}
            _ => {
                self.close(sink);
                return Step::Pass;
            }
        }
        Step::More
    }

    fn end(&mut self, sink: &mut Sink<'_>) {
        self.close(sink);
    }
}

impl MitmproxyFlow {
    fn close(&mut self, sink: &mut Sink<'_>) {
        self.part = Part::Outside;
        self.call.close(FORMAT.id, sink);
    }
}

fn query_names(request_line: &[u8]) -> Vec<BString> {
    let url = request_line.split_str(" ").nth(1).unwrap_or_default();
    let (_, query) = url.split_once_str("?").unwrap_or_default();
    target::pairs(query)
        .map(|pair| target::percent_decode(pair.name))
        .collect()
}

/// Whether a line shows a pair of the query: its name, a colon, and its value.
fn shows(query: &[BString], line: &[u8]) -> bool {
    let name = line.split_once_str(":").map(|(name, _)| name);
    name.is_some_and(|name| query.iter().any(|own| own == name))
}

/// The request line of `127.0.0.1:50000: POST https://host/path`, which may name HTTP's version.
fn request_line(line: &[u8]) -> Option<Vec<u8>> {
    let (peer, rest) = line.split_once_str(": ")?;
    let (_, port) = peer.rsplit_once_str(":")?;
    let digits = !port.is_empty() && port.iter().all(u8::is_ascii_digit);
    let (method, rest) = rest.split_once_str(" ")?;
    let letters = !method.is_empty() && method.iter().all(u8::is_ascii_uppercase);
    let url = rest.split_str(" HTTP/").next()?;
    Origin::split(url)?;
    let is_one = digits && letters && !peer.contains(&b' ');
    is_one.then(|| [method, b" ", url, b" HTTP/1.1"].concat())
}

/// The status line of ` << 400 Bad Request 131b` or ` << HTTP/2.0 400 Bad Request 131b`.
fn status_line(line: &[u8]) -> Option<Vec<u8>> {
    let rest = line.strip_prefix(b" << ")?;
    let rest = match rest.starts_with(b"HTTP/") {
        true => rest.split_once_str(" ")?.1,
        false => rest,
    };
    let (status, size) = rest.rsplit_once_str(" ").unwrap_or((rest, b""));
    let measured = size.first().is_some_and(u8::is_ascii_digit) && size.len() < rest.len();
    let status = if measured && status.len() > 2 {
        status
    } else {
        rest
    };
    let first = [b"HTTP/1.1 ", status].concat();
    Response::status_of(&first).map(|_| first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_lines_are_known() {
        let request = |line: &str| request_line(line.as_bytes());
        assert_eq!(
            request("[::1]:5: PUT https://h/a b HTTP/2.0").unwrap(),
            b"PUT https://h/a b HTTP/1.1"
        );
        assert_eq!(request("see: GET https://h/"), None);
        let status = |line: &str| status_line(line.as_bytes());
        assert_eq!(
            status(" << 400 Bad Request 131b").unwrap(),
            b"HTTP/1.1 400 Bad Request"
        );
        assert_eq!(status(" << HTTP/2.0 204 0b").unwrap(), b"HTTP/1.1 204");
        assert_eq!(status(" << Connection refused"), None);
    }

    #[test]
    fn the_query_that_is_shown_is_no_body() {
        let names = query_names(b"GET https://h/a?x-id=GetObject&a%20b=1 HTTP/1.1");
        assert!(shows(&names, b"x-id: GetObject") && shows(&names, b"a b:  1"));
        assert!(!shows(&names, b"{\"x-id\": 1}") && !shows(&names, b"x"));
    }
}

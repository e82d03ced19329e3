use bstr::{BString, ByteSlice};

use crate::{
    evidence::{Attempt, Claim, Party},
    source::{
        Breadth, Format, Likeness, Line, Reader, Sink, Step,
        exchange::{Gathered, answer, emit},
    },
    wire::{Body, Fidelity, HeaderField, Origin, Request, Response},
};

pub(super) static FORMAT: Format = Format {
    id: "dotnet-http",
    summary: "requests and answers of .NET's HttpClient, as `ToString` prints them",
    page: "\
## How to get it
`Console.WriteLine(request); Console.WriteLine(response);` with the HttpRequestMessage and the
HttpResponseMessage, behind the call that sent it: a handler that signs does so while it is sent. Print
`await response.Content.ReadAsStringAsync()` below: the answer says more than its status.

## What it holds
The URL and every header, with `Authorization`. The session token stands in clear.

## What it lacks
The body that was sent. The artifacts: they are derived. Headers that are added on the wire (`Host`, where the
program did not set it). The URL is shown decoded, `%20` as a space: what cannot stand in a URL is encoded
again. A header that .NET holds as several values (`User-Agent`, `Accept`) stands on as many lines and is sent
as one: it is joined again.
",
    markers: &[", RequestUri: '"],
    breadth: Breadth::Client,
    recognise: |_| Likeness::None,
    start: |_| Box::new(DotnetHttp::default()),
};

#[derive(Default)]
struct DotnetHttp {
    number: u32,
    attempt: Attempt,
    part: Part,
}

#[derive(Default)]
enum Part {
    #[default]
    Between,
    /// The first line of a message was read, and what stands behind it.
    Message(Gathered, Within),
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Within {
    /// Before the brace that opens the headers.
    Title,
    Headers,
}

impl Reader for DotnetHttp {
    fn line(&mut self, line: &Line<'_>, sink: &mut Sink<'_>) -> Step {
        let text = line.text();
        if let Some(at) = request_at(text) {
            self.finish(sink);
            self.number = sink.number();
            return self.begin(text.get(at..).unwrap_or_default(), line);
        }
        match std::mem::take(&mut self.part) {
            Part::Between if self.attempt.requests.is_empty() => Step::Pass,
            Part::Between => match response_at(text) {
                Some(at) if self.attempt.responses.is_empty() => {
                    self.begin(text.get(at..).unwrap_or_default(), line)
                }
                _ => Step::Wait,
            },
            Part::Message(message, within) => self.within(message, within, line),
        }
    }

    fn end(&mut self, sink: &mut Sink<'_>) {
        self.finish(sink);
    }
}

/// Where a request's first line begins: `Method: GET, RequestUri: 'https://…', Version: 1.1`.
fn request_at(line: &[u8]) -> Option<usize> {
    let uri = line.find(", RequestUri: '")?;
    line.get(..uri)?.rfind("Method: ")
}

/// Where an answer's first line begins: `StatusCode: 403, ReasonPhrase: 'Forbidden', Version: 1.1`.
fn response_at(line: &[u8]) -> Option<usize> {
    let phrase = line.find(", ReasonPhrase: '")?;
    line.get(..phrase)?.rfind("StatusCode: ")
}

impl DotnetHttp {
    fn begin(&mut self, title: &[u8], line: &Line<'_>) -> Step {
        let message = Gathered::begin(&[title, b"\n"].concat(), line);
        let within = match title.trim_end().ends_with(b"{") {
            true => Within::Headers,
            false => Within::Title,
        };
        self.part = Part::Message(message, within);
        Step::More
    }

    fn within(&mut self, mut message: Gathered, within: Within, line: &Line<'_>) -> Step {
        let text = line.text().trim();
        let next = match within {
            _ if text.is_empty() => Some(within),
            Within::Title if text == b"{" => Some(Within::Headers),
            Within::Title if text == b"Headers:" => Some(within),
            Within::Headers if !text.starts_with(b"}") => Some(within),
            Within::Title | Within::Headers => None,
        };
        if let Some(next) = next {
            if within == Within::Headers && !text.is_empty() {
                message.push(&[text, b"\n"].concat(), line);
            }
            self.part = Part::Message(message, next);
            return Step::More;
        }
        self.close(message);
        match response_at(text) {
            Some(at) if self.attempt.responses.is_empty() => {
                self.begin(text.get(at..).unwrap_or_default(), line)
            }
            _ if text.starts_with(b"}") => Step::More,
            _ => Step::Wait,
        }
    }

    /// Adds a message that was read, to which there are no more lines.
    fn close(&mut self, message: Gathered) {
        if self.attempt.requests.is_empty() {
            let request = request(&message);
            let claims = request.map(|request| {
                let (text, span) = (message.text, message.span);
                Claim::of(text, request, Party::Wire, Fidelity::Reflowed, span)
            });
            self.attempt.requests.extend(claims);
        } else if let Some(response) = response(&message) {
            let Gathered { text, span, .. } = message;
            answer(&mut self.attempt, &text, response, Fidelity::Reflowed, span);
        }
    }

    fn finish(&mut self, sink: &mut Sink<'_>) {
        if let Part::Message(message, _) = std::mem::take(&mut self.part) {
            self.close(message);
        }
        let attempt = std::mem::take(&mut self.attempt);
        emit(FORMAT.id, self.number, attempt, sink);
    }
}

fn headers(message: &Gathered) -> Vec<HeaderField> {
    let lines = message.text.lines().skip(1);
    lines.filter_map(HeaderField::parse).collect()
}

/// The headers as they are sent: a line of its own for each value is how `ToString` shows them
/// (dotnet/runtime, HttpHeaders.ToString and HttpHeaderParser.Separator).
fn sent(shown: Vec<HeaderField>) -> Vec<HeaderField> {
    let mut sent: Vec<HeaderField> = Vec::new();
    for field in shown {
        let separator = match field.name.eq_ignore_ascii_case(b"user-agent") {
            true => " ",
            false => ", ",
        };
        match sent.last_mut().filter(|last| last.name == field.name) {
            Some(last) => {
                last.value.extend_from_slice(separator.as_bytes());
                last.value.extend_from_slice(field.value.trim_start());
            }
            None => sent.push(field),
        }
    }
    sent
}

/// A URL as it is sent: `Uri.ToString` decodes what has no meaning of its own in a URL.
pub(super) fn encoded(url: &[u8]) -> Vec<u8> {
    let mut encoded = Vec::with_capacity(url.len());
    for byte in url {
        match byte {
            b' ' | b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}' | 0x80.. => {
                encoded.extend_from_slice(format!("%{byte:02X}").as_bytes());
            }
            byte => encoded.push(*byte),
        }
    }
    encoded
}

/// A value of a message's first line, with or without quotes.
fn value<'a>(title: &'a [u8], label: &str) -> Option<&'a [u8]> {
    let (_, behind) = title.split_once_str(label)?;
    match behind.strip_prefix(b"'") {
        Some(quoted) => quoted.get(..quoted.find("',")?),
        None => behind.get(..behind.find_byte(b',')?),
    }
}

fn request(message: &Gathered) -> Option<Request> {
    let title = message.text.lines().next()?;
    let (origin, target) = Origin::split(&encoded(value(title, "RequestUri: ")?))?;
    let headers = sent(headers(message));
    let is_length = |field: &HeaderField| field.name.eq_ignore_ascii_case(b"content-length");
    let length = headers.iter().find(|field| is_length(field));
    let is_empty = value(title, "Content: ") == Some(b"<null>")
        || length.is_some_and(|field| field.value.trim() == b"0");
    Some(Request {
        method: value(title, "Method: ")?.into(),
        target,
        origin: Some(origin),
        headers,
        body: match is_empty {
            true => Body::Captured(BString::default()),
            false => Body::NotCaptured,
        },
    })
}

fn response(message: &Gathered) -> Option<Response> {
    let title = message.text.lines().next()?;
    let status = value(title, "StatusCode: ")?.to_str().ok()?;
    Some(Response {
        status: status.parse().ok()?,
        headers: headers(message),
        body: Body::NotCaptured,
    })
}

use std::{cell::Cell, ops::Range};

use bstr::{BString, ByteSlice};

use crate::{
    evidence::{Attempt, Case, Claim, Party, Span},
    source::{
        Breadth, Format, Likeness, Line, Reader, Sink, Step, Whole, body_end,
        exchange::{head_length, is_signed_request},
        httpie_verbose,
        markers::Markers,
        refusal, refusal_json,
    },
    wire::{Body, Ending, Fidelity, Parsed, Request, RequestLine, Response},
};

pub(super) static FORMAT: Format = Format {
    id: "raw-http",
    summary: "a request as it goes over the wire, with or without the answer below it",
    page: "\
## How to get it
Write the request into a file: the request line, the headers, an empty line, the body. Lines may end
in LF or CRLF. The answer may follow below. Wireshark's \"follow stream\", a proxy's raw view and
the `.http` files of editors have this form.

## What it holds
Every byte of the request: `Authorization`, all headers in their order, the body.

## What it lacks
The signer's own canonical request and string to sign: they are derived from the request, the right
way, and compared by their signature.
",
    markers: &[
        "uthorization: AWS4-",
        "uthorization:AWS4-",
        "X-Amz-Signature=",
    ],
    breadth: Breadth::General,
    recognise,
    start: |whole| {
        Box::new(RawHttp {
            whole,
            ..RawHttp::default()
        })
    },
};

fn recognise(head: &[u8]) -> Likeness {
    let mut lines = head.lines().filter(|line| !is_between(line));
    let first = lines.next().unwrap_or_default();
    let versioned = first.trim_end().rfind(" HTTP/").is_some();
    match RequestLine::parse(first) {
        Some(_) if versioned => Likeness::Sure,
        Some(_) if goes_on(head) => Likeness::Faint,
        Some(_) => Likeness::None,
        None if [&b":method"[..], b":authority", b":path"]
            .iter()
            .any(|n| first.starts_with(n)) =>
        {
            Likeness::Sure
        }
        None => Likeness::None,
    }
}

/// Whether a field stands below a request line without a version, or the end of the head: a signature
/// behind that is none of its headers.
fn goes_on(head: &[u8]) -> bool {
    let is_sign = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_ \t".contains(byte);
    let line = head.lines().nth(1).unwrap_or_default();
    match line.split_once_str(":") {
        Some((name, _)) => name.iter().all(is_sign),
        None => line.trim().is_empty() && !head.contains_str("AWS4-"),
    }
}

/// Whether a line stands between the messages of an editor's `.http` file: empty, `### name`, or the
/// `@name = value` of a variable.
fn is_between(line: &[u8]) -> bool {
    let is_variable = line.starts_with(b"@") && line.contains(&b'=');
    line.trim().is_empty() || line.starts_with(b"###") || is_variable
}

/// No message is kept beyond this; the rest of a longer body is not captured.
const LENGTH: usize = 16 << 20;

struct RawHttp {
    whole: Whole,
    text: Vec<u8>,
    span: Option<Span>,
    cut: bool,
    /// In a log: where the message begins that is being read.
    message: usize,
    /// In a log: how long the text is with it, once its head is whole.
    wanted: Option<usize>,
}

impl Default for RawHttp {
    fn default() -> Self {
        Self {
            whole: Whole::Document,
            text: Vec::new(),
            span: None,
            cut: false,
            message: 0,
            wanted: None,
        }
    }
}

impl Reader for RawHttp {
    fn line(&mut self, line: &Line<'_>, sink: &mut Sink<'_>) -> Step {
        if self.span.is_none() {
            if self.whole == Whole::Document && is_between(line.text()) {
                return Step::More;
            }
            if self.whole == Whole::Log && RequestLine::parse(line.text()).is_none() {
                return Step::Pass;
            }
        } else if self.whole == Whole::Log && self.ends_at(line) {
            self.end(sink);
            return Step::Pass;
        }
        if self.text.len() + line.raw.len() <= LENGTH {
            self.text.extend_from_slice(line.raw);
        } else {
            self.cut = true;
        }
        self.cut |= line.cut;
        let span = line.span();
        self.span = Some(
            self.span
                .take()
                .map_or_else(|| span.clone(), |held| held.cover(&span)),
        );
        Step::More
    }

    fn end(&mut self, sink: &mut Sink<'_>) {
        let Some(span) = self.span.take() else { return };
        let text = std::mem::take(&mut self.text);
        let cut = std::mem::take(&mut self.cut);
        (self.message, self.wanted) = (0, None);
        let mut messages = Messages {
            text: &text,
            at: 0,
            span: &span,
            cut,
            whole: self.whole,
            counted: Cell::default(),
        };
        while messages.next_case(sink) {}
    }
}

impl RawHttp {
    /// In a log, a message ends where its length says, or before a line that is none of a head; the
    /// answer may follow.
    fn ends_at(&mut self, line: &Line<'_>) -> bool {
        if let Some(wanted) = self.wanted {
            let is_whole = self.text.len() >= wanted;
            let is_answer = self.message == 0 && Response::status_of(line.text()).is_some();
            if is_whole && is_answer {
                (self.message, self.wanted) = (self.text.len(), None);
                return false;
            }
            let is_blank = line.text().trim().is_empty() && self.message == 0;
            return is_whole && !(is_blank && self.text.len() < wanted + BLANKS);
        }
        if !self.text.ends_with(b"\n\n") && !self.text.ends_with(b"\r\n\r\n") {
            let folded = line.text().first().is_some_and(u8::is_ascii_whitespace);
            return !(line.text().contains(&b':') || folded || line.text().is_empty());
        }
        let text = self.text.get(self.message..).unwrap_or_default();
        let ending = match self.message {
            0 => Request::parse(text).map(|parsed| parsed.ending).ok(),
            _ => Response::parse(text).map(|parsed| parsed.ending).ok(),
        };
        let announced = match ending {
            Some(Ending::CutShort { announced }) => announced,
            _ => 0,
        };
        self.wanted = Some(self.text.len() + announced);
        announced == 0 && self.ends_at(line)
    }
}

/// So much is looked at behind a body to see whether it ends there.
const BEHIND: usize = 2 << 10;

const NO_REQUEST: &str = "what stands from here on is no request, and is not read";

/// So many bytes of empty lines may stand between a message and its answer.
const BLANKS: usize = 8;

struct Messages<'a> {
    text: &'a [u8],
    at: usize,
    span: &'a Span,
    cut: bool,
    whole: Whole,
    /// How many lines stand before a place that was asked for: the next lies near it.
    counted: Cell<(usize, u64)>,
}

impl Messages<'_> {
    /// Reads one request with its answer; says whether there may be another.
    fn next_case(&mut self, sink: &mut Sink<'_>) -> bool {
        self.skip_separators();
        let rest = self.text.get(self.at..).unwrap_or_default();
        if rest.is_empty() {
            return false;
        }
        let parsed = match Request::parse(rest) {
            Ok(parsed) => parsed,
            Err(error) if self.at == 0 || self.whole == Whole::Log => {
                let place = self.place(self.at + error.at, 0);
                sink.note(error.to_string(), place);
                return false;
            }
            Err(_) => {
                // What stands below is read by others, if it tells them anything; it is not quoted,
                // for it may hold anything.
                let tells = || Markers::of_all().is_some_and(|markers| markers.tell(rest));
                if !tells() {
                    sink.note(NO_REQUEST, self.place(self.at, 0));
                }
                return false;
            }
        };
        let (request, length) = self.request(&parsed, rest, sink);
        if self.whole == Whole::Log && !is_signed_request(&request) {
            self.at += length;
            return true;
        }
        let text = BString::from(rest.get(..length).unwrap_or(rest));
        let place = self.place(self.at, length);
        let number = sink.number();
        let format = match request.header("user-agent") {
            Some(agent) if httpie_verbose::is_httpies(agent) => httpie_verbose::FORMAT.id,
            _ => FORMAT.id,
        };
        self.at += length;
        let mut attempt = Attempt {
            requests: vec![Claim::of(
                text,
                request,
                Party::Wire,
                Fidelity::Exact,
                place,
            )],
            ..Attempt::default()
        };
        self.next_response(&mut attempt, sink);
        sink.case(Case {
            number,
            format,
            attempts: vec![attempt],
            hints: Vec::new(),
        });
        true
    }

    /// The request with its body as far as it can be believed, and how long its text is.
    fn request(
        &self,
        parsed: &Parsed<Request>,
        rest: &[u8],
        sink: &mut Sink<'_>,
    ) -> (Request, usize) {
        let head = head_length(rest).unwrap_or(rest.len());
        // What belongs to the next message is not looked at: there may be thousands.
        let end = parsed.length.saturating_add(BEHIND).min(rest.len());
        let behind = match parsed.ending {
            Ending::InDoubt => rest.get(head..parsed.length),
            Ending::Length | Ending::CutShort { .. } => rest.get(head..end),
        };
        let behind = behind.unwrap_or_default();
        let found = match self.whole {
            Whole::Document => body_end::find(&parsed.message, parsed.ending, behind),
            Whole::Log => None,
        };
        if let Some(found) = found {
            let mut request = parsed.message.clone();
            request.body = found.body;
            let length = head + found.length;
            if let Some(note) = found.note {
                sink.note(note, self.place(self.at + length, 0));
            }
            return (request, length);
        }
        let mut request = self.message(parsed, sink, |request| &mut request.body);
        if is_without_body(&parsed.ending, &request) {
            // Only the headers were copied. A client that sends an empty body says so.
            request.body = Body::NotCaptured;
        }
        (request, parsed.length)
    }

    fn next_response(&mut self, attempt: &mut Attempt, sink: &mut Sink<'_>) {
        self.skip_separators();
        if self.whole == Whole::Document {
            self.skip_words();
        }
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            let Ok(mut parsed) = Response::parse(rest) else {
                return self.refusal_alone(attempt);
            };
            end_with_refusal(&mut parsed);
            let shown = parsed.message.clone();
            let response = self.message(&parsed, sink, |response| &mut response.body);
            let text = BString::from(rest.get(..parsed.length).unwrap_or(rest));
            let place = self.place(self.at, parsed.length);
            self.at += parsed.length;
            if (100..200).contains(&response.status) {
                continue;
            }
            // Of a body that is cut, what is there tells, if anything can be read of it.
            refusal::examine(attempt, &shown, Fidelity::Exact, &place);
            let claim = Claim::of(text, response, Party::Wire, Fidelity::Exact, place);
            attempt.responses.push(claim);
            return;
        }
    }

    /// Goes to the head of the answer, where nothing but a few words stands before it.
    fn skip_words(&mut self) {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let near = rest.get(..BEHIND).unwrap_or(rest);
        let mut length = 0;
        for line in near.lines_with_terminator() {
            let bare = line.trim_end_with(|end| matches!(end, '\r' | '\n'));
            if bare.starts_with(b"HTTP/") && Response::status_of(bare).is_some() {
                self.at += length;
                return;
            }
            let tells = || Markers::of_all().is_some_and(|markers| markers.tell(line));
            if RequestLine::parse(bare).is_some() || tells() {
                return;
            }
            length += line.len();
        }
    }

    /// The body of an answer whose head was not copied, right below the request.
    fn refusal_alone(&mut self, attempt: &mut Attempt) {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let answered = !attempt.responses.is_empty() || self.whole == Whole::Log;
        let Some((refusal, length)) = refusal_json::first(rest).filter(|_| !answered) else {
            return;
        };
        let text = rest.get(..length).unwrap_or_default();
        let place = self.place(self.at, length);
        refusal::add(attempt, text.as_bstr(), refusal, Fidelity::Exact, &place);
        self.at += length;
    }

    /// The message with its body as far as it can be believed, and a note where it is not whole.
    fn message<T: Clone>(
        &self,
        parsed: &Parsed<T>,
        sink: &mut Sink<'_>,
        body: fn(&mut T) -> &mut Body,
    ) -> T {
        let mut message = parsed.message.clone();
        let end = self.at + parsed.length;
        let place = self.place(end, 0);
        match parsed.ending {
            Ending::CutShort { announced } => {
                let held = body(&mut message).bytes().map_or(0, <[u8]>::len);
                sink.note(
                    format!("expected {announced} bytes of body, found {held}"),
                    place,
                );
                *body(&mut message) = Body::NotCaptured;
            }
            Ending::InDoubt if self.cut && end == self.text.len() => {
                sink.note(
                    "the body is longer than is kept, so it counts as not captured",
                    place,
                );
                *body(&mut message) = Body::NotCaptured;
            }
            Ending::InDoubt => {
                // Without a length, the last line break is the editor's more often than not.
                if let Body::Captured(bytes) = body(&mut message) {
                    let kept = bytes
                        .trim_end_with(|byte| matches!(byte, '\r' | '\n'))
                        .len();
                    bytes.truncate(kept);
                }
            }
            Ending::Length => {}
        }
        message
    }

    fn skip_separators(&mut self) {
        while let Some(line) = self
            .text
            .get(self.at..)
            .and_then(|rest| rest.lines_with_terminator().next())
        {
            if !is_between(line) {
                return;
            }
            self.at += line.len();
        }
    }

    /// Where the `length` bytes from `at` stand in the input.
    fn place(&self, at: usize, length: usize) -> Span {
        let lines = |to: usize| {
            let to = to.min(self.text.len());
            let (from, counted) = self.counted.get();
            let between = |range: Range<usize>| {
                let text = self.text.get(range).unwrap_or_default();
                memchr::memchr_iter(b'\n', text).count() as u64
            };
            let all = if from <= to {
                counted + between(from..to)
            } else {
                counted - between(to..from)
            };
            self.counted.set((to, all));
            all
        };
        let start = self.span.bytes.start + at as u64;
        let first_line = self.span.first_line + lines(at);
        let last_line = self.span.first_line + lines((at + length).saturating_sub(1).max(at));
        Span {
            bytes: start..start + length as u64,
            first_line,
            last_line,
            input: self.span.input,
        }
    }
}

/// Whether the headers speak of a body, and neither it nor its length is there.
fn is_without_body(ending: &Ending, request: &Request) -> bool {
    *ending == Ending::InDoubt
        && matches!(request.method.as_bytes(), b"POST" | b"PUT" | b"PATCH")
        && request.body.bytes().is_some_and(<[u8]>::is_empty)
        && body_end::speaks_of_body(request)
}

/// Takes off an answer what somebody wrote behind the refusal in it.
fn end_with_refusal(parsed: &mut Parsed<Response>) {
    if let (Ending::InDoubt, Body::Captured(body)) = (parsed.ending, &mut parsed.message.body)
        && let Some(end) = body_end::of_refusal(body)
        && body
            .get(end..)
            .is_some_and(|behind| !behind.trim().is_empty())
    {
        parsed.length -= body.len() - end;
        body.truncate(end);
    }
}

use bstr::ByteSlice;

use crate::{
    evidence::Attempt,
    source::{
        Breadth, Format, Likeness, Line, Reader, Sink, Step,
        artifact_block::Progress,
        body_end,
        curl::{self, Enclosed, NO_ARTIFACTS, NO_CANONICAL_REQUEST, Sign},
        exchange::{Bodies, Gathered, add_request, add_response, emit, is_signed},
        libcurl_verbose, shown_body,
    },
    wire::{RequestLine, Response},
};

pub(super) static FORMAT: Format = Format {
    id: "curl-verbose",
    summary: "output of `curl -v`, with --aws-sigv4 or with a signature made elsewhere",
    page: "\
## How to get it
`curl -v --aws-sigv4 aws:amz:REGION:SERVICE --user ID:SECRET URL > curl.log 2>&1`. With
`--trace-ascii -` instead of `-v` the bodies are there as well.

## What it holds
The request line and every header as sent, and the answer's; the answer's body where standard output
went to the same file. curl 8.14 to 8.20 print the canonical request, the string to sign and the
signature; curl 8.21 and later the string to sign and the signature. Never the secret access key,
unless the shell line that started curl is in the file. The session token stands in clear.

## What it lacks
The request's body (`--trace` has it). Before 8.14 all artifacts, from 8.21 on the canonical request.
A message of curl's is cut at 2,048 bytes: with a long session token, the canonical request is.
",
    markers: &[
        "aws_sigv4: ",
        "auth using AWS_SIGV4 with",
        "> Authorization: AWS4-",
        "> authorization: AWS4-",
        "> Authorization:AWS4-",
        "> authorization:AWS4-",
        "X-Amz-Signature=",
    ],
    breadth: Breadth::Client,
    recognise: |_| Likeness::None,
    start: |_| Box::new(CurlVerbose::default()),
};

/// Reads what libcurl says with CURLOPT_VERBOSE, as curl prints it or as libcurl does by itself:
/// then only the first line of a request's head has its sign.
#[derive(Default)]
pub(super) struct CurlVerbose {
    call: Option<Call>,
    state: State,
    /// How many lines went by while something was waited for.
    waited: usize,
    noted: bool,
}

struct Call {
    number: u32,
    attempt: Attempt,
    printed_by: PrintedBy,
}

/// Whose form a request's head has.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum PrintedBy {
    Curl,
    Libcurl,
}

#[derive(Default)]
enum State {
    /// Nothing is open, or what is open waits for what comes next.
    #[default]
    Between,
    Artifact(Enclosed),
    Request(Gathered),
    Response(Gathered),
    /// A request's body, as Insomnia shows it.
    SentBody(Gathered),
    /// The answer's head is whole; its body has this many bytes, where that is known.
    Body(Gathered, Option<usize>),
}

/// So long a request waits for its answer, or an artifact for its request.
const PATIENCE: usize = 2_000;

impl Reader for CurlVerbose {
    fn line(&mut self, line: &Line<'_>, sink: &mut Sink<'_>) -> Step {
        let mut text = line.text();
        if text.contains_str("== Info: ") {
            // The sign of a trace.
            return Step::Pass;
        }
        if curl::sign(text).is_none()
            && matches!(self.state, State::Between)
            && let Some(at) = curl::inside(text)
        {
            text = text.get(at..).unwrap_or_default();
        }
        match std::mem::take(&mut self.state) {
            State::Artifact(mut artifact) if curl::sign(text).is_none() => {
                match artifact.push(line) {
                    Progress::Whole => artifact.add(&mut self.call(sink).attempt, sink),
                    Progress::More => self.state = State::Artifact(artifact),
                }
                return Step::More;
            }
            State::Artifact(artifact) => artifact.add(&mut self.call(sink).attempt, sink),
            State::Request(head) if curl::sign(text).is_none() && !text.starts_with(b"{ [") => {
                self.call(sink).printed_by = PrintedBy::Libcurl;
                self.state = State::Request(head);
                return self.sent(text, line, sink);
            }
            State::Body(body, length) => {
                if self.body(body, length, line, sink) == Taken::Whole {
                    return Step::More;
                }
            }
            // Insomnia ends a head with an empty line.
            State::Response(head) if line.text().is_empty() => {
                self.state = State::Response(head);
                return self.received(b"", line, sink);
            }
            State::SentBody(mut body) => match shown_body::piece(line.raw) {
                Some(piece) => {
                    body.push(piece, line);
                    self.state = State::SentBody(body);
                    return Step::More;
                }
                None => self.sent_body(body),
            },
            State::Between if self.waits_for_answer() => {
                if let Some(piece) = shown_body::piece(line.raw) {
                    self.state = State::SentBody(Gathered::begin(piece, line));
                    return Step::More;
                }
            }
            state => self.state = state,
        }
        let Some((sign, at)) = curl::sign(text) else {
            return self.wait(sink);
        };
        let behind = text.get(at..).unwrap_or_default();
        match sign {
            Sign::Info => self.info(behind, line, sink),
            Sign::Sent => self.sent(behind, line, sink),
            Sign::Received => self.received(behind, line, sink),
            Sign::Count => self.wait(sink),
        }
    }

    fn boundary(&mut self, sink: &mut Sink<'_>) -> Step {
        self.end(sink);
        Step::Idle
    }

    fn end(&mut self, sink: &mut Sink<'_>) {
        match std::mem::take(&mut self.state) {
            State::Artifact(artifact) => artifact.add(&mut self.call(sink).attempt, sink),
            State::Request(head) => {
                add_request(&mut self.call(sink).attempt, head, Bodies::NotShown);
            }
            State::Response(answer) | State::Body(answer, _) => {
                self.answer(answer, sink);
            }
            State::SentBody(body) => self.sent_body(body),
            State::Between => {}
        }
        self.close(sink);
    }
}

/// Whether a line was the body's to its end.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Taken {
    Whole,
    NotAll,
}

impl CurlVerbose {
    fn call(&mut self, sink: &mut Sink<'_>) -> &mut Call {
        self.call.get_or_insert_with(|| Call {
            number: sink.number(),
            attempt: Attempt::default(),
            printed_by: PrintedBy::Curl,
        })
    }

    fn close(&mut self, sink: &mut Sink<'_>) {
        let Some(call) = self.call.take() else { return };
        let Call {
            number,
            attempt,
            printed_by,
        } = call;
        let missing = match (
            attempt.canonical_requests.is_empty(),
            attempt.strings_to_sign.is_empty(),
        ) {
            (true, true) => Some(NO_ARTIFACTS),
            (true, false) => Some(NO_CANONICAL_REQUEST),
            _ => None,
        };
        if let (Some(missing), Some(request), false) =
            (missing, attempt.requests.first(), self.noted)
            && is_signed(&attempt)
        {
            self.noted = true;
            sink.note(missing, request.span.clone());
        }
        let format = match printed_by {
            PrintedBy::Curl => FORMAT.id,
            PrintedBy::Libcurl => libcurl_verbose::FORMAT.id,
        };
        emit(format, number, attempt, sink);
    }

    /// A line that says nothing: while something is open, more may come.
    fn wait(&mut self, sink: &mut Sink<'_>) -> Step {
        if self.call.is_none() {
            return Step::Pass;
        }
        self.waited += 1;
        if self.waited > PATIENCE {
            self.waited = 0;
            self.end(sink);
            return Step::Pass;
        }
        Step::Wait
    }

    /// What was signed or sent before is over when something new is signed.
    fn next(&mut self, sink: &mut Sink<'_>) {
        let sent = |call: &Call| !call.attempt.requests.is_empty();
        if self.call.as_ref().is_some_and(sent) {
            self.close(sink);
        }
        self.waited = 0;
    }

    fn info(&mut self, text: &[u8], line: &Line<'_>, sink: &mut Sink<'_>) -> Step {
        if let Some(guess) = curl::guess(text) {
            sink.note(["curl ", &guess.to_str_lossy()].concat(), line.span());
            return Step::More;
        }
        if let Some(artifact) = Enclosed::open(text, line) {
            self.next(sink);
            if artifact.is_whole() {
                artifact.add(&mut self.call(sink).attempt, sink);
            } else {
                self.state = State::Artifact(artifact);
            }
            return Step::More;
        }
        if text.contains_str("auth using AWS_SIGV4 with") {
            self.next(sink);
            self.call(sink);
            return Step::More;
        }
        self.wait(sink)
    }

    fn sent(&mut self, text: &[u8], line: &Line<'_>, sink: &mut Sink<'_>) -> Step {
        let raw = [text, b"\n"].concat();
        match std::mem::take(&mut self.state) {
            State::Request(mut head) => {
                head.push(&raw, line);
                if text.trim_end().is_empty() {
                    add_request(&mut self.call(sink).attempt, head, Bodies::NotShown);
                } else {
                    self.state = State::Request(head);
                }
            }
            state => {
                if RequestLine::parse(text.trim_end()).is_none() {
                    self.state = state;
                    return self.wait(sink);
                }
                if let State::Response(answer) = state {
                    self.answer(answer, sink);
                }
                self.next(sink);
                self.call(sink);
                self.state = State::Request(Gathered::begin(&raw, line));
            }
        }
        Step::More
    }

    /// Whether a request is there and no answer to it.
    fn waits_for_answer(&self) -> bool {
        let waits =
            |call: &Call| call.attempt.request().is_some() && call.attempt.responses.is_empty();
        self.call.as_ref().is_some_and(waits)
    }

    fn sent_body(&mut self, body: Gathered) {
        if let Some(call) = &mut self.call {
            shown_body::add(&mut call.attempt, body);
        }
    }

    fn received(&mut self, text: &[u8], line: &Line<'_>, sink: &mut Sink<'_>) -> Step {
        let raw = [text, b"\n"].concat();
        match std::mem::take(&mut self.state) {
            State::Response(mut head) if Response::status_of(text).is_none() => {
                head.push(&raw, line);
                if text.trim_end().is_empty() {
                    self.headed(head, sink);
                } else {
                    self.state = State::Response(head);
                }
                Step::More
            }
            state => {
                let open = self
                    .call
                    .as_ref()
                    .is_some_and(|call| !call.attempt.requests.is_empty());
                if !open || Response::status_of(text).is_none() {
                    self.state = state;
                    return self.wait(sink);
                }
                // What is given up here was an interim answer.
                self.state = State::Response(Gathered::begin(&raw, line));
                Step::More
            }
        }
    }

    /// The head of an answer is whole: its body follows among the other lines, or never.
    fn headed(&mut self, head: Gathered, sink: &mut Sink<'_>) {
        let Ok(parsed) = Response::parse(&head.text) else {
            return;
        };
        let status = parsed.message.status;
        if (100..200).contains(&status) {
            return;
        }
        let request = self.call.as_ref().and_then(|call| call.attempt.request());
        let is_head = request.is_some_and(|request| request.method == "HEAD");
        let length = parsed
            .message
            .header("content-length")
            .and_then(|length| length.trim().to_str().ok()?.parse::<usize>().ok());
        if is_head || matches!(status, 204 | 304) || length == Some(0) {
            self.answer(head, sink);
            return;
        }
        let whole = length.map(|length| head.text.len() + length);
        self.state = State::Body(head, whole);
    }

    /// Where in a line the body begins, if it looks like one: what a program prints beside
    /// libcurl's lines may be anything.
    fn begins_body(&self, head: &Gathered, line: &Line<'_>) -> Option<usize> {
        const NEAR: usize = 8;
        let parsed = Response::parse(&head.text).ok()?.message;
        let kind = parsed.header("content-type").unwrap_or_default();
        let near = line.raw.get(..NEAR).unwrap_or(line.raw);
        let kind = kind.to_ascii_lowercase();
        if kind.contains_str("json") {
            return near.find_byteset("{[");
        }
        if kind.contains_str("xml") || kind.contains_str("html") {
            return near.find_byte(b'<');
        }
        let by_curl = self
            .call
            .as_ref()
            .is_some_and(|call| call.printed_by == PrintedBy::Curl);
        by_curl.then_some(0)
    }

    fn answer(&mut self, answer: Gathered, sink: &mut Sink<'_>) {
        let begun = answer.text.len() > body_start(&answer.text);
        let bodies = if begun {
            Bodies::Shown
        } else {
            Bodies::NotShown
        };
        add_response(&mut self.call(sink).attempt, answer, bodies);
    }

    /// Takes what a line has of the body, which standard output put between curl's own lines.
    fn body(
        &mut self,
        mut body: Gathered,
        whole: Option<usize>,
        line: &Line<'_>,
        sink: &mut Sink<'_>,
    ) -> Taken {
        let begun = body.text.len() > body_start(&body.text);
        let own = curl::sign(line.text());
        let is_own = match own {
            Some((Sign::Count, _)) => true,
            Some(_) => whole.is_none() || !begun,
            // A progress meter.
            None => !begun && line.text().starts_with(b"\r"),
        };
        if is_own {
            let next = matches!(own, Some((Sign::Sent, _)));
            self.waited += 1;
            let over =
                whole.is_none() && begun || next || begins(line.text()) || self.waited > PATIENCE;
            if over {
                self.answer(body, sink);
                return Taken::NotAll;
            }
            self.state = State::Body(body, whole);
            return Taken::Whole;
        }
        let mut raw = line.raw;
        if !begun {
            match self.begins_body(&body, line) {
                Some(at) => raw = raw.get(at..).unwrap_or_default(),
                None => {
                    self.waited += 1;
                    if self.waited > PATIENCE {
                        self.answer(body, sink);
                        return Taken::NotAll;
                    }
                    self.state = State::Body(body, whole);
                    return Taken::Whole;
                }
            }
        }
        // A count of bytes that was written behind a piece of the body.
        if let Some(at) = line.text().rfind(b"{ [")
            && line.text().ends_with(b"bytes data]")
        {
            raw = raw.get(..at).unwrap_or_default();
        }
        let held = body.text.len();
        match whole {
            Some(whole) if held + raw.len() >= whole => {
                let (mine, rest) = raw.split_at_checked(whole - held).unwrap_or((raw, b""));
                body.push(mine, line);
                self.answer(body, sink);
                if rest.trim().is_empty() {
                    return Taken::Whole;
                }
                let rest = Line {
                    raw: rest,
                    offset: line.offset + mine.len() as u64,
                    ..*line
                };
                self.line(&rest, sink);
                Taken::Whole
            }
            None => {
                let end = curl::inside(raw).unwrap_or(raw.len());
                body.push(raw.get(..end).unwrap_or_default(), line);
                match ends_refusal(raw) && is_refusal(&body) {
                    true => self.answer(body, sink),
                    false => self.state = State::Body(body, whole),
                }
                Taken::Whole
            }
            Some(_) => {
                body.push(raw, line);
                self.state = State::Body(body, whole);
                Taken::Whole
            }
        }
    }
}

/// Whether a line begins the next request's artifacts.
fn begins(text: &[u8]) -> bool {
    text.contains_str(curl::SIGNER) || text.contains_str("auth using AWS_SIGV4 with")
}

/// Whether a line may end a refusal: one in XML, or in JSON that is not indented.
fn ends_refusal(line: &[u8]) -> bool {
    line.contains_str("</") || matches!(line.first(), Some(b'{' | b'}'))
}

/// Whether the body of an answer is a refusal, whole.
fn is_refusal(answer: &Gathered) -> bool {
    const LONGEST: usize = 64 << 10;
    let body = answer.text.get(body_start(&answer.text)..);
    let body = body.filter(|body| body.len() <= LONGEST);
    body.is_some_and(|body| body_end::of_refusal(body).is_some())
}

/// Where the body begins.
fn body_start(text: &[u8]) -> usize {
    let mut at = 0;
    for line in text.lines_with_terminator() {
        at += line.len();
        if line.trim().is_empty() {
            break;
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use crate::{evidence::InputId, source::read_all};

    #[test]
    fn a_header_may_have_no_blank_behind_its_colon() {
        let log = format!(
            "* Connected to h\n> GET /a HTTP/1.1\n> Host: x.us-east-1.es.amazonaws.com\n> X-Amz-Date:20240816T174659Z\n> Authorization:AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20240816/us-west-2/es/aws4_request, SignedHeaders=host;x-amz-date, Signature={}\n> \n< HTTP/1.1 403 Forbidden\n< \n",
            "0".repeat(64)
        );
        let (cases, _, _) = read_all(InputId(0), &mut log.as_bytes());
        let [case] = cases.as_slice() else {
            panic!("{} cases", cases.len())
        };
        assert_eq!(case.format, "curl-verbose");
        let attempt = &case.attempts[0];
        assert_eq!(
            attempt.request().unwrap().header("x-amz-date").unwrap(),
            "20240816T174659Z"
        );
        assert_eq!(attempt.response().unwrap().status, 403);
    }
}

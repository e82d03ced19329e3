use bstr::ByteSlice;

use crate::source::{
    Breadth, Format, Likeness, Line, Reader, Sink, Step,
    calls::Calls,
    exchange::{Bodies, Extent, Gathered},
    go_signing::{SigningBlock, Taken, is_rule},
};

pub(super) static FORMAT: Format = Format {
    id: "go-sdk-v1",
    summary: "log of programs built on the AWS SDK for Go, version 1",
    page: "\
## How to get it
`aws.Config{LogLevel: aws.LogLevel(aws.LogDebugWithSigning | aws.LogDebugWithHTTPBody |
aws.LogDebugWithRequestRetries)}`. The SDK logs to standard output unless a `Logger` is set; what the
logger puts before a record does not matter.

## What it holds
The canonical request and the string to sign, the request as it goes out with its `Authorization`
value, the answer with its body, the retries. Never the secret access key. The session token stands in
clear.

## What it lacks
Bodies, without `aws.LogDebugWithHTTPBody`; the artifacts, without `aws.LogDebugWithSigning`. What HTTP/2
carried is shown as HTTP/1.1. When several requests wait at once, which answer is whose.
",
    markers: &[
        "DEBUG: Request Signature:",
        " Details:",
    ],
    breadth: Breadth::Client,
    recognise: |_| Likeness::None,
    start: |_| Box::new(GoSdkV1::default()),
};

#[derive(Default)]
struct GoSdkV1 {
    calls: Option<Calls>,
    state: State,
    /// For how many more lines something is waited for.
    patience: usize,
}

#[derive(Default)]
enum State {
    #[default]
    Between,
    Signing(Box<SigningBlock>),
    /// The label was read; the frame's first line follows.
    Details,
    Request(Option<Gathered>),
    Response(Option<Gathered>, Prefix),
    /// The answer's body, a record of its own.
    Body(Gathered, Prefix),
    InBody(Gathered, Prefix),
}

/// What stands before a record: as many bytes, digits where that has digits.
#[derive(Clone, Debug, Default)]
struct Prefix(Vec<u8>);

impl Prefix {
    /// The text behind a prefix like this one.
    fn behind<'a>(&self, line: &'a [u8]) -> Option<&'a [u8]> {
        let fits = |(a, b): (&u8, &u8)| a == b || a.is_ascii_digit() && b.is_ascii_digit();
        let head = line.get(..self.0.len())?;
        let same = head.iter().zip(&self.0).all(fits);
        same.then(|| line.get(self.0.len()..)).flatten()
    }
}

const PATIENCE: usize = 2_000;

impl Reader for GoSdkV1 {
    fn line(&mut self, line: &Line<'_>, sink: &mut Sink<'_>) -> Step {
        let text = line.text();
        match std::mem::take(&mut self.state) {
            State::Between => self.between(line),
            State::Signing(mut block) => {
                match block.push(line) {
                    Taken::Inside => self.state = State::Signing(block),
                    Taken::Last => self.calls().signed(block.finish(), sink),
                }
                Step::More
            }
            State::Details => {
                if text.starts_with(b"---[ REQUEST POST-SIGN ]---") {
                    self.state = State::Request(None);
                    Step::More
                } else {
                    self.between(line)
                }
            }
            State::Request(gathered) => {
                if is_rule(text) {
                    if let Some(gathered) = gathered {
                        self.sent(gathered.without_last_break(), sink);
                    }
                } else {
                    self.state = State::Request(Some(Gathered::grown(gathered, line)));
                }
                Step::More
            }
            State::Response(gathered, prefix) => {
                if is_rule(text) {
                    if let Some(head) = gathered {
                        self.headed(head, prefix, sink);
                    }
                } else if text.starts_with(b"---[ RESPONSE ]---") {
                    self.state = State::Response(None, prefix);
                } else {
                    self.state = State::Response(Some(Gathered::grown(gathered, line)), prefix);
                }
                Step::More
            }
            State::Body(head, prefix) => self.body(head, prefix, line, sink),
            State::InBody(answer, prefix) => self.in_body(answer, prefix, line, sink),
        }
    }

    fn boundary(&mut self, sink: &mut Sink<'_>) -> Step {
        match std::mem::take(&mut self.state) {
            // The body is the next record.
            State::Body(head, prefix) => self.state = State::Body(head, prefix),
            state => self.close(state, sink),
        }
        self.wait()
    }

    fn end(&mut self, sink: &mut Sink<'_>) {
        let state = std::mem::take(&mut self.state);
        self.close(state, sink);
        self.calls().end(sink);
    }
}

impl GoSdkV1 {
    fn calls(&mut self) -> &mut Calls {
        self.calls.get_or_insert_with(|| Calls::new(FORMAT.id))
    }

    fn between(&mut self, line: &Line<'_>) -> Step {
        let text = line.text();
        let Some(at) = text.find("DEBUG: ") else {
            return self.wait();
        };
        let rest = text.get(at + 7..).unwrap_or_default();
        if rest == b"Request Signature:" {
            self.state = State::Signing(Box::default());
        } else if rest.starts_with(b"Request ") && rest.ends_with(b" Details:") {
            self.state = State::Details;
        } else if rest.starts_with(b"Response ") && rest.ends_with(b" Details:") {
            let prefix = Prefix(text.get(..at).unwrap_or_default().to_vec());
            self.state = State::Response(None, prefix);
        } else if rest.starts_with(b"Retrying Request ") {
            self.calls().retried();
        } else {
            return self.wait();
        }
        self.patience = PATIENCE;
        Step::More
    }

    fn wait(&mut self) -> Step {
        self.patience = self.patience.saturating_sub(1);
        let open = !matches!(self.state, State::Between) || self.patience > 0;
        if open { Step::Wait } else { Step::Pass }
    }

    fn sent(&mut self, request: Gathered, sink: &mut Sink<'_>) {
        self.calls().sent(request, Bodies::Shown, sink);
    }

    /// The answer's head: its body is the next record, if bodies are logged.
    fn headed(&mut self, head: Gathered, prefix: Prefix, sink: &mut Sink<'_>) {
        let mut head = head.without_last_break();
        // An empty line behind the head is the log's.
        if let Some(Extent::Whole(whole)) = head.extent()
            && head.text.len() >= whole
        {
            head.text.truncate(whole);
            self.calls().answered(head, Bodies::Shown, sink);
            return;
        }
        // Whoever copied it may have left the length out; what stands behind the head is the body.
        if head.has_body() {
            self.calls().answered(head, Bodies::Shown, sink);
            return;
        }
        let kept = head.text.trim_end_with(|end| matches!(end, '\r' | '\n'));
        let kept = kept.len();
        head.text.truncate(kept);
        head.text.extend_from_slice(b"\r\n\r\n");
        self.state = State::Body(head, prefix);
    }

    fn body(
        &mut self,
        mut head: Gathered,
        prefix: Prefix,
        line: &Line<'_>,
        sink: &mut Sink<'_>,
    ) -> Step {
        let body = prefix.behind(line.raw);
        match body.filter(|body| !body.starts_with(b"DEBUG: ")) {
            Some(body) => {
                head.push(body, line);
                self.more_body(head, prefix, sink);
                Step::More
            }
            None => {
                self.calls().answered(head, Bodies::NotShown, sink);
                self.between(line)
            }
        }
    }

    fn in_body(
        &mut self,
        mut answer: Gathered,
        prefix: Prefix,
        line: &Line<'_>,
        sink: &mut Sink<'_>,
    ) -> Step {
        let next = prefix.behind(line.raw);
        if next.is_some_and(|next| next.starts_with(b"DEBUG: ")) {
            self.calls().answered(answer, Bodies::Shown, sink);
            return self.between(line);
        }
        answer.push(line.raw, line);
        self.more_body(answer, prefix, sink);
        Step::More
    }

    fn more_body(&mut self, answer: Gathered, prefix: Prefix, sink: &mut Sink<'_>) {
        if answer.is_whole() {
            self.calls().answered(answer, Bodies::Shown, sink);
        } else {
            self.state = State::InBody(answer, prefix);
        }
    }

    fn close(&mut self, state: State, sink: &mut Sink<'_>) {
        match state {
            State::Signing(block) => {
                let attempt = block.finish();
                if !attempt.is_empty() {
                    self.calls().signed(attempt, sink);
                }
            }
            State::Request(Some(request)) => self.sent(request.unfinished(), sink),
            State::Response(Some(head), _) | State::Body(head, _) => {
                self.calls().answered(head, Bodies::NotShown, sink);
            }
            State::InBody(answer, _) => self.calls().answered(answer, Bodies::Shown, sink),
            State::Between | State::Details | State::Request(None) | State::Response(None, _) => {}
        }
    }
}

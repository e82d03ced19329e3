use bstr::ByteSlice;

use crate::source::{
    Breadth, Format, Likeness, Line, Reader, Sink, Step,
    calls::Calls,
    exchange::{Bodies, Gathered},
    go_signing::{SigningBlock, Taken},
};

pub(super) static FORMAT: Format = Format {
    id: "go-sdk-v2",
    summary: "log of programs built on the AWS SDK for Go, version 2",
    page: "\
## How to get it
`config.WithClientLogMode(aws.LogSigning | aws.LogRequestWithBody | aws.LogResponseWithBody |
aws.LogRetries)`. The SDK logs to standard error unless `config.WithLogger` is given; logrus, slog and
zap, as text or as JSON, are read as well.

## What it holds
The canonical request and the string to sign, the request as it goes out with its `Authorization`
value, the answer with its body. Never the secret access key. The session token stands in clear.

## What it lacks
Bodies, without `aws.LogRequestWithBody` and `aws.LogResponseWithBody`; the artifacts, without
`aws.LogSigning`. What HTTP/2 carried is shown as HTTP/1.1. When several requests wait at once, which
answer is whose.
",
    markers: &["Request Signature:", "SDK 20"],
    breadth: Breadth::Client,
    recognise: |_| Likeness::None,
    start: |_| Box::new(GoSdkV2::default()),
};

#[derive(Default)]
struct GoSdkV2 {
    calls: Option<Calls>,
    state: State,
    /// For how many more lines something is waited for.
    patience: usize,
}

#[derive(Default)]
enum State {
    #[default]
    Between,
    Signing(SigningBlock),
    Request(Option<Gathered>),
    Response(Option<Gathered>),
}

const PATIENCE: usize = 2_000;

impl Reader for GoSdkV2 {
    fn line(&mut self, line: &Line<'_>, sink: &mut Sink<'_>) -> Step {
        match std::mem::take(&mut self.state) {
            State::Between => self.between(line),
            State::Signing(mut block) => {
                match block.push(line) {
                    Taken::Inside => self.state = State::Signing(block),
                    Taken::Last => self.calls().signed(block.finish(), sink),
                }
                Step::More
            }
            State::Request(gathered) => {
                if is_head(line.text()) {
                    self.close(State::Request(gathered), sink);
                    return self.between(line);
                }
                let gathered = Gathered::grown(gathered, line);
                if gathered.is_whole() {
                    self.calls().sent(gathered, Bodies::Shown, sink);
                } else {
                    self.state = State::Request(Some(gathered));
                }
                Step::More
            }
            State::Response(gathered) => {
                if is_head(line.text()) {
                    self.close(State::Response(gathered), sink);
                    return self.between(line);
                }
                let gathered = Gathered::grown(gathered, line);
                if gathered.is_whole() {
                    self.calls().answered(gathered, Bodies::Shown, sink);
                } else {
                    self.state = State::Response(Some(gathered));
                }
                Step::More
            }
        }
    }

    fn boundary(&mut self, sink: &mut Sink<'_>) -> Step {
        let state = std::mem::take(&mut self.state);
        self.close(state, sink);
        self.wait()
    }

    fn end(&mut self, sink: &mut Sink<'_>) {
        let state = std::mem::take(&mut self.state);
        self.close(state, sink);
        self.calls().end(sink);
    }
}

/// Whether a line is the head of a record of the SDK's own logger: `SDK 2025/01/02 03:04:05 `.
fn is_head(line: &[u8]) -> bool {
    const PICTURE: &[u8] = b"SDK 9999/99/99 99:99:99 ";
    let fits = |(byte, sign): (&u8, &u8)| match sign {
        b'9' => byte.is_ascii_digit(),
        sign => byte == sign,
    };
    let head = line.get(..PICTURE.len());
    head.is_some_and(|head| head.iter().zip(PICTURE).all(fits))
}

/// The message that a line begins, without what a logger puts before it.
fn message(line: &[u8]) -> &[u8] {
    let levels = [&b"DEBUG "[..], b"debug\t", b"DEBUG\t"];
    let behind = |level: &&[u8]| Some(line.find(level)? + level.len());
    let at = levels.iter().filter_map(behind).min();
    at.and_then(|at| line.get(at..)).unwrap_or(line)
}

impl GoSdkV2 {
    fn calls(&mut self) -> &mut Calls {
        self.calls.get_or_insert_with(|| Calls::new(FORMAT.id))
    }

    fn between(&mut self, line: &Line<'_>) -> Step {
        let text = line.text();
        if text.ends_with(b"DEBUG: Request Signature:") {
            return Step::Pass;
        }
        if text.ends_with(b"Request Signature:") {
            self.state = State::Signing(SigningBlock::default());
        } else if message(text) == b"Request" {
            self.state = State::Request(None);
        } else if message(text) == b"Response" {
            self.state = State::Response(None);
        } else {
            return self.wait();
        }
        self.patience = PATIENCE;
        Step::More
    }

    fn wait(&mut self) -> Step {
        self.patience = self.patience.saturating_sub(1);
        if self.patience > 0 && self.calls().wait() {
            Step::Wait
        } else {
            Step::Pass
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
            State::Request(Some(request)) => {
                self.calls().sent(request.unfinished(), Bodies::Shown, sink);
            }
            State::Response(Some(answer)) => self.calls().answered(answer, Bodies::Shown, sink),
            State::Between | State::Request(None) | State::Response(None) => {}
        }
    }
}

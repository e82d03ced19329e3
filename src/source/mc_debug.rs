use bstr::ByteSlice;

use crate::{
    evidence::Attempt,
    source::{
        Breadth, Format, Likeness, Line, Reader, Sink, Step,
        exchange::{Bodies, Gathered, add_request, add_response, emit},
        masked::add_masked,
    },
    wire::{RequestLine, Response},
};

pub(super) static FORMAT: Format = Format {
    id: "mc-debug",
    summary: "output of `mc --debug`, MinIO's client",
    page: "\
## How to get it
`mc --debug ls ALIAS/BUCKET > mc.log 2>&1`

## What it holds
Every request's head as sent, with scope and signed headers; the head of each answer, and the body of a
refusal. A session token stands in clear.

## What it lacks
Key id and signature: mc prints `**REDACTED**` for both, and has no switch for it, so nothing can be compared
with a signature unless the refusal repeats it (`SignatureProvided`; Amazon S3 does, MinIO does not). On a
MinIO server `mc admin trace -v` shows them. Bodies that are sent, and the artifacts.
",
    markers: &["mc: <DEBUG> ", "mc: <ERROR> "],
    breadth: Breadth::Client,
    recognise: |_| Likeness::None,
    start: |_| Box::new(McDebug::default()),
};

#[derive(Default)]
struct McDebug {
    number: u32,
    attempt: Attempt,
    open: Option<Gathered>,
}

impl Reader for McDebug {
    fn line(&mut self, line: &Line<'_>, sink: &mut Sink<'_>) -> Step {
        let Some((before, shown)) = line.raw.split_once_str("mc: <DEBUG> ") else {
            // What it says at last is the refusal once more.
            let repeats = line.raw.contains_str("mc: <ERROR> ") && self.number > 0;
            return match self.open.take() {
                Some(open) => self.push(open, line),
                None if repeats => Step::Idle,
                None if line.text().is_empty() && self.number > 0 => Step::More,
                None => Step::Pass,
            };
        };
        // A body without a line break at its end has the next record behind it.
        if let Some(open) = &mut self.open {
            open.push(before, line);
        }
        self.close_message();
        let first = shown.lines().next().unwrap_or_default();
        if Response::status_of(first).is_none() {
            let answered = !self.attempt.responses.is_empty();
            self.close(sink);
            if RequestLine::parse(first).is_none() || !first.contains_str(" HTTP/") {
                return if answered { Step::More } else { Step::Pass };
            }
            self.number = sink.number();
        } else if self.attempt.requests.is_empty() {
            return Step::Pass;
        }
        self.open = Some(Gathered::begin(shown, line));
        Step::More
    }

    fn end(&mut self, sink: &mut Sink<'_>) {
        self.close_message();
        self.close(sink);
    }
}

impl McDebug {
    fn push(&mut self, mut open: Gathered, line: &Line<'_>) -> Step {
        open.push(line.raw, line);
        let is_request = !open.text.starts_with(b"HTTP/");
        let is_headed = line.text().is_empty();
        self.open = Some(open);
        if is_request && is_headed || self.open.as_ref().is_some_and(Gathered::is_whole) {
            self.close_message();
        }
        Step::More
    }

    fn close_message(&mut self) {
        let Some(open) = self.open.take() else { return };
        let is_whole = open.is_whole();
        if open.text.starts_with(b"HTTP/") {
            let bodies = match is_whole {
                true => Bodies::Shown,
                false => Bodies::NotShown,
            };
            add_response(&mut self.attempt, open, bodies);
            return;
        }
        let span = open.span.clone();
        if add_request(&mut self.attempt, open, Bodies::NotShown) {
            add_masked(&mut self.attempt, &span);
        }
    }

    fn close(&mut self, sink: &mut Sink<'_>) {
        let attempt = std::mem::take(&mut self.attempt);
        emit(FORMAT.id, self.number, attempt, sink);
    }
}

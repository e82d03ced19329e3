use std::ops::Range;

use bstr::{BString, ByteSlice};

use crate::{
    evidence::{Attempt, Case, Claim, Party, Refusal},
    source::{Line, Reader, Sink, Step, Whole, collected::Collected, refusal},
    wire::{Body, Ending, Fidelity, Response},
};

/// What the readers of error bodies differ in.
pub(super) struct Kind {
    /// The format's id.
    pub(super) format: &'static str,
    /// Where refusals stand in a text that may hold other things as well.
    pub(super) places: fn(&[u8]) -> Vec<Range<usize>>,
    /// Reads one of them.
    pub(super) parse: fn(&[u8]) -> Option<Refusal>,
    /// In a log: whether one begins on this line.
    pub(super) opens: fn(&[u8]) -> bool,
    /// Whether what looks like a record of a structured log is a refusal, and none that speaks of
    /// one.
    pub(super) is_record: fn(&[u8]) -> bool,
    /// In a log: whether one that began is whole.
    pub(super) closes: fn(&[u8]) -> bool,
    /// Whether a whole input ends in the middle of one.
    pub(super) is_cut: fn(&[u8]) -> bool,
    /// What is noted where a whole input holds none.
    pub(super) expected: &'static str,
}

/// Reads refusals on their own: whole responses, and bodies.
pub(super) struct ErrorDocument {
    kind: &'static Kind,
    whole: Whole,
    held: Collected,
}

/// Whether a text held a refusal.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Found {
    Nothing,
    Something,
}

/// In a log, no refusal has more lines.
const LINES: usize = 400;

impl ErrorDocument {
    pub(super) fn new(kind: &'static Kind, whole: Whole) -> Self {
        Self {
            kind,
            whole,
            held: Collected::default(),
        }
    }

    /// Gives away what was found; says whether there was any.
    fn finish(&mut self, sink: &mut Sink<'_>) -> Found {
        let held = std::mem::take(&mut self.held);
        let Some(span) = held.span() else {
            return Found::Nothing;
        };
        let mut attempts = self.response(&held, sink);
        if attempts.is_empty() {
            attempts = self.bodies(&held);
        }
        if self.whole == Whole::Document && (self.kind.is_cut)(held.text()) {
            sink.note(
                "the refusal is cut: what it says at its end is missing",
                span.clone(),
            );
        }
        if attempts.is_empty() && self.whole == Whole::Document {
            sink.note(self.kind.expected, span.clone());
        }
        let found = match attempts.is_empty() {
            true => Found::Nothing,
            false => Found::Something,
        };
        for attempt in attempts {
            let case = |number| Case {
                number,
                format: self.kind.format,
                attempts: vec![attempt],
                hints: Vec::new(),
            };
            match self.whole {
                Whole::Document => {
                    let number = sink.number();
                    sink.case(case(number));
                }
                Whole::Log => sink.leftover(case(0)),
            }
        }
        found
    }

    fn bodies(&self, held: &Collected) -> Vec<Attempt> {
        let text = held.text();
        let mut attempts = Vec::new();
        for place in (self.kind.places)(text) {
            let Some(body) = text.get(place.clone()) else {
                continue;
            };
            let read = (self.kind.parse)(body);
            let (Some(found), Some(span)) = (read, held.place(place.start, body.len())) else {
                continue;
            };
            if self.whole == Whole::Log && !is_about_signing(&found) {
                continue;
            }
            let mut attempt = Attempt::default();
            refusal::add(&mut attempt, body.as_bstr(), found, Fidelity::Exact, &span);
            attempts.push(attempt);
        }
        attempts
    }

    /// The answer, where the text begins with its status line.
    fn response(&self, held: &Collected, sink: &mut Sink<'_>) -> Vec<Attempt> {
        let text = held.text();
        let start = text.len() - text.trim_start().len();
        let text = text.get(start..).unwrap_or_default();
        let first = text.lines().next().unwrap_or_default();
        if Response::status_of(first).is_none() {
            return Vec::new();
        }
        let Ok(parsed) = Response::parse(text) else {
            return Vec::new();
        };
        let head = text.find("\n\r\n").map(|at| at + 3);
        let head = head.or(text.find("\n\n").map(|at| at + 2));
        let rest = text.get(head.unwrap_or(text.len())..).unwrap_or_default();
        let (Some(span), Some(end)) = (held.place(start, text.len()), held.place(start, 1)) else {
            return Vec::new();
        };
        let mut response = parsed.message;
        // A body that was printed anew is longer than its length says; all of it is read.
        let reflowed = match parsed.ending {
            Ending::Length => !text
                .get(parsed.length..)
                .unwrap_or_default()
                .trim()
                .is_empty(),
            Ending::CutShort { announced } => {
                let message = format!("expected {announced} bytes of body, found {}", rest.len());
                sink.note(message, end);
                true
            }
            Ending::InDoubt => false,
        };
        let body = if reflowed {
            Body::Captured(rest.trim_end().into())
        } else {
            response.body.clone()
        };
        let whole = Response {
            body,
            ..response.clone()
        };
        if reflowed {
            response.body = Body::NotCaptured;
        }
        let mut attempt = Attempt::default();
        refusal::examine(&mut attempt, &whole, Fidelity::Exact, &span);
        let text = BString::from(text);
        let claim = Claim::of(text, response, Party::Wire, Fidelity::Exact, span);
        attempt.responses.push(claim);
        vec![attempt]
    }
}

impl Reader for ErrorDocument {
    fn line(&mut self, line: &Line<'_>, sink: &mut Sink<'_>) -> Step {
        if self.whole == Whole::Document {
            self.held.push(line);
            return Step::More;
        }
        if self.held.len() == 0 && !(self.kind.opens)(line.text()) {
            return Step::Pass;
        }
        self.held.push(line);
        if (self.kind.closes)(self.held.text()) || self.held.len() >= LINES {
            let lines = self.held.len();
            let found = self.finish(sink);
            // What is none of ours alone may be another reader's.
            return match found == Found::Nothing && lines == 1 {
                true => Step::Pass,
                false => Step::Idle,
            };
        }
        Step::More
    }

    fn record(&mut self, line: &Line<'_>, sink: &mut Sink<'_>) -> Step {
        // What looks like a logger's record is the refusal itself.
        match (self.kind.is_record)(line.text()) {
            true => self.line(line, sink),
            false => Step::Pass,
        }
    }

    fn end(&mut self, sink: &mut Sink<'_>) {
        self.finish(sink);
    }
}

/// Whether a refusal speaks of signing at all; a log is full of others.
pub(super) fn is_about_signing(refusal: &Refusal) -> bool {
    !refusal.statements().is_empty() || refusal.detail("StringToSign").is_some()
}

/// The code word of the status line and the head of a response, where a text begins with one.
pub(super) fn begins_with_status(head: &[u8]) -> bool {
    let first = head.trim_start().lines().next().unwrap_or_default();
    Response::status_of(first).is_some()
}

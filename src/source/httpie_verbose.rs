use bstr::ByteSlice;

use crate::{
    source::{Breadth, Format, Likeness, Line, Reader, Sink, Step, shown::ShownCall},
    wire::{RequestLine, Response},
};

pub(super) static FORMAT: Format = Format {
    id: "httpie-verbose",
    summary: "output of `http -v`, HTTPie with a plugin that signs",
    page: "\
## How to get it
`http -v --pretty=none … > httpie.log 2>&1`

## What it holds
The request with `Host`, `Authorization` and its body, and the answer. Never the secret access key. The
session token stands in clear.

## What it lacks
The artifacts: they are derived. Without `--pretty=none`, on a terminal, HTTPie sorts headers and sets JSON
and XML anew; such a body counts as not captured.
",
    markers: &[],
    breadth: Breadth::Client,
    recognise,
    start: |_| Box::new(HttpieVerbose::default()),
};

fn recognise(head: &[u8]) -> Likeness {
    let mut lines = head.lines().skip_while(|line| line.trim().is_empty());
    let first = lines.next().unwrap_or_default();
    let mut fields = lines.take_while(|line| !line.is_empty());
    if is_request(first) && fields.any(is_httpie) {
        Likeness::Sure
    } else {
        Likeness::None
    }
}

fn is_request(line: &[u8]) -> bool {
    line.contains_str(" HTTP/") && RequestLine::parse(line).is_some()
}

fn is_httpie(line: &[u8]) -> bool {
    let named = line.split_once_str(":");
    named.is_some_and(|(name, value)| name.eq_ignore_ascii_case(b"user-agent") && is_httpies(value))
}

/// Whether a user agent is HTTPie.
pub(super) fn is_httpies(agent: &[u8]) -> bool {
    agent.trim().starts_with(b"HTTPie/")
}

#[derive(Default)]
struct HttpieVerbose {
    call: ShownCall,
    part: Part,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Part {
    #[default]
    Outside,
    Head,
    Body,
}

impl Reader for HttpieVerbose {
    fn line(&mut self, line: &Line<'_>, sink: &mut Sink<'_>) -> Step {
        let text = line.text();
        if self.part != Part::Head && is_request(text) {
            self.close(sink);
            self.call.ask(text, line, sink);
            self.part = Part::Head;
            return Step::More;
        }
        // The head of an interim answer is followed by that of the real one.
        if self.call.is_begun() && Response::status_of(text).is_some() {
            self.call.answer(text, line);
            self.part = Part::Head;
            return Step::More;
        }
        let Some(message) = self.call.last() else {
            return Step::More;
        };
        match self.part {
            Part::Outside => {}
            Part::Head if text.is_empty() => self.part = Part::Body,
            Part::Head => message.push_head(text, line),
            Part::Body if text.starts_with(b"Elapsed time: ") => self.part = Part::Outside,
            Part::Body => message.push_body(line.raw, line),
        }
        Step::More
    }

    fn end(&mut self, sink: &mut Sink<'_>) {
        self.close(sink);
    }
}

impl HttpieVerbose {
    fn close(&mut self, sink: &mut Sink<'_>) {
        self.part = Part::Outside;
        self.call.close(FORMAT.id, sink);
    }
}

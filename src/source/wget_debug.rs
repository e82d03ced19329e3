use crate::{
    source::{Breadth, Format, Likeness, Line, Reader, Sink, Step, shown::ShownCall},
    wire::{RequestLine, Response},
};

pub(super) static FORMAT: Format = Format {
    id: "wget-debug",
    summary: "output of `wget --debug`",
    page: "\
## How to get it
`wget --debug --content-on-error -O - …`, with the headers that were signed as `--header`.

## What it holds
The head of the request as it is sent, with `Authorization`, and a body that stands on one line; the answer's head. The
session token stands in clear.

## What it lacks
The artifacts: they are derived. A body of several lines. The answer's body, which stands below its head among other
things.
",
    markers: &[ASKS],
    breadth: Breadth::Client,
    recognise: |_| Likeness::None,
    start: |_| Box::new(WgetDebug::default()),
};

const ASKS: &str = "---request begin---";

#[derive(Default)]
struct WgetDebug {
    call: ShownCall,
    part: Part,
}

/// What the next line is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Part {
    #[default]
    Between,
    RequestLine,
    StatusLine,
    Head,
}

impl Reader for WgetDebug {
    fn line(&mut self, line: &Line<'_>, sink: &mut Sink<'_>) -> Step {
        let text = line.text();
        if text == ASKS.as_bytes() {
            self.close(sink);
            self.part = Part::RequestLine;
            return Step::More;
        }
        match (self.part, text) {
            (Part::RequestLine, _) if RequestLine::parse(text).is_some() => {
                self.call.ask(text, line, sink);
                self.part = Part::Head;
            }
            (Part::StatusLine, _) if Response::status_of(text).is_some() => {
                self.call.answer(text, line);
                self.part = Part::Head;
            }
            (Part::Head, b"---request end---") => self.part = Part::Between,
            (Part::Head, b"---response end---") => {
                self.close(sink);
                return Step::Idle;
            }
            (Part::Head, b"") => {}
            (Part::Head, _) => self.call.push_head(text, line),
            (Part::Between, _) if self.call.is_begun() => return self.between(line, sink),
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

impl WgetDebug {
    fn between(&mut self, line: &Line<'_>, sink: &mut Sink<'_>) -> Step {
        let text = line.text();
        let body = [&b"[BODY data: "[..], b"[POST data: "].into_iter();
        let mut body = body.filter_map(|label| text.strip_prefix(label)?.strip_suffix(b"]"));
        if let Some(body) = body.next() {
            self.call.push_body(body, line);
            return Step::More;
        }
        if text == b"---response begin---" {
            self.part = Part::StatusLine;
            return Step::More;
        }
        if self.call.is_awaited() {
            return Step::Wait;
        }
        self.close(sink);
        Step::Pass
    }

    fn close(&mut self, sink: &mut Sink<'_>) {
        self.part = Part::Between;
        self.call.close(FORMAT.id, sink);
    }
}

#[cfg(test)]
mod tests {
    use crate::{evidence::InputId, source::read_all};

    #[test]
    fn frames_are_no_body() {
        let text = "DEBUG output created by Wget 1.21.3 on linux-gnu.\n\n---request begin---\nPOST / HTTP/1.1\nHost: a.example\nContent-Length: 2\nAuthorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20250102/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=00\n\n---request end---\n[BODY data: {}]\nHTTP request sent, awaiting response... \n---response begin---\nHTTP/1.1 400 Error\nContent-Length: 738\n\n---response end---\n400 Error\n";
        let (cases, _, _) = read_all(InputId(0), &mut text.as_bytes());
        let [case] = cases.as_slice() else {
            panic!("{} cases", cases.len())
        };
        assert_eq!(case.format, "wget-debug");
        let attempt = &case.attempts[0];
        assert_eq!(attempt.request().unwrap().body.bytes().unwrap(), b"{}");
        assert_eq!(attempt.response().unwrap().status, 400);
    }
}

use bstr::{BString, ByteSlice};

use crate::{
    evidence::Attempt,
    source::{
        Breadth, Format, Likeness, Line, Reader, Sink, Step,
        exchange::{Bodies, Gathered, add_request, add_response, emit},
    },
    wire::{RequestLine, Response},
};

pub(super) static FORMAT: Format = Format {
    id: "minio-trace",
    summary: "output of `mc admin trace -v`: what a MinIO server received",
    page: "\
## How to get it
`mc admin trace -v ALIAS > trace.log`, while the client makes its call.

## What it holds
Each request as it reached the server, with the whole `Authorization`; the answer, and the body of a refusal.
Beside the client's own log it shows what was changed on the way. A session token stands in clear.

## What it lacks
The order of the headers. Bodies that are sent, which show as `<BLOB>`. The artifacts: they are derived;
MinIO's refusals do not have the strings that it computed.
",
    markers: &["[REQUEST s3.", "[REQUEST objectAPIHandlers."],
    breadth: Breadth::Client,
    recognise: |_| Likeness::None,
    start: |_| Box::new(MinioTrace::default()),
};

/// Whether a line stands for a body; as `<BODY>` in MinIO's releases of 2019.
fn is_blob(line: &[u8]) -> bool {
    matches!(line, b"<BLOB>" | b"<BODY>")
}

#[derive(Default)]
struct MinioTrace {
    /// What stands before every line but those of a body: the node.
    node: BString,
    number: u32,
    attempt: Attempt,
    part: Part,
}

#[derive(Default)]
enum Part {
    #[default]
    Between,
    /// The title of a request, or of an answer, was read.
    Title,
    Head(Gathered),
    Body(Gathered),
}

impl Reader for MinioTrace {
    fn line(&mut self, line: &Line<'_>, sink: &mut Sink<'_>) -> Step {
        let text = line.text();
        if let Some(at) = text.find("[REQUEST ") {
            self.close(sink);
            self.node = text.get(..at).unwrap_or_default().into();
            self.number = sink.number();
            self.part = Part::Title;
            return Step::More;
        }
        let bare = text.strip_prefix(self.node.as_slice());
        let of_node = bare.filter(|_| !self.node.is_empty());
        let shown = of_node.unwrap_or(text);
        if shown.starts_with(b"[RESPONSE] ") {
            self.close_part();
            if self.attempt.requests.is_empty() {
                return Step::Pass;
            }
            self.part = Part::Title;
            return Step::More;
        }
        let raw = [shown, b"\n"].concat();
        match std::mem::take(&mut self.part) {
            Part::Between => return Step::Pass,
            Part::Title => self.title(shown, line),
            Part::Head(head) => self.head(head, shown, line),
            Part::Body(body) if shown.is_empty() && of_node.is_some() => {
                self.part = Part::Body(body);
                self.close(sink);
                return Step::Idle;
            }
            Part::Body(body) if is_blob(shown) => self.part = Part::Body(body),
            Part::Body(mut body) => {
                body.push(&raw, line);
                self.part = Part::Body(body);
            }
        }
        Step::More
    }

    fn end(&mut self, sink: &mut Sink<'_>) {
        self.close(sink);
    }
}

impl MinioTrace {
    /// The line behind a title: `PUT /bucket/key`, or `403 Forbidden`.
    fn title(&mut self, text: &[u8], line: &Line<'_>) {
        let is_answer = !self.attempt.requests.is_empty();
        let first = match is_answer {
            true => [b"HTTP/1.1 ", text, b"\n"].concat(),
            false => [text, b" HTTP/1.1\n"].concat(),
        };
        let known = match is_answer {
            true => Response::status_of(&first).is_some(),
            false => RequestLine::parse(text).is_some(),
        };
        if known {
            self.part = Part::Head(Gathered::begin(&first, line));
        }
    }

    fn head(&mut self, mut head: Gathered, text: &[u8], line: &Line<'_>) {
        let is_field = text.split_once_str(": ").is_some_and(|(name, _)| {
            let letter = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_".contains(byte);
            !name.is_empty() && name.iter().all(letter)
        });
        if is_field {
            if !text.starts_with(b"Proto: ") {
                head.push(&[text, b"\n"].concat(), line);
            }
            self.part = Part::Head(head);
            return;
        }
        head.push(b"\n", line);
        if !is_blob(text) {
            head.push(&[text, b"\n"].concat(), line);
        }
        self.part = Part::Body(head);
    }

    fn close_part(&mut self) {
        let message = match std::mem::take(&mut self.part) {
            Part::Head(message) | Part::Body(message) => message,
            Part::Between | Part::Title => return,
        };
        let message = message.without_last_break();
        if self.attempt.requests.is_empty() {
            add_request(&mut self.attempt, message, Bodies::Shown);
        } else {
            add_response(&mut self.attempt, message, Bodies::Shown);
        }
    }

    fn close(&mut self, sink: &mut Sink<'_>) {
        self.close_part();
        let attempt = std::mem::take(&mut self.attempt);
        emit(FORMAT.id, self.number, attempt, sink);
    }
}

use bstr::{BString, ByteSlice};

use crate::{
    evidence::{Attempt, Claim, Party, Span},
    source::{
        Breadth, Format, Likeness, Line, Reader, Sink, Step,
        exchange::{answer, emit},
        refusal,
    },
    wire::{Body, Fidelity, HeaderField, Origin, Request, Response, escape::double_quoted},
};

pub(super) static FORMAT: Format = Format {
    id: "go-http2debug",
    summary: "HTTP/2 log of any Go program (GODEBUG=http2debug=2)",
    page: "\
## How to get it
`GODEBUG=http2debug=2 PROGRAM 2> go.log`, with any program in Go that speaks HTTP/2 with the service. The
program needs no change.

## What it holds
Every header as sent, with `Authorization`, in its order; the first 256 bytes of each piece of a body; the
answer. The session token stands in clear.

## What it lacks
The artifacts: they are derived. The rest of longer bodies, so the service's own strings of most refusals.
Nothing is printed of a connection that speaks HTTP/1.1.
",
    markers: &["http2: "],
    breadth: Breadth::Client,
    recognise: |_| Likeness::None,
    start: |_| Box::new(Streams::default()),
};

/// The streams of all connections, and the head that is being encoded.
#[derive(Default)]
struct Streams {
    sending: Option<Part>,
    open: Vec<Stream>,
    /// The stream whose head is being decoded, by its place.
    receiving: Option<Id>,
}

/// So many streams are kept open.
const OPEN: usize = 128;
/// No body is kept beyond this.
const LENGTH: usize = 16 << 20;

/// A connection's framer and the stream's number.
type Id = (BString, BString);

struct Stream {
    id: Id,
    number: u32,
    sent: Part,
    received: Option<Part>,
}

/// One side of a stream: its head and its body.
struct Part {
    fields: Vec<(BString, BString)>,
    body: Vec<u8>,
    cut: bool,
    span: Span,
}

impl Part {
    fn begin(line: &Line<'_>) -> Self {
        Self {
            fields: Vec::new(),
            body: Vec::new(),
            cut: false,
            span: line.span(),
        }
    }

    fn field(&mut self, field: (BString, BString), line: &Line<'_>) {
        self.fields.push(field);
        self.span = self.span.cover(&line.span());
    }

    fn pseudo(&self, name: &str) -> Option<BString> {
        let found = self.fields.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.clone())
    }

    fn headers(&self) -> Vec<HeaderField> {
        let fields = self.fields.iter();
        let fields = fields.filter(|(name, _)| !name.starts_with(b":"));
        fields
            .map(|(name, value)| HeaderField::new(name.clone(), value.clone()))
            .collect()
    }

    fn body(&self) -> Body {
        match self.cut {
            true => Body::NotCaptured,
            false => Body::Captured(self.body.as_slice().into()),
        }
    }

    /// The head's lines, as HTTP/1 has them.
    fn text(&self) -> BString {
        let line = |(name, value): &(BString, BString)| [name, &b": "[..], value].concat();
        let lines: Vec<Vec<u8>> = self.fields.iter().map(line).collect();
        lines.join(&b'\n').into()
    }

    /// Takes `… data="…"`, with what was left out noted behind it.
    fn data(&mut self, text: &[u8], line: &Line<'_>) {
        let Some((_, shown)) = text.split_once_str(" data=") else {
            return;
        };
        let Some(literal) = double_quoted(shown) else {
            self.cut = true;
            return;
        };
        let behind = shown.get(literal.length..).unwrap_or_default();
        self.cut |= self.body.len() + literal.bytes.len() > LENGTH;
        if !self.cut {
            self.body.extend_from_slice(&literal.bytes);
        }
        self.cut |= behind.contains_str("bytes omitted");
        self.span = self.span.cover(&line.span());
    }
}

impl Reader for Streams {
    fn line(&mut self, line: &Line<'_>, sink: &mut Sink<'_>) -> Step {
        let Some((_, text)) = line.text().split_once_str("http2: ") else {
            return Step::Pass;
        };
        if let Some(shown) = text.strip_prefix(b"Transport encoding header ") {
            if let Some(field) = field(shown) {
                let sending = self.sending.get_or_insert_with(|| Part::begin(line));
                sending.field(field, line);
            }
            return Step::Idle;
        }
        if let Some(shown) = text.strip_prefix(b"decoded hpack field header field ") {
            if let (Some(field), Some(received)) = (field(shown), self.received()) {
                received.field(field, line);
            }
            return Step::Idle;
        }
        if let Some(shown) = text.strip_prefix(b"Framer ") {
            self.frame(shown, line, sink);
            return Step::Idle;
        }
        let Some(shown) = text.strip_prefix(b"Transport received ") else {
            return Step::Pass;
        };
        // The head of an answer without a body is over here. Bodies are told twice.
        if shown.starts_with(b"HEADERS ")
            && is_last(shown)
            && let Some(id) = self.receiving.take()
        {
            self.close(&id, sink);
        }
        Step::Idle
    }

    fn end(&mut self, sink: &mut Sink<'_>) {
        for stream in std::mem::take(&mut self.open) {
            give(stream, sink);
        }
    }
}

impl Streams {
    /// Takes `0x…: wrote HEADERS flags=END_HEADERS stream=1 len=2`.
    fn frame(&mut self, text: &[u8], line: &Line<'_>, sink: &mut Sink<'_>) {
        let Some((framer, rest)) = text.split_once_str(": ") else {
            return;
        };
        let Some(stream) = word_behind(rest, "stream=") else {
            return;
        };
        let id: Id = (framer.into(), stream.into());
        if rest.starts_with(b"wrote HEADERS ") {
            self.begin(id, line, sink);
        } else if rest.starts_with(b"wrote DATA ") {
            if let Some(stream) = self.stream(&id) {
                stream.sent.data(rest, line);
            }
        } else if rest.starts_with(b"read HEADERS ") {
            if let Some(stream) = self.stream(&id) {
                // A second head is the answer behind an interim one, or a trailer.
                stream.received.get_or_insert_with(|| Part::begin(line));
                self.receiving = Some(id);
            }
        } else if rest.starts_with(b"read DATA ") {
            let received = self.stream(&id).and_then(|stream| stream.received.as_mut());
            if let Some(received) = received {
                received.data(rest, line);
            }
            if is_last(rest) {
                self.close(&id, sink);
            }
        }
    }

    fn stream(&mut self, id: &Id) -> Option<&mut Stream> {
        self.open.iter_mut().find(|stream| stream.id == *id)
    }

    fn received(&mut self) -> Option<&mut Part> {
        let id = self.receiving.clone()?;
        self.stream(&id)?.received.as_mut()
    }

    fn begin(&mut self, id: Id, line: &Line<'_>, sink: &mut Sink<'_>) {
        let Some(sent) = self.sending.take() else {
            return;
        };
        if self.open.len() == OPEN {
            give(self.open.remove(0), sink);
        }
        let span = sent.span.cover(&line.span());
        self.open.push(Stream {
            id,
            number: sink.number(),
            sent: Part { span, ..sent },
            received: None,
        });
    }

    fn close(&mut self, id: &Id, sink: &mut Sink<'_>) {
        if let Some(at) = self.open.iter().position(|stream| stream.id == *id) {
            give(self.open.remove(at), sink);
        }
    }
}

/// Gives a stream away, if it is signed.
fn give(stream: Stream, sink: &mut Sink<'_>) {
    let (sent, fidelity) = (&stream.sent, Fidelity::Unescaped);
    let (Some(method), Some(target)) = (sent.pseudo(":method"), sent.pseudo(":path")) else {
        return;
    };
    let authority = sent.pseudo(":authority");
    let origin = authority.map(|authority| Origin {
        scheme: sent.pseudo(":scheme").unwrap_or_else(|| "https".into()),
        authority,
    });
    let request = Request {
        method,
        target,
        origin,
        headers: sent.headers(),
        body: sent.body(),
    };
    let span = sent.span.clone();
    let claim = Claim::of(sent.text(), request, Party::Wire, fidelity, span);
    let mut attempt = Attempt {
        requests: vec![claim],
        ..Attempt::default()
    };
    if let Some(received) = &stream.received {
        let statuses = received.fields.iter().rev();
        let mut statuses = statuses.filter(|(name, _)| name == ":status");
        let status = statuses
            .next()
            .and_then(|(_, value)| value.to_str().ok()?.parse().ok());
        let response = Response {
            status: status.unwrap_or_default(),
            headers: received.headers(),
            body: received.body(),
        };
        if received.cut {
            // What a refusal begins with often has its code and message.
            let begun = Response {
                body: Body::Captured(received.body.as_slice().into()),
                ..response.clone()
            };
            refusal::examine(&mut attempt, &begun, fidelity, &received.span);
        }
        let text = received.text();
        answer(
            &mut attempt,
            &text,
            response,
            fidelity,
            received.span.clone(),
        );
    }
    emit(FORMAT.id, stream.number, attempt, sink);
}

/// `"name" = "value"`, each as Go quotes it.
fn field(text: &[u8]) -> Option<(BString, BString)> {
    let name = double_quoted(text)?;
    let value = text.get(name.length..)?.strip_prefix(b" = ")?;
    Some((name.bytes, double_quoted(value)?.bytes))
}

/// Whether a frame is the last of its side of the stream.
fn is_last(text: &[u8]) -> bool {
    word_behind(text, "flags=").is_some_and(|flags| flags.contains_str("END_STREAM"))
}

/// The word behind a name, before the frame's data.
fn word_behind<'a>(text: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let head = text.split_str(" data=").next()?;
    let (_, behind) = head.split_once_str(name)?;
    behind.split_str(" ").next()
}

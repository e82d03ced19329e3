use bstr::{BString, ByteSlice};

use crate::{
    source::{
        Breadth, Format, Likeness, Line, Reader, Sink, Step,
        calls::Calls,
        conversation::Conversation,
        exchange::Bodies,
        labels::{self, Labelled},
    },
    wire::{Fidelity, escape::python_repr},
};

pub(super) static FORMAT: Format = Format {
    id: "python-http-client",
    summary: "what Python's http.client prints: `http.client.HTTPConnection.debuglevel = 1`",
    page: "\
## How to get it
Before the first request: `import http.client; http.client.HTTPConnection.debuglevel = 1`. It works under
requests, urllib3 and boto3 alike, and prints to standard output.

## What it holds
The request byte for byte as it goes out, with its `Host`, its `Authorization` and its body; the answer's
status and headers. Artifacts that the program prints itself, under labels such as `canonical_request:`.
Never the secret access key. The session token stands in clear.

## What it lacks
The answer's body: print it. A body that is read from a file while it is sent.
",
    markers: &["send: b"],
    breadth: Breadth::Client,
    recognise: |_| Likeness::None,
    start: |_| Box::new(PythonHttpClient::default()),
};

struct PythonHttpClient {
    calls: Calls,
    conversation: Conversation,
    labelled: Labelled,
    heading: Heading,
    patience: usize,
}

/// Whether the lines of an answer's head are being read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Heading {
    Inside,
    Outside,
}

impl Default for PythonHttpClient {
    fn default() -> Self {
        Self {
            calls: Calls::new(FORMAT.id),
            conversation: Conversation::default(),
            labelled: Labelled::default(),
            heading: Heading::Outside,
            patience: 0,
        }
    }
}

const PATIENCE: usize = 500;

impl Reader for PythonHttpClient {
    fn line(&mut self, line: &Line<'_>, sink: &mut Sink<'_>) -> Step {
        let text = line.text();
        let mut undone = *line;
        undone.taken.fidelity = undone.taken.fidelity.min(Fidelity::Unescaped);
        if let Some(name) = text.strip_prefix(b"header: ")
            && self.heading == Heading::Inside
        {
            self.received(&[name, b"\r\n"].concat(), &undone, sink);
            return Step::More;
        }
        if self.heading == Heading::Inside {
            self.heading = Heading::Outside;
            self.conversation
                .head_ends(&mut self.calls, Bodies::NotShown, sink);
        }
        if let Some(literal) = text.strip_prefix(b"send: ") {
            if let Some(bytes) = literals(literal) {
                if let Some(signed) = self.labelled.take() {
                    self.calls.signed(signed, sink);
                }
                self.conversation
                    .sent(&bytes, &undone, &mut self.calls, Bodies::NotShown, sink);
            }
        } else if let Some(literal) = text.strip_prefix(b"reply: ") {
            if let Some(reply) = literals(literal) {
                self.received(&reply, &undone, sink);
                self.heading = Heading::Inside;
            }
        } else if self.labelled.push(line) == labels::Taken::Inside {
            return Step::More;
        } else {
            self.patience = self.patience.saturating_sub(1);
            let waits = self.patience > 0;
            return if waits { Step::Wait } else { Step::Pass };
        }
        self.patience = PATIENCE;
        Step::More
    }

    fn end(&mut self, sink: &mut Sink<'_>) {
        self.conversation
            .head_ends(&mut self.calls, Bodies::NotShown, sink);
        self.conversation
            .end(&mut self.calls, Bodies::NotShown, sink);
        if let Some(signed) = self.labelled.take() {
            self.calls.signed(signed, sink);
        }
        self.calls.end(sink);
    }
}

impl PythonHttpClient {
    fn received(&mut self, bytes: &[u8], line: &Line<'_>, sink: &mut Sink<'_>) {
        self.conversation
            .received(bytes, line, &mut self.calls, Bodies::Shown, sink);
    }
}

/// The bytes of a repr, or of several that stand side by side.
fn literals(mut text: &[u8]) -> Option<BString> {
    let mut out = python_repr(text)?;
    loop {
        text = text.get(out.length..).unwrap_or_default().trim_start();
        let Some(next) = python_repr(text) else {
            return Some(out.bytes);
        };
        out.bytes.extend_from_slice(&next.bytes);
        out.length = next.length;
    }
}

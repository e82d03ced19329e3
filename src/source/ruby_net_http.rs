use bstr::{BString, ByteSlice};

use crate::{
    source::{
        Breadth, Format, Likeness, Line, Reader, Sink, Step,
        calls::Calls,
        conversation::Conversation,
        exchange::Bodies,
        labels::{self, Labelled},
    },
    wire::{Fidelity, escape::double_quoted},
};

pub(super) static FORMAT: Format = Format {
    id: "ruby-net-http",
    summary: "wire trace of Ruby's Net::HTTP and of the AWS SDK for Ruby",
    page: "\
## How to get it
`Aws::S3::Client.new(http_wire_trace: true)`, for all clients `Aws.config.update(http_wire_trace: true)`, or
`http.set_debug_output($stderr)` on a `Net::HTTP`.

## What it holds
The request and the answer byte for byte, with `Authorization` and both bodies. Artifacts that the program
prints itself, under labels such as `canonical_request:`. Never the secret access key. The session token
stands in clear.

## What it lacks
The artifacts: the SDK logs none. Print `signature.canonical_request` and `signature.string_to_sign` of
`Aws::Sigv4::Signer#sign_request`.
",
    markers: &["<- \"", "canonical_request:"],
    breadth: Breadth::Client,
    recognise: |_| Likeness::None,
    start: |_| Box::new(RubyNetHttp::default()),
};

struct RubyNetHttp {
    calls: Calls,
    conversation: Conversation,
    labelled: Labelled,
    patience: usize,
}

impl Default for RubyNetHttp {
    fn default() -> Self {
        Self {
            calls: Calls::new(FORMAT.id),
            conversation: Conversation::default(),
            labelled: Labelled::default(),
            patience: 0,
        }
    }
}

const PATIENCE: usize = 500;
/// So far below an artifact its request is looked for.
const NEAR: usize = 40;

impl Reader for RubyNetHttp {
    fn line(&mut self, line: &Line<'_>, sink: &mut Sink<'_>) -> Step {
        let text = line.text();
        let mut undone = *line;
        undone.taken.fidelity = undone.taken.fidelity.min(Fidelity::Unescaped);
        let (calls, bodies) = (&mut self.calls, Bodies::Shown);
        if let Some(bytes) = behind(text, b"<- ") {
            if let Some(signed) = self.labelled.take() {
                calls.signed(signed, sink);
            }
            self.conversation.sent(&bytes, &undone, calls, bodies, sink);
        } else if let Some(bytes) = behind(text, b"-> ") {
            self.conversation
                .received(&bytes, &undone, calls, bodies, sink);
        } else if text.starts_with(b"Conn keep-alive") || text.starts_with(b"Conn close") {
            self.conversation.end(calls, bodies, sink);
        } else if self.labelled.push(line) == labels::Taken::Inside {
            // Without a request right below it, it is somebody else's.
            self.patience = self.patience.max(NEAR);
            return Step::More;
        } else {
            if self.patience <= 1 {
                self.labelled.take();
            }
            self.patience = self.patience.saturating_sub(1);
            let waits = self.patience > 0;
            return if waits { Step::Wait } else { Step::Pass };
        }
        self.patience = PATIENCE;
        Step::More
    }

    fn end(&mut self, sink: &mut Sink<'_>) {
        self.conversation.end(&mut self.calls, Bodies::Shown, sink);
        if let Some(signed) = self.labelled.take() {
            self.calls.signed(signed, sink);
        }
        self.calls.end(sink);
    }
}

/// The bytes of the dumps behind an arrow; a body's last may have lost its closing quote.
fn behind(line: &[u8], arrow: &[u8]) -> Option<BString> {
    let mut rest = line.strip_prefix(arrow)?;
    let mut out = BString::default();
    if !rest.starts_with(b"\"") {
        return None;
    }
    while let Some(literal) = double_quoted(rest) {
        out.extend_from_slice(&literal.bytes);
        rest = rest.get(literal.length..).unwrap_or_default().trim_start();
    }
    Some(out)
}

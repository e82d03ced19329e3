use bstr::{BString, ByteSlice};
use serde_json::Value;

use crate::{
    evidence::Attempt,
    source::{
        Breadth, Format, Likeness, Line, Reader, Sink, Step,
        artifact_block::{Artifact, ArtifactBlock, Progress},
        exchange::{add_artifact, emit},
    },
    wire::Fidelity,
};

pub(super) static FORMAT: Format = Format {
    id: "rust-sigv4-trace",
    summary: "trace of the AWS SDK for Rust and of the crate aws-sigv4",
    page: "\
## How to get it
`RUST_LOG=aws_sigv4=trace` with `tracing_subscriber::fmt::init()`; any layout of tracing-subscriber is read.

## What it holds
The canonical request; of a presigned URL, the string to sign as well. Never the secret access key. From
aws-sigv4 1.6.0 on, the session token is masked in the canonical request of a header signature.

## What it lacks
The string to sign, the signature and the `Authorization` value of a header signature: there is no switch for
them. The service's own strings, in its answer, stand in for them.
",
    markers: &["aws_sigv4::http_request::sign"],
    breadth: Breadth::Client,
    recognise: |_| Likeness::None,
    start: |_| Box::new(RustSigv4Trace::default()),
};

#[derive(Default)]
struct RustSigv4Trace {
    block: Option<ArtifactBlock>,
    attempt: Attempt,
    number: Option<u32>,
    noted: bool,
}

impl Reader for RustSigv4Trace {
    fn line(&mut self, line: &Line<'_>, sink: &mut Sink<'_>) -> Step {
        if let Some(mut block) = self.block.take() {
            let rest = line.text();
            let progress = block.push(line);
            if progress == Progress::More {
                self.block = Some(block);
                return Step::More;
            }
            self.artifact(block, sink);
            // Presigning prints both in one event.
            if let Some(string) = field(rest, "string_to_sign") {
                return self.begin(Artifact::StringToSign, string, line, sink);
            }
            self.close(sink);
            return Step::Idle;
        }
        match field(line.text(), "canonical_request") {
            Some(text) => {
                self.close(sink);
                self.number = Some(sink.number());
                self.begin(Artifact::CanonicalRequest, text, line, sink)
            }
            // What the signer was given is no artifact, whatever it looks like.
            None => Step::Idle,
        }
    }

    fn record(&mut self, line: &Line<'_>, sink: &mut Sink<'_>) -> Step {
        let Ok(record) = serde_json::from_slice::<Value>(line.text()) else {
            return Step::Pass;
        };
        let text = |name: &str| record.get("fields")?.get(name)?.as_str().map(BString::from);
        let Some(canonical_request) = text("canonical_request") else {
            return Step::Pass;
        };
        self.close(sink);
        self.number = Some(sink.number());
        let fidelity = Fidelity::Unescaped.min(line.taken.fidelity);
        let kinds = [
            (Some(canonical_request), Artifact::CanonicalRequest),
            (text("string_to_sign"), Artifact::StringToSign),
        ];
        for (text, kind) in kinds {
            if let Some(text) = text {
                self.note_masked(&text, line, sink);
                add_artifact(&mut self.attempt, kind, text, fidelity, line.span());
            }
        }
        self.close(sink);
        Step::Idle
    }

    fn boundary(&mut self, sink: &mut Sink<'_>) -> Step {
        self.end(sink);
        Step::Idle
    }

    fn end(&mut self, sink: &mut Sink<'_>) {
        if let Some(block) = self.block.take() {
            self.artifact(block, sink);
        }
        self.close(sink);
    }
}

/// The text of a field, in the layouts `name=…` and `name: …`.
fn field<'a>(line: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let rest = line.get(line.find(name)? + name.len()..)?;
    let behind = rest.strip_prefix(b"=").or_else(|| rest.strip_prefix(b": "));
    behind.filter(|text| !text.is_empty())
}

impl RustSigv4Trace {
    fn begin(&mut self, kind: Artifact, text: &[u8], line: &Line<'_>, sink: &mut Sink<'_>) -> Step {
        let mut block = ArtifactBlock::new(kind, line.taken.fidelity);
        match block.push_text(text, line.span()) {
            Progress::More => {
                self.block = Some(block);
                Step::More
            }
            Progress::Whole => {
                self.artifact(block, sink);
                self.close(sink);
                Step::Idle
            }
        }
    }

    fn artifact(&mut self, block: ArtifactBlock, sink: &mut Sink<'_>) {
        let (kind, fidelity) = (block.kind(), block.fidelity());
        let Some((text, span)) = block.finish() else {
            return;
        };
        if is_masked(&text) && !self.noted {
            self.noted = true;
            sink.note(MASKED, span.clone());
        }
        add_artifact(&mut self.attempt, kind, text, fidelity, span);
    }

    fn note_masked(&mut self, text: &[u8], line: &Line<'_>, sink: &mut Sink<'_>) {
        if is_masked(text) && !self.noted {
            self.noted = true;
            sink.note(MASKED, line.span());
        }
    }

    fn close(&mut self, sink: &mut Sink<'_>) {
        let attempt = std::mem::take(&mut self.attempt);
        if let Some(number) = self.number.take() {
            emit(FORMAT.id, number, attempt, sink);
        }
    }
}

const MASKED: &str = "aws-sigv4 masked the session token in the canonical request, so that its \
    digest cannot be checked";

fn is_masked(text: &[u8]) -> bool {
    text.contains_str("** redacted")
}

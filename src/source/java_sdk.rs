use bstr::ByteSlice;

use crate::{
    evidence::{Attempt, is_scrubbed},
    sigv4::Sha256Digest,
    source::{
        Breadth, Format, Likeness, Line, Reader, Sink, Step,
        apache::Connections,
        artifact_block::{Artifact, ArtifactBlock, Progress},
        calls::Calls,
        conversation::Taken,
        exchange::add_artifact,
        netty::{self, Channels},
    },
};

pub(super) static FORMAT: Format = Format {
    id: "java-sdk",
    summary: "signer's log of the AWS SDKs for Java, versions 1 and 2, in any layout",
    page: "\
## How to get it
Version 1: set the logger `com.amazonaws.auth.AWS4Signer` (or `com.amazonaws`) to DEBUG. Version 2: set
`software.amazon.awssdk.auth.signer` and `software.amazon.awssdk.http.auth.aws` to DEBUG. For the request
itself, `org.apache.http.wire` as well (httpclient 5: `org.apache.hc.client5.http.wire`; the asynchronous
client: `io.netty.handler.logging`).

## What it holds
The canonical request and the string to sign; with the wire log, the request with its `Authorization` value
and the answer. Never the secret access key. The session token stands in clear.

## What it lacks
Without the wire log: the request, the `Authorization` value, the signature and the answer. Version 2.17 to
2.25.40 print no canonical request at any level.
",
    markers: &["AWS4 Canonical Request", "AWS4 String to "],
    breadth: Breadth::Client,
    recognise: |_| Likeness::None,
    start: |_| Box::new(JavaSdk::default()),
};

struct JavaSdk {
    calls: Calls,
    connections: Connections,
    channels: Channels,
    block: Option<ArtifactBlock>,
    /// What was signed last, as far as it is printed.
    signed: Attempt,
    patience: usize,
    noted: bool,
}

impl Default for JavaSdk {
    fn default() -> Self {
        Self {
            calls: Calls::new(FORMAT.id),
            connections: Connections::default(),
            channels: Channels::default(),
            block: None,
            signed: Attempt::default(),
            patience: 0,
            noted: false,
        }
    }
}

const PATIENCE: usize = 2_000;

impl Reader for JavaSdk {
    fn line(&mut self, line: &Line<'_>, sink: &mut Sink<'_>) -> Step {
        if let Some(mut block) = self.block.take() {
            if label(line.text()).is_none() {
                match block.push(line) {
                    Progress::Whole => self.artifact(block, sink),
                    Progress::More => self.block = Some(block),
                }
                return Step::More;
            }
            self.artifact(block, sink);
        }
        if let Some((kind, rest)) = label(line.text()) {
            let mut block = ArtifactBlock::new(kind, line.taken.fidelity);
            match block.push_text(rest, line.span()) {
                Progress::Whole => self.artifact(block, sink),
                Progress::More => self.block = Some(block),
            }
            self.patience = PATIENCE;
            return Step::More;
        }
        if line.text().contains_str("http-outgoing-") {
            self.flush(sink);
            if self.connections.push(line, &mut self.calls, sink) == Taken::Record {
                self.patience = PATIENCE;
                return Step::More;
            }
        }
        if line.text().contains_str(netty::MARKER) {
            self.flush(sink);
        }
        if self.channels.push(line, &mut self.calls, sink) == Taken::Record {
            self.patience = PATIENCE;
            return Step::More;
        }
        if let Some(status) = received(line.text()) {
            self.flush(sink);
            // Netty shows the answer's body only behind this.
            if !self.channels.wait() {
                self.calls.status(status, line);
            }
            return Step::More;
        }
        self.wait()
    }

    fn boundary(&mut self, sink: &mut Sink<'_>) -> Step {
        if let Some(block) = self.block.take() {
            self.artifact(block, sink);
        }
        self.channels.boundary(&mut self.calls, sink);
        self.wait()
    }

    fn end(&mut self, sink: &mut Sink<'_>) {
        if let Some(block) = self.block.take() {
            self.artifact(block, sink);
        }
        self.flush(sink);
        self.connections.end(&mut self.calls, sink);
        self.channels.end(&mut self.calls, sink);
        self.calls.end(sink);
    }
}

impl JavaSdk {
    fn wait(&mut self) -> Step {
        self.patience = self.patience.saturating_sub(1);
        if self.patience > 0 || self.connections.wait() || self.channels.wait() {
            Step::Wait
        } else {
            Step::Pass
        }
    }

    fn artifact(&mut self, block: ArtifactBlock, sink: &mut Sink<'_>) {
        let (kind, fidelity) = (block.kind(), block.fidelity());
        let Some((text, span)) = block.finish() else {
            return;
        };
        let of_another = match kind {
            Artifact::CanonicalRequest => !self.signed.is_empty(),
            _ => {
                let held = self.signed.canonical_requests.first();
                !self.signed.strings_to_sign.is_empty()
                    || held.is_some_and(|held| {
                        // Without its secret it hashes to another digest than it did.
                        !is_scrubbed(&held.text) && !is_digest_of(&text, &held.text)
                    })
            }
        };
        if of_another {
            self.flush(sink);
        }
        add_artifact(&mut self.signed, kind, text, fidelity, span);
        if let Some(claim) = self.signed.strings_to_sign.first() {
            if self.signed.canonical_requests.is_empty() && !self.noted {
                self.noted = true;
                sink.note(NO_CANONICAL_REQUEST, claim.span.clone());
            }
            self.flush(sink);
        }
    }

    fn flush(&mut self, sink: &mut Sink<'_>) {
        if !self.signed.is_empty() {
            let signed = std::mem::take(&mut self.signed);
            self.calls.signed(signed, sink);
        }
    }
}

const NO_CANONICAL_REQUEST: &str = "no canonical request stands above this string to sign: \
    versions 2.17 to 2.25.40 of the AWS SDK for Java print none at any level; of any other, the log \
    begins too late or lacks a line";

/// Whether the last line of a string to sign is the digest of a canonical request.
fn is_digest_of(string_to_sign: &[u8], canonical_request: &[u8]) -> bool {
    let digest = string_to_sign.lines().next_back().map(Sha256Digest::parse);
    digest.is_some_and(|digest| digest.ok() == Some(Sha256Digest::of(canonical_request)))
}

/// The artifact that a line announces, and its first line behind the label.
///
/// Source: aws-java-sdk-core 1.12.780, `AWS4Signer`; aws-sdk-java-v2 2.57.8,
/// `DefaultV4RequestSigner`.
fn label(line: &[u8]) -> Option<(Artifact, &[u8])> {
    const LABELS: [(&str, Artifact); 3] = [
        ("AWS4 Canonical Request: ", Artifact::CanonicalRequest),
        ("AWS4 String to Sign: ", Artifact::StringToSign),
        ("AWS4 String to sign: ", Artifact::StringToSign),
    ];
    let find = |(label, kind): &(&str, Artifact)| {
        let at = line.find(label)? + label.len();
        Some((*kind, line.get(at..)?))
    };
    let (kind, rest) = LABELS.iter().find_map(find)?;
    Some((kind, rest.strip_prefix(b"'\"").unwrap_or(rest)))
}

/// The status of `Received successful response: 200, …`.
fn received(line: &[u8]) -> Option<u16> {
    let (_, rest) = line.split_once_str("Received ")?;
    let (kind, rest) = rest.split_once_str(" response: ")?;
    if !matches!(kind, b"successful" | b"failed" | b"error") {
        return None;
    }
    let digits = rest.get(..3)?.to_str().ok()?;
    digits.parse().ok()
}

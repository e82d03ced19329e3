use bstr::{BString, ByteSlice};

use crate::{
    evidence::Span,
    sigv4::{PayloadHash, Sha256Digest},
    source::Line,
};

/// Collects the lines of an artifact that a log prints raw, and knows by the artifact's own
/// grammar where it ends.
///
/// A blank line is never the end of a canonical request: there is one behind the headers, and one
/// for an empty query. What breaks the grammar is for the caller's frame to end.
#[derive(Clone, Debug)]
pub(super) struct ArtifactBlock {
    kind: Artifact,
    text: Vec<u8>,
    lines: usize,
    blank_after_headers: Option<usize>,
    span: Option<Span>,
}

/// What is collected.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Artifact {
    CanonicalRequest,
    StringToSign,
    Signature,
}

/// Whether an artifact wants more lines.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Progress {
    More,
    Whole,
}

/// No artifact has more lines than this.
const LINES: usize = 2_000;
const HEAD_LINES: usize = 3;

impl ArtifactBlock {
    pub(super) fn new(kind: Artifact) -> Self {
        Self {
            kind,
            text: Vec::new(),
            lines: 0,
            blank_after_headers: None,
            span: None,
        }
    }

    /// Takes the next line of the artifact.
    pub(super) fn push(&mut self, line: &Line<'_>) -> Progress {
        self.push_text(line.text(), line.span())
    }

    /// Takes `text` as the next line of the artifact.
    pub(super) fn push_text(&mut self, text: &[u8], span: Span) -> Progress {
        if self.lines > 0 {
            self.text.push(b'\n');
        }
        self.text.extend_from_slice(text);
        self.lines += 1;
        self.span = Some(
            self.span
                .as_ref()
                .map_or_else(|| span.clone(), |held| held.cover(&span)),
        );
        if self.is_whole(text) || self.lines >= LINES {
            Progress::Whole
        } else {
            Progress::More
        }
    }

    fn is_whole(&mut self, line: &[u8]) -> bool {
        match self.kind {
            Artifact::Signature => true,
            Artifact::StringToSign => {
                self.lines >= self.string_to_sign_lines() || Sha256Digest::parse(line).is_ok()
            }
            Artifact::CanonicalRequest => {
                if self.lines > HEAD_LINES && line.is_empty() && self.blank_after_headers.is_none()
                {
                    self.blank_after_headers = Some(self.lines);
                }
                PayloadHash::parse(line).is_ok() && self.lines > HEAD_LINES
            }
        }
    }

    /// Four, but six for a chunk and five for a trailer.
    fn string_to_sign_lines(&self) -> usize {
        let algorithm = self.text.lines().next().unwrap_or_default();
        match algorithm {
            _ if algorithm.ends_with(b"-PAYLOAD") => 6,
            _ if algorithm.ends_with(b"-TRAILER") => 5,
            _ => 4,
        }
    }

    pub(super) fn kind(&self) -> Artifact {
        self.kind
    }

    /// The text as collected, without a line feed at its end, and its place.
    pub(super) fn finish(self) -> Option<(BString, Span)> {
        self.span.map(|span| (self.text.into(), span))
    }
}

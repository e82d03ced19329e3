use bstr::{BString, ByteSlice};

use crate::{
    evidence::Span,
    sigv4::{PayloadHash, Sha256Digest},
    source::Line,
    wire::Fidelity,
};

/// Collects the lines of an artifact that a log prints raw, and knows by the artifact's own
/// grammar where it ends.
///
/// A blank line is never the end of a canonical request: there is one behind the headers, and one
/// for an empty query. What breaks the grammar is for the caller's frame to end.
#[derive(Clone, Debug)]
pub(super) struct ArtifactBlock {
    kind: Artifact,
    fidelity: Fidelity,
    frame: Frame,
    /// How far the whole log is indented.
    indent: usize,
    text: Vec<u8>,
    lines: usize,
    blank_after_headers: Option<usize>,
    /// Whether the last line was one of signed headers' names.
    names_line: bool,
    span: Option<Span>,
}

/// Whether a log's layout may put something behind an artifact's last line.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Frame {
    Layout,
    None,
}

/// How far a line is indented.
pub(super) fn blanks(line: &[u8]) -> usize {
    let blank = |byte: &&u8| matches!(byte, b' ' | b'\t');
    line.iter().take_while(blank).count()
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
    pub(super) fn new(kind: Artifact, fidelity: Fidelity) -> Self {
        Self {
            kind,
            fidelity,
            frame: Frame::Layout,
            indent: 0,
            text: Vec::new(),
            lines: 0,
            blank_after_headers: None,
            names_line: false,
            span: None,
        }
    }

    /// In a log of which each line is indented as far as this one.
    pub(super) fn indented_as(mut self, line: &[u8]) -> Self {
        self.indent = blanks(line);
        self
    }

    /// In no log's layout: all of a line is the artifact's.
    pub(super) fn frameless(mut self) -> Self {
        self.frame = Frame::None;
        self
    }

    /// Takes the next line of the artifact.
    pub(super) fn push(&mut self, line: &Line<'_>) -> Progress {
        self.push_taken(line.text(), line)
    }

    /// Takes `text`, which stands in `line`, as the next line of the artifact.
    pub(super) fn push_taken(&mut self, text: &[u8], line: &Line<'_>) -> Progress {
        self.fidelity = self.fidelity.min(line.taken.fidelity);
        self.push_text(text, line.span())
    }

    /// Takes `text` as the next line of the artifact.
    pub(super) fn push_text(&mut self, text: &[u8], span: Span) -> Progress {
        if self.lines > 0 {
            self.text.push(b'\n');
        } else {
            // Some layouts indent what follows the first line of a record.
            self.indent = self.indent.max(blanks(text));
        }
        self.lines += 1;
        let text = match blanks(text) >= self.indent {
            true => text.get(self.indent..).unwrap_or_default(),
            false => text,
        };
        let text = self.without_frame(text);
        self.names_line = is_names(text.strip_suffix(b"\r").unwrap_or(text));
        self.text.extend_from_slice(text);
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

    /// The line without what a log's layout puts behind an artifact's last line.
    fn without_frame<'a>(&self, line: &'a [u8]) -> &'a [u8] {
        let last = self.frame == Frame::Layout && self.ends_with(self.lines);
        let length = if last { hash_length(line) } else { None };
        length.and_then(|length| line.get(..length)).unwrap_or(line)
    }

    /// Whether so many lines may be all.
    fn ends_with(&self, lines: usize) -> bool {
        match self.kind {
            Artifact::Signature => lines == 1,
            Artifact::StringToSign => lines == self.string_to_sign_lines(),
            Artifact::CanonicalRequest => self.names_line && lines > HEAD_LINES,
        }
    }

    /// Whether the next line may be the artifact's last.
    pub(super) fn may_end_below(&self) -> bool {
        self.ends_with(self.lines + 1)
    }

    fn is_whole(&mut self, line: &[u8]) -> bool {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
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

    /// How well its lines survived.
    pub(super) fn fidelity(&self) -> Fidelity {
        self.fidelity
    }

    /// The text as collected, without a line feed at its end, and its place.
    pub(super) fn finish(self) -> Option<(BString, Span)> {
        self.span.map(|span| (self.text.into(), span))
    }
}

/// How long the hash or the keyword at the front of a line is.
pub(super) fn hash_length(line: &[u8]) -> Option<usize> {
    const HEX: usize = 64;
    let digits = line.iter().take_while(|byte| byte.is_ascii_hexdigit());
    if digits.count() == HEX {
        return Some(HEX);
    }
    let keywords = PayloadHash::KEYWORDS.iter().map(|keyword| keyword.len());
    let fits = |length: &usize| {
        line.get(..*length).is_some_and(|word| {
            PayloadHash::KEYWORDS
                .iter()
                .any(|keyword| keyword.as_bytes() == word)
        })
    };
    keywords.filter(fits).max()
}

/// Whether a line may be one of signed headers' names.
fn is_names(line: &[u8]) -> bool {
    let name = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.;".contains(byte);
    !line.is_empty() && line.iter().all(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::InputId;

    fn collect(kind: Artifact, lines: &[&str]) -> (String, usize) {
        let span = Span {
            input: InputId(0),
            bytes: 0..1,
            first_line: 1,
            last_line: 1,
        };
        let mut block = ArtifactBlock::new(kind, Fidelity::Exact);
        let taken = lines
            .iter()
            .position(|line| block.push_text(line.as_bytes(), span.clone()) == Progress::Whole);
        let (text, _) = block.finish().unwrap();
        (text.to_string(), taken.unwrap_or(lines.len()) + 1)
    }

    #[test]
    fn what_a_layout_puts_behind_the_last_line_is_no_part_of_it() {
        let hash = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
        let last = format!("{hash} [botocore.auth]");
        let lines = ["GET", "/", "", "host:a", "", "host", &last, "more"];
        let (text, taken) = collect(Artifact::CanonicalRequest, &lines);
        assert_eq!(text, format!("GET\n/\n\nhost:a\n\nhost\n{hash}"));
        assert_eq!(taken, 7);
        let lines = ["AWS4-HMAC-SHA256", "20250102T030405Z", "s", &last];
        assert!(collect(Artifact::StringToSign, &lines).0.ends_with(hash));
        assert_eq!(collect(Artifact::Signature, &[&last]).0, hash);
    }

    #[test]
    fn the_longest_keyword_counts() {
        let line = b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER attempt=1";
        assert_eq!(hash_length(line), Some(42));
        assert_eq!(hash_length(b"44136fa3"), None);
    }
}

//! An artifact in lines below a label that may be a client's log's or anybody's own.

use bstr::{BString, ByteSlice};

use crate::{
    evidence::Span,
    source::{
        Line, WhiteSpace,
        artifact_block::{self, Artifact, ArtifactBlock, blanks, hash_length},
        artifact_grammar::closes,
    },
    wire::Fidelity,
};

/// Collects the lines of an artifact; what a client is known to sign has no white space of its own,
/// and that of anybody else may.
#[derive(Clone, Debug)]
pub(super) struct AnybodysBlock {
    block: ArtifactBlock,
    printer: Printer,
    /// Whether white space was taken off a string to sign: its own digest does not tell whether the
    /// signer had it.
    doubt: Option<Fidelity>,
    /// Whether all is there but the line below, which may be an empty one.
    is_whole: bool,
    /// Whether white space stands in it that is certain to be its own: what else is in doubt does not
    /// make it the right text.
    is_its_own: bool,
    /// Lines that were taken in.
    lines: usize,
    indent: usize,
}

/// Who printed it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Printer {
    Client,
    /// Below a label that ends in LF alone: a carriage return is the signer's.
    Anybody,
    /// Below a label that ends in CR LF.
    AnybodyInCrlf,
}

/// Whether an artifact wants more lines.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Progress {
    More,
    Whole,
    /// It was whole before this line, which is none of it.
    Behind,
}

impl From<artifact_block::Progress> for Progress {
    fn from(progress: artifact_block::Progress) -> Self {
        match progress {
            artifact_block::Progress::More => Self::More,
            artifact_block::Progress::Whole => Self::Whole,
        }
    }
}

impl AnybodysBlock {
    /// Below the label of a client's log.
    pub(super) fn of_client(kind: Artifact, label: &Line<'_>) -> Self {
        let block = ArtifactBlock::new(kind, label.taken.fidelity);
        Self {
            block: block.indented_as(label.text()),
            printer: Printer::Client,
            doubt: None,
            is_whole: false,
            is_its_own: false,
            lines: 0,
            indent: blanks(label.text()),
        }
    }

    /// Below a label that anybody may have printed.
    pub(super) fn of_anybody(kind: Artifact, label: &Line<'_>) -> Self {
        let this = Self::of_client(kind, label);
        Self {
            block: this.block.frameless(),
            printer: match label.raw.ends_with(b"\r\n") {
                true => Printer::AnybodyInCrlf,
                false => Printer::Anybody,
            },
            ..this
        }
    }

    /// Takes the next line, if it is of the artifact.
    pub(super) fn push(&mut self, line: &Line<'_>) -> Progress {
        if self.printer == Printer::Client {
            return self.block.push(line).into();
        }
        let is_empty = line.text().trim().is_empty();
        if self.is_whole || self.lines == 0 && is_empty {
            if is_empty {
                self.doubt();
            }
            return match (self.is_whole, is_empty) {
                (true, true) => Progress::Whole,
                (true, false) => Progress::Behind,
                (false, _) => Progress::More,
            };
        }
        if self.lines == 0 && blanks(line.text()) > self.indent {
            self.doubt();
        }
        self.lines += 1;
        let raw = line.raw.strip_suffix(b"\n").unwrap_or(line.raw);
        let text = match self.printer {
            Printer::Anybody => raw,
            _ => line.text(),
        };
        self.is_its_own |= text.ends_with(b"\r") && !self.is_last(text);
        if text.len() < raw.len() || line.taken.white_space == WhiteSpace::TakenOff {
            self.doubt();
        }
        let text = self.without_blanks(text);
        let progress = self.block.push_taken(text, line);
        if progress == artifact_block::Progress::Whole && self.kind() == Artifact::StringToSign {
            self.is_whole = true;
            return Progress::More;
        }
        progress.into()
    }

    /// Whether a line may be the last: a carriage return behind it is no part of the text.
    fn is_last(&self, line: &[u8]) -> bool {
        hash_length(line).is_some() && self.block.may_end_below()
    }

    fn doubt(&mut self) {
        if self.kind() == Artifact::StringToSign {
            self.doubt = Some(Fidelity::Reflowed);
        }
    }

    /// What may be the last line, without white space at its end and without what closes a frame
    /// around the artifact; what else stands behind a digest may be the signer's.
    fn without_blanks<'a>(&mut self, line: &'a [u8]) -> &'a [u8] {
        let blank = blanks(line);
        let length = line.get(blank..).and_then(hash_length);
        let Some(length) = length.filter(|_| self.block.may_end_below()) else {
            return line;
        };
        // What a logger writes behind its message.
        let names_logger = line.contains_str("[botocore.");
        let (hash, behind) = line.split_at_checked(blank + length).unwrap_or((line, b""));
        if names_logger {
            return hash;
        }
        if self.kind() == Artifact::StringToSign && !closes(behind) {
            return line;
        }
        if !behind.is_empty() && behind != b"\r" {
            self.doubt();
        }
        hash
    }

    pub(super) fn kind(&self) -> Artifact {
        self.block.kind()
    }

    /// Whether nothing of it is missing.
    pub(super) fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// How well it survived.
    pub(super) fn fidelity(&self) -> Fidelity {
        let doubt = self.doubt.filter(|_| !self.is_its_own);
        doubt.unwrap_or(self.block.fidelity())
    }

    /// The text as collected, without a line feed at its end, and its place.
    pub(super) fn finish(self) -> Option<(BString, Span)> {
        let is_in_doubt = self.doubt.is_some();
        let (text, span) = self.block.finish()?;
        let quotes = |byte: &u8| b"\"'`[(".contains(byte);
        let opens = text.first().is_some_and(quotes);
        let text = match text.get(1..).filter(|_| is_in_doubt && opens) {
            Some(within) => BString::from(within),
            None => text,
        };
        // A terminal pads all lines alike.
        let mut inner = text.rsplit_str("\n").skip(1);
        let is_padded = text.contains(&b'\n') && inner.all(|line| line.ends_with(b" "));
        let text = match is_in_doubt && is_padded {
            true => bstr::join("\n", text.lines().map(ByteSlice::trim_end)).into(),
            false => text,
        };
        Some((text, span))
    }
}

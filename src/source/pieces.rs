use bstr::BString;

use crate::{
    evidence::Span,
    source::{Line, Taken},
    wire::Fidelity,
};

/// A line that its collector split, put together again.
#[derive(Clone, Debug)]
pub(super) struct Pieces {
    text: Vec<u8>,
    span: Span,
}

impl Pieces {
    /// Begins with nothing, at the place of the first piece.
    pub(super) fn at(span: &Span) -> Self {
        Self {
            text: Vec::new(),
            span: span.clone(),
        }
    }

    pub(super) fn push(&mut self, piece: &[u8], span: &Span) {
        self.text.extend_from_slice(piece);
        self.span = self.span.cover(span);
    }

    pub(super) fn length(&self) -> usize {
        self.text.len()
    }

    pub(super) fn finish(self) -> (BString, Span) {
        (self.text.into(), self.span)
    }

    /// The line that the pieces make.
    pub(super) fn line(&self) -> Line<'_> {
        Line {
            raw: &self.text,
            number: self.span.first_line,
            offset: self.span.bytes.start,
            input: self.span.input,
            cut: false,
            taken: Taken {
                fidelity: Fidelity::Unescaped,
                around: Some(self.span.bytes.end - self.span.bytes.start),
                more_lines: self.span.last_line - self.span.first_line,
                ..Taken::AS_IT_STANDS
            },
        }
    }
}

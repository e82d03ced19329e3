use bstr::ByteSlice;

use crate::{
    evidence::Span,
    source::{Line, Taken, artifact_grammar::label},
};

/// The last line above a block that says something.
#[derive(Clone, Debug, Default)]
pub(super) struct Title {
    pub(super) text: Vec<u8>,
    pub(super) place: Option<Span>,
}

impl Title {
    pub(super) fn see(&mut self, line: &Line<'_>) {
        if !line.text().trim().is_empty() {
            let ending = match line.raw.ends_with(b"\r\n") {
                true => &b"\r\n"[..],
                false => b"\n",
            };
            self.text = [line.text(), ending].concat();
            self.place = Some(line.span());
        }
    }

    /// Whether it is the label of an artifact.
    pub(super) fn names_artifact(&self) -> bool {
        label(self.text.trim()).is_some()
    }

    pub(super) fn line(&self, place: &Span) -> Line<'_> {
        Line {
            raw: &self.text,
            number: place.first_line,
            offset: place.bytes.start,
            input: place.input,
            cut: false,
            taken: Taken::AS_IT_STANDS,
        }
    }
}

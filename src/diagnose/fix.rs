use bstr::BString;

use crate::evidence::Span;

/// How a mistake is put right.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Fix {
    /// One sentence in the imperative, without a full stop.
    pub words: BString,
    /// The exact text to change, where there is such.
    pub edits: Vec<Edit>,
}

/// A text to change.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Edit {
    /// What stands there; empty where something is missing.
    pub from: BString,
    /// What should.
    pub to: BString,
    /// Where, as far as it stands in an input.
    pub at: Option<Span>,
}

impl Fix {
    /// A fix in words alone.
    #[must_use]
    pub fn words(words: impl Into<BString>) -> Self {
        Self {
            words: words.into(),
            edits: Vec::new(),
        }
    }

    /// Adds a text to change.
    #[must_use]
    pub fn edit(
        mut self,
        from: impl Into<BString>,
        to: impl Into<BString>,
        at: Option<Span>,
    ) -> Self {
        self.edits.push(Edit {
            from: from.into(),
            to: to.into(),
            at,
        });
        self
    }
}

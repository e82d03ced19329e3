use bstr::BString;

use crate::evidence::{InputId, Span};

/// Something about an input that its reader must know and that is no claim: a record that was cut,
/// a switch that was off.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Note {
    /// One sentence without a full stop.
    pub message: BString,
    /// Where it was noticed.
    pub span: Span,
}

impl Note {
    /// What is noted of an artifact at which a log ends.
    pub const CUT: &str = "the log ends in the middle of an artifact";

    /// Whether it says that the artifact that begins there was cut.
    #[must_use]
    pub fn cuts(&self, artifact: &Span) -> bool {
        let begins = |span: &Span| (span.input, span.first_line);
        self.message == Self::CUT && begins(&self.span) == begins(artifact)
    }

    /// Something about an input as a whole.
    #[must_use]
    pub fn of_input(input: InputId, message: impl Into<BString>) -> Self {
        Self {
            message: message.into(),
            span: Span {
                input,
                bytes: 0..0,
                first_line: 1,
                last_line: 1,
            },
        }
    }
}

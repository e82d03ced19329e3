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

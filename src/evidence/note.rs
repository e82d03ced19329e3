use bstr::BString;

use crate::evidence::Span;

/// Something about an input that its reader must know and that is no claim: a record that was cut,
/// a switch that was off.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Note {
    /// One sentence without a full stop.
    pub message: BString,
    /// Where it was noticed.
    pub span: Span,
}

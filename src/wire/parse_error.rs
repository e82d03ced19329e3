use std::fmt;

use bstr::{BString, ByteSlice};

/// Says where a text stopped being what it should have been.
///
/// `at` is a byte offset into the text that was parsed; `found` is at most 40 bytes of it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ParseError {
    /// What was being read, in the field's words: `credential scope`, `request line`.
    pub part: &'static str,
    /// Byte offset of the first byte that does not fit.
    pub at: usize,
    /// What would have fitted there.
    pub expected: &'static str,
    /// What stands there instead; empty at the end of the text.
    pub found: BString,
}

impl ParseError {
    /// Notes that `expected` is missing at byte `at` of `text`.
    #[must_use]
    pub fn new(part: &'static str, text: &[u8], at: usize, expected: &'static str) -> Self {
        const SHOWN: usize = 40;
        let rest = text.get(at..).unwrap_or_default();
        let line = rest.lines().next().unwrap_or_default();
        let found = line.get(..SHOWN).unwrap_or(line);
        Self {
            part,
            at,
            expected,
            found: found.into(),
        }
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            part,
            at,
            expected,
            found,
        } = self;
        if found.is_empty() {
            write!(
                f,
                "{part}: expected {expected} at byte {at}, found the end of the line"
            )
        } else {
            write!(
                f,
                "{part}: expected {expected} at byte {at}, found {:?}",
                found.as_bstr()
            )
        }
    }
}

impl std::error::Error for ParseError {}

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
        } else if may_be_secret(found) {
            let length = found.len();
            write!(
                f,
                "{part}: expected {expected} at byte {at}, found {length} letters that may be a secret's"
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

/// Whether a text has a piece as long as a key's: no message repeats one.
fn may_be_secret(text: &[u8]) -> bool {
    const LONG: usize = 20;
    let letter = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=%".contains(byte);
    let mut words = text.split(|byte| !letter(byte));
    words.any(|word| {
        let has = |kind: fn(&u8) -> bool| word.iter().any(kind);
        word.len() >= LONG && has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase)
    })
}

impl std::error::Error for ParseError {}

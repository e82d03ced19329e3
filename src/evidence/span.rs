use std::ops::Range;

/// Which of the inputs, counted from 0 in the order in which they were given.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct InputId(pub usize);

/// A place in an input: bytes counted from 0, and lines counted from 1, the last included.
///
/// In an input that was unpacked (gzip, UTF-16), both count in the unpacked text.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Span {
    /// The input.
    pub input: InputId,
    /// The bytes.
    pub bytes: Range<u64>,
    /// The first line.
    pub first_line: u64,
    /// The last line.
    pub last_line: u64,
}

impl Span {
    /// The smallest span around both; of one input.
    #[must_use]
    pub fn cover(&self, other: &Self) -> Self {
        Self {
            input: self.input,
            bytes: self.bytes.start.min(other.bytes.start)..self.bytes.end.max(other.bytes.end),
            first_line: self.first_line.min(other.first_line),
            last_line: self.last_line.max(other.last_line),
        }
    }
}

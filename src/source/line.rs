use crate::evidence::{InputId, Span};

/// One line of an input.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    /// The line with its terminator.
    pub raw: &'a [u8],
    /// Its number, from 1.
    pub number: u64,
    /// The offset of its first byte.
    pub offset: u64,
    /// The input it is from.
    pub input: InputId,
    /// Whether more of it stood there than is kept.
    pub cut: bool,
}

impl<'a> Line<'a> {
    /// The line without its LF or CRLF.
    #[must_use]
    pub fn text(&self) -> &'a [u8] {
        let text = self.raw.strip_suffix(b"\n").unwrap_or(self.raw);
        text.strip_suffix(b"\r").unwrap_or(text)
    }

    /// The place of the whole line, terminator included.
    #[must_use]
    pub fn span(&self) -> Span {
        Span {
            input: self.input,
            bytes: self.offset..self.offset + self.raw.len() as u64,
            first_line: self.number,
            last_line: self.number,
        }
    }

    /// The place of the `length` bytes from byte `from` of the line.
    #[must_use]
    pub fn part(&self, from: usize, length: usize) -> Span {
        let start = self.offset + from as u64;
        Span {
            bytes: start..start + length as u64,
            ..self.span()
        }
    }
}

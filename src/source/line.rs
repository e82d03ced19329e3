use crate::{
    evidence::{InputId, Span},
    wire::Fidelity,
};

/// One line of an input, with what its collector put around it taken off.
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
    /// How it came out of what stands in the input.
    pub taken: Taken<'a>,
}

/// How a line came out of what stands in the input.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Taken<'a> {
    /// How well the text survived.
    pub fidelity: Fidelity,
    /// How many bytes of the input hold it, where the text is not these very bytes.
    pub around: Option<u64>,
    /// How many further lines of the input it was put together from.
    pub more_lines: u64,
    /// Whether white space was taken off that may be of what stands on the line.
    pub white_space: WhiteSpace,
    /// The thread or trace that a structured record names; empty where there is none.
    pub thread: &'a [u8],
}

/// What became of the blanks before a line, and of the carriage return at its end.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum WhiteSpace {
    /// They stand there still, or there were none.
    Kept,
    /// They were taken off, as those of all lines.
    TakenOff,
}

impl Taken<'static> {
    /// The line as it stands.
    pub const AS_IT_STANDS: Self = Self {
        fidelity: Fidelity::Exact,
        around: None,
        more_lines: 0,
        white_space: WhiteSpace::Kept,
        thread: b"",
    };
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
        let length = self.taken.around.unwrap_or(self.raw.len() as u64);
        Span {
            input: self.input,
            bytes: self.offset..self.offset + length,
            first_line: self.number,
            last_line: self.number + self.taken.more_lines,
        }
    }

    /// The place of the `length` bytes from byte `from` of the line; of the whole line where its
    /// text is not the very bytes of the input.
    #[must_use]
    pub fn part(&self, from: usize, length: usize) -> Span {
        if self.taken.around.is_some() {
            return self.span();
        }
        let start = self.offset + from as u64;
        Span {
            bytes: start..start + length as u64,
            ..self.span()
        }
    }
}

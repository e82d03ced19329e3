use std::io::BufRead;

use aho_corasick::AhoCorasick;
use bstr::ByteSlice;

/// How much of an input is held at once, and how much of one line is kept.
const BLOCK: usize = 256 << 10;
pub(super) const LINE: usize = 4 << 20;
/// How much of an input is looked at to know what it is.
pub(super) const HEAD: usize = 32 << 10;
/// How much of what was passed is kept, to go back in.
const BEHIND: usize = 16 << 10;

/// A window on the input, with the line at its front.
pub(super) struct Buffer<'a> {
    source: Box<dyn BufRead + 'a>,
    bytes: Vec<u8>,
    start: usize,
    offset: u64,
    number: u64,
    line_length: usize,
    /// The offset up to which lines were given away: nobody goes back behind it.
    given: u64,
    cut: bool,
    ended: bool,
    binary: bool,
    failure: Option<String>,
}

/// The line at the front of the window, as it stands in the input.
#[derive(Clone, Copy, Debug)]
pub(super) struct RawLine<'a> {
    pub(super) raw: &'a [u8],
    pub(super) number: u64,
    pub(super) offset: u64,
    pub(super) cut: bool,
}

impl<'a> Buffer<'a> {
    pub(super) fn new(source: Box<dyn BufRead + 'a>) -> Self {
        Self {
            source,
            bytes: Vec::with_capacity(BLOCK * 2),
            start: 0,
            offset: 0,
            number: 1,
            line_length: 0,
            given: 0,
            cut: false,
            ended: false,
            binary: false,
            failure: None,
        }
    }

    /// What is held and not yet passed.
    pub(super) fn filled(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or_default()
    }

    /// How many bytes were passed, and are held.
    pub(super) fn seen(&self) -> u64 {
        self.offset + self.filled().len() as u64
    }

    pub(super) fn is_binary(&self) -> bool {
        self.binary
    }

    /// Why the input could not be read to its end, if it could not.
    pub(super) fn failure(&mut self) -> Option<String> {
        self.failure.take()
    }

    /// Takes in one more piece of the input; says whether there was one.
    fn more(&mut self) -> bool {
        if self.ended {
            return false;
        }
        if self.start >= BLOCK + BEHIND {
            self.bytes.drain(..self.start - BEHIND);
            self.start = BEHIND;
        }
        let piece = loop {
            match self.source.fill_buf() {
                Ok(piece) => break piece,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.failure = Some(error.to_string());
                    self.ended = true;
                    return false;
                }
            }
        };
        let length = piece.len();
        if length == 0 {
            self.ended = true;
            return false;
        }
        if self.offset == self.start as u64 && self.bytes.len() < HEAD {
            self.binary |= piece.get(..HEAD).unwrap_or(piece).contains(&0);
        }
        self.bytes.extend_from_slice(piece);
        self.source.consume(length);
        true
    }

    /// Takes in `wanted` bytes, if there are as many.
    pub(super) fn fill(&mut self, wanted: usize) {
        while self.filled().len() < wanted && self.more() {}
    }

    /// Moves to the next line that holds a marker; says whether there is one.
    pub(super) fn seek(&mut self, markers: &AhoCorasick) -> bool {
        loop {
            if let Some(found) = markers.find(self.filled()) {
                let before = self.filled().get(..found.start()).unwrap_or_default();
                let line = before.rfind_byte(b'\n').map_or(0, |at| at + 1);
                self.skip(line);
                return true;
            }
            // A marker may be half in; the line that it would be in is kept.
            let keep = self.filled().rfind_byte(b'\n').map_or(0, |at| at + 1);
            self.skip(keep);
            if self.filled().len() > LINE {
                let excess = self.filled().len() - LINE;
                self.skip(excess);
            }
            if !self.more() {
                return false;
            }
        }
    }

    /// Moves back to the nearest line above that holds `text` and was not given away; says whether
    /// there is one.
    pub(super) fn back_to(&mut self, text: &[u8]) -> bool {
        let reach = (self.offset - self.given).min(BEHIND as u64);
        let reach = usize::try_from(reach).unwrap_or(BEHIND).min(self.start);
        let behind = self.bytes.get(self.start - reach..self.start);
        let behind = behind.unwrap_or_default();
        let Some(found) = behind.rfind(text) else {
            return false;
        };
        let before = behind.get(..found).unwrap_or_default();
        let line = before.rfind_byte(b'\n').map_or(0, |at| at + 1);
        let back = behind.len() - line;
        let passed = behind.get(line..).unwrap_or_default();
        self.number -= memchr::memchr_iter(b'\n', passed).count() as u64;
        self.start -= back;
        self.offset -= back as u64;
        true
    }

    fn skip(&mut self, length: usize) {
        let skipped = self.filled().get(..length).unwrap_or_default();
        self.number += memchr::memchr_iter(b'\n', skipped).count() as u64;
        self.start += length;
        self.offset += length as u64;
    }

    /// The line at the front, as far as it is kept; `None` at the end of the input.
    pub(super) fn line(&mut self) -> Option<RawLine<'_>> {
        let mut searched = 0;
        self.cut = false;
        let length = loop {
            let found = self
                .filled()
                .get(searched..)
                .and_then(|rest| rest.find_byte(b'\n'));
            if let Some(at) = found {
                break searched + at + 1;
            }
            searched = self.filled().len();
            if searched > LINE {
                self.cut = true;
                break LINE;
            }
            if !self.more() {
                break searched;
            }
        };
        self.line_length = length;
        let raw = self.filled().get(..length).filter(|raw| !raw.is_empty())?;
        Some(RawLine {
            raw,
            number: self.number,
            offset: self.offset,
            cut: self.cut,
        })
    }

    /// Moves behind the line at the front, past what of it was not kept.
    pub(super) fn step(&mut self) {
        self.skip(self.line_length);
        self.given = self.offset;
        while self.cut {
            match self.filled().find_byte(b'\n') {
                Some(at) => {
                    self.skip(at + 1);
                    self.cut = false;
                }
                None => {
                    let rest = self.filled().len();
                    self.skip(rest);
                    if !self.more() {
                        self.cut = false;
                    }
                }
            }
        }
    }

    /// What is held behind the line at the front.
    pub(super) fn ahead(&self) -> &[u8] {
        self.filled().get(self.line_length..).unwrap_or_default()
    }
}

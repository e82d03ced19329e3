use std::io::{BufRead, ErrorKind};

use bstr::ByteSlice;

use crate::source::{
    markers::Markers,
    wrapping::{Lines, PASSED_LINE},
};

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
    lines: Lines,
    /// Room, of which `start..end` holds what was read and not yet passed.
    bytes: Vec<u8>,
    start: usize,
    end: usize,
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
    pub(super) fn new(source: Box<dyn BufRead + 'a>, lines: Lines) -> Self {
        Self {
            source,
            lines,
            bytes: vec![0; BLOCK + 2 * BEHIND],
            start: 0,
            end: 0,
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
        self.bytes.get(self.start..self.end).unwrap_or_default()
    }

    /// Goes back to the front of an input of which all is still held; says whether it is.
    pub(super) fn rewind(&mut self) -> bool {
        let held = self.ended && self.offset == self.start as u64;
        if held {
            (self.start, self.offset, self.number) = (0, 0, 1);
            (self.line_length, self.given, self.cut) = (0, 0, false);
        }
        held
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
        self.make_room();
        // Read past its own buffer, the source need not copy what it reads.
        let room = self.bytes.get_mut(self.end..).unwrap_or_default();
        let length = loop {
            match self.source.read(room) {
                Ok(length) => break length,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    self.failure = Some(error.to_string());
                    self.ended = true;
                    return false;
                }
            }
        };
        if length == 0 {
            self.ended = true;
            return false;
        }
        let first = self.offset == self.start as u64;
        if first && self.end < HEAD {
            let piece = room.get(..length.min(HEAD)).unwrap_or_default();
            self.binary |= piece.contains(&0);
        }
        self.end += length;
        true
    }

    /// Makes room for a block behind what is held.
    fn make_room(&mut self) {
        if self.bytes.len() - self.end >= BLOCK {
            return;
        }
        // What is long is moved seldom, so that a line without an end is moved a few times only.
        let passed = self.start.saturating_sub(BEHIND);
        if passed >= self.filled().len() {
            self.bytes.copy_within(passed..self.end, 0);
            self.start -= passed;
            self.end -= passed;
        }
        if self.bytes.len() - self.end < BLOCK {
            self.bytes.resize(self.end + BLOCK, 0);
        }
    }

    /// Takes in `wanted` bytes, if there are as many.
    pub(super) fn fill(&mut self, wanted: usize) {
        while self.filled().len() < wanted && self.more() {}
    }

    /// Moves to the next line that holds a marker; says whether there is one.
    pub(super) fn seek(&mut self, markers: &Markers) -> bool {
        let mut searched = 0;
        loop {
            if let Some(start) = markers.find(self.filled(), searched) {
                let before = self.filled().get(..start).unwrap_or_default();
                let line = before.rfind_byte(b'\n').map_or(0, |at| at + 1);
                self.skip(line);
                return true;
            }
            // A marker may be half in; the line that it would be in is kept.
            let new = self.filled().get(searched..).unwrap_or_default();
            let line = new.rfind_byte(b'\n').map_or(0, |at| searched + at + 1);
            self.skip(line.max(self.filled().len().saturating_sub(LINE)));
            searched = self.filled().len().saturating_sub(markers.longest());
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
        self.number -= self.count_lines(passed);
        self.start -= back;
        self.offset -= back as u64;
        true
    }

    /// How many lines end in a text.
    fn count_lines(&self, text: &[u8]) -> u64 {
        let lines = match self.lines {
            Lines::AsTheyStand => memchr::memchr_iter(b'\n', text).count(),
            Lines::OfEvents => memchr::memchr2_iter(b'\n', PASSED_LINE, text).count(),
        };
        lines as u64
    }

    fn skip(&mut self, length: usize) {
        let skipped = self.filled().get(..length).unwrap_or_default();
        self.number += self.count_lines(skipped);
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
        let passed = match self.lines {
            Lines::AsTheyStand => 0,
            Lines::OfEvents => raw.iter().take_while(|byte| **byte == PASSED_LINE).count(),
        };
        Some(RawLine {
            raw: raw.get(passed..)?,
            number: self.number + passed as u64,
            offset: self.offset + passed as u64,
            cut: self.cut,
        })
    }

    /// Moves behind the line at the front, which was given away.
    pub(super) fn step(&mut self) {
        self.pass();
        self.given = self.offset;
    }

    /// Moves behind the line at the front, past what of it was not kept; one can go back to it.
    pub(super) fn pass(&mut self) {
        self.skip(self.line_length);
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
}

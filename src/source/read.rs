use std::{io::BufRead, sync::OnceLock};

use aho_corasick::{AhoCorasick, MatchKind};
use bstr::ByteSlice;

use crate::{
    evidence::{Case, InputId, Note},
    source::{Event, FORMATS, Format, Likeness, Line, Reader, Sink, Step, Whole},
};

/// How much of an input is held at once, and how much of one line is kept.
const BLOCK: usize = 256 << 10;
const LINE: usize = 4 << 20;
/// How much of an input is looked at to recognise it.
const HEAD: usize = 8 << 10;

/// What came of reading an input to its end.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Reading {
    /// How many bytes it had.
    pub bytes: u64,
    /// Whether a byte is among its first that no text has.
    pub binary: bool,
    /// Why it could not be read to its end, if it could not.
    pub failure: Option<String>,
}

/// Reads an input once, in constant memory; every case and note goes to `emit` as soon as it is
/// whole. With `from`, the input is taken to be of that format.
pub fn read(
    input: InputId,
    source: &mut dyn BufRead,
    from: Option<&'static Format>,
    emit: &mut dyn FnMut(Event),
) -> Reading {
    let sink = Sink::new(input, emit);
    let mut scan = Scan {
        buffer: Buffer::new(source),
        sink,
        readers: Vec::new(),
        active: None,
    };
    scan.run(from);
    Reading {
        bytes: scan.buffer.offset + scan.buffer.filled().len() as u64,
        binary: scan.buffer.binary,
        failure: scan.buffer.failure.take(),
    }
}

/// Reads an input and keeps all that comes out.
pub fn read_all(input: InputId, source: &mut dyn BufRead) -> (Vec<Case>, Vec<Note>, Reading) {
    let (mut cases, mut notes) = (Vec::new(), Vec::new());
    let reading = read(input, source, None, &mut |event| match event {
        Event::Case(case) => cases.push(case),
        Event::Note(note) => notes.push(note),
    });
    cases.sort_by_key(|case: &Case| case.number);
    (cases, notes, reading)
}

/// The markers of all formats, and whose each is.
struct Markers {
    automaton: AhoCorasick,
    formats: Vec<usize>,
}

fn markers() -> Option<&'static Markers> {
    static MARKERS: OnceLock<Option<Markers>> = OnceLock::new();
    MARKERS.get_or_init(|| build(FORMATS)).as_ref()
}

fn build(formats: &[&Format]) -> Option<Markers> {
    let all = formats.iter().enumerate().flat_map(|(index, format)| {
        format
            .markers
            .iter()
            .map(move |marker| (index, marker.as_bytes()))
    });
    let (formats, patterns): (Vec<usize>, Vec<&[u8]>) = all.unzip();
    let automaton = AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostFirst)
        .build(patterns)
        .ok()?;
    Some(Markers { automaton, formats })
}

struct Scan<'a> {
    buffer: Buffer<'a>,
    sink: Sink<'a>,
    readers: Vec<Option<Box<dyn Reader>>>,
    active: Option<usize>,
}

impl Scan<'_> {
    fn run(&mut self, from: Option<&'static Format>) {
        self.buffer.fill(HEAD);
        self.readers.resize_with(FORMATS.len(), || None);
        let recognised = recognise(self.buffer.filled());
        match from.or(recognised) {
            Some(format) if format.markers.is_empty() || recognised.is_some() => {
                self.run_document(format);
            }
            only => self.run_log(only),
        }
        for reader in self.readers.iter_mut().flatten() {
            reader.end(&mut self.sink);
        }
        self.sink.finish();
    }

    fn run_document(&mut self, format: &'static Format) {
        let mut reader = (format.start)(Whole::Document);
        while let Some(line) = self.buffer.line() {
            let line = line.in_input(self.sink.input);
            note_cut(&line, &mut self.sink);
            reader.line(&line, &mut self.sink);
            self.buffer.step();
        }
        reader.end(&mut self.sink);
    }

    fn run_log(&mut self, only: Option<&'static Format>) {
        let Some(markers) = markers() else { return };
        let allowed = |index: &usize| {
            only.is_none_or(|only| {
                FORMATS
                    .get(*index)
                    .is_some_and(|format| format.id == only.id)
            })
        };
        loop {
            if self.active.is_none() && !self.buffer.seek(&markers.automaton) {
                return;
            }
            let Some(line) = self.buffer.line() else {
                return;
            };
            let line = line.in_input(self.sink.input);
            note_cut(&line, &mut self.sink);
            let found = markers.automaton.find_iter(line.text());
            let marked =
                found.filter_map(|found| markers.formats.get(found.pattern().as_usize()).copied());
            let takers = self.active.into_iter().chain(marked.filter(allowed));
            self.active = dispatch(&mut self.readers, takers, &line, &mut self.sink);
            self.buffer.step();
        }
    }
}

/// Offers a line to the reader that is in the middle of something, then to those whose markers
/// it holds; gives the reader that wants the next line whatever it holds.
fn dispatch(
    readers: &mut [Option<Box<dyn Reader>>],
    takers: impl Iterator<Item = usize>,
    line: &Line<'_>,
    sink: &mut Sink<'_>,
) -> Option<usize> {
    let mut tried = Vec::new();
    for index in takers {
        if tried.contains(&index) {
            continue;
        }
        tried.push(index);
        let (Some(slot), Some(format)) = (readers.get_mut(index), FORMATS.get(index)) else {
            continue;
        };
        let reader = slot.get_or_insert_with(|| (format.start)(Whole::Log));
        match reader.line(line, sink) {
            Step::More => return Some(index),
            Step::Idle => return None,
            Step::Pass => {}
        }
    }
    None
}

fn note_cut(line: &Line<'_>, sink: &mut Sink<'_>) {
    if line.cut {
        let message = format!(
            "line {} is longer than {LINE} bytes; the rest of it was passed over",
            line.number
        );
        sink.note(message, line.span());
    }
}

/// The format of a whole input, where its first bytes show one.
fn recognise(head: &[u8]) -> Option<&'static Format> {
    let head = head.get(..HEAD).unwrap_or(head);
    let likely = FORMATS
        .iter()
        .map(|format| ((format.recognise)(head), *format));
    let best = likely.max_by_key(|(likeness, _)| *likeness)?;
    (best.0 > Likeness::None).then_some(best.1)
}

/// A window on the input, with the line at its front.
struct Buffer<'a> {
    source: &'a mut dyn BufRead,
    bytes: Vec<u8>,
    start: usize,
    offset: u64,
    number: u64,
    line_length: usize,
    cut: bool,
    ended: bool,
    binary: bool,
    failure: Option<String>,
}

struct RawLine<'a> {
    raw: &'a [u8],
    number: u64,
    offset: u64,
    cut: bool,
}

impl<'a> RawLine<'a> {
    fn in_input(self, input: InputId) -> Line<'a> {
        let Self {
            raw,
            number,
            offset,
            cut,
        } = self;
        Line {
            raw,
            number,
            offset,
            input,
            cut,
        }
    }
}

impl<'a> Buffer<'a> {
    fn new(source: &'a mut dyn BufRead) -> Self {
        Self {
            source,
            bytes: Vec::with_capacity(BLOCK * 2),
            start: 0,
            offset: 0,
            number: 1,
            line_length: 0,
            cut: false,
            ended: false,
            binary: false,
            failure: None,
        }
    }

    fn filled(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or_default()
    }

    /// Takes in one more piece of the input; says whether there was one.
    fn more(&mut self) -> bool {
        if self.ended {
            return false;
        }
        if self.start >= BLOCK {
            self.bytes.drain(..self.start);
            self.start = 0;
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
        if self.offset == 0 && self.start == 0 && self.bytes.len() < HEAD {
            self.binary |= piece.get(..HEAD).unwrap_or(piece).contains(&0);
        }
        self.bytes.extend_from_slice(piece);
        self.source.consume(length);
        true
    }

    fn fill(&mut self, wanted: usize) {
        while self.filled().len() < wanted && self.more() {}
    }

    /// Moves to the next line that holds a marker; says whether there is one.
    fn seek(&mut self, markers: &AhoCorasick) -> bool {
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

    fn skip(&mut self, length: usize) {
        let skipped = self.filled().get(..length).unwrap_or_default();
        self.number += memchr::memchr_iter(b'\n', skipped).count() as u64;
        self.start += length;
        self.offset += length as u64;
    }

    /// The line at the front, as far as it is kept; `None` at the end of the input.
    fn line(&mut self) -> Option<RawLine<'_>> {
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
    fn step(&mut self) {
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

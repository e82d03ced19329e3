use std::io::BufRead;

use crate::{
    evidence::{Case, InputId, Note},
    source::{Event, Format, buffer::Buffer, scan::Scan, wrapping},
};

/// What came of reading an input to its end.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Reading {
    /// How many bytes it had, unpacked.
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
    let (source, lines) = wrapping::events(wrapping::unpack(source));
    let mut buffer = Buffer::new(source, lines);
    Scan::new(&mut buffer, input, emit).run(from);
    Reading {
        bytes: buffer.seen(),
        binary: buffer.is_binary(),
        failure: buffer.failure(),
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

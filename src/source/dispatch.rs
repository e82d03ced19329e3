use bstr::ByteSlice;

use crate::{
    evidence::InputId,
    source::{
        Event, FORMATS, Format, Line, Reader, Sink, Step, Taken, WhiteSpace, Whole,
        buffer::LINE,
        markers::Markers,
        pieces::Pieces,
        wrapping::{Frame, is_structured, may_be_escaped, may_be_quoted, message},
    },
    wire::Fidelity,
};

/// Gives each line to the reader that is in the middle of something, then to those whose markers
/// it holds.
pub(super) struct Dispatch<'a> {
    pub(super) sink: Sink<'a>,
    readers: Vec<Option<Box<dyn Reader>>>,
    active: Option<Active>,
    only: Option<&'static Format>,
    /// The pieces of a line that a container's runtime split over several records.
    pieces: Option<Pieces>,
}

/// The reader that wants the next line whatever it holds.
#[derive(Clone, Copy, Debug)]
struct Active {
    index: usize,
    view: View,
}

/// What a reader was given: lines as they stand, or lines out of structured records.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum View {
    Lines,
    Records,
}

/// One of a reader's two ways to take a line.
type Ask = fn(&mut dyn Reader, &Line<'_>, &mut Sink<'_>) -> Step;

/// A container that wraps a logger's records is as deep as it goes.
const DEPTH: usize = 3;

/// What became of a line.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Offered {
    /// A reader has it, or waits behind it.
    Taken,
    /// Nobody wants it: it may still be the front of what begins below.
    Passed,
}

impl<'a> Dispatch<'a> {
    pub(super) fn new(input: InputId, emit: &'a mut dyn FnMut(Event)) -> Self {
        Self {
            sink: Sink::new(input, emit),
            readers: FORMATS.iter().map(|_| None).collect(),
            active: None,
            only: None,
            pieces: None,
        }
    }

    /// Lets no reader but that of one format have lines.
    pub(super) fn only(&mut self, format: Option<&'static Format>) {
        self.only = format;
    }

    /// Whether the next line is wanted whatever it holds.
    pub(super) fn waits(&self) -> bool {
        self.active.is_some() || self.pieces.is_some()
    }

    /// Whether a reader is in the middle of something.
    pub(super) fn is_active(&self) -> bool {
        self.active.is_some()
    }

    /// Gives a line, which holds no marker itself, to the first of some readers that takes it.
    pub(super) fn line_for(&mut self, formats: &[usize], line: &Line<'_>) {
        let taken = self.ask(formats, line, View::Lines, |reader, line, sink| {
            reader.line(line, sink)
        });
        self.active = taken.flatten();
    }

    /// Offers a line; says whether a reader took it, or waits behind it.
    pub(super) fn line(&mut self, markers: &Markers, line: &Line<'_>) -> Offered {
        let in_lines = self.active.is_some_and(|active| active.view == View::Lines);
        let structured = !in_lines
            && (is_structured(line.text())
                || may_be_escaped(line.text())
                || may_be_quoted(line.text()));
        if structured && self.record(markers, line, DEPTH) {
            return Offered::Taken;
        }
        self.offer(&markers.formats(line.text()), line, View::Lines)
    }

    /// Ends what the end of a record or a block alone can end.
    pub(super) fn boundary(&mut self) {
        let active = self.active.take();
        let reader = active.and_then(|active| self.readers.get_mut(active.index)?.as_mut());
        if let Some(reader) = reader
            && let Step::More | Step::Wait = reader.boundary(&mut self.sink)
        {
            self.active = active;
        }
    }

    /// The input is over.
    pub(super) fn end(&mut self) {
        self.end_readers();
        self.sink.finish();
    }

    /// No reader has another line.
    pub(super) fn end_readers(&mut self) {
        for mut reader in self.readers.iter_mut().filter_map(Option::take) {
            reader.end(&mut self.sink);
        }
        self.active = None;
    }

    /// Reads a structured record: by a reader that takes it whole, else by the text in it; says
    /// whether it was one.
    fn record(&mut self, markers: &Markers, line: &Line<'_>, depth: usize) -> bool {
        let formats = markers.formats(line.text());
        let whole = self.ask(&formats, line, View::Records, |reader, line, sink| {
            reader.record(line, sink)
        });
        if let Some(active) = whole {
            self.active = active;
            return true;
        }
        let Some(found) = message(line.text(), &|text| markers.tell(text)) else {
            return false;
        };
        let mut text = found.text;
        let mut place = line.span();
        if found.frame == Frame::Piece || self.pieces.is_some() {
            let mut pieces = self.pieces.take().unwrap_or_else(|| Pieces::at(&place));
            pieces.push(&text, &place);
            if found.frame == Frame::Piece && pieces.length() < LINE {
                self.pieces = Some(pieces);
                return true;
            }
            (text, place) = pieces.finish();
        }
        let taken = Taken {
            fidelity: Fidelity::Unescaped.min(line.taken.fidelity),
            around: Some(place.bytes.end - place.bytes.start),
            more_lines: place.last_line - place.first_line,
            white_space: WhiteSpace::Kept,
            thread: if found.thread.is_empty() {
                line.taken.thread
            } else {
                &found.thread
            },
        };
        // What is one record to the client is offered as one, whichever of its lines tells.
        let of_record = match found.frame {
            Frame::Record => markers.formats(&text),
            Frame::Line | Frame::Piece => Vec::new(),
        };
        for raw in text.lines_with_terminator() {
            let inner = Line {
                raw,
                number: place.first_line,
                offset: place.bytes.start,
                input: line.input,
                cut: line.cut,
                taken,
            };
            let nested = depth > 1 && is_structured(inner.text());
            if !nested || !self.record(markers, &inner, depth - 1) {
                let mut formats = of_record.clone();
                if formats.is_empty() {
                    formats = markers.formats(inner.text());
                }
                self.offer(&formats, &inner, View::Records);
            }
        }
        if found.frame == Frame::Record && self.is_active() {
            self.boundary();
        }
        true
    }

    fn offer(&mut self, formats: &[usize], line: &Line<'_>, view: View) -> Offered {
        let taken = self.ask(formats, line, view, |reader, line, sink| {
            reader.line(line, sink)
        });
        match taken {
            Some(active) => {
                self.active = active;
                Offered::Taken
            }
            None => {
                self.active = self.active.filter(|active| active.view != view);
                Offered::Passed
            }
        }
    }

    /// Asks the readers in turn; what the first that takes the line wants next.
    fn ask(
        &mut self,
        formats: &[usize],
        line: &Line<'_>,
        view: View,
        ask: Ask,
    ) -> Option<Option<Active>> {
        let held = self.active.filter(|active| active.view == view);
        let only = self.only;
        let allowed = |index: &usize| {
            let format = FORMATS.get(*index);
            only.is_none_or(|only| format.is_some_and(|format| format.id == only.id))
        };
        let held = held.map(|active| active.index);
        let marked = formats.iter().copied().filter(allowed);
        let others = marked.filter(|index| held != Some(*index));
        let mut waiting = None;
        for index in held.into_iter().chain(others) {
            let (Some(slot), Some(format)) = (self.readers.get_mut(index), FORMATS.get(index))
            else {
                continue;
            };
            let reader = slot.get_or_insert_with(|| (format.start)(Whole::Log));
            match ask(reader.as_mut(), line, &mut self.sink) {
                Step::More => return Some(Some(Active { index, view })),
                Step::Idle => return Some(None),
                Step::Wait => waiting = waiting.or(Some(Active { index, view })),
                Step::Pass => {}
            }
        }
        waiting.map(Some)
    }
}

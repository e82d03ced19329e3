use std::{borrow::Cow, cmp::Reverse, ops::RangeInclusive};

use bstr::ByteSlice;

use crate::{
    evidence::InputId,
    source::{
        Breadth, Event, FORMATS, Format, Likeness, Line, Reader, Sink, Step, Taken, WhiteSpace,
        Whole, bare_artifact,
        buffer::{Buffer, HEAD, LINE, RawLine},
        collected::Collected,
        dispatch::{Dispatch, Offered},
        markers::Markers,
        pieces::Pieces,
        printed_request,
        title::Title,
        wrapping::{Fences, GoesOn, Layers, Place, Prefixes, Stripped, fenced, is_json_lines},
    },
    wire::Fidelity,
};

/// One pass over one input.
pub(super) struct Scan<'a, 'b> {
    buffer: &'a mut Buffer<'b>,
    dispatch: Dispatch<'a>,
    layers: Layers,
    /// The pieces of a line that its collector split.
    pieces: Option<Pieces>,
    /// The blanks before the line with which a reader began: those of its further lines as well.
    indent: Vec<u8>,
}

/// Whether there was another line.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Went {
    On,
    ToTheEnd,
}

impl<'a, 'b> Scan<'a, 'b> {
    pub(super) fn new(
        buffer: &'a mut Buffer<'b>,
        input: InputId,
        emit: &'a mut dyn FnMut(Event),
    ) -> Self {
        buffer.fill(HEAD);
        let layers = learn(head(buffer.filled()));
        Self {
            buffer,
            dispatch: Dispatch::new(input, emit),
            layers,
            pieces: None,
            indent: Vec::new(),
        }
    }

    pub(super) fn run(mut self, from: Option<&'static Format>) {
        let Some(markers) = Markers::of_all() else {
            return;
        };
        let head = self.clean(self.buffer.filled());
        let may_hold = from.is_none_or(|format| !format.markers.is_empty());
        if may_hold && fenced(&head) && !recognise_surely(&head) {
            self.dispatch.only(from);
            let blocks = self.markdown(markers);
            if from.is_none() && !blocks.is_empty() {
                self.beside(markers, &blocks);
            }
        } else {
            let recognised = recognise(&head);
            match from.or(recognised) {
                Some(format) if format.markers.is_empty() || recognised.is_some() => {
                    self.document(format);
                    if from.is_none() && format.breadth == Breadth::General {
                        self.beside(markers, &[0..=u64::MAX]);
                    }
                }
                only => {
                    self.dispatch.only(only);
                    self.log(markers);
                }
            }
        }
        self.dispatch.end_readers();
        if from.is_none() {
            self.printed();
            self.unlabelled();
        }
        self.dispatch.end();
    }

    /// The first bytes of `text` with their prefixes and colours off.
    fn clean(&self, text: &[u8]) -> Vec<u8> {
        let mut layers = self.layers.clone();
        let text = head(text);
        let mut clean = Vec::with_capacity(text.len());
        for line in text.lines_with_terminator() {
            clean.extend_from_slice(&layers.strip(line).raw);
        }
        clean
    }

    fn document(&mut self, format: &'static Format) {
        let sink = &mut self.dispatch.sink;
        let mut reader = (format.start)(Whole::Document);
        while let Some(raw) = self.buffer.line() {
            note_cut(&raw, sink);
            let stripped = self.layers.strip(raw.raw);
            match join(&mut self.pieces, &raw, &stripped, sink.input) {
                Joined::Alone => reader.line(&line(&raw, &stripped, sink.input), sink),
                Joined::Whole(pieces) => reader.line(&pieces.line(), sink),
                Joined::More => Step::More,
            };
            self.buffer.step();
        }
        if let Some(pieces) = self.pieces.take() {
            reader.line(&pieces.line(), sink);
        }
        reader.end(sink);
    }

    /// What somebody pasted may hold more than what it begins with: what was not read is read as a
    /// log.
    fn beside(&mut self, markers: &Markers, within: &[RangeInclusive<u64>]) {
        let Some(taken) = self.dispatch.sink.taken().filter(|_| self.buffer.rewind()) else {
            return;
        };
        self.layers = learn(head(self.buffer.filled()));
        while let Some(raw) = self.buffer.line() {
            let holds = |ranges: &[RangeInclusive<u64>]| {
                ranges.iter().any(|lines| lines.contains(&raw.number))
            };
            if holds(&taken) || !holds(within) {
                self.dispatch.boundary();
                self.buffer.step();
            } else if self.log_line(markers) == Went::ToTheEnd {
                return;
            }
        }
    }

    /// Nothing marks the first line of a canonical request that somebody pasted without a label: it is
    /// sought in what no reader took, as long as all of it is held.
    fn unlabelled(&mut self) {
        let Some(taken) = self.dispatch.sink.taken() else {
            return;
        };
        if taken.is_empty() || !self.buffer.rewind() {
            return;
        }
        self.layers = learn(head(self.buffer.filled()));
        let input = self.dispatch.sink.input;
        let mut held = Collected::default();
        while let Some(raw) = self.buffer.line() {
            if taken.iter().any(|lines| lines.contains(&raw.number)) {
                let held = std::mem::take(&mut held);
                bare_artifact::unlabelled(&held, &mut self.dispatch.sink);
            } else {
                let stripped = self.layers.strip(raw.raw);
                held.push(&line(&raw, &stripped, input));
            }
            self.buffer.step();
        }
        bare_artifact::unlabelled(&held, &mut self.dispatch.sink);
    }

    /// Nothing marks the first line of a request that somebody's own code prints: where no request was
    /// read, it is sought around each `Authorization`.
    fn printed(&mut self) {
        if self.dispatch.sink.holds_request() || !self.buffer.rewind() {
            return;
        }
        self.layers = learn(head(self.buffer.filled()));
        let input = self.dispatch.sink.input;
        let mut held = Collected::default();
        while let Some(raw) = self.buffer.line() {
            let stripped = self.layers.strip(raw.raw);
            held.push(&line(&raw, &stripped, input));
            self.buffer.step();
        }
        printed_request::find(&held, &mut self.dispatch.sink);
    }

    fn log(&mut self, markers: &Markers) {
        loop {
            let waits = self.dispatch.waits() || self.pieces.is_some();
            if !waits && !self.buffer.seek(markers) {
                return;
            }
            if !waits && self.begin_above(markers) {
                continue;
            }
            if self.log_line(markers) == Went::ToTheEnd {
                return;
            }
        }
    }

    /// Where the marker at the front stands on a header line: goes back to the request line above
    /// and gives it away; `false` where there is none, or none that was not read before.
    fn begin_above(&mut self, markers: &Markers) -> bool {
        let Some(found) = self.buffer.line() else {
            return false;
        };
        let formats = markers.formats_above(found.raw);
        if formats.is_empty() || !self.buffer.back_to(b" HTTP/") {
            return false;
        }
        let input = self.dispatch.sink.input;
        let Some(raw) = self.buffer.line() else {
            return false;
        };
        let mut stripped = self.layers.strip(raw.raw);
        self.indent = blanks(&stripped.raw).into();
        stripped.dedent(&self.indent);
        stripped.raw = self.layers.end_in_lf(stripped.raw);
        self.dispatch
            .line_for(&formats, &line(&raw, &stripped, input));
        self.buffer.step();
        true
    }

    /// Text with fenced blocks in it: each is recognised as an input of its own; what stands
    /// between them is a log. Gives the lines of those that were read as one thing, and may hold
    /// more.
    fn markdown(&mut self, markers: &Markers) -> Vec<RangeInclusive<u64>> {
        let mut blocks: Vec<RangeInclusive<u64>> = Vec::new();
        let mut fences = Fences::default();
        let mut document: Option<Box<dyn Reader>> = None;
        let around = self.layers.clone();
        // What stands right above a block may be its label.
        let mut title = Title::default();
        while let Some(raw) = self.buffer.line() {
            let stripped = self.layers.strip(raw.raw);
            let place = fences.see(&stripped.raw);
            let number = raw.number;
            match (place, &mut document) {
                (Place::Inside, Some(reader)) => {
                    let sink = &mut self.dispatch.sink;
                    reader.line(&line(&raw, &stripped, sink.input), sink);
                    self.buffer.step();
                }
                (Place::Inside | Place::Outside, _) => {
                    if place == Place::Outside {
                        title.see(&line(&raw, &stripped, self.dispatch.sink.input));
                    }
                    if !self.dispatch.waits() && self.begin_above(markers) {
                        continue;
                    }
                    if self.log_line(markers) == Went::ToTheEnd {
                        break;
                    }
                }
                (Place::Opens | Place::Closes, _) => {
                    self.dispatch.boundary();
                    if let Some(mut reader) = document.take() {
                        reader.end(&mut self.dispatch.sink);
                    }
                    self.buffer.step();
                    self.layers = around.clone();
                    if place == Place::Opens {
                        let block = self.block(&title);
                        title = Title::default();
                        let general =
                            |(format, _): &(&Format, _)| format.breadth == Breadth::General;
                        if block.as_ref().is_some_and(general) {
                            blocks.push(number..=u64::MAX);
                        }
                        document = block.map(|(_, reader)| reader);
                    } else if let Some(block) =
                        blocks.last_mut().filter(|own| *own.end() == u64::MAX)
                    {
                        *block = *block.start()..=number;
                    }
                }
            }
        }
        if let Some(mut reader) = document {
            reader.end(&mut self.dispatch.sink);
        }
        blocks
    }

    /// A reader for the block at the front, where its first lines show what it is. What stands
    /// before each of them may be the block's own.
    fn block(&mut self, title: &Title) -> Option<(&'static Format, Box<dyn Reader>)> {
        self.buffer.fill(HEAD);
        let mut layers = self.layers.clone();
        let mut fences = Fences::default();
        fences.see(b"```");
        // No more is looked at than the block holds: thousands may stand close together.
        let lines = head(self.buffer.filled()).lines_with_terminator();
        let inside = lines.take_while(|line| fences.see(&layers.strip(line).raw) == Place::Inside);
        let block: Vec<u8> = inside.flatten().copied().collect();
        let own = learn(&block);
        if own.depth() > self.layers.depth() {
            self.layers = own;
        }
        let block = self.clean(&block);
        let named = title.names_artifact() && !recognise_surely(&block);
        let format = match named {
            true => recognise(&[&title.text, &block[..]].concat())?,
            false => recognise(&block)?,
        };
        let mut reader = (format.start)(Whole::Document);
        if named && let Some(place) = &title.place {
            reader.line(&title.line(place), &mut self.dispatch.sink);
        }
        Some((format, reader))
    }

    /// Reads the line at the front as one of a log.
    fn log_line(&mut self, markers: &Markers) -> Went {
        let input = self.dispatch.sink.input;
        let Some(raw) = self.buffer.line() else {
            return Went::ToTheEnd;
        };
        note_cut(&raw, &mut self.dispatch.sink);
        let mut stripped = self.layers.strip(raw.raw);
        if let Prefixes::Missing(number) = stripped.prefixes
            && self.dispatch.is_active()
        {
            self.layers.forget(number);
            stripped = self.layers.strip(raw.raw);
        }
        if !self.dispatch.waits() {
            self.indent = blanks(&stripped.raw).into();
        }
        stripped.dedent(&self.indent);
        match join(&mut self.pieces, &raw, &stripped, input) {
            Joined::Alone => {
                stripped.raw = self.layers.end_in_lf(stripped.raw);
                let offered = self.dispatch.line(markers, &line(&raw, &stripped, input));
                if offered == Offered::Passed {
                    self.buffer.pass();
                    return Went::On;
                }
            }
            Joined::Whole(pieces) => {
                self.dispatch.line(markers, &pieces.line());
            }
            Joined::More => {}
        }
        self.buffer.step();
        Went::On
    }
}

/// The blanks that a line begins with.
fn blanks(line: &[u8]) -> &[u8] {
    let text = line.trim_start_with(|c| c == ' ' || c == '\t');
    line.get(..line.len() - text.len()).unwrap_or_default()
}

/// What a line is of a longer one that its collector split.
enum Joined {
    /// It was not split.
    Alone,
    /// More of it is to come.
    More,
    /// It is the last piece.
    Whole(Pieces),
}

/// Puts the pieces of a split line together.
fn join(
    held: &mut Option<Pieces>,
    raw: &RawLine<'_>,
    stripped: &Stripped<'_>,
    input: InputId,
) -> Joined {
    if stripped.goes_on == GoesOn::Here && held.is_none() {
        return Joined::Alone;
    }
    let place = line(raw, stripped, input).span();
    let mut pieces = held.take().unwrap_or_else(|| Pieces::at(&place));
    if stripped.goes_on == GoesOn::InTheNext && pieces.length() < LINE {
        let piece = (stripped.raw).trim_end_with(|end| matches!(end, '\r' | '\n'));
        pieces.push(piece, &place);
        *held = Some(pieces);
        return Joined::More;
    }
    pieces.push(&stripped.raw, &place);
    Joined::Whole(pieces)
}

/// What stands around every line of a text; what holds a client's marker is the client's.
fn learn(head: &[u8]) -> Layers {
    let markers = Markers::of_all();
    let is_clients = |text: &[u8]| markers.is_some_and(|markers| markers.tell(text));
    Layers::learn(head, &is_clients)
}

fn head(text: &[u8]) -> &[u8] {
    text.get(..HEAD).unwrap_or(text)
}

/// The line as readers get it.
fn line<'c>(raw: &RawLine<'_>, stripped: &'c Stripped<'_>, input: InputId) -> Line<'c> {
    let before = raw.raw.get(..stripped.before).unwrap_or_default();
    let indented = !before.is_empty() && before.trim().is_empty() || before.ends_with(b"    ");
    let ended = raw.raw.ends_with(b"\r\n") && !stripped.raw.ends_with(b"\r\n");
    let white_space = match indented || ended {
        true => WhiteSpace::TakenOff,
        false => WhiteSpace::Kept,
    };
    let (offset, taken) = match stripped.raw {
        Cow::Borrowed(_) => (raw.offset + stripped.before as u64, Taken::AS_IT_STANDS),
        Cow::Owned(_) => {
            let taken = Taken {
                fidelity: Fidelity::Unescaped,
                around: Some(raw.raw.len() as u64),
                ..Taken::AS_IT_STANDS
            };
            (raw.offset, taken)
        }
    };
    Line {
        raw: &stripped.raw,
        number: raw.number,
        offset,
        input,
        cut: raw.cut,
        taken: Taken {
            white_space,
            ..taken
        },
    }
}

fn note_cut(raw: &RawLine<'_>, sink: &mut Sink<'_>) {
    if raw.cut {
        let message = format!(
            "line {} is longer than {LINE} bytes; the rest of it was passed over",
            raw.number
        );
        let place = Line {
            raw: raw.raw,
            number: raw.number,
            offset: raw.offset,
            input: sink.input,
            cut: true,
            taken: Taken::AS_IT_STANDS,
        };
        sink.note(message, place.span());
    }
}

/// Whether the first bytes are beyond doubt those of one format; a fence in its body is a body's.
fn recognise_surely(head: &[u8]) -> bool {
    let sure = |format: &&Format| (format.recognise)(head) == Likeness::Sure;
    FORMATS.iter().any(sure)
}

/// The format of a whole input, where its first bytes show one.
fn recognise(head: &[u8]) -> Option<&'static Format> {
    if is_json_lines(head) {
        return None;
    }
    let likely = FORMATS
        .iter()
        .map(|format| ((format.recognise)(head), *format));
    // Of two that are as likely, what one client alone prints.
    let best = likely.max_by_key(|(likeness, format)| (*likeness, Reverse(format.breadth)))?;
    (best.0 > Likeness::None).then_some(best.1)
}

#[cfg(test)]
mod tests {
    use crate::{evidence::InputId, source::read_all};

    /// A reader of another client looks at such a line and passes on it.
    #[test]
    fn a_request_line_that_nobody_took_is_gone_back_to() {
        let text = format!(
            "Here is my request:\n\nGET https://x.example.com/a HTTP/1.1\nX-Amz-Date: 20210518T154816Z\nAuthorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20210518/us-east-1/execute-api/aws4_request, SignedHeaders=host;x-amz-date, Signature={}\nHost: x.example.com\n\nand it fails\n",
            "0".repeat(64)
        );
        let (cases, _, _) = read_all(InputId(0), &mut text.as_bytes());
        let [case] = cases.as_slice() else {
            panic!("{} cases", cases.len())
        };
        assert_eq!(case.format, "raw-http");
        let request = case.attempts[0].request().unwrap();
        assert_eq!(request.url().unwrap(), "https://x.example.com/a");
        assert_eq!(request.headers.len(), 3);
    }
}

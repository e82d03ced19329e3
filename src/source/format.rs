use std::{collections::VecDeque, ops::RangeInclusive};

use bstr::BString;

use crate::{
    evidence::{Attempt, Case, InputId, Note, Span},
    source::{
        Line,
        leftover::{self, Leftovers},
        masked,
        parts::{is_part, made_one},
        repeats::Repeats,
    },
};

/// A form in which requests are captured; declared once, in a file of its own.
pub struct Format {
    /// Its name for ever, as `--from` takes it.
    pub id: &'static str,
    /// What it is, without a full stop.
    pub summary: &'static str,
    /// How to make the client print it, what it holds and what it lacks; Markdown.
    pub page: &'static str,
    /// What no line that this reader begins at is without; all formats' markers are sought in one
    /// pass. One with `uthorization: AWS4-` in it stands on a header line: its reader begins at
    /// the request line above. Empty for a format that is only recognised by its first bytes.
    pub markers: &'static [&'static str],
    /// Who prints it; on one line, what one client alone prints goes before what anybody does.
    pub breadth: Breadth,
    /// How much the first bytes of an input look like this format alone.
    pub recognise: fn(&[u8]) -> Likeness,
    /// Makes a reader for one input.
    pub start: fn(Whole) -> Box<dyn Reader>,
}

/// Who prints a format.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Breadth {
    /// One client, or one library.
    Client,
    /// Anybody.
    General,
}

/// Whether a reader was given a whole input or the lines of a log.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Whole {
    /// The input is of this format from its first byte.
    Document,
    /// The input holds other things as well; only what is beyond doubt is a case.
    Log,
}

/// How much something looks like a format; the greatest is believed.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Likeness {
    /// Not at all.
    None,
    /// It may be, where nothing fits better.
    Faint,
    /// It is.
    Sure,
}

/// Reads one format, a line at a time; keeps what it needs between lines.
pub trait Reader {
    /// Takes a line, or passes.
    fn line(&mut self, line: &Line<'_>, sink: &mut Sink<'_>) -> Step;

    /// Takes a line of a structured log (JSON, logfmt) as it stands, before its text is taken out
    /// of it, or passes; for formats that spread what they say over several fields.
    fn record(&mut self, _line: &Line<'_>, _sink: &mut Sink<'_>) -> Step {
        Step::Pass
    }

    /// The structured record that the last lines were taken out of is over; what it alone can end
    /// ends here. With `Step::More` or `Step::Wait`, the next line is wanted whatever it holds.
    fn boundary(&mut self, _sink: &mut Sink<'_>) -> Step {
        Step::Idle
    }

    /// The input is over; what is open is given away.
    fn end(&mut self, sink: &mut Sink<'_>);
}

/// What a reader says to a line.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Step {
    /// Taken; the next line is this reader's too, whatever it holds.
    More,
    /// Taken; only a line with one of its markers is of interest next.
    Idle,
    /// Not taken, but the next line is this reader's too, unless another takes this one.
    Wait,
    /// Not taken.
    Pass,
}

/// Where readers put what they find.
pub struct Sink<'a> {
    pub(super) input: InputId,
    pub(super) last_number: u32,
    pub(super) emit: &'a mut dyn FnMut(Event),
    leftovers: Leftovers,
    repeats: Repeats,
    /// Cases that lack what may stand apart from them, the last ones.
    lacking: VecDeque<Case>,
    /// Whether a case was given away.
    gave: bool,
}

/// How many cases are kept back for what they lack.
const LACKING: usize = 32;

/// What comes out of reading.
#[derive(Clone, Debug)]
pub enum Event {
    /// A case, whole.
    Case(Case),
    /// Something the reader of the answer must know.
    Note(Note),
}

impl<'a> Sink<'a> {
    /// A sink for one input.
    pub(super) fn new(input: InputId, emit: &'a mut dyn FnMut(Event)) -> Self {
        Self {
            input,
            last_number: 0,
            emit,
            leftovers: Leftovers::default(),
            repeats: Repeats::default(),
            lacking: VecDeque::new(),
            gave: false,
        }
    }

    /// The input is over: what nothing else told is given away.
    pub(super) fn finish(&mut self) {
        let left = self.leftovers.finish(&mut self.lacking);
        let mut cases: Vec<Case> = self.lacking.drain(..).collect();
        for mut case in left {
            case.number = self.number();
            cases.push(case);
        }
        if !self.gave {
            cases = made_one(cases);
        }
        for case in cases {
            (self.emit)(Event::Case(case));
        }
    }

    /// The number of a case that begins here.
    pub fn number(&mut self) -> u32 {
        self.last_number += 1;
        self.last_number
    }

    /// Gives a case away; one that lacks its refusal or its URL is kept back for a while, lest what
    /// stands apart from it become a case of its own.
    pub fn case(&mut self, mut case: Case) {
        self.withhold(&mut case);
        self.leftovers.told(&case);
        let lacks = leftover::lacks(&case) || leftover::lacks_request(&case);
        if !lacks && (self.gave || !is_part(&case)) {
            self.gave = true;
            return (self.emit)(Event::Case(case));
        }
        if self.lacking.len() == LACKING
            && let Some(first) = self.lacking.pop_front()
        {
            self.gave = true;
            (self.emit)(Event::Case(first));
        }
        self.lacking.push_back(case);
    }

    /// Gives a case away unless the log told it before.
    pub(super) fn case_once(&mut self, case: Case) {
        if !self.repeats.is_repeat(&case) {
            self.case(case);
        }
    }

    /// Keeps a case of which only a part stands there (a refusal, an artifact) until the input is
    /// over; it is given away, with a number, if no other case tells of it.
    pub fn leftover(&mut self, mut case: Case) {
        self.withhold(&mut case);
        self.leftovers.keep(case);
    }

    fn withhold(&mut self, case: &mut Case) {
        for place in masked::withhold_bodies(case) {
            self.note(masked::MASKED_BODY, place);
        }
    }

    /// Notes something.
    pub fn note(&mut self, message: impl Into<BString>, span: Span) {
        (self.emit)(Event::Note(Note {
            message: message.into(),
            span,
        }));
    }

    /// The lines of all that was read, where all of it is kept back still.
    pub(super) fn taken(&self) -> Option<Vec<RangeInclusive<u64>>> {
        let held = self.lacking.iter().chain(self.leftovers.held());
        let attempts = held.flat_map(|case| &case.attempts);
        let lines = attempts
            .flat_map(Attempt::spans)
            .map(|span| span.first_line..=span.last_line);
        (!self.gave).then(|| lines.collect())
    }

    /// Whether a request was read, or was given away and is not known any more.
    pub(super) fn holds_request(&self) -> bool {
        let held = self.lacking.iter().chain(self.leftovers.held());
        let mut attempts = held.flat_map(|case| &case.attempts);
        self.gave || attempts.any(|attempt| !attempt.requests.is_empty())
    }

    /// Takes back what an answer told, and nothing else, within these lines.
    pub(super) fn take_back(&mut self, lines: &RangeInclusive<u64>) -> Vec<Case> {
        let mut taken = self.leftovers.take_back(lines);
        taken.extend(leftover::take_answers(&mut self.lacking, lines));
        taken
    }

    /// The input that is read.
    #[must_use]
    pub fn input(&self) -> InputId {
        self.input
    }
}

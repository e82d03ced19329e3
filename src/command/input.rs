use std::{
    fs::File,
    io::{self, BufRead, BufReader, ErrorKind, Read, Seek, Write},
    path::Path,
};

use crate::{
    catalog::nearest,
    command::{
        Cli, World,
        diagnose::COLUMNS,
        error::CommandError,
        progress_bar::{ProgressBar, Unit},
    },
    evidence::{Case, InputId, Note, Preference, Selection, Selector, Span, beyond_measure},
    report::{InputName, Names},
    source::{self, Event, FORMATS, Format, Reading, Scrubbed, Scrubber},
};

/// How an input is named on the command line: a path, or `-`.
#[derive(Clone, Debug)]
pub(super) struct Input {
    pub(super) id: InputId,
    pub(super) name: String,
}

/// Numbers the inputs, and refuses to read standard input twice.
pub(super) fn inputs(names: &[String]) -> Result<Vec<Input>, CommandError> {
    if names.iter().filter(|name| *name == "-").count() > 1 {
        return Err(CommandError::new(
            "`-` is standard input, and can be read only once",
        ));
    }
    let input = |(index, name): (usize, &String)| Input {
        id: InputId(index),
        name: name.clone(),
    };
    Ok(names.iter().enumerate().map(input).collect())
}

/// Whether a text of the command line is what a file should hold: a URL, a command, several lines,
/// or something that holds a secret.
fn is_pasted(name: &str) -> bool {
    let holds_secret = || {
        let mut out = Vec::new();
        let scrubbed = source::scrub(&mut name.as_bytes(), &mut out);
        scrubbed.is_ok_and(|scrubbed| !scrubbed.secrets.is_empty())
    };
    name.contains("://") || name.contains('\n') || name.starts_with("curl ") || holds_secret()
}

/// The names to show.
pub(super) fn names(inputs: &[Input]) -> Names {
    let shown = |input: &Input| match input.name.as_str() {
        "-" => InputName(Names::STANDARD_INPUT.to_owned()),
        name => InputName(crate::report::Text::plain(name).to_string()),
    };
    Names::new(inputs.iter().map(shown).collect())
}

impl Input {
    /// Reads it and chooses one case, of a size that can be examined.
    pub(super) fn select(
        &self,
        preference: Preference,
        from: Option<&'static Format>,
        world: &mut World,
        notes: &mut Vec<Note>,
    ) -> Result<Selection, CommandError> {
        let selection = self.choose(preference, from, world, notes)?;
        self.of_usual_size(selection)
    }

    /// Reads it and keeps the case of one number, whatever its size.
    pub(super) fn case(
        &self,
        number: u32,
        from: Option<&'static Format>,
        world: &mut World,
        notes: &mut Vec<Note>,
    ) -> Result<Case, CommandError> {
        let chosen = self.choose(Preference::Number(number), from, world, notes)?;
        if chosen.case.size() > SIZE {
            return Err(self.too_large());
        }
        Ok(chosen.case)
    }

    fn choose(
        &self,
        preference: Preference,
        from: Option<&'static Format>,
        world: &mut World,
        notes: &mut Vec<Note>,
    ) -> Result<Selection, CommandError> {
        let wanted = match preference {
            Preference::Number(number) => Some(number),
            _ => None,
        };
        let mut selector = Selector::new(preference);
        let mut kept = Kept::new(notes);
        self.read(from, world, &mut |event| match event {
            Event::Case(case) => selector.see(case),
            Event::Note(note) => kept.note(note),
        })?;
        kept.end(self.id);
        let seen = selector.seen();
        match (selector.finish(), wanted) {
            (Some(selection), _) => Ok(selection),
            (None, Some(number)) if seen > 0 => Err(CommandError::new(format!(
                "{} has no request {number}; it has {seen}",
                self.shown()
            ))
            .hint(format!("list them: countersign show {}", self.shown()))),
            _ => Err(self.nothing_found(notes)),
        }
    }

    fn too_large(&self) -> CommandError {
        CommandError::new(format!(
            "what was found in {} is too large to be shown: more than {} MB",
            self.shown(),
            SIZE >> 20
        ))
    }

    /// Refuses a request that is longer than any search of it may take.
    fn of_usual_size(&self, selection: Selection) -> Result<Selection, CommandError> {
        let Some(more) = beyond_measure(&selection.case) else {
            return Ok(selection);
        };
        let (number, shown) = (selection.case.number, self.shown());
        let error = CommandError::new(format!("request {number} of {shown} has {more}"));
        Err(error.hint(format!(
            "to see it: countersign show {} --case {number}",
            Names::argument(shown)
        )))
    }

    /// Reads all its cases, and keeps the first of them; the notes say how many were not kept.
    pub(super) fn cases(
        &self,
        from: Option<&'static Format>,
        world: &mut World,
        notes: &mut Vec<Note>,
    ) -> Result<Vec<Case>, CommandError> {
        let mut kept = Kept::new(notes);
        self.read(from, world, &mut |event| match event {
            Event::Case(case) => kept.case(case),
            Event::Note(note) => kept.note(note),
        })?;
        let mut cases = std::mem::take(&mut kept.cases);
        let more = kept.more_cases;
        kept.end(self.id);
        cases.sort_by_key(|case: &Case| case.number);
        match (cases.is_empty(), more) {
            (true, 0) => Err(self.nothing_found(notes)),
            (true, _) => Err(self.too_large()),
            (false, _) => Ok(cases),
        }
    }

    fn read(
        &self,
        from: Option<&'static Format>,
        world: &mut World,
        emit: &mut dyn FnMut(Event),
    ) -> Result<(), CommandError> {
        let reading = if self.name == "-" {
            let watched = Watched::new(&mut world.stdin, 0, world.aside, &mut world.progress);
            self.run(&mut BufReader::with_capacity(BLOCK, watched), from, emit)
        } else {
            let file = self.open()?;
            let of = file.metadata().map_or(0, |metadata| metadata.len());
            let watched = Watched::new(file, of, world.aside, &mut world.progress);
            // No more room than the file takes; of what is no file the length is not known.
            let room = match usize::try_from(of) {
                Ok(of @ 1..BLOCK) => of.max(LEAST),
                _ => BLOCK,
            };
            self.run(&mut BufReader::with_capacity(room, watched), from, emit)
        };
        if let Some(failure) = &reading.failure {
            return Err(CommandError::new(format!(
                "could not read {}: {failure}",
                self.shown()
            )));
        }
        if reading.bytes == 0 {
            return Err(CommandError::new(format!("{} is empty", self.shown())));
        }
        Ok(())
    }

    fn run(
        &self,
        source: &mut dyn BufRead,
        from: Option<&'static Format>,
        emit: &mut dyn FnMut(Event),
    ) -> Reading {
        let mut found = false;
        let reading = source::read(self.id, source, from, &mut |event| {
            found |= matches!(event, Event::Case(_));
            emit(event);
        });
        if reading.binary && !found {
            let span = Span {
                input: self.id,
                bytes: 0..0,
                first_line: 1,
                last_line: 1,
            };
            emit(Event::Note(Note {
                message: BINARY.into(),
                span,
            }));
        }
        reading
    }

    /// Copies it to standard output without its secrets.
    pub(super) fn scrub(&self, world: &mut World) -> Result<Scrubbed, CommandError> {
        let scrubbed = if self.name == "-" {
            let watched = Watched::new(&mut world.stdin, 0, world.aside, &mut world.progress);
            let mut stdin = BufReader::with_capacity(BLOCK, watched);
            source::scrub(&mut stdin, &mut world.stdout)
        } else {
            self.scrub_file(&self.open()?, world)
        };
        match scrubbed {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(Scrubbed::default()),
            scrubbed => scrubbed.map_err(|error| {
                CommandError::new(format!("could not scrub {}: {error}", self.shown()))
            }),
        }
    }

    /// A file is read twice, so that a secret is known in the place before the one that names it,
    /// and a third time for the digests.
    fn scrub_file(&self, mut file: &File, world: &mut World) -> io::Result<Scrubbed> {
        let mut scrubber = Scrubber::default();
        let metadata = file.metadata()?;
        let of = metadata.len() * 3;
        let mut watched = Watched::new(file, of, world.aside, &mut world.progress);
        if metadata.is_file() {
            scrubber.learn(&mut BufReader::with_capacity(BLOCK, &mut watched))?;
            file.rewind()?;
            scrubber.note_digests(self.id, &mut BufReader::with_capacity(BLOCK, &mut watched));
            file.rewind()?;
        }
        let mut source = BufReader::with_capacity(BLOCK, &mut watched);
        scrubber.scrub(&mut source, &mut world.stdout)
    }

    fn open(&self) -> Result<File, CommandError> {
        let path = Path::new(&self.name);
        let file = File::open(path).map_err(|error| {
            let shown = self.shown();
            match error.kind() {
                // It is no name, and may hold a token.
                _ if is_pasted(&self.name) => CommandError::new(
                    "expected the name of a file, found the text itself, as an argument",
                )
                .hint("give it on standard input: countersign - , then paste it and press Ctrl-D"),
                ErrorKind::NotFound => {
                    let error = CommandError::new(format!("there is no file {shown}"));
                    match nearest(shown, Cli::names().iter().map(String::as_str)) {
                        Some(command) => error.hint(format!(
                            "{shown} was taken for a file; did you mean the command {command}?"
                        )),
                        None => error,
                    }
                }
                ErrorKind::PermissionDenied => {
                    CommandError::new(format!("{shown} may not be read by you"))
                }
                _ => CommandError::new(format!("could not open {shown}: {error}")),
            }
        })?;
        match file.metadata() {
            Ok(metadata) if metadata.is_dir() => Err(CommandError::new(format!(
                "{} is a directory, expected a file",
                self.shown()
            ))),
            _ => Ok(file),
        }
    }

    /// How it is named in an error.
    fn shown(&self) -> &str {
        if self.name == "-" {
            Names::STANDARD_INPUT
        } else {
            &self.name
        }
    }

    fn nothing_found(&self, notes: &[Note]) -> CommandError {
        let mut error = CommandError::new(format!(
            "found no request and no artifact of one in {}",
            self.shown()
        ));
        for note in notes
            .iter()
            .filter(|note| note.span.input == self.id)
            .take(3)
        {
            error = error.hint(format!("line {}: {}", note.span.first_line, note.message));
        }
        error
            .hint("give a client's debug log, a request, a curl command, a presigned URL, what your code signs, or the service's whole answer with its code")
            .hint(format!(
                "the {} forms that are read, and how to get each: countersign formats",
                FORMATS.len()
            ))
    }
}

const BLOCK: usize = 256 << 10;
const LEAST: usize = 4 << 10;
const BINARY: &str = "this is a binary file, expected text";

/// To read so many bytes takes so long that somebody may wonder.
const LONG: u64 = 256 << 20;

/// A source that shows how much of it was read, once that takes long.
struct Watched<'a, S> {
    source: S,
    done: u64,
    /// 0 where it is not known.
    of: u64,
    bar: Option<ProgressBar<'a>>,
}

impl<'a, S> Watched<'a, S> {
    fn new(
        source: S,
        of: u64,
        columns: Option<usize>,
        out: &'a mut Option<Box<dyn Write + Send>>,
    ) -> Self {
        let out = out.as_mut().filter(|_| of == 0 || of >= LONG);
        let columns = columns.unwrap_or(COLUMNS);
        Self {
            source,
            done: 0,
            of,
            bar: out.map(|out| ProgressBar::new(out, columns, Unit::Bytes)),
        }
    }
}

impl<S: Read> Read for Watched<'_, S> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let length = self.source.read(into)?;
        self.done += length as u64;
        match &self.bar {
            Some(bar) if self.of > 0 => bar.show(self.done, self.of),
            Some(bar) if self.done >= LONG => bar.count(self.done),
            _ => {}
        }
        Ok(length)
    }
}

/// What is kept of what a reader gives, and how much is not.
struct Kept<'a> {
    cases: Vec<Case>,
    size: usize,
    more_cases: u32,
    notes: &'a mut Vec<Note>,
    more_notes: u32,
}

/// Cases of more bytes than this, all together, are not kept: nobody reads as much at once.
const SIZE: usize = 16 << 20;
/// More notes than this are not kept: a log of noise would have one a line.
const NOTES: usize = 50;

impl<'a> Kept<'a> {
    fn new(notes: &'a mut Vec<Note>) -> Self {
        Self {
            cases: Vec::new(),
            size: 0,
            more_cases: 0,
            notes,
            more_notes: 0,
        }
    }

    fn case(&mut self, case: Case) {
        let size = self.size + case.size();
        if size > SIZE {
            self.more_cases += 1;
        } else {
            self.size = size;
            self.cases.push(case);
        }
    }

    fn note(&mut self, note: Note) {
        if self.notes.len() < NOTES {
            self.notes.push(note);
        } else {
            self.more_notes += 1;
        }
    }

    /// Notes how much was not kept.
    fn end(self, input: InputId) {
        let messages = [
            (self.more_cases > 0).then(|| {
                format!(
                    "{} more requests were read and are not shown: --case N shows one",
                    self.more_cases
                )
            }),
            (self.more_notes > 0).then(|| format!("{} more notes like these", self.more_notes)),
        ];
        for message in messages.into_iter().flatten() {
            self.notes.push(Note::of_input(input, message));
        }
    }
}

/// The format that `--from` names.
pub(super) fn format(id: Option<&str>) -> Result<Option<&'static Format>, CommandError> {
    let Some(id) = id else { return Ok(None) };
    source::format(id).map(Some).ok_or_else(|| {
        let ids = || FORMATS.iter().map(|format| format.id);
        let error = CommandError::new(format!("there is no format {id}"));
        let beginning: Vec<&str> = ids().filter(|own| own.starts_with(id)).collect();
        match (beginning.as_slice(), nearest(id, ids())) {
            ([], None) => error.hint("all of them: countersign formats"),
            ([], Some(near)) => error.hint(format!("did you mean {near}?")),
            (some, _) => error.hint(format!("did you mean {}?", some.join(", "))),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::{Attempt, Claim, Party};
    use crate::wire::Fidelity;

    fn case(number: u32, size: usize) -> Case {
        let span = Note::of_input(InputId(0), "").span;
        let text = vec![b'a'; size];
        let (party, fidelity) = (Party::Signer, Fidelity::Exact);
        let claim = Claim::parse(text, crate::sigv4::Signature::parse, party, fidelity, span);
        Case {
            number,
            attempts: vec![Attempt {
                signatures: vec![claim],
                ..Attempt::default()
            }],
            ..Case::default()
        }
    }

    #[test]
    fn what_is_not_kept_is_counted() {
        let mut notes = Vec::new();
        let mut kept = Kept::new(&mut notes);
        for number in 1..=40 {
            kept.case(case(number, 1 << 20));
        }
        for _ in 0..NOTES + 7 {
            kept.note(Note::of_input(InputId(0), "a note"));
        }
        assert_eq!((kept.cases.len(), kept.more_cases), (15, 25));
        kept.end(InputId(0));
        let last: Vec<_> = notes[NOTES..].iter().map(|note| &note.message).collect();
        assert_eq!(
            last,
            [
                "25 more requests were read and are not shown: --case N shows one",
                "7 more notes like these"
            ]
        );
    }

    #[test]
    fn one_that_is_too_large_leaves_room_for_others() {
        let mut notes = Vec::new();
        let mut kept = Kept::new(&mut notes);
        kept.case(case(1, 2 * SIZE));
        kept.case(case(2, 1));
        assert_eq!((kept.cases[0].number, kept.more_cases), (2, 1));
    }
}

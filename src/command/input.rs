use std::{
    fs::File,
    io::{self, BufRead, BufReader, ErrorKind, Seek, Write},
    path::Path,
};

use crate::{
    catalog::nearest,
    command::{Cli, World, error::CommandError},
    evidence::{Case, InputId, Note, Preference, Selection, Selector, Span},
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

/// The names to show.
pub(super) fn names(inputs: &[Input]) -> Names {
    let shown = |input: &Input| match input.name.as_str() {
        "-" => InputName("standard input".to_owned()),
        name => InputName(crate::report::Text::plain(name).to_string()),
    };
    Names::new(inputs.iter().map(shown).collect())
}

impl Input {
    /// Reads it and chooses one case.
    pub(super) fn select(
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
        self.read(from, world, &mut |event| match event {
            Event::Case(case) => selector.see(case),
            Event::Note(note) => push(notes, note),
        })?;
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

    /// Reads all its cases.
    pub(super) fn cases(
        &self,
        from: Option<&'static Format>,
        world: &mut World,
        notes: &mut Vec<Note>,
    ) -> Result<Vec<Case>, CommandError> {
        let mut cases = Vec::new();
        self.read(from, world, &mut |event| match event {
            Event::Case(case) => cases.push(case),
            Event::Note(note) => push(notes, note),
        })?;
        cases.sort_by_key(|case: &Case| case.number);
        if cases.is_empty() {
            Err(self.nothing_found(notes))
        } else {
            Ok(cases)
        }
    }

    fn read(
        &self,
        from: Option<&'static Format>,
        world: &mut World,
        emit: &mut dyn FnMut(Event),
    ) -> Result<(), CommandError> {
        let reading = if self.name == "-" {
            let mut stdin = BufReader::with_capacity(BLOCK, &mut world.stdin);
            self.run(&mut stdin, from, emit)
        } else {
            let mut file = BufReader::with_capacity(BLOCK, self.open()?);
            self.run(&mut file, from, emit)
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
        let out = &mut world.stdout;
        let scrubbed = if self.name == "-" {
            let mut stdin = BufReader::with_capacity(BLOCK, &mut world.stdin);
            source::scrub(&mut stdin, out)
        } else {
            self.scrub_file(self.open()?, out)
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
    fn scrub_file(&self, mut file: File, out: &mut dyn Write) -> io::Result<Scrubbed> {
        let mut scrubber = Scrubber::default();
        if file.metadata()?.is_file() {
            scrubber.learn(&mut BufReader::with_capacity(BLOCK, &file))?;
            file.rewind()?;
            scrubber.note_digests(self.id, &mut BufReader::with_capacity(BLOCK, &file));
            file.rewind()?;
        }
        scrubber.scrub(&mut BufReader::with_capacity(BLOCK, &file), out)
    }

    fn open(&self) -> Result<File, CommandError> {
        let path = Path::new(&self.name);
        let file = File::open(path).map_err(|error| {
            let shown = self.shown();
            match error.kind() {
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

    fn shown(&self) -> &str {
        if self.name == "-" {
            "standard input"
        } else {
            &self.name
        }
    }

    fn nothing_found(&self, notes: &[Note]) -> CommandError {
        let ids: Vec<&str> = FORMATS.iter().map(|format| format.id).collect();
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
            .hint(format!("looked for {}", ids.join(", ")))
            .hint("what each looks like, and how to get it: countersign formats ID")
    }
}

const BLOCK: usize = 256 << 10;
const BINARY: &str = "this is a binary file, expected text";

/// More notes than this are not kept: a log of noise would have one a line.
const NOTES: usize = 50;

fn push(notes: &mut Vec<Note>, note: Note) {
    if notes.len() < NOTES {
        notes.push(note);
    }
}

/// The format that `--from` names.
pub(super) fn format(id: Option<&str>) -> Result<Option<&'static Format>, CommandError> {
    let Some(id) = id else { return Ok(None) };
    source::format(id).map(Some).ok_or_else(|| {
        let ids: Vec<&str> = FORMATS.iter().map(|format| format.id).collect();
        let error = CommandError::new(format!("there is no format {id}"));
        match nearest(id, ids.iter().copied()) {
            Some(near) => error.hint(format!("did you mean {near}?")),
            None => error.hint(format!("there are {}", ids.join(", "))),
        }
    })
}

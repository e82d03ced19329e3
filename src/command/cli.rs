use std::{
    ffi::OsString,
    io::{self, Write},
    process::ExitCode,
    sync::OnceLock,
};

use clap::{
    Args, CommandFactory, Parser, Subcommand, ValueEnum,
    builder::{PossibleValuesParser, TypedValueParser},
    error::ErrorKind,
};

use crate::{
    catalog,
    command::{
        World, catalog as catalog_command, completions, diagnose, diff, error::CommandError,
        explain, formats, man, rules, scrub, send, show, sign,
    },
    examine::Found,
    render::{Ink, OUTPUTS, Output, Surface, TERMINAL, output},
    report::{Document, Reveal},
    sigv4::Timestamp,
};

/// What stands below the options.
const AFTER: &str = "\
Examples:
  countersign request.http error.xml        a request, and the answer to it
  countersign diff request.http debug.log   beside the log of a client that works
  pbpaste | countersign -                   whatever was copied

Environment:
  AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_PROFILE: keys to compute with, as for the AWS CLI
  NO_COLOR: no colour

Exit codes:
  0  nothing wrong found     1  something found     2  could not run";

/// Finds out why AWS refuses a signature.
///
/// Reads a failing request in whatever form it was captured, and a client's debug log or the
/// service's error body; names the mistake, and proves it by computing it again where it can.
#[derive(Debug, Parser)]
#[command(
    name = "countersign",
    version = version(),
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    arg_required_else_help = true,
    after_long_help = AFTER,
    max_term_width = 100
)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    diagnose: diagnose::Args,
}

#[derive(Debug, Subcommand)]
enum Command {
    Diagnose(diagnose::Args),
    Diff(diff::Args),
    Show(show::Args),
    Explain(explain::Args),
    Rules(rules::Args),
    Formats(formats::Args),
    Scrub(scrub::Args),
    Catalog(catalog_command::Args),
    Sign(Box<sign::Args>),
    Send(Box<send::Args>),
    Completions(completions::Args),
    Man(man::Args),
}

fn version() -> &'static str {
    static VERSION: OnceLock<String> = OnceLock::new();
    VERSION.get_or_init(|| {
        format!(
            "{} (catalogue of botocore {})",
            env!("CARGO_PKG_VERSION"),
            catalog::VERSION
        )
    })
}

/// How the answer is written.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Output")]
pub(super) struct OutputArgs {
    /// The form of the answer.
    #[arg(long, value_parser = form(), default_value = TERMINAL.id)]
    format: &'static Output,
    #[command(flatten)]
    surface: SurfaceArgs,
}

/// What an answer is written on.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Output")]
pub(super) struct SurfaceArgs {
    /// Whether to use colour; `auto`: on a terminal, unless `NO_COLOR` is set.
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    color: Color,
    /// How many columns to write, instead of the terminal's (or 80).
    #[arg(long, value_name = "COLUMNS")]
    width: Option<usize>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Color {
    Auto,
    Always,
    Never,
}

/// Where secrets come from, and which may be shown.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Secrets")]
pub(super) struct SecretArgs {
    /// Take the keys of this profile, whatever the access key id in the capture.
    #[arg(long, value_name = "NAME")]
    pub(super) profile: Option<String>,
    /// Look no keys up.
    #[arg(long, conflicts_with = "profile")]
    pub(super) no_credentials: bool,
}

/// What may be shown that is hidden otherwise.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(super) enum RevealKind {
    SessionToken,
}

impl RevealKind {
    /// What may be shown.
    pub(super) fn of(asked: Option<Self>) -> Reveal {
        match asked {
            None => Reveal::Nothing,
            Some(Self::SessionToken) => Reveal::SessionToken,
        }
    }
}

/// Reads `--format`.
fn form() -> impl TypedValueParser<Value = &'static Output> {
    let ids = PossibleValuesParser::new(OUTPUTS.iter().map(|output| output.id));
    ids.try_map(|id| output(&id).ok_or("no output has that name"))
}

/// Reads `--at`.
pub(super) fn timestamp(text: &str) -> Result<Timestamp, String> {
    let given = match text {
        "now" => now(),
        text => Timestamp::parse_any(text.as_bytes()),
    };
    given.ok_or_else(|| "expected YYYYMMDDTHHMMSSZ, an RFC 3339 time, or now".to_owned())
}

/// The time of this machine's clock.
pub(super) fn now() -> Option<Timestamp> {
    Timestamp::of_unix(jiff::Timestamp::now().as_second())
}

/// What a command gives back: 0 or 1; 2 is an error's.
pub(super) type Outcome = Result<Found, CommandError>;

/// Runs the program.
pub fn main(world: &mut World, arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    // Whether there is colour is decided for each surface.
    colored::control::set_override(true);
    let arguments = command_first(arguments.into_iter().collect());
    let outcome = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli.run(world),
        Err(error) => return usage(world, &error),
    };
    let code = match outcome {
        Ok(Found::Nothing) => ExitCode::SUCCESS,
        Ok(Found::Something) => ExitCode::from(1),
        Err(error) => {
            let _ = write!(world.stderr, "{error}");
            return ExitCode::from(2);
        }
    };
    match world.stdout.flush() {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            let _ = writeln!(world.stderr, "error: could not write the answer: {error}");
            ExitCode::from(2)
        }
        _ => code,
    }
}

/// Moves options that stand before a command's name behind it, as they are meant.
fn command_first(mut arguments: Vec<OsString>) -> Vec<OsString> {
    let first = arguments.get(1).and_then(|text| text.to_str());
    if !first.is_some_and(|first| first.starts_with("--")) {
        return arguments;
    }
    let declared = Cli::command();
    let takes_value = |name: &str| {
        let commands = std::iter::once(&declared).chain(declared.get_subcommands());
        let mut options = commands.flat_map(clap::Command::get_arguments);
        let option = options.find(|option| option.get_long() == Some(name))?;
        Some(option.get_action().takes_values())
    };
    let mut at = 1;
    while let Some(text) = arguments.get(at).and_then(|text| text.to_str()) {
        let Some(option) = text.strip_prefix("--") else {
            break;
        };
        at += match (option.split_once('='), takes_value(option)) {
            (Some(_), _) | (None, Some(false)) => 1,
            (None, Some(true)) => 2,
            (None, None) => return arguments,
        };
    }
    let named = arguments.get(at).and_then(|text| text.to_str());
    if named.is_some_and(|name| declared.find_subcommand(name).is_some()) {
        arguments
            .get_mut(1..=at)
            .into_iter()
            .for_each(|moved| moved.rotate_right(1));
    }
    arguments
}

/// Help and version go to standard output, a wrong command line to standard error.
fn usage(world: &mut World, error: &clap::Error) -> ExitCode {
    let helps = matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    );
    if helps {
        let _ = write!(world.stdout, "{error}");
        let _ = world.stdout.flush();
        return ExitCode::SUCCESS;
    }
    // What was typed is quoted in the message, and may hold anything but line breaks.
    let message = error.to_string();
    let safe = message
        .lines()
        .map(|line| crate::report::Text::plain(line).to_string());
    for line in safe {
        let _ = writeln!(world.stderr, "{line}");
    }
    ExitCode::from(2)
}

impl Cli {
    fn run(self, world: &mut World) -> Outcome {
        match self.command {
            None => diagnose::run(&self.diagnose, world),
            Some(Command::Diagnose(args)) => diagnose::run(&args, world),
            Some(Command::Diff(args)) => diff::run(&args, world),
            Some(Command::Show(args)) => show::run(&args, world),
            Some(Command::Explain(args)) => explain::run(&args, world),
            Some(Command::Rules(args)) => rules::run(&args, world),
            Some(Command::Formats(args)) => formats::run(&args, world),
            Some(Command::Scrub(args)) => scrub::run(&args, world),
            Some(Command::Catalog(args)) => catalog_command::run(&args, world),
            Some(Command::Sign(args)) => sign::run(&args, world),
            Some(Command::Send(args)) => send::run(&args, world),
            Some(Command::Completions(args)) => completions::run(&args, world),
            Some(Command::Man(args)) => man::run(&args, world),
        }
    }

    /// The names of all commands.
    pub(super) fn names() -> Vec<String> {
        let declared = Self::command();
        let names = declared
            .get_subcommands()
            .map(|command| command.get_name().to_owned());
        names.collect()
    }

    /// The declaration of the command line, for completions and the manual page.
    #[must_use]
    pub fn declaration() -> clap::Command {
        Self::command()
    }
}

impl OutputArgs {
    /// Writes an answer; a pipe that was closed ends it quietly.
    pub(super) fn write(&self, document: &Document, world: &mut World) -> Result<(), CommandError> {
        let surface = self.surface.of(world.terminal, world);
        write_to(document, self.format, &surface, &mut world.stdout)
    }

    /// Writes a list: in a pipe, where it is searched, each entry has one line.
    pub(super) fn write_list(
        &self,
        document: &Document,
        world: &mut World,
    ) -> Result<(), CommandError> {
        let mut surface = self.surface.of(world.terminal, world);
        if world.terminal.or(self.surface.width).is_none() {
            surface.columns = WIDEST;
        }
        write_to(document, self.format, &surface, &mut world.stdout)
    }

    /// Writes beside the answer, to standard error, for people.
    pub(super) fn write_aside(
        &self,
        document: &Document,
        world: &mut World,
    ) -> Result<(), CommandError> {
        self.surface.write_aside(document, world)
    }
}

impl SurfaceArgs {
    /// Writes to standard error, for people.
    pub(super) fn write_aside(
        &self,
        document: &Document,
        world: &mut World,
    ) -> Result<(), CommandError> {
        let surface = self.of(world.aside, world);
        write_to(document, TERMINAL, &surface, &mut world.stderr)
    }

    fn of(&self, terminal: Option<usize>, world: &World) -> Surface {
        let ink = match self.color {
            Color::Always => Ink::Ansi,
            Color::Never => Ink::Plain,
            Color::Auto if terminal.is_none() || world.variable("NO_COLOR").is_some() => Ink::Plain,
            Color::Auto if world.variable("TERM") == Some("dumb") => Ink::Plain,
            Color::Auto => Ink::Ansi,
        };
        let columns = self.width.or(terminal).unwrap_or(80).clamp(20, WIDEST);
        Surface { columns, ink }
    }
}

/// The most columns that are written.
const WIDEST: usize = 400;

fn write_to(
    document: &Document,
    output: &Output,
    surface: &Surface,
    out: &mut dyn Write,
) -> Result<(), CommandError> {
    written((output.write)(document, surface, out))
}

/// A pipe that was closed ends an answer quietly.
pub(super) fn written(result: io::Result<()>) -> Result<(), CommandError> {
    match result {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(CommandError::new(format!(
            "could not write the answer: {error}"
        ))),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_before_a_command_are_its_own() {
        let moved = |line: &str| {
            let words = line.split(' ').map(OsString::from).collect();
            let moved = command_first(words);
            let words: Vec<&str> = moved.iter().map(|word| word.to_str().unwrap()).collect();
            words.join(" ")
        };
        for (typed, meant) in [
            ("c --no-credentials diff a b", "c diff --no-credentials a b"),
            ("c --format json show a", "c show --format json a"),
            (
                "c --width=80 --color never explain a",
                "c explain --width=80 --color never a",
            ),
            ("c --theirs-case 2 diff a b", "c diff --theirs-case 2 a b"),
            ("c diff a --no-credentials", "c diff a --no-credentials"),
            ("c --no-credentials a.http", "c --no-credentials a.http"),
            ("c --unknown diff a b", "c --unknown diff a b"),
            ("c --profile diff", "c --profile diff"),
            ("c -", "c -"),
            ("c", "c"),
        ] {
            assert_eq!(moved(typed), meant);
        }
    }
}

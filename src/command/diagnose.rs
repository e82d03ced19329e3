use bstr::BString;

use crate::{
    command::{
        World,
        cli::{Outcome, OutputArgs, RevealKind, SecretArgs, timestamp},
        credentials,
        error::CommandError,
        input,
        progress_bar::{ProgressBar, Unit},
    },
    diagnose::{Depth, Progress, Stated},
    evidence::{Case, Note, Preference, Selection, join},
    examine::{Known, examine},
    report::Names,
    sigv4::Timestamp,
};

/// Says what went wrong, how sure that is, and how to fix it.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// Captures of the same request: a file each, or `-` for standard input.
    #[arg(required = true, value_name = "INPUT")]
    inputs: Vec<String>,
    /// Which request of the first input, counted from 1.
    #[arg(long, value_name = "N")]
    case: Option<u32>,
    /// Read the inputs as this format, whatever they look like.
    #[arg(long, value_name = "FORMAT")]
    from: Option<String>,
    /// The time at which the service looked at the request.
    #[arg(long, value_name = "TIME", value_parser = timestamp)]
    at: Option<Timestamp>,
    /// How many mistakes at once to look for by computing: 1, 2, or 3, which may take a minute.
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=3))]
    depth: u8,
    #[command(flatten)]
    secrets: SecretArgs,
    /// Show this kind of secret, which is hidden otherwise.
    #[arg(long, value_enum, value_name = "KIND", help_heading = "Secrets")]
    reveal: Option<RevealKind>,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(args: &Args, world: &mut World) -> Outcome {
    let from = input::format(args.from.as_deref())?;
    let inputs = input::inputs(&args.inputs)?;
    let names = input::names(&inputs);
    let mut notes = Vec::new();
    let preference = args.case.map_or(Preference::Failed, Preference::Number);
    let Some((input, more)) = inputs.split_first() else {
        return Err(CommandError::new("expected at least one input"));
    };
    let mut first = input.select(preference, from, world, &mut notes)?;
    let mut others = Vec::new();
    for other in more {
        let fitting = Preference::Fitting(Box::new(first.case.clone()));
        let selection = other.select(fitting, from, world, &mut notes)?;
        others.push((other.id, selection.case));
    }
    let mut joined = join(first.case.clone(), others.clone());
    // Of a log of many requests, the last that failed may be another than the one refused here.
    if let (Some(apart), None, true) = (joined.apart.first(), args.case, first.of > 1)
        && input.name != "-"
        && let Some((_, case)) = others.iter().find(|(id, _)| id == apart)
    {
        let fitting = Preference::Fitting(Box::new(case.clone()));
        first = input.select(fitting, from, world, &mut Vec::new())?;
        joined = join(first.case.clone(), others.clone());
    }
    for apart in &joined.apart {
        let message = match others.iter().find(|(id, _)| id == apart) {
            Some((_, case)) if is_request(case) => {
                let [mine, theirs] = [input.id, *apart].map(|id| Names::argument(names.name(id)));
                format!(
                    "this is another request, and was left aside; to compare the two: countersign diff {mine} {theirs}"
                )
            }
            _ => "this speaks of another request, and was left aside".to_owned(),
        };
        notes.push(Note::of_input(*apart, message));
    }
    let mine = Selection {
        case: joined.case,
        ..first
    };
    let id = access_key_id(&mine.case);
    let key = credentials::secret(&args.secrets, id.as_ref().map(AsRef::as_ref), world)?;
    let columns = world.aside.unwrap_or(COLUMNS);
    let hidden = credentials::static_secrets(world);
    let out = world.progress.as_mut();
    let bar = out.map(|out| ProgressBar::new(out, columns, Unit::Steps));
    let show = |done, of| bar.iter().for_each(|bar| bar.show(done, of));
    let examined = examine(
        &mine,
        &Known {
            secret: key.secret.as_ref(),
            hidden: &hidden,
            session_token: key.session_token.as_ref(),
            key: &key.source,
            clock: args.at,
            depth: Depth(usize::from(args.depth)),
            progress: Progress::to(&show),
            reveal: RevealKind::of(args.reveal),
            names: &names,
            notes: &notes,
        },
    );
    drop(bar);
    args.output.write(&examined.document, world)?;
    Ok(examined.found)
}

/// How wide a terminal is that does not say so.
pub(super) const COLUMNS: usize = 80;

/// Whether a case holds a request of its own, and not only what was said of one.
fn is_request(case: &Case) -> bool {
    let mut attempts = case.attempts.iter();
    attempts.any(|attempt| attempt.request().is_some())
}

/// The access key id that a case states.
pub(super) fn access_key_id(case: &Case) -> Option<BString> {
    let stated = Stated::of(case.last_attempt()?)?;
    Some(stated.authorization.access_key_id().to_owned())
}

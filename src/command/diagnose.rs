use bstr::BString;

use crate::{
    command::{
        World,
        cli::{Outcome, OutputArgs, SecretArgs, timestamp},
        credentials,
        error::CommandError,
        input,
    },
    diagnose::{Depth, Stated},
    evidence::{Case, Note, Preference, Selection, join},
    examine::{Known, examine},
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
    /// How many mistakes at once to look for by computing.
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=3))]
    depth: u8,
    #[command(flatten)]
    secrets: SecretArgs,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(args: &Args, world: &mut World) -> Outcome {
    let from = input::format(args.from.as_deref())?;
    let inputs = input::inputs(&args.inputs)?;
    let names = input::names(&inputs);
    let mut notes = Vec::new();
    let preference = args.case.map_or(Preference::Failed, Preference::Number);
    let mut selections = Vec::new();
    for (index, input) in inputs.iter().enumerate() {
        let preference = if index == 0 {
            preference.clone()
        } else {
            Preference::Failed
        };
        selections.push((input.id, input.select(preference, from, world, &mut notes)?));
    }
    let mut selections = selections.into_iter();
    let Some((_, first)) = selections.next() else {
        return Err(CommandError::new("expected at least one input"));
    };
    let others = selections
        .map(|(id, selection)| (id, selection.case))
        .collect();
    let joined = join(first.case, others);
    for apart in &joined.apart {
        let message = "this speaks of another request, and was left aside";
        let span = crate::evidence::Span {
            input: *apart,
            bytes: 0..0,
            first_line: 1,
            last_line: 1,
        };
        notes.push(Note {
            message: message.into(),
            span,
        });
    }
    let mine = Selection {
        case: joined.case,
        ..first
    };
    let id = access_key_id(&mine.case);
    let secret = credentials::secret(&args.secrets, id.as_ref().map(AsRef::as_ref), world)?;
    let examined = examine(
        &mine,
        &Known {
            secret: secret.as_ref(),
            clock: args.at,
            depth: Depth(usize::from(args.depth)),
            reveal: args.secrets.reveal(),
            names: &names,
            notes: &notes,
        },
    );
    args.output.write(&examined.document, world)?;
    Ok(examined.found)
}

/// The access key id that a case states.
pub(super) fn access_key_id(case: &Case) -> Option<BString> {
    let stated = Stated::of(case.last_attempt()?)?;
    Some(stated.authorization.access_key_id().to_owned())
}

use crate::{
    command::{
        World,
        cli::{Outcome, OutputArgs, RevealKind},
        credentials, input,
    },
    diagnose::{Depth, Progress},
    examine::{Found, Known, show},
    report::KeySource,
};

/// Shows everything found in an input, artifact by artifact, and judges nothing.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// A file, or `-` for standard input.
    #[arg(value_name = "INPUT")]
    input: String,
    /// Only this request, counted from 1.
    #[arg(long, value_name = "N")]
    case: Option<u32>,
    /// Read it as this format, whatever it looks like.
    #[arg(long, value_name = "FORMAT")]
    from: Option<String>,
    /// Show this kind of secret, which is hidden otherwise.
    #[arg(long, value_enum, value_name = "KIND")]
    reveal: Option<RevealKind>,
    /// Use no keys (`show` never does; it only keeps them out of what it shows).
    #[arg(long)]
    no_credentials: bool,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(args: &Args, world: &mut World) -> Outcome {
    let from = input::format(args.from.as_deref())?;
    let inputs = input::inputs(std::slice::from_ref(&args.input))?;
    let names = input::names(&inputs);
    let mut notes = Vec::new();
    let mut cases = Vec::new();
    for input in &inputs {
        cases = match args.case {
            Some(number) => vec![input.case(number, from, world, &mut notes)?],
            None => input.cases(from, world, &mut notes)?,
        };
    }
    // Nothing is recomputed here: the user's own secrets are known only to be kept out.
    let hidden = credentials::static_secrets(world);
    let document = show(
        &cases,
        &Known {
            secret: None,
            hidden: &hidden,
            session_token: None,
            key: &KeySource::NotAsked,
            clock: None,
            depth: Depth::default(),
            progress: Progress::default(),
            reveal: RevealKind::of(args.reveal),
            names: &names,
            notes: &notes,
        },
    );
    args.output.write(&document, world)?;
    Ok(Found::Nothing)
}

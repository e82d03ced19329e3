use crate::{
    command::{
        World,
        cli::{Outcome, OutputArgs, RevealKind, SecretArgs, timestamp},
        credentials,
        diagnose::access_key_id,
        error::CommandError,
        input,
    },
    diagnose::Depth,
    evidence::Preference,
    examine::{Known, examine_pair},
    sigv4::Timestamp,
};

/// Compares two requests artifact by artifact, and says what is wrong with the first.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// The request that fails: a file, or `-`.
    #[arg(value_name = "MINE")]
    mine: String,
    /// The one that works: a file, or `-`.
    #[arg(value_name = "THEIRS")]
    theirs: String,
    /// Which request of MINE, counted from 1.
    #[arg(long, value_name = "N")]
    case: Option<u32>,
    /// Which request of THEIRS, counted from 1.
    #[arg(long, value_name = "N")]
    theirs_case: Option<u32>,
    /// Read both as this format, whatever they look like.
    #[arg(long, value_name = "FORMAT")]
    from: Option<String>,
    /// The time at which the service looked at MINE.
    #[arg(long, value_name = "TIME", value_parser = timestamp)]
    at: Option<Timestamp>,
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
    let inputs = input::inputs(&[args.mine.clone(), args.theirs.clone()])?;
    let names = input::names(&inputs);
    let [mine, theirs] = &inputs[..] else {
        return Err(CommandError::new("expected two inputs"));
    };
    let mut notes = Vec::new();
    let preference = args.case.map_or(Preference::Failed, Preference::Number);
    let mine = mine.select(preference, from, world, &mut notes)?;
    let preference = match args.theirs_case {
        Some(number) => Preference::Number(number),
        None => Preference::like(&mine.case),
    };
    let theirs = theirs.select(preference, from, world, &mut notes)?;
    let id = access_key_id(&mine.case);
    let key = credentials::secret(&args.secrets, id.as_ref().map(AsRef::as_ref), world)?;
    let examined = examine_pair(
        &mine,
        &theirs,
        &Known {
            secret: key.secret.as_ref(),
            key: &key.source,
            clock: args.at,
            depth: Depth::default(),
            reveal: RevealKind::of(args.reveal),
            names: &names,
            notes: &notes,
        },
    );
    args.output.write(&examined.document, world)?;
    Ok(examined.found)
}

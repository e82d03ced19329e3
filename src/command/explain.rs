use crate::{
    command::{
        World,
        cli::{Outcome, OutputArgs, SecretArgs, timestamp},
        credentials,
        diagnose::access_key_id,
        error::CommandError,
        input,
    },
    diagnose::{Depth, Progress, Stated},
    evidence::{Attempt, Preference},
    examine::{Known, explain},
    report::Reveal,
    sigv4::Timestamp,
};

/// Shows how this request was signed, step by step, with the reason of each rule.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// A file, or `-` for standard input.
    #[arg(value_name = "INPUT")]
    input: String,
    /// Only this step: 1 canonical request, 2 its hash, 3 string to sign, 4 signing key, 5
    /// signature, 6 adding it to the request.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=6))]
    step: Option<u8>,
    /// Which request of the input, counted from 1.
    #[arg(long, value_name = "N")]
    case: Option<u32>,
    /// Read it as this format, whatever it looks like.
    #[arg(long, value_name = "FORMAT")]
    from: Option<String>,
    /// The time at which the service looked at the request.
    #[arg(long, value_name = "TIME", value_parser = timestamp)]
    at: Option<Timestamp>,
    #[command(flatten)]
    secrets: SecretArgs,
    /// Show this kind of secret, which is hidden otherwise.
    #[arg(long, value_enum, value_name = "KIND", help_heading = "Secrets")]
    reveal: Option<Revealed>,
    #[command(flatten)]
    output: OutputArgs,
}

/// What may be shown that is hidden otherwise.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
enum Revealed {
    SessionToken,
    /// The keys derived from the secret access key.
    SigningKey,
}

pub(super) fn run(args: &Args, world: &mut World) -> Outcome {
    let from = input::format(args.from.as_deref())?;
    let inputs = input::inputs(std::slice::from_ref(&args.input))?;
    let names = input::names(&inputs);
    let Some(input) = inputs.first() else {
        return Err(CommandError::new("expected an input"));
    };
    let mut notes = Vec::new();
    let preference = args.case.map_or(Preference::Failed, Preference::Number);
    let mine = input.select(preference, from, world, &mut notes)?;
    derivable(mine.case.last_attempt())?;
    let id = access_key_id(&mine.case);
    let key = credentials::secret(&args.secrets, id.as_ref().map(AsRef::as_ref), world)?;
    let hidden = credentials::static_secrets(world);
    let known = Known {
        secret: key.secret.as_ref(),
        hidden: &hidden,
        session_token: key.session_token.as_ref(),
        key: &key.source,
        clock: args.at,
        depth: Depth::default(),
        progress: Progress::default(),
        reveal: match args.reveal {
            None => Reveal::Nothing,
            Some(Revealed::SessionToken) => Reveal::SessionToken,
            Some(Revealed::SigningKey) => Reveal::SigningKey,
        },
        names: &names,
        notes: &notes,
    };
    let examined = explain(&mine, args.step, &known);
    args.output.write(&examined.document, world)?;
    Ok(examined.found)
}

/// Refuses what has no derivation by Signature Version 4.
fn derivable(attempt: Option<&Attempt>) -> Result<(), CommandError> {
    let stated = attempt.and_then(Stated::of);
    if stated
        .as_ref()
        .is_some_and(|stated| stated.policy.is_some())
    {
        return Err(CommandError::new(
            "the form is signed with a POST policy: its policy is the string to sign, so there are no steps to explain",
        )
        .hint("policy, scope and signature: countersign show INPUT"));
    }
    let written = attempt.is_some_and(|attempt| !attempt.canonical_requests.is_empty());
    if stated.is_some() || written {
        return Ok(());
    }
    Err(
        CommandError::new("the request carries no signature of Version 4, so nothing was derived")
            .hint("the right signature: countersign sign INPUT"),
    )
}

use crate::{
    command::{
        World,
        cli::{Outcome, OutputArgs, RevealKind, SecretArgs, timestamp},
        credentials,
        diagnose::access_key_id,
        error::CommandError,
        input::{self, Input},
    },
    diagnose::{Depth, Progress},
    evidence::{Case, Note, Preference, Selection, join},
    examine::{Known, examine_pair, examine_refused},
    sigv4::Timestamp,
    source::Format,
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

const ANOTHER: &str = "this refuses another request than the one it is compared with: time, token and signature differ for that reason";

pub(super) fn run(args: &Args, world: &mut World) -> Outcome {
    let from = input::format(args.from.as_deref())?;
    let inputs = input::inputs(&[args.mine.clone(), args.theirs.clone()])?;
    let names = input::names(&inputs);
    let [mine_input, theirs_input] = &inputs[..] else {
        return Err(CommandError::new("expected two inputs"));
    };
    let mut notes = Vec::new();
    let preference = args.case.map_or(Preference::Failed, Preference::Number);
    let mine = mine_input.select(preference, from, world, &mut notes)?;
    let preference = match args.theirs_case {
        Some(number) => Preference::Number(number),
        None => Preference::like(&mine.case),
    };
    let theirs = theirs_input.select(preference, from, world, &mut notes)?;
    let side = |input: &Input, asked, selection| Side {
        input: input.clone(),
        asked,
        selection,
    };
    let mut mine = side(mine_input, args.case, mine);
    let mut theirs = side(theirs_input, args.theirs_case, theirs);
    // Of a request and a refusal the request comes first, however they are given.
    let alone = |side: &Side| side.selection.case.is_refusal_alone();
    if alone(&mine) && !alone(&theirs) {
        std::mem::swap(&mut mine, &mut theirs);
    }
    let refused = alone(&theirs);
    let mut together = None;
    if refused {
        mine.fit(&theirs.selection.case, from, world)?;
        theirs.fit(&mine.selection.case, from, world)?;
        together = joined(&mine.selection, &theirs);
        if together.is_none() {
            notes.push(Note::of_input(theirs.input.id, ANOTHER));
        }
    }
    let id = access_key_id(&mine.selection.case);
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
        reveal: RevealKind::of(args.reveal),
        names: &names,
        notes: &notes,
    };
    let (mine, theirs) = (&mine.selection, &theirs.selection);
    let examined = match refused {
        true => examine_refused(mine, theirs, together.as_ref(), &known),
        false => examine_pair(mine, theirs, &known),
    };
    args.output.write(&examined.document, world)?;
    Ok(examined.found)
}

/// One side, and whether its request was asked for by number.
struct Side {
    input: Input,
    asked: Option<u32>,
    selection: Selection,
}

impl Side {
    /// Of several requests takes the one that fits the other side, unless one was asked for.
    fn fit(
        &mut self,
        other: &Case,
        from: Option<&'static Format>,
        world: &mut World,
    ) -> Result<(), CommandError> {
        if self.asked.is_none() && self.selection.of > 1 && self.input.name != "-" {
            let fitting = Preference::Fitting(Box::new(other.clone()));
            self.selection = self.input.select(fitting, from, world, &mut Vec::new())?;
        }
        Ok(())
    }
}

/// The request with what its refusal says; `None` where the refusal is of another request.
fn joined(client: &Selection, refusal: &Side) -> Option<Selection> {
    let others = vec![(refusal.input.id, refusal.selection.case.clone())];
    let joined = join(client.case.clone(), others);
    joined.apart.is_empty().then(|| Selection {
        case: joined.case,
        ..client.clone()
    })
}

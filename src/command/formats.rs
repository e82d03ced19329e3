use crate::{
    command::{
        World,
        cli::{Outcome, OutputArgs},
        input,
    },
    examine::Found,
    report,
    source::FORMATS,
};

/// Lists what can be read; with an ID, how to make a client print it.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// The id of a format.
    #[arg(value_name = "ID")]
    id: Option<String>,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(args: &Args, world: &mut World) -> Outcome {
    match input::format(args.id.as_deref())? {
        None => args.output.write_list(&report::formats(FORMATS), world)?,
        Some(format) => args.output.write(&report::format_page(format), world)?,
    }
    Ok(Found::Nothing)
}

use crate::{
    catalog,
    command::{
        World,
        cli::{Outcome, OutputArgs},
    },
    examine::Found,
    report::{self, CatalogReport, Operations},
};

/// Tells what a service wants: hosts, signing name, targets, protocol.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// A service, a host or URL, a signing name, a target, an operation, a region; or several.
    #[arg(value_name = "WORDS", required = true)]
    words: Vec<String>,
    /// The region whose hosts are told, instead of the host's own or us-east-1.
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
    /// Tell all operations, and not only those that the words name.
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(args: &Args, world: &mut World) -> Outcome {
    let matches = catalog::find(&args.words, args.region.as_deref());
    let suggestions = match matches.is_empty() {
        true => catalog::suggest(&args.words),
        false => Vec::new(),
    };
    let document = report::catalog(&CatalogReport {
        matches: &matches,
        suggestions: &suggestions,
        operations: match args.all {
            true => Operations::All,
            false => Operations::Named,
        },
    });
    args.output.write(&document, world)?;
    // Here 1 says that nothing matched.
    Ok(match matches.is_empty() {
        true => Found::Something,
        false => Found::Nothing,
    })
}

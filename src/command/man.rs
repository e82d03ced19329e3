use std::io;

use clap_mangen::Man;

use crate::{
    command::{
        Cli, World,
        cli::{Outcome, written},
        error::CommandError,
    },
    examine::Found,
};

/// Prints the manual page, in roff; of one command with its name.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// The command whose page is printed, instead of that of the whole program.
    #[arg(value_name = "COMMAND")]
    command: Option<String>,
}

pub(super) fn run(args: &Args, world: &mut World) -> Outcome {
    let mut whole = Cli::declaration();
    whole.build();
    let page = match &args.command {
        None => whole,
        Some(name) => whole.find_subcommand(name).cloned().ok_or_else(|| {
            CommandError::new(format!("there is no command {name}"))
                .hint("list them: countersign --help")
        })?,
    };
    let mut text = Vec::new();
    let rendered: io::Result<()> = Man::new(page).render(&mut text);
    written(rendered.and_then(|()| world.stdout.write_all(&text)))?;
    Ok(Found::Nothing)
}

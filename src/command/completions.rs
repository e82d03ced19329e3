use clap_complete::{Shell, generate};

use crate::{
    command::{
        Cli, World,
        cli::{Outcome, written},
    },
    examine::Found,
};

/// Prints completions for a shell, for packagers and for `source <(…)`.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// The shell.
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
}

pub(super) fn run(args: &Args, world: &mut World) -> Outcome {
    let mut script = Vec::new();
    generate(
        args.shell,
        &mut Cli::declaration(),
        "countersign",
        &mut script,
    );
    written(world.stdout.write_all(&script))?;
    Ok(Found::Nothing)
}

use crate::{
    command::{World, cli::Outcome, error::CommandError, input},
    examine::Found,
};

/// Writes an input again without its secrets, so that it can be shown to others.
///
/// Secret keys, session tokens, bearer tokens, cookies and passwords are replaced, each by a
/// placeholder of its own wherever it stands; all else stays as it is. What was taken out is said
/// on standard error.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// A file, or `-` for standard input.
    #[arg(value_name = "INPUT")]
    input: String,
}

pub(super) fn run(args: &Args, world: &mut World) -> Outcome {
    let inputs = input::inputs(std::slice::from_ref(&args.input))?;
    for input in &inputs {
        let scrubbed = input.scrub(world)?;
        let mut say = |line: String| {
            writeln!(world.stderr, "{line}")
                .map_err(|error| CommandError::new(format!("could not write a note: {error}")))
        };
        if scrubbed.secrets.is_empty() {
            say("no secret was found".to_owned())?;
        }
        for digest in &scrubbed.digests {
            let lines = match (digest.span.first_line, digest.span.last_line) {
                (first, last) if first == last => format!("line {first}"),
                (first, last) => format!("lines {first}-{last}"),
            };
            say(format!(
                "note: with its secret, the {} in {lines} has the SHA-256\n  {}",
                digest.of, digest.digest
            ))?;
        }
        if scrubbed.more_digests > 0 {
            say(format!("note: and {} more like it", scrubbed.more_digests))?;
        }
        for (kind, count) in &scrubbed.secrets {
            say(format!("replaced: {} ({count})", kind.words()))?;
        }
    }
    Ok(Found::Nothing)
}

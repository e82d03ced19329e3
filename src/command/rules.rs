use crate::{
    catalog::nearest,
    command::{
        World,
        cli::{Outcome, OutputArgs},
        error::CommandError,
    },
    diagnose::{
        Rule,
        rules::{rule, rules},
    },
    examine::Found,
    report,
};

/// Lists the mistakes that are known; one page with an ID.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// The id of a rule.
    #[arg(value_name = "ID")]
    id: Option<String>,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(args: &Args, world: &mut World) -> Outcome {
    match &args.id {
        None => args.output.write_list(&report::rules(rules()), world)?,
        Some(id) => args.output.write(&report::rule_page(found(id)?), world)?,
    }
    Ok(Found::Nothing)
}

/// The rule of that id.
fn found(id: &str) -> Result<&'static Rule, CommandError> {
    rule(id).ok_or_else(|| {
        let words: Vec<&str> = id.split('-').filter(|word| word.len() > 2).collect();
        let ids = rules().iter().map(|rule| rule.id);
        let near: Vec<&str> = match nearest(id, ids.clone()) {
            Some(near) => vec![near],
            None => ids
                .filter(|own| words.iter().any(|word| own.contains(word)))
                .take(5)
                .collect(),
        };
        let error = CommandError::new(format!("there is no rule {id}"));
        match near.is_empty() {
            true => error.hint("list them: countersign rules"),
            false => error.hint(format!("did you mean {}?", near.join(", "))),
        }
    })
}

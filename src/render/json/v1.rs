mod catalog;
mod diagnose;
mod diff;
mod explain;
mod listing;
mod request;
mod show;
mod sign;
mod text;

use serde::Serialize;

use diagnose::{Diagnosis, Finding, Note, Warning};
use diff::Diff;
use explain::Explain;
use listing::{Format, Rule};
use request::{Refusal, Request, Response};
use show::Attempt;
use text::{Text, text};

use crate::report::Answer;

const SCHEMA: &str = "countersign/v1";

/// The document on standard output.
#[derive(Serialize)]
pub(super) struct Root<'a> {
    schema: &'static str,
    command: &'static str,
    #[serde(flatten)]
    body: Body<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Body<'a> {
    Show {
        cases: Vec<Attempt<'a>>,
        notes: Vec<Note<'a>>,
    },
    Diagnose(Diagnosis<'a>),
    Diff(Diff<'a>),
    Explain(Explain<'a>),
    Rules {
        rules: Vec<Rule>,
    },
    Formats {
        formats: Vec<Format>,
    },
    Catalog(catalog::Catalog<'a>),
    Sign(sign::Sign<'a>),
}

impl<'a> Root<'a> {
    /// The document of an answer.
    pub(super) fn of(answer: &'a Answer) -> Self {
        let (command, body) = match answer {
            Answer::Show { cases, notes } => {
                let cases = cases.iter().map(Attempt::of).collect();
                (
                    "show",
                    Body::Show {
                        cases,
                        notes: notes.iter().map(Note::of).collect(),
                    },
                )
            }
            Answer::Diagnose(answer) => ("diagnose", Body::Diagnose(Diagnosis::of(answer))),
            Answer::Diff(answer) => ("diff", Body::Diff(Diff::of(answer))),
            Answer::Explain(answer) => ("explain", Body::Explain(Explain::of(answer))),
            Answer::Rules(rules) => (
                "rules",
                Body::Rules {
                    rules: rules.iter().map(Rule::of).collect(),
                },
            ),
            Answer::Formats(formats) => (
                "formats",
                Body::Formats {
                    formats: formats.iter().map(Format::of).collect(),
                },
            ),
            Answer::Catalog(answer) => ("catalog", Body::Catalog(catalog::Catalog::of(answer))),
            Answer::Sign(answer) => ("sign", Body::Sign(sign::Sign::of(answer))),
        };
        Self {
            schema: SCHEMA,
            command,
            body,
        }
    }
}

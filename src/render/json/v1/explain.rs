use serde::Serialize;

use super::{Note, Request, Text, Warning, text};
use crate::report::{ArtifactsAnswer, Deviation, ExplainAnswer, StepAnswer, StepLineAnswer};

#[derive(Serialize)]
pub(super) struct Explain<'a> {
    artifacts: Artifacts<'a>,
    as_signed: Artifacts<'a>,
    request: Option<Request<'a>>,
    steps: Vec<Step<'a>>,
    warnings: Vec<Warning<'a>>,
    notes: Vec<Note<'a>>,
}

impl<'a> Explain<'a> {
    pub(super) fn of(answer: &'a ExplainAnswer) -> Self {
        Self {
            artifacts: Artifacts::of(&answer.artifacts),
            as_signed: Artifacts::of(&answer.as_signed),
            request: answer.request.as_ref().map(Request::of),
            steps: answer.steps.iter().map(Step::of).collect(),
            warnings: answer.warnings.iter().map(Warning::of).collect(),
            notes: answer.notes.iter().map(Note::of).collect(),
        }
    }
}

#[derive(Serialize)]
struct Artifacts<'a> {
    canonical_request: Option<Text<'a>>,
    canonical_request_digest: Option<Text<'a>>,
    string_to_sign: Option<Text<'a>>,
    credential_scope: Option<Text<'a>>,
    signature: Option<Text<'a>>,
    authorization: Option<Text<'a>>,
}

impl<'a> Artifacts<'a> {
    fn of(answer: &'a ArtifactsAnswer) -> Self {
        Self {
            canonical_request: text(&answer.canonical_request),
            canonical_request_digest: text(&answer.canonical_request_digest),
            string_to_sign: text(&answer.string_to_sign),
            credential_scope: text(&answer.credential_scope),
            signature: text(&answer.signature),
            authorization: text(&answer.authorization),
        }
    }
}

#[derive(Serialize)]
struct Step<'a> {
    step: u8,
    name: &'static str,
    deviations: Vec<StepDeviation<'a>>,
    lines: Vec<StepLine<'a>>,
}

impl<'a> Step<'a> {
    fn of(answer: &'a StepAnswer) -> Self {
        let deviation = |deviation: &'a Deviation| StepDeviation {
            text: &deviation.text,
            source: &deviation.source,
        };
        Self {
            step: answer.step,
            name: answer.name,
            deviations: answer.deviations.iter().map(deviation).collect(),
            lines: answer.lines.iter().map(StepLine::of).collect(),
        }
    }
}

#[derive(Serialize)]
struct StepDeviation<'a> {
    text: &'a str,
    source: &'a str,
}

#[derive(Serialize)]
struct StepLine<'a> {
    text: Text<'a>,
    from: &'a str,
    done: &'a str,
    why: &'static str,
    source: &'a str,
    departs: Option<&'static str>,
    expected: Option<Text<'a>>,
    parts: Vec<StepLine<'a>>,
}

impl<'a> StepLine<'a> {
    fn of(answer: &'a StepLineAnswer) -> Self {
        Self {
            text: Text(&answer.text),
            from: &answer.from,
            done: &answer.done,
            why: answer.why,
            source: &answer.source,
            departs: answer.departs,
            expected: text(&answer.expected),
            parts: answer.parts.iter().map(StepLine::of).collect(),
        }
    }
}

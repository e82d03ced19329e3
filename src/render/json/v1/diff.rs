use serde::Serialize;

use super::{Finding, Note, Text, text};
use crate::report::{DiffAnswer, DivergenceAnswer, SideAnswer, StageAnswer};

#[derive(Serialize)]
pub(super) struct Diff<'a> {
    equal: bool,
    mine: Side<'a>,
    theirs: Side<'a>,
    first_divergence: Option<First<'a>>,
    stages: Vec<Stage<'a>>,
    findings: Vec<Finding<'a>>,
    notes: Vec<Note<'a>>,
}

impl<'a> Diff<'a> {
    pub(super) fn of(answer: &'a DiffAnswer) -> Self {
        let first = answer.first_divergence.as_ref();
        Self {
            equal: answer.equal,
            mine: Side::of(&answer.mine),
            theirs: Side::of(&answer.theirs),
            first_divergence: first.map(|(stage, divergence)| First {
                stage,
                divergence: Divergence::of(divergence),
            }),
            stages: answer.stages.iter().map(Stage::of).collect(),
            findings: answer.diagnosis.findings.iter().map(Finding::of).collect(),
            notes: answer.diagnosis.notes.iter().map(Note::of).collect(),
        }
    }
}

#[derive(Serialize)]
struct Side<'a> {
    input: &'a str,
    case: u32,
    lines: Option<[u64; 2]>,
}

impl<'a> Side<'a> {
    fn of(answer: &'a SideAnswer) -> Self {
        let lines = answer.lines.map(|(first, last)| [first, last]);
        Self {
            input: &answer.input,
            case: answer.case,
            lines,
        }
    }
}

#[derive(Serialize)]
struct First<'a> {
    stage: &'static str,
    #[serde(flatten)]
    divergence: Divergence<'a>,
}

#[derive(Serialize)]
struct Stage<'a> {
    stage: &'static str,
    equal: bool,
    mine: Option<Text<'a>>,
    theirs: Option<Text<'a>>,
    divergences: Vec<Divergence<'a>>,
}

impl<'a> Stage<'a> {
    fn of(answer: &'a StageAnswer) -> Self {
        Self {
            stage: answer.stage,
            equal: answer.equal,
            mine: text(&answer.mine),
            theirs: text(&answer.theirs),
            divergences: answer.divergences.iter().map(Divergence::of).collect(),
        }
    }
}

#[derive(Serialize)]
struct Divergence<'a> {
    part: Text<'a>,
    kind: &'static str,
    mine: Option<Text<'a>>,
    theirs: Option<Text<'a>>,
    at: usize,
}

impl<'a> Divergence<'a> {
    fn of(answer: &'a DivergenceAnswer) -> Self {
        Self {
            part: Text(&answer.part),
            kind: answer.kind,
            mine: text(&answer.mine),
            theirs: text(&answer.theirs),
            at: answer.at,
        }
    }
}

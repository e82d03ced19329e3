use serde::Serialize;

use super::{Text, text};
use crate::report::{
    DiagnosisAnswer, EditAnswer, FindingAnswer, NoteAnswer, UncheckedAnswer, WarningAnswer,
};

#[derive(Serialize)]
pub(super) struct Note<'a> {
    input: &'a str,
    line: u64,
    message: &'a str,
}

impl<'a> Note<'a> {
    pub(super) fn of(answer: &'a NoteAnswer) -> Self {
        Self {
            input: &answer.input,
            line: answer.line,
            message: &answer.message,
        }
    }
}

#[derive(Serialize)]
pub(super) struct Diagnosis<'a> {
    verdict: &'static str,
    findings: Vec<Finding<'a>>,
    vacuous: &'a [&'static str],
    unchecked: Vec<Unchecked>,
    notes: Vec<Note<'a>>,
}

impl<'a> Diagnosis<'a> {
    pub(super) fn of(answer: &'a DiagnosisAnswer) -> Self {
        Self {
            verdict: answer.verdict,
            findings: answer.findings.iter().map(Finding::of).collect(),
            vacuous: &answer.vacuous,
            unchecked: answer.unchecked.iter().map(Unchecked::of).collect(),
            notes: answer.notes.iter().map(Note::of).collect(),
        }
    }
}

#[derive(Serialize)]
pub(super) struct Finding<'a> {
    rule: &'static str,
    proof: &'static str,
    parameter: Option<Text<'a>>,
    summary: &'static str,
    fix: Text<'a>,
    edits: Vec<Edit<'a>>,
    expected: Option<Text<'a>>,
    actual: Option<Text<'a>>,
    with: &'a [&'static str],
    equivalent: &'a [&'static str],
}

impl<'a> Finding<'a> {
    pub(super) fn of(answer: &'a FindingAnswer) -> Self {
        Self {
            rule: answer.rule,
            proof: answer.proof,
            parameter: text(&answer.parameter),
            summary: answer.summary,
            fix: Text(&answer.fix),
            edits: answer.edits.iter().map(Edit::of).collect(),
            expected: text(&answer.expected),
            actual: text(&answer.actual),
            with: &answer.with,
            equivalent: &answer.equivalent,
        }
    }
}

#[derive(Serialize)]
struct Edit<'a> {
    input: Option<&'a str>,
    line: Option<u64>,
    from: Text<'a>,
    to: Text<'a>,
}

impl<'a> Edit<'a> {
    fn of(answer: &'a EditAnswer) -> Self {
        Self {
            input: answer.input.as_deref(),
            line: answer.line,
            from: Text(&answer.from),
            to: Text(&answer.to),
        }
    }
}

#[derive(Serialize)]
struct Unchecked {
    rule: &'static str,
    needs: &'static str,
}

impl Unchecked {
    fn of(answer: &UncheckedAnswer) -> Self {
        Self {
            rule: answer.rule,
            needs: answer.needs,
        }
    }
}

#[derive(Serialize)]
pub(super) struct Warning<'a> {
    rule: &'static str,
    summary: &'static str,
    fix: Text<'a>,
}

impl<'a> Warning<'a> {
    pub(super) fn of(answer: &'a WarningAnswer) -> Self {
        Self {
            rule: answer.rule,
            summary: answer.summary,
            fix: Text(&answer.fix),
        }
    }
}

use crate::report::{Bytes, NoteAnswer};

/// A diagnosis.
#[derive(Clone, Debug)]
pub struct DiagnosisAnswer {
    /// The verdict's id.
    pub verdict: &'static str,
    /// The findings, the surest first.
    pub findings: Vec<FindingAnswer>,
    /// Ids of rules that change nothing here.
    pub vacuous: Vec<&'static str>,
    /// Rules that could not be checked.
    pub unchecked: Vec<UncheckedAnswer>,
    /// What the readers noticed, and what else is to know.
    pub notes: Vec<NoteAnswer>,
}

/// A finding.
#[derive(Clone, Debug)]
pub struct FindingAnswer {
    /// The rule's id.
    pub rule: &'static str,
    /// The proof's id.
    pub proof: &'static str,
    /// The form of the mistake.
    pub parameter: Option<Bytes>,
    /// The rule's summary.
    pub summary: &'static str,
    /// The fix in words.
    pub fix: Bytes,
    /// The texts to change.
    pub edits: Vec<EditAnswer>,
    /// What should stand there.
    pub expected: Option<Bytes>,
    /// What stands there.
    pub actual: Option<Bytes>,
    /// Ids of the mistakes made together with it.
    pub with: Vec<&'static str>,
    /// Ids of rules with the same effect here.
    pub equivalent: Vec<&'static str>,
}

/// A text to change.
#[derive(Clone, Debug)]
pub struct EditAnswer {
    /// The input's name, where it stands in one.
    pub input: Option<String>,
    /// The line.
    pub line: Option<u64>,
    /// What stands there.
    pub from: Bytes,
    /// What should.
    pub to: Bytes,
}

/// A rule that could not be checked.
#[derive(Clone, Debug)]
pub struct UncheckedAnswer {
    /// Its id.
    pub rule: &'static str,
    /// What is missing.
    pub needs: &'static str,
}

/// A mistake, in short.
#[derive(Clone, Debug)]
pub struct WarningAnswer {
    /// The rule's id.
    pub rule: &'static str,
    /// Its summary.
    pub summary: &'static str,
    /// The fix in words.
    pub fix: Bytes,
}

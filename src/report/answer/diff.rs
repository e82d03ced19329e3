use crate::report::{Bytes, DiagnosisAnswer};

/// A comparison.
#[derive(Clone, Debug)]
pub struct DiffAnswer {
    /// Whether no cause was found.
    pub equal: bool,
    /// The left side.
    pub mine: SideAnswer,
    /// The right side.
    pub theirs: SideAnswer,
    /// The first cause, with its stage.
    pub first_divergence: Option<(&'static str, DivergenceAnswer)>,
    /// The stages.
    pub stages: Vec<StageAnswer>,
    /// The diagnosis of the left side.
    pub diagnosis: DiagnosisAnswer,
}

/// Which request stands on a side.
#[derive(Clone, Debug)]
pub struct SideAnswer {
    /// The input's name.
    pub input: String,
    /// The case's number.
    pub case: u32,
    /// First and last line.
    pub lines: Option<(u64, u64)>,
}

/// One stage.
#[derive(Clone, Debug)]
pub struct StageAnswer {
    /// The stage's id.
    pub stage: &'static str,
    /// Whether nothing differs.
    pub equal: bool,
    /// The left side's text.
    pub mine: Option<Bytes>,
    /// The right side's text.
    pub theirs: Option<Bytes>,
    /// What differs.
    pub divergences: Vec<DivergenceAnswer>,
}

/// One divergence.
#[derive(Clone, Debug)]
pub struct DivergenceAnswer {
    /// The part's id.
    pub part: Bytes,
    /// The kind's id.
    pub kind: &'static str,
    /// The left side's text.
    pub mine: Option<Bytes>,
    /// The right side's text.
    pub theirs: Option<Bytes>,
    /// The first byte that differs.
    pub at: usize,
}

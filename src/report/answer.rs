mod catalog;
mod diagnose;
mod diff;
mod evidence;
mod explain;
mod listing;
mod show;
mod sign;

pub use catalog::{CatalogAnswer, EarlierAnswer, HostAnswer, OperationAnswer, ServiceAnswer};
pub use diagnose::{DiagnosisAnswer, EditAnswer, FindingAnswer, UncheckedAnswer, WarningAnswer};
pub use diff::{DiffAnswer, DivergenceAnswer, SideAnswer, StageAnswer};
pub use evidence::{Bytes, NoteAnswer, RefusalAnswer, RequestAnswer, ResponseAnswer};
pub use explain::{ArtifactsAnswer, Deviation, ExplainAnswer, StepAnswer, StepLineAnswer};
pub use listing::{FormatAnswer, RuleAnswer};
pub use show::AttemptAnswer;
pub use sign::{ChangeAnswer, ForeseenAnswer, SignAnswer};

/// What a command answers, as typed values without secrets.
#[derive(Clone, Debug)]
pub enum Answer {
    /// Of `show`.
    Show {
        /// One for each attempt.
        cases: Vec<AttemptAnswer>,
        /// What the readers noticed.
        notes: Vec<NoteAnswer>,
    },
    /// Of `diagnose`.
    Diagnose(DiagnosisAnswer),
    /// Of `diff`.
    Diff(Box<DiffAnswer>),
    /// Of `explain`.
    Explain(Box<ExplainAnswer>),
    /// Of `rules`.
    Rules(Vec<RuleAnswer>),
    /// Of `formats`.
    Formats(Vec<FormatAnswer>),
    /// Of `catalog`.
    Catalog(CatalogAnswer),
    /// Of `sign`.
    Sign(Box<SignAnswer>),
}

//! The answer as inert values: the narrow waist between what is known and how it is shown.
//!
//! Absent on purpose: `Serialize`, `io::Write`, colours, and secrets: what comes in is redacted
//! here, once. Invariant: *inert, and safe to show* (`tests/secrets.rs`).
#![deny(clippy::disallowed_methods)]

mod answer;
mod catalog;
mod comparison;
mod confrontation;
mod diagnosis;
mod diff;
mod document;
mod explanation;
mod findings;
mod key;
mod listing;
mod place;
mod received;
mod redact;
mod refused;
mod row_notes;
mod show;
mod sign;
pub mod text;

pub use answer::{
    Answer, ArtifactsAnswer, AttemptAnswer, Bytes, CatalogAnswer, ChangeAnswer, ComparedAnswer,
    Deviation, DiagnosisAnswer, DiffAnswer, DivergenceAnswer, EarlierAnswer, EditAnswer,
    ExplainAnswer, FindingAnswer, ForeseenAnswer, FormatAnswer, HostAnswer, NoteAnswer,
    OperationAnswer, RefusalAnswer, RequestAnswer, ResponseAnswer, RuleAnswer, ServiceAnswer,
    SideAnswer, SignAnswer, StageAnswer, StepAnswer, StepLineAnswer, UncheckedAnswer,
    WarningAnswer,
};
pub use catalog::{CatalogReport, Operations, catalog};
pub use diagnosis::{DiagnosisReport, diagnosis};
pub use diff::{DiffReport, diff};
pub use document::{
    Block, Caret, Compared, DiffRow, Document, RowValue, Sign, Trace, TraceRight, TraceRow, Under,
};
pub use explanation::{Departs, Explanation, ExplanationReport, explanation};
pub use key::KeySource;
pub use listing::{format_page, formats, rule_page, rules};
pub use place::{InputName, Names};
pub use redact::{Redactor, Reveal};
pub use show::{ShowReport, show};
pub use sign::{Detail, SignReport, sign, sign_redactor};
pub use text::{Mark, Piece, Text};

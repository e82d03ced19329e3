//! Findings: which mistake a request makes, and how sure that is.
//!
//! Absent on purpose: words beyond a rule's own, and rules that know of one another. Invariant:
//! *only `proof` proves*: a [`Match`] can be made nowhere else (its fields are private, and
//! `tests/rules.rs` quantifies over the table).
#![deny(clippy::disallowed_methods)]

mod arrived;
mod beside;
mod captured;
mod chain;
mod confrontation;
mod diagnosis;
mod draft;
mod examination;
mod expected;
mod finding;
mod fix;
mod grouping;
mod left_over;
mod link;
mod merging;
mod notes;
mod order;
mod plan;
mod progress;
mod proof;
mod put_right;
mod reading;
mod rule;
pub mod rules;
mod run;
mod sides;
mod signed_with;
mod signer_string;
mod signs;
mod stated;
mod told;
mod variant;
mod variants;

pub use confrontation::Confrontation;
pub use diagnosis::{Depth, Diagnosis, Unchecked, Verdict, Verified};
pub use draft::{AroundHeader, Draft, Slot, WrongKey};
pub use examination::{Evidence, Examination};
pub use expected::{Expected, Known};
pub use finding::{Circumstance, Exhibit, Finding, Proof};
pub use fix::{Edit, Fix, Within};
pub use link::Link;
pub use notes::notes;
pub use order::{AwsCheck, Behind, Reached};
pub use progress::Progress;
use proof::Goal;
pub use proof::Match;
pub use put_right::{corrected, put_right};
pub use rule::{ChainForms, Check, LeftOver, Need, Observation, Rule, RuleStage, Tier};
pub use run::{diagnose, observed};
pub use stated::Stated;
pub use variant::{Frame, KeyDerivation, SignatureForm, TextChange, Variant, Wrong};
pub use variants::Variants;

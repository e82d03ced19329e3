//! Two versions of the same artifacts, part by part.
//!
//! Absent on purpose: opinions and words; which difference is a mistake is for `diagnose`.
//! Invariant: *symmetric; every divergence has its first byte and its kind*
//! (`tests/properties.rs`).
#![deny(clippy::disallowed_methods)]

mod comparison;
mod divergence;
mod parts;
mod side;

pub use comparison::{
    Comparison, StageComparison, compare, encoded_once, is_each_request_header,
    is_each_request_pair,
};
pub use divergence::{Divergence, Kind, Part, Row, Stage};
pub use parts::CanonicalParts;
pub use side::{Artifact, Origin, Relation, Side};

//! Who said what, where: the claims that the captures make about a request.
//!
//! Absent on purpose: paths and file handles (an input is a number, a place is a range of it), and
//! any judgement of what is claimed. Invariant: *every value has a party and a span; no text is
//! lost because it does not parse* (`tests/sources.rs`).
#![deny(clippy::disallowed_methods)]

mod case;
mod claim;
mod joined;
mod masked;
mod masked_body;
mod measure;
mod note;
mod refusal;
mod scrubbed;
mod select;
mod span;
mod statement;
mod tie;

pub(crate) use case::is_web_page;
pub use case::{Attempt, Case, OperationHint, Sender, out_of_quotes};
pub use claim::{Claim, Party};
pub use joined::{Joined, join};
pub use masked::{holds_mask, is_cut, is_mask, is_placeholder};
pub use masked_body::is_masked_body;
pub use measure::beyond_measure;
pub use note::Note;
pub use refusal::Refusal;
pub use scrubbed::{PLACEHOLDER, is_scrubbed};
pub use select::{Choice, Preference, Selection, Selector};
pub use span::{InputId, Span};
pub use statement::{Skew, Statement};
pub use tie::Tie;

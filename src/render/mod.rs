//! A document made bytes; one file for each output.
//!
//! Absent on purpose: everything but `report`. Nothing is decided here but how it looks.
//! Invariant: *same document, same bytes* (`tests/cases.rs`).
#![deny(clippy::disallowed_methods)]

mod json;
mod markdown;
mod output;
mod outputs;
mod terminal;
mod wrap;

pub use output::{Ink, Output, Surface};
pub use outputs::{OUTPUTS, TERMINAL, output};

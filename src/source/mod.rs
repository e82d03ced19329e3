//! Captured bytes turned into cases: one file for each format, and one pass over the input.
//!
//! Absent on purpose: files (a reader gets a `BufRead`), the catalogue, and any judgement.
//! Invariant: *reading never fails: it gives cases and notes* (`tests/sources.rs`).
#![deny(clippy::disallowed_methods, clippy::indexing_slicing)]

mod artifact_block;
mod botocore_debug;
mod format;
mod formats;
mod json_error;
mod line;
mod python_dict;
mod raw_http;
mod read;
mod refusal;

pub use format::{Event, Format, Likeness, Reader, Sink, Step, Whole};
pub use formats::{FORMATS, format};
pub use line::Line;
pub use read::{Reading, read, read_all};

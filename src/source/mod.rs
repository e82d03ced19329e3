//! Captured bytes turned into cases: one file for each format, and one pass over the input.
//!
//! Absent on purpose: files (a reader gets a `BufRead`), the catalogue, and any judgement.
//! Invariant: *reading never fails: it gives cases and notes* (`tests/sources.rs`).
#![deny(clippy::disallowed_methods, clippy::indexing_slicing)]

mod artifact_block;
mod artifact_text;
mod botocore_debug;
mod collected;
mod error_document;
mod exception_frame;
mod exception_text;
mod format;
mod formats;
mod json_error;
mod leftover;
mod line;
mod python_dict;
mod query_error;
mod raw_http;
mod read;
mod refusal;
mod refusal_json;
mod refusal_xml;
mod s3_error;
mod service_strings;

pub use format::{Event, Format, Likeness, Reader, Sink, Step, Whole};
pub use formats::{FORMATS, format};
pub use line::Line;
pub use read::{Reading, read, read_all};

//! Captured bytes turned into cases: one file for each format, and one pass over the input.
//!
//! Absent on purpose: files (a reader gets a `BufRead`), the catalogue, and any judgement.
//! Invariant: *reading never fails: it gives cases and notes* (`tests/sources.rs`).
#![deny(clippy::disallowed_methods, clippy::indexing_slicing)]

mod read;
mod scan;

mod buffer;
mod dispatch;
mod line;
mod markers;
mod pieces;
mod wrapping;

mod format;
mod formats;

mod apache;
mod artifact_block;
mod calls;
mod conversation;
mod curl;
mod curl_dump;
mod exchange;
mod go_signing;
mod labels;
mod python_dict;
mod refusal;

mod apache_wire;
mod awscurl_verbose;
mod botocore_debug;
mod crt_log;
mod curl_trace;
mod curl_verbose;
mod go_sdk_v1;
mod go_sdk_v2;
mod hurl_verbose;
mod java_sdk;
mod json_error;
mod libcurl_verbose;
mod python_http_client;
mod raw_http;
mod ruby_net_http;
mod rust_sigv4_trace;
mod s3cmd_debug;

pub use format::{Event, Format, Likeness, Reader, Sink, Step, Whole};
pub use formats::{FORMATS, format};
pub use line::{Line, Taken};
pub use read::{Reading, read, read_all};

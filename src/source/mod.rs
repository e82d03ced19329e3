//! Captured bytes turned into cases: one file for each format, and one pass over the input.
//!
//! Absent on purpose: files (a reader gets a `BufRead`), the catalogue, and any judgement.
//! Invariant: *reading never fails: it gives cases and notes* (`tests/sources.rs`).
#![deny(clippy::disallowed_methods, clippy::indexing_slicing)]

mod read;
mod scan;
mod scrub;
pub(crate) mod secrets;
mod sent;

mod ahead;
mod anchors;
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
mod artifact_finder;
mod artifact_grammar;
mod artifact_text;
mod bare_artifact;
mod body_end;
mod botocore_calls;
mod botocore_debug;
mod botocore_pairing;
mod botocore_record;
mod botocore_request;
mod calls;
mod collected;
mod conversation;
mod curl;
mod curl_command;
mod curl_dump;
mod curl_options;
mod dotnet_http;
mod entries;
mod error_document;
mod exception_frame;
mod exception_text;
mod exchange;
mod go_signing;
mod html_form;
mod invoke_web_request;
mod json_error;
mod labels;
mod leftover;
mod masked;
mod object_text;
mod okhttp_log;
mod parts;
mod pasted;
mod post_policy;
mod presigned_url;
mod printed;
mod printed_exchange;
mod python_dict;
mod query_error;
mod quoted;
mod raw_http;
mod refusal;
mod refusal_json;
mod refusal_xml;
mod s3_error;
mod service_strings;
mod shell_words;
mod shown;
mod sqlite;
mod url_finder;

mod apache_wire;
mod aws_cli_history;
mod aws_cli_history_show;
mod awscurl_verbose;
mod crt_log;
mod curl_trace;
mod curl_verbose;
mod go_http2debug;
mod go_sdk_v1;
mod go_sdk_v2;
mod har;
mod httpie_verbose;
mod hurl_verbose;
mod java_sdk;
mod jdk_http_log;
mod js_inspect;
mod labelled_artifacts;
mod libcurl_verbose;
mod lwp_dump;
mod mc_debug;
mod minio_trace;
mod mitmproxy_flow;
mod newman_json;
mod python_http_client;
mod rclone_dump;
mod resty_debug;
mod ruby_net_http;
mod rust_sigv4_trace;
mod s3cmd_debug;
mod s3fs_debug;
mod wget_debug;

pub use format::{Breadth, Event, Format, Likeness, Reader, Sink, Step, Whole};
pub use formats::{FORMATS, format};
pub use line::{Line, Taken};
pub use read::{Reading, read, read_all};
pub use scrub::{Digest, Scrubbed, Scrubber, scrub};
pub use secrets::SecretKind;
pub use sent::sent;

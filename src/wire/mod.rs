//! HTTP as it was captured: bytes, in their order, with nothing repaired.
//!
//! Absent on purpose: sorting, lower-casing, decoding unless asked, and every type that forbids
//! what a broken client may send. Invariant: *what went in comes out, byte for byte*
//! (`tests/properties.rs`).
#![deny(clippy::disallowed_methods, clippy::indexing_slicing)]

pub(crate) mod base64;
mod body;
pub mod escape;
mod form;
mod header;
mod message;
mod parse_error;
mod request;
mod response;
pub mod target;

pub use body::Body;
pub use escape::Fidelity;
pub use form::{Form, FormField};
pub use header::HeaderField;
pub use message::{Ending, Parsed};
pub use parse_error::ParseError;
pub(crate) use request::{METHODS, RequestLine};
pub use request::{Origin, Request};
pub use response::Response;

//! countersign: what a signed AWS request says, and what it should have said.
#![warn(missing_docs)]

pub mod catalog;
pub mod sigv4;

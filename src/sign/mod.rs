//! A request made right: built from the catalogue, put right, signed, and written for others.
//!
//! Absent on purpose: the clock, files, where keys come from, and sending. What a capture got wrong
//! is changed here in the open: every change is a value that the answer shows. Invariant: *what is
//! signed is what is given back* (`tests/sign.rs`).
#![deny(clippy::disallowed_methods)]

mod call;
mod change;
mod choice;
mod form;
mod product;
mod query;
mod repair;
mod sign_error;
mod signed;
mod terms;
mod warning;

pub use call::{Call, GivenBody, call};
pub use change::Change;
pub use product::{Product, product};
pub use sign_error::SignError;
pub use signed::{Signed, sign};
pub use terms::{Credentials, ElsewhereBody, Form, PayloadChoice, Terms};
pub use warning::Warning;

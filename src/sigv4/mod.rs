//! The right way to sign a request with AWS Signature Version 4, and only that.
//!
//! Absent on purpose: the clock, the environment, files, printing, and any wrong way to sign.

mod recipe;

pub use recipe::{PathEncoding, PathNormalization, PayloadRule, Recipe, SessionTokenPlacement};

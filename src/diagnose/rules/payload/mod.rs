//! The body and its hash.

mod content_sha256_mismatch;

use crate::diagnose::Rule;

/// The rules of this group, by id.
pub(in crate::diagnose::rules) static RULES: &[&Rule] = &[&content_sha256_mismatch::RULE];

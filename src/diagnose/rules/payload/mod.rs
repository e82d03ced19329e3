//! The body and its hash.

mod body_changed_after_signing;
mod content_sha256_mismatch;
mod layout;

use crate::diagnose::Rule;

/// The rules of this group, by id.
pub(in crate::diagnose::rules) static RULES: &[&Rule] = &[
    &body_changed_after_signing::RULE,
    &content_sha256_mismatch::RULE,
];

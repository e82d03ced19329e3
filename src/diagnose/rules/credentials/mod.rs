//! Key id and session token.

mod session_token_missing_or_stale;

use crate::diagnose::Rule;

/// The rules of this group, by id.
pub(in crate::diagnose::rules) static RULES: &[&Rule] = &[&session_token_missing_or_stale::RULE];

//! The secret and the signing key.

mod wrong_secret_key;

use crate::diagnose::Rule;

/// The rules of this group, by id.
pub(in crate::diagnose::rules) static RULES: &[&Rule] = &[&wrong_secret_key::RULE];

//! The path.

mod path_encoded_once_non_s3;

use crate::diagnose::Rule;

/// The rules of this group, by id.
pub(in crate::diagnose::rules) static RULES: &[&Rule] = &[&path_encoded_once_non_s3::RULE];

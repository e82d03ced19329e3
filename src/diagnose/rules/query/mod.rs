//! The query.

mod query_not_sorted;

use crate::diagnose::Rule;

/// The rules of this group, by id.
pub(in crate::diagnose::rules) static RULES: &[&Rule] = &[&query_not_sorted::RULE];

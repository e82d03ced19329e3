//! What is called: route, method, content type, target.

mod bare_target;

use crate::diagnose::Rule;

/// The rules of this group, by id.
pub(in crate::diagnose::rules) static RULES: &[&Rule] = &[&bare_target::RULE];

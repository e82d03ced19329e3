//! The headers.

mod signed_header_absent;
mod x_amz_header_not_signed;

use crate::diagnose::Rule;

/// The rules of this group, by id.
pub(in crate::diagnose::rules) static RULES: &[&Rule] =
    &[&signed_header_absent::RULE, &x_amz_header_not_signed::RULE];

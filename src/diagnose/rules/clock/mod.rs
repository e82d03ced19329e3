//! The signing time and the expiry.

mod clock_skew_ahead;
mod clock_skew_behind;

use crate::diagnose::Rule;

/// The rules of this group, by id.
pub(in crate::diagnose::rules) static RULES: &[&Rule] =
    &[&clock_skew_ahead::RULE, &clock_skew_behind::RULE];

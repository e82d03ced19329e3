//! The signing time and the expiry.

mod clock_skew_ahead;
mod clock_skew_behind;
mod date_format_wrong;
mod date_missing;
mod expires;
mod post_policy_expired;
pub(super) mod presign_expired;
mod presign_expires_not_a_number;
mod presign_expires_too_long;
mod s3_clock_skew;

use crate::diagnose::Rule;

/// The rules of this group, by id.
pub(in crate::diagnose::rules) static RULES: &[&Rule] = &[
    &clock_skew_ahead::RULE,
    &clock_skew_behind::RULE,
    &date_format_wrong::RULE,
    &date_missing::RULE,
    &post_policy_expired::RULE,
    &presign_expired::RULE,
    &presign_expires_not_a_number::RULE,
    &presign_expires_too_long::RULE,
    &s3_clock_skew::RULE,
];

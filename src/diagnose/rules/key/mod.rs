//! The secret and the signing key.

mod secret_mangled;
mod signing_key_date_or_region_differs;
mod signing_key_hex_chain;
mod signing_key_no_prefix;
mod wrong_secret_key;

use crate::diagnose::Rule;

/// The rules of this group, by id.
pub(in crate::diagnose::rules) static RULES: &[&Rule] = &[
    &secret_mangled::RULE,
    &signing_key_date_or_region_differs::RULE,
    &signing_key_hex_chain::RULE,
    &signing_key_no_prefix::RULE,
    &wrong_secret_key::RULE,
];

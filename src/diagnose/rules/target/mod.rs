//! What is called: route, method, content type, target.

mod bare_target;
mod missing_auth_token_wrong_route;
mod unknown_target;

use crate::diagnose::Rule;

/// The rules of this group, by id.
pub(in crate::diagnose::rules) static RULES: &[&Rule] = &[
    &bare_target::RULE,
    &missing_auth_token_wrong_route::RULE,
    &unknown_target::RULE,
];

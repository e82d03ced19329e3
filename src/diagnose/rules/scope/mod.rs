//! The credential scope.

mod host_label_is_not_signing_name;
mod region_in_scope_not_the_hosts;
mod wrong_service_in_scope;

use crate::diagnose::Rule;

/// The rules of this group, by id.
pub(in crate::diagnose::rules) static RULES: &[&Rule] = &[
    &host_label_is_not_signing_name::RULE,
    &region_in_scope_not_the_hosts::RULE,
    &wrong_service_in_scope::RULE,
];

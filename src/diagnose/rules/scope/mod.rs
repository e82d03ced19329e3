//! The credential scope.

mod global_service_wrong_region;
mod host_label_is_not_signing_name;
mod iot_wrong_signing_name;
mod region_in_scope_not_the_hosts;
mod s3_wrong_region;
mod scope_date_mismatch;
mod scope_part;
mod wrong_service_in_scope;

use crate::diagnose::Rule;

/// The rules of this group, by id.
pub(in crate::diagnose::rules) static RULES: &[&Rule] = &[
    &global_service_wrong_region::RULE,
    &host_label_is_not_signing_name::RULE,
    &iot_wrong_signing_name::RULE,
    &region_in_scope_not_the_hosts::RULE,
    &s3_wrong_region::RULE,
    &scope_date_mismatch::RULE,
    &wrong_service_in_scope::RULE,
];

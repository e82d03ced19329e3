//! The credential scope.

mod host_label_is_not_signing_name;
mod multi_region_needs_sigv4a;
mod part;
mod presign_wrong_region;
mod region_in_scope_not_the_hosts;
mod region_literal_wrong;
mod s3_compatible_region;
mod scope_terminator_wrong;
mod sts_endpoint_region_mismatch;
mod wrong_service_in_scope;
mod wrong_service_s3_scope;

use crate::diagnose::Rule;

/// The rules of this group, by id.
pub(in crate::diagnose::rules) static RULES: &[&Rule] = &[
    &host_label_is_not_signing_name::RULE,
    &multi_region_needs_sigv4a::RULE,
    &presign_wrong_region::RULE,
    &region_in_scope_not_the_hosts::RULE,
    &region_literal_wrong::RULE,
    &s3_compatible_region::RULE,
    &scope_terminator_wrong::RULE,
    &sts_endpoint_region_mismatch::RULE,
    &wrong_service_in_scope::RULE,
    &wrong_service_s3_scope::RULE,
];

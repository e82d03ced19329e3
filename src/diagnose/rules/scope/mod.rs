//! The credential scope.

mod global_service_wrong_region;
mod host_label_is_not_signing_name;
mod iot_wrong_signing_name;
mod multi_region_needs_sigv4a;
mod partition_mixed_up;
mod parts;
mod presign_wrong_region;
mod region_in_scope_not_the_hosts;
mod region_literal_wrong;
mod s3_compatible_region;
mod s3_wrong_region;
mod scope_date_mismatch;
mod scope_terminator_wrong;
mod service_id_is_not_signing_name;
mod signing_name_wrong_case;
mod sts_endpoint_region_mismatch;
mod wrong_service_in_scope;
mod wrong_service_s3_scope;

use crate::diagnose::Rule;

/// The rules of this group, by id.
pub(in crate::diagnose::rules) static RULES: &[&Rule] = &[
    &global_service_wrong_region::RULE,
    &host_label_is_not_signing_name::RULE,
    &iot_wrong_signing_name::RULE,
    &multi_region_needs_sigv4a::RULE,
    &partition_mixed_up::RULE,
    &presign_wrong_region::RULE,
    &region_in_scope_not_the_hosts::RULE,
    &region_literal_wrong::RULE,
    &s3_compatible_region::RULE,
    &s3_wrong_region::RULE,
    &scope_date_mismatch::RULE,
    &scope_terminator_wrong::RULE,
    &service_id_is_not_signing_name::RULE,
    &signing_name_wrong_case::RULE,
    &sts_endpoint_region_mismatch::RULE,
    &wrong_service_in_scope::RULE,
    &wrong_service_s3_scope::RULE,
];

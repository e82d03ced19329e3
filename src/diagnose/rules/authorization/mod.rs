//! The form of the authorization, in the header or in a presigned query.

mod algorithm_unsupported;
mod authorization_malformed;
mod authorization_parts_missing;
mod authorization_space_wrong;
mod credential_has_whitespace;
mod credential_not_five_parts;
mod host_not_signed;
mod loose;
mod presign_params_incomplete;
mod sigv2_on_v4_only_endpoint;
mod two_auth_mechanisms;

use crate::diagnose::Rule;

/// The rules of this group, by id.
pub(in crate::diagnose::rules) static RULES: &[&Rule] = &[
    &algorithm_unsupported::RULE,
    &authorization_malformed::RULE,
    &authorization_parts_missing::RULE,
    &authorization_space_wrong::RULE,
    &credential_has_whitespace::RULE,
    &credential_not_five_parts::RULE,
    &host_not_signed::RULE,
    &presign_params_incomplete::RULE,
    &sigv2_on_v4_only_endpoint::RULE,
    &two_auth_mechanisms::RULE,
];

//! Key id and session token.

mod ec2_authfailure;
mod expired_session_token;
mod optin_region_key_unknown;
mod presign_outlives_credentials;
mod presign_session_token_missing;
mod retired_or_unknown_access_key;
mod session_token_missing_or_stale;
mod sigv4a_with_v1_session_token;
mod wrong_partition_keys;

use crate::diagnose::Rule;

/// The rules of this group, by id.
pub(in crate::diagnose::rules) static RULES: &[&Rule] = &[
    &ec2_authfailure::RULE,
    &expired_session_token::RULE,
    &optin_region_key_unknown::RULE,
    &presign_outlives_credentials::RULE,
    &presign_session_token_missing::RULE,
    &retired_or_unknown_access_key::RULE,
    &session_token_missing_or_stale::RULE,
    &sigv4a_with_v1_session_token::RULE,
    &wrong_partition_keys::RULE,
];

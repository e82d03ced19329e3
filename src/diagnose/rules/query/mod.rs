//! The query.

mod falsy_parameter_dropped;
mod headers_in_query_line;
mod iot_token_must_not_be_signed;
mod line;
mod presign_expires_changed_after_signing;
mod presign_token_dropped_after_signing;
mod presign_url_reencoded;
mod query_double_encoded;
mod query_duplicate_value_order;
mod query_in_canonical_uri;
mod query_key_without_equals;
mod query_line_miswritten;
mod query_lowercase_hex;
mod query_not_encoded;
mod query_not_sorted;
mod query_parameter_added_later;
mod query_plus_read_as_space;
mod query_sorted_as_joined_strings;
mod query_space_as_plus;

use crate::diagnose::Rule;

/// The rules of this group, by id.
pub(in crate::diagnose::rules) static RULES: &[&Rule] = &[
    &falsy_parameter_dropped::RULE,
    &headers_in_query_line::RULE,
    &iot_token_must_not_be_signed::RULE,
    &presign_expires_changed_after_signing::RULE,
    &presign_token_dropped_after_signing::RULE,
    &presign_url_reencoded::RULE,
    &query_double_encoded::RULE,
    &query_duplicate_value_order::RULE,
    &query_in_canonical_uri::RULE,
    &query_key_without_equals::RULE,
    &query_line_miswritten::RULE,
    &query_lowercase_hex::RULE,
    &query_not_encoded::RULE,
    &query_not_sorted::RULE,
    &query_parameter_added_later::RULE,
    &query_plus_read_as_space::RULE,
    &query_sorted_as_joined_strings::RULE,
    &query_space_as_plus::RULE,
];

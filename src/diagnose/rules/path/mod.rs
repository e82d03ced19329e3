//! The path.

mod api_gateway_stage_missing;
mod bucket_style_mismatch;
mod host_in_canonical_uri;
mod path_double_encoded_s3;
mod path_encoded_once_non_s3;
mod path_left_out;
mod path_lowercase_hex;
mod path_mixed_encoding;
mod path_not_normalized_non_s3;
mod path_reserved_chars_unencoded;
mod path_rewritten_by_proxy;
mod path_slash_encoded;
mod path_space_as_plus;
mod path_trailing_slash;
mod path_triple_encoded;
mod s3_path_normalized;
mod segments;
mod unreserved_chars_encoded;

use crate::diagnose::Rule;

/// The rules of this group, by id.
pub(in crate::diagnose::rules) static RULES: &[&Rule] = &[
    &api_gateway_stage_missing::RULE,
    &bucket_style_mismatch::RULE,
    &host_in_canonical_uri::RULE,
    &path_double_encoded_s3::RULE,
    &path_encoded_once_non_s3::RULE,
    &path_left_out::RULE,
    &path_lowercase_hex::RULE,
    &path_mixed_encoding::RULE,
    &path_not_normalized_non_s3::RULE,
    &path_reserved_chars_unencoded::RULE,
    &path_rewritten_by_proxy::RULE,
    &path_slash_encoded::RULE,
    &path_space_as_plus::RULE,
    &path_trailing_slash::RULE,
    &path_triple_encoded::RULE,
    &s3_path_normalized::RULE,
    &unreserved_chars_encoded::RULE,
];

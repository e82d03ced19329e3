//! The body and its hash.

mod aoss_content_sha256_missing;
mod body_changed_after_signing;
mod chunk_signature_mismatch;
mod cloudfront_oac_no_payload_hash;
mod content_sha256_header_missing;
mod content_sha256_mismatch;
mod decoded_content_length_wrong;
mod form_fields;
mod payload_hash_miswritten;
mod payload_hash_not_the_stated;
mod post_policy_field_mismatch;
mod presign_checksum_of_empty_body;
mod streaming_trailer_not_supported;
mod unsigned_payload_required;
mod x_amz_content_sha256_value_invalid;

use crate::diagnose::Rule;

/// The rules of this group, by id.
pub(in crate::diagnose::rules) static RULES: &[&Rule] = &[
    &aoss_content_sha256_missing::RULE,
    &body_changed_after_signing::RULE,
    &chunk_signature_mismatch::RULE,
    &cloudfront_oac_no_payload_hash::RULE,
    &content_sha256_header_missing::RULE,
    &content_sha256_mismatch::RULE,
    &decoded_content_length_wrong::RULE,
    &payload_hash_miswritten::RULE,
    &payload_hash_not_the_stated::RULE,
    &post_policy_field_mismatch::RULE,
    &presign_checksum_of_empty_body::RULE,
    &streaming_trailer_not_supported::RULE,
    &unsigned_payload_required::RULE,
    &x_amz_content_sha256_value_invalid::RULE,
];

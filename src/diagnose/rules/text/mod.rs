//! The texts as a whole.

mod canonical_request_lines_wrong;
mod canonical_request_not_hashed;
mod canonical_requests_differ;
mod line_terminator_not_lf;
mod missing_blank_line;
mod post_policy_signed_otherwise;
mod signature_not_hex;
mod string_to_sign_lines_wrong;
mod string_to_sign_of_another_time;
mod string_to_sign_scope_differs;
mod string_to_sign_time_form;
mod sts_utf8_bom_or_nfd;
mod text_encoded_before_hash;
mod trailing_line_feed;

use crate::diagnose::Rule;

/// The rules of this group, by id.
pub(in crate::diagnose::rules) static RULES: &[&Rule] = &[
    &canonical_request_lines_wrong::RULE,
    &canonical_request_not_hashed::RULE,
    &canonical_requests_differ::RULE,
    &line_terminator_not_lf::RULE,
    &missing_blank_line::RULE,
    &post_policy_signed_otherwise::RULE,
    &signature_not_hex::RULE,
    &string_to_sign_lines_wrong::RULE,
    &string_to_sign_of_another_time::RULE,
    &string_to_sign_scope_differs::RULE,
    &string_to_sign_time_form::RULE,
    &sts_utf8_bom_or_nfd::RULE,
    &text_encoded_before_hash::RULE,
    &trailing_line_feed::RULE,
];

//! The headers.

mod content_length_signed;
mod content_type_added_or_changed;
mod duplicate_header_two_cases;
mod earlier;
mod eks_token_header_unsigned;
mod header_lines_miswritten;
mod header_sort_by_whole_line;
mod header_whitespace_not_collapsed;
mod headers_not_sorted;
mod hop_by_hop_header_signed;
mod host_change;
mod host_contains_path;
mod host_default_port_signed;
mod host_port_dropped;
mod method_changed_after_signing;
mod non_ascii_header_value;
mod presign_content_type_mismatch;
mod presign_wrong_method;
mod proxy_changed_accept_encoding;
mod range_header_signed;
mod raw;
mod redirect_not_resigned;
mod retry_with_stale_signature;
mod reverse_proxy_rewrote_host;
mod signed_forwarding_headers;
mod signed_header_absent;
mod signed_header_line_left_out;
mod signed_headers_list_miswritten;
mod tracing_header_signed;
mod user_agent_signed;
mod x_amz_header_not_signed;

use crate::diagnose::Rule;

/// The rules of this group, by id.
pub(in crate::diagnose::rules) static RULES: &[&Rule] = &[
    &content_length_signed::RULE,
    &content_type_added_or_changed::RULE,
    &duplicate_header_two_cases::RULE,
    &eks_token_header_unsigned::RULE,
    &header_lines_miswritten::RULE,
    &header_sort_by_whole_line::RULE,
    &header_whitespace_not_collapsed::RULE,
    &headers_not_sorted::RULE,
    &hop_by_hop_header_signed::RULE,
    &host_contains_path::RULE,
    &host_default_port_signed::RULE,
    &host_port_dropped::RULE,
    &method_changed_after_signing::RULE,
    &non_ascii_header_value::RULE,
    &presign_content_type_mismatch::RULE,
    &presign_wrong_method::RULE,
    &proxy_changed_accept_encoding::RULE,
    &range_header_signed::RULE,
    &redirect_not_resigned::RULE,
    &retry_with_stale_signature::RULE,
    &reverse_proxy_rewrote_host::RULE,
    &signed_forwarding_headers::RULE,
    &signed_header_absent::RULE,
    &signed_header_line_left_out::RULE,
    &signed_headers_list_miswritten::RULE,
    &tracing_header_signed::RULE,
    &user_agent_signed::RULE,
    &x_amz_header_not_signed::RULE,
];

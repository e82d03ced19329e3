//! What is called: route, method, content type, target.

mod bare_target;
mod content_type_wrong_for_protocol;
mod header;
mod missing_auth_token_wrong_route;
mod operation_takes_no_signature;
mod request_in_another_protocol;
mod target_of_another_service;
mod unknown_target;
mod web_page_instead_of_answer;

use crate::diagnose::Rule;

/// The rules of this group, by id.
pub(in crate::diagnose::rules) static RULES: &[&Rule] = &[
    &bare_target::RULE,
    &content_type_wrong_for_protocol::RULE,
    &missing_auth_token_wrong_route::RULE,
    &operation_takes_no_signature::RULE,
    &request_in_another_protocol::RULE,
    &target_of_another_service::RULE,
    &unknown_target::RULE,
    &web_page_instead_of_answer::RULE,
];

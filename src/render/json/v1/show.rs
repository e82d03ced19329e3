use serde::Serialize;

use super::{Refusal, Request, Response, Text, text};
use crate::report::AttemptAnswer;

#[derive(Serialize)]
pub(super) struct Attempt<'a> {
    case: u32,
    attempt: usize,
    format: &'static str,
    lines: Option<[u64; 2]>,
    access_key_id: Option<Text<'a>>,
    session_token_present: bool,
    request: Option<Request<'a>>,
    canonical_request: Option<Text<'a>>,
    string_to_sign: Option<Text<'a>>,
    policy: Option<Text<'a>>,
    credential_scope: Option<Text<'a>>,
    signed_headers: Vec<Text<'a>>,
    signature: Option<Text<'a>>,
    authorization: Option<Text<'a>>,
    response: Option<Response<'a>>,
    refusal: Option<Refusal<'a>>,
}

impl<'a> Attempt<'a> {
    pub(super) fn of(answer: &'a AttemptAnswer) -> Self {
        Self {
            case: answer.case,
            attempt: answer.attempt,
            format: answer.format,
            lines: answer.lines.map(|(first, last)| [first, last]),
            access_key_id: text(&answer.access_key_id),
            session_token_present: answer.session_token_present,
            request: answer.request.as_ref().map(Request::of),
            canonical_request: text(&answer.canonical_request),
            string_to_sign: text(&answer.string_to_sign),
            policy: text(&answer.policy),
            credential_scope: text(&answer.credential_scope),
            signed_headers: answer.signed_headers.iter().map(Text).collect(),
            signature: text(&answer.signature),
            authorization: text(&answer.authorization),
            response: answer.response.as_ref().map(Response::of),
            refusal: answer.refusal.as_ref().map(Refusal::of),
        }
    }
}

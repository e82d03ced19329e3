use crate::report::{Bytes, RefusalAnswer, RequestAnswer, ResponseAnswer};

/// One attempt.
#[derive(Clone, Debug, Default)]
pub struct AttemptAnswer {
    /// The case's number in its input.
    pub case: u32,
    /// The attempt's number in its case.
    pub attempt: usize,
    /// The format's id.
    pub format: &'static str,
    /// First and last line.
    pub lines: Option<(u64, u64)>,
    /// The access key id.
    pub access_key_id: Option<Bytes>,
    /// Whether a session token is there.
    pub session_token_present: bool,
    /// The request.
    pub request: Option<RequestAnswer>,
    /// The signer's canonical request.
    pub canonical_request: Option<Bytes>,
    /// The signer's string to sign.
    pub string_to_sign: Option<Bytes>,
    /// The policy of a form, out of its Base64.
    pub policy: Option<Bytes>,
    /// The scope's text.
    pub credential_scope: Option<Bytes>,
    /// The names of the signed headers, as stated.
    pub signed_headers: Vec<Bytes>,
    /// The signature.
    pub signature: Option<Bytes>,
    /// The whole `Authorization` value.
    pub authorization: Option<Bytes>,
    /// The answer.
    pub response: Option<ResponseAnswer>,
    /// What it refuses.
    pub refusal: Option<RefusalAnswer>,
}

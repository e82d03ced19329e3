use crate::report::{Bytes, RequestAnswer};

/// A signed request.
#[derive(Clone, Debug, Default)]
pub struct SignAnswer {
    /// The canonical request.
    pub canonical_request: Bytes,
    /// Its SHA-256.
    pub canonical_request_digest: String,
    /// The string to sign.
    pub string_to_sign: Bytes,
    /// The credential scope.
    pub credential_scope: Bytes,
    /// The signature.
    pub signature: String,
    /// The `Authorization` value, or what it would be for a presigned URL.
    pub authorization: Bytes,
    /// The request to send.
    pub request: RequestAnswer,
    /// The access key id that signed.
    pub access_key_id: Bytes,
    /// Where the key comes from.
    pub provider: String,
    /// What the capture said otherwise.
    pub changes: Vec<ChangeAnswer>,
    /// What the rules foresee.
    pub warnings: Vec<ForeseenAnswer>,
}

/// Something that was changed.
#[derive(Clone, Debug)]
pub struct ChangeAnswer {
    /// What: a header's name, `host`, `scope region`.
    pub part: String,
    /// What stood there.
    pub from: Option<Bytes>,
    /// What stands there.
    pub to: Option<Bytes>,
}

/// Something that is foreseen.
#[derive(Clone, Debug)]
pub struct ForeseenAnswer {
    /// The id of the rule that would fire.
    pub rule: &'static str,
    /// What is foreseen.
    pub summary: String,
    /// What to do.
    pub fix: String,
}

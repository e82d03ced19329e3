use bstr::BString;

use crate::{
    diagnose::Stated,
    evidence::{Attempt, Statement},
    sigv4::{
        SecretAccessKey, SessionToken, SessionTokenPlacement, Sha256Digest, SignedHeaders,
        Timestamp,
    },
    wire::Origin,
};

/// A key pair, and the token that belongs to it where it is temporary.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The access key id; public.
    pub access_key_id: BString,
    /// The secret access key.
    pub secret: SecretAccessKey,
    /// The session token.
    pub session_token: Option<SessionToken>,
    /// When they end, where that is known.
    pub expires: Option<Timestamp>,
}

/// On which terms a request is signed.
#[derive(Clone, Debug)]
pub struct Terms<'a> {
    /// Whose key signs.
    pub credentials: &'a Credentials,
    /// The signing time.
    pub timestamp: Timestamp,
    /// Where the signature goes.
    pub form: Form,
    /// How long a presigned URL is good for; an hour where nothing is said, as captured first.
    pub expires: Option<u64>,
    /// The signing name, where the user names one.
    pub signing_name: Option<BString>,
    /// The region, where the user names one.
    pub region: Option<BString>,
    /// The region where nothing else says one.
    pub default_region: Option<BString>,
    /// The signed headers, where the user names them.
    pub signed_headers: Option<SignedHeaders>,
    /// What the signature says of the body.
    pub payload: PayloadChoice,
    /// Whether the token is signed, where the user says.
    pub session_token: Option<SessionTokenPlacement>,
    /// Where the request goes instead, and the path before its own.
    pub endpoint: Option<(Origin, BString)>,
    /// A body that is not in the request.
    pub body: Option<ElsewhereBody>,
    /// The capture, whose other mistakes are put right as well.
    pub captured: Option<&'a Attempt>,
    /// What the capture's signature states.
    pub stated: Option<&'a Stated>,
    /// What a refusal of the capture states.
    pub statements: &'a [Statement],
}

/// Where the signature goes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Form {
    /// Where the capture has it; else into the `Authorization` header.
    AsCaptured,
    /// Into the `Authorization` header.
    Header,
    /// Into the query: a presigned URL.
    Query,
}

/// What the signature says of the body.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PayloadChoice {
    /// What the service wants; a stated `UNSIGNED-PAYLOAD` is kept.
    Auto,
    /// Its SHA-256.
    Signed,
    /// `UNSIGNED-PAYLOAD`.
    Unsigned,
}

/// A body that is kept elsewhere, hashed once.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ElsewhereBody {
    /// Its SHA-256.
    pub digest: Sha256Digest,
    /// How many bytes it has.
    pub length: u64,
}

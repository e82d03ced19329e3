/// What a service wants of its signatures; found in the catalogue, never inferred from a failure.
///
/// Source: "Create a signed AWS API request" in the IAM User Guide, and the Amazon S3 API
/// Reference, "Authenticating Requests: Using the Authorization Header".
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Recipe {
    /// How often the path is percent-encoded on its way into the canonical request.
    pub path_encoding: PathEncoding,
    /// Whether dot segments and empty segments are removed from the path.
    pub path_normalization: PathNormalization,
    /// Which payload hashes the service takes.
    pub payload: PayloadRule,
    /// Whether the session token takes part in the signature.
    pub session_token: SessionTokenPlacement,
}

/// How often a path is percent-encoded, counted from its plain form.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum PathEncoding {
    /// The path as it stands on the wire is the canonical one (Amazon S3 and its kin).
    Once,
    /// The path as it stands on the wire is encoded a second time (every other service).
    Twice,
}

/// Whether the path is normalized as RFC 3986, section 6.2.2.3, has it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum PathNormalization {
    /// The path is kept, byte for byte (Amazon S3 and its kin: a key may hold `//` and `..`).
    Keep,
    /// `.` and `..` segments and empty segments are removed (every other service).
    Normalize,
}

/// Which payload hashes a service takes in the last line of the canonical request.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum PayloadRule {
    /// The SHA-256 of the body; no header states it.
    Signed,
    /// Whatever `x-amz-content-sha256` states, and that header must be there (Amazon S3, aoss).
    Stated,
    /// `UNSIGNED-PAYLOAD`, stated in `x-amz-content-sha256` (VPC Lattice).
    Unsigned,
}

/// Whether `X-Amz-Security-Token` takes part in the signature of a presigned URL.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum SessionTokenPlacement {
    /// The token is part of what is signed (nearly every service).
    Signed,
    /// The token is appended after signing (AWS IoT's MQTT over WebSocket).
    Appended,
}

impl Recipe {
    /// What every service wants that has no rule of its own.
    pub const STANDARD: Self = Self {
        path_encoding: PathEncoding::Twice,
        path_normalization: PathNormalization::Normalize,
        payload: PayloadRule::Signed,
        session_token: SessionTokenPlacement::Signed,
    };

    /// What Amazon S3 and the services built like it want.
    pub const S3: Self = Self {
        path_encoding: PathEncoding::Once,
        path_normalization: PathNormalization::Keep,
        payload: PayloadRule::Stated,
        session_token: SessionTokenPlacement::Signed,
    };
}

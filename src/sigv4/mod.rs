//! The right way to sign a request with AWS Signature Version 4 or 4A, and only that.
//!
//! Absent on purpose: the clock, the environment, files, printing, and any wrong way to sign.
//! Invariant: *every artifact is kept; `parse(to_bytes(x)) == x`* (`tests/properties.rs`,
//! `tests/signing_suite.rs`).
//!
//! Sources: "Create a signed AWS API request" in the IAM User Guide, and "Authenticating Requests
//! (AWS Signature Version 4)" in the Amazon S3 API Reference.
#![deny(clippy::disallowed_methods)]

mod algorithm;
mod authorization;
mod canonical_headers;
mod canonical_query;
mod canonical_request;
mod canonical_uri;
mod checksum;
mod chunk;
mod credential_scope;
mod derivation;
mod digest;
mod ecdsa;
mod payload_hash;
mod percent;
mod post_policy;
mod presigned;
mod recipe;
mod secret_access_key;
mod session_token;
mod signature;
mod signed_headers;
mod signing_key;
mod string_to_sign;
mod timestamp;

pub use algorithm::Algorithm;
pub use authorization::{Authorization, Credential};
pub use canonical_headers::{CanonicalHeader, canonical_value};
pub use canonical_query::CanonicalQueryPair;
pub use canonical_request::CanonicalRequest;
pub use canonical_uri::{canonical_uri, normalize};
pub use checksum::checksum;
pub use chunk::{Chunk, ChunkDerivation, ChunkSigning, ChunkedBody, Trailer, derive_chunks};
pub use credential_scope::CredentialScope;
pub use derivation::{Derivation, Placement, Provenance, Signing, derive};
pub use digest::{Sha256Digest, Sha256State};
pub use ecdsa::{EcdsaKey, EcdsaPublicKey, EcdsaSignature};
pub use payload_hash::PayloadHash;
pub use percent::{encode, encode_path};
pub use post_policy::{Condition, PolicyDocument, PostPolicy};
pub use presigned::{Presigned, TokenPosition};
pub use recipe::{PathEncoding, PathNormalization, PayloadRule, Recipe, SessionTokenPlacement};
pub use secret_access_key::SecretAccessKey;
pub use session_token::SessionToken;
pub use signature::Signature;
pub use signed_headers::{SignedHeaders, is_signed_by_default};
pub use signing_key::{Key, PrefixedKey, SigningKey};
pub use string_to_sign::StringToSign;
pub use timestamp::Timestamp;

/// The algorithm's name in Signature Version 4.
pub const ALGORITHM: &str = Algorithm::HmacSha256.name();

/// The last part of every credential scope.
pub const TERMINATOR: &str = "aws4_request";

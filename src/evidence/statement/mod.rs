//! What a refusal states, read out of the services' messages; one file for each family of them.
//!
//! Source: the services' messages, shared/mistakes.md, part 2.

mod authorization;
mod clock;
mod credentials;
mod header;
mod policy;
mod presigned;
mod scope;

use bstr::{BStr, BString, ByteSlice};

use crate::{evidence::Refusal, sigv4::Timestamp};

/// One thing that a refusal states.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Statement {
    /// The signature is another one than the service computed.
    SignatureDiffers,
    /// The scope's service should have been this one.
    ServiceShouldBe(BString),
    /// The scope's region is none that this endpoint takes.
    RegionShouldBe {
        /// The region that it takes, where it says so.
        expected: Option<BString>,
        /// The region that it was given, where it says so.
        actual: Option<BString>,
    },
    /// The scope's terminator should have been `aws4_request`.
    TerminatorDiffers,
    /// The scope's date is not the date of the timestamp.
    ScopeDateDiffers,
    /// The scope's date is none of eight digits.
    ScopeDateMalformed(BString),
    /// The scope as a whole, with the endpoint's word for what is wrong left out.
    ScopeUnexpected(BString),
    /// The timestamp lies too far from the service's clock.
    Skewed(Skew),
    /// The timestamp lies too far from the service's clock; the times are not given.
    ClockDiffers,
    /// The time in which the request could be used is over.
    Expired {
        /// When it was over.
        at: Option<Timestamp>,
        /// The service's clock when it refused.
        now: Option<Timestamp>,
    },
    /// The request's timestamp lies in the future.
    NotYetValid,
    /// The timestamp is in another form than ISO 8601's basic one.
    TimestampMalformed(Option<BString>),
    /// The request has no timestamp.
    TimestampMissing,
    /// The credential is not a key id and a scope of four parts.
    CredentialMalformed(Option<BString>),
    /// A part of the `Authorization` header is no `name=value`.
    AuthorizationPartMalformed(BString),
    /// Parts that the `Authorization` header lacks; empty where the service does not say which.
    AuthorizationPartsMissing(Vec<BString>),
    /// The `Authorization` header has not the one space behind the algorithm.
    AuthorizationSpaces,
    /// The credential has no access key id.
    AccessKeyMissing,
    /// The algorithm is none that the service takes.
    AlgorithmUnsupported(Option<BString>),
    /// The signature is in a form that none has.
    SignatureMalformed,
    /// The request has a signature both in its header and in its query, or in the old way too.
    SeveralSignatures,
    /// The request has no signature that the service could find.
    AuthenticationMissing,
    /// Parameters that a presigned query lacks; empty where the service does not say which.
    QueryParametersMissing(Vec<BString>),
    /// `X-Amz-Expires` is longer than a week.
    ExpiresTooLong,
    /// `X-Amz-Expires` is no number.
    ExpiresNotANumber,
    /// `X-Amz-Expires` is negative.
    ExpiresNegative,
    /// A percent escape of the query is broken.
    QueryMalformed(BString),
    /// Headers that should have been signed and were not.
    HeadersNotSigned(Vec<BString>),
    /// A header that is named as signed and that the request does not have.
    SignedHeaderAbsent(BString),
    /// A header that the request must have.
    HeaderMissing(BString),
    /// `x-amz-content-sha256` is neither a hash nor a keyword.
    PayloadHashMalformed,
    /// The body's hash is not the one that `x-amz-content-sha256` states.
    PayloadHashDiffers {
        /// The hash that the request states.
        stated: Option<BString>,
        /// The hash that the service computed.
        computed: Option<BString>,
    },
    /// `Content-MD5` or a checksum header is not that of the body.
    ChecksumDiffers,
    /// A trailer behind the body, or what announces one, is unknown to the server.
    TrailerUnknown,
    /// More than one checksum header.
    SeveralChecksums,
    /// The body is not as long as `Content-Length` says.
    BodyIncomplete {
        /// The length that was announced.
        expected: Option<BString>,
        /// The length that came.
        provided: Option<BString>,
    },
    /// The access key id or the session token is unknown, or they do not belong together.
    CredentialsUnknown,
    /// It is the access key id that is unknown.
    AccessKeyUnknown,
    /// It is the session token that is none.
    TokenInvalid,
    /// The session token's time is over.
    TokenExpired,
    /// The credentials or the signature, the service does not say which (EC2).
    CredentialsNotValidated,
    /// There is no such operation here.
    OperationUnknown,
    /// The operation that is unknown, and the API version that lacks it.
    OperationNotInVersion {
        /// The operation.
        operation: BString,
        /// The version.
        version: BString,
    },
    /// The request belongs to another endpoint.
    EndpointShouldBe(BString),
    /// A condition of the form's policy does not hold; empty where the service does not say which.
    PolicyConditionFailed(BString),
    /// The time of a form's policy is over.
    PolicyExpired,
    /// Fields of the form that the policy does not name; empty where the service does not say which.
    PolicyExtraFields(Vec<BString>),
    /// The form's policy is no policy.
    PolicyMalformed(BString),
    /// The form lacks this field, or has it behind the file.
    FormFieldMissing(BString),
}

/// How far two clocks are apart.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Skew {
    /// The request's timestamp.
    pub signed: Timestamp,
    /// The service's clock when it refused.
    pub now: Timestamp,
}

impl Skew {
    /// Seconds by which the signer's clock is ahead of the service's; negative when it is behind.
    #[must_use]
    pub fn seconds(&self) -> i64 {
        self.signed.since(self.now)
    }
}

impl Statement {
    pub(super) fn all_of(refusal: &Refusal) -> Vec<Self> {
        let mut found = Vec::new();
        let message = refusal.message.as_bstr();
        let differs = [
            // Of nothing else, so it may be cut behind this.
            "request signature we calc",
            "Signature validation failed",
            // Quoted from there on.
            "The Canonical String for this request should have been",
        ];
        if differs.iter().any(|phrase| message.contains_str(phrase)) {
            found.push(Self::SignatureDiffers);
        }
        scope::read(refusal, &mut found);
        clock::read(refusal, &mut found);
        authorization::read(refusal, &mut found);
        presigned::read(refusal, &mut found);
        header::read(refusal, &mut found);
        credentials::read(refusal, &mut found);
        policy::read(refusal, &mut found);
        // OpenSearch Serverless says no more than its code.
        let bare = refusal.detail("reason").is_some() && found.is_empty();
        // So do clients that could not read the answer's body.
        let unread = [
            "",
            "UnknownError",
            "Access denied.",
            "Access Denied",
            "Forbidden",
        ]
        .iter()
        .any(|said| *message.trim() == *said.as_bytes());
        let is_telling = ["SignatureDoesNotMatch", "InvalidSignatureException"]
            .iter()
            .any(|code| refusal.code == *code);
        let of_code = bare_code(refusal) == b"InvalidSignature" && bare
            || is_telling && unread && found.is_empty();
        if of_code {
            found.push(Self::SignatureDiffers);
        }
        found
    }
}

/// The code as query services write it, without the `Exception` of the JSON ones.
fn bare_code(refusal: &Refusal) -> &[u8] {
    let code = refusal.code.as_slice();
    code.strip_suffix(b"Exception").unwrap_or(code)
}

/// A detail's own text.
fn detail(refusal: &Refusal, name: &str) -> Option<BString> {
    refusal.detail(name).map(ToOwned::to_owned)
}

/// The text in single or double quotes right behind `phrase`.
fn quoted_after<'a>(message: &'a BStr, phrase: &str) -> Option<&'a BStr> {
    let (_, rest) = message.split_once_str(phrase)?;
    quoted(rest)
}

/// The text in the single or double quotes that open at the front.
fn quoted(text: &[u8]) -> Option<&BStr> {
    let quote = *text.first().filter(|byte| matches!(byte, b'\'' | b'"'))?;
    let end = text.get(1..)?.find_byte(quote)?;
    text.get(1..=end).map(ByteSlice::as_bstr)
}

/// What every pair of `before` and `after` has between it.
fn all_between(message: &BStr, before: &str, after: &str) -> Vec<BString> {
    let mut found = Vec::new();
    let mut rest: &[u8] = message;
    while let Some((_, behind)) = rest.split_once_str(before) {
        let Some((inner, next)) = behind.split_once_str(after) else {
            break;
        };
        found.push(inner.into());
        rest = next;
    }
    found
}

#[cfg(test)]
pub(super) mod testing {
    use super::*;

    /// What a refusal without details states.
    pub(in crate::evidence) fn of(code: &str, message: &str) -> Vec<Statement> {
        with(code, message, &[])
    }

    /// What a refusal with details states.
    pub(in crate::evidence) fn with(
        code: &str,
        message: &str,
        details: &[(&str, &str)],
    ) -> Vec<Statement> {
        let details = details.iter().map(|(k, v)| ((*k).into(), (*v).into()));
        Refusal {
            code: code.into(),
            message: message.into(),
            details: details.collect(),
        }
        .statements()
    }
}

#[cfg(test)]
mod tests {
    use super::{testing::of, *};

    const S3: &str = "The request signature we calculated does not match the signature you provided. Check your key and signing method.";
    const QUERY: &str = "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";

    #[test]
    fn another_signature_is_stated_by_every_family() {
        for (code, message) in [
            ("SignatureDoesNotMatch", S3),
            ("SignatureDoesNotMatch", QUERY),
            ("InvalidSignatureException", QUERY),
            ("AccessDeniedException", QUERY),
            ("InvalidSignature", QUERY),
            ("AccessDenied", "Signature validation failed"),
            // Cut by a client, as Guzzle does.
            ("SignatureDoesNotMatch", "The request signature we calcu"),
        ] {
            assert_eq!(
                of(code, message),
                [Statement::SignatureDiffers],
                "{code}: {message}"
            );
        }
        let deprecated = "[*Deprecated*: Use the outer message field] The request signature we calculated does not match the signature you provided.";
        assert_eq!(
            of("SignatureDoesNotMatch", deprecated),
            [Statement::SignatureDiffers]
        );
    }

    #[test]
    fn a_message_that_says_nothing_states_nothing() {
        assert_eq!(of("AccessDenied", "Access Denied"), []);
        assert_eq!(of("", ""), []);
        assert_eq!(of("InternalFailure", "scoped to correct service: "), []);
    }
}

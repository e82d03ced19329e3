use bstr::{BString, ByteSlice};

use super::{Statement, bare_code, detail, quoted, quoted_after};
use crate::evidence::Refusal;

/// Reads what is said of headers, the body and its hash.
pub(super) fn read(refusal: &Refusal, found: &mut Vec<Statement>) {
    let message = refusal.message.as_bstr();
    let says = |phrase: &str| message.contains_str(phrase);
    let not_signed = refusal.detail("HeadersNotSigned");
    // The element says it alone, whatever became of the message.
    if says("headers present in the request which were not signed") || not_signed.is_some() {
        let names = not_signed.unwrap_or_default();
        found.push(Statement::HeadersNotSigned(list(names)));
    }
    if says("must be a 'SignedHeader'")
        && let Some(name) = message
            .find_byte(b'\'')
            .and_then(|at| quoted(message.get(at..)?))
    {
        let name = name.to_ascii_lowercase().into();
        found.push(Statement::HeadersNotSigned(vec![name]));
    }
    if says("in canonical headers")
        && let Some(name) = quoted_after(message, "Missing the ")
    {
        found.push(Statement::HeadersNotSigned(vec![name.into()]));
    }
    if says("is named as a SignedHeader, but it does not exist")
        && let Some(name) = quoted(message)
    {
        found.push(Statement::SignedHeaderAbsent(name.into()));
    }
    if let Some((_, name)) = message.split_once_str("Missing required header for this request: ") {
        let name = name.trim_with(|c| c.is_whitespace() || c == '.');
        found.push(Statement::HeaderMissing(name.into()));
    }
    if says("x-amz-content-sha256 must be UNSIGNED-PAYLOAD") {
        found.push(Statement::PayloadHashMalformed);
    }
    let invalid = says("invalid header: x-amz-content-sha256");
    if invalid
        || says("Streaming trailer block is malformed")
        || says("Unsupported header x-amz-checksum-")
    {
        found.push(Statement::TrailerUnknown);
    }
    if bare_code(refusal) == b"XAmzContentSHA256Mismatch" && !invalid
        || says("'x-amz-content-sha256' header does not match what was computed")
    {
        found.push(Statement::PayloadHashDiffers {
            stated: detail(refusal, "ClientComputedContentSHA256"),
            computed: detail(refusal, "S3ComputedContentSHA256"),
        });
    }
    if bare_code(refusal) == b"BadDigest" {
        found.push(Statement::ChecksumDiffers);
    }
    if says("Expecting a single x-amz-checksum- header") {
        found.push(Statement::SeveralChecksums);
    }
    if bare_code(refusal) == b"IncompleteBody" {
        found.push(Statement::BodyIncomplete {
            expected: detail(refusal, "NumberBytesExpected"),
            provided: detail(refusal, "NumberBytesProvided"),
        });
    }
}

fn list(names: &[u8]) -> Vec<BString> {
    let names = names.split_str(",").map(ByteSlice::trim);
    names
        .filter(|name| !name.is_empty())
        .map(Into::into)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::Statement::*;
    use crate::evidence::statement::testing::{of, with};

    #[test]
    fn headers_that_were_not_signed() {
        let message = "There were headers present in the request which were not signed";
        assert_eq!(
            with(
                "AccessDenied",
                message,
                &[("HeadersNotSigned", "x-amz-acl, x-amz-meta-a")]
            ),
            [HeadersNotSigned(vec![
                "x-amz-acl".into(),
                "x-amz-meta-a".into()
            ])]
        );
        assert_eq!(of("AccessDenied", message), [HeadersNotSigned(vec![])]);
        let mistyped = "There were headers present in the request which were not signd";
        assert_eq!(
            with(
                "AccessDenied",
                mistyped,
                &[("HeadersNotSigned", "x-amz-acl")]
            ),
            [HeadersNotSigned(vec!["x-amz-acl".into()])]
        );
        for host in [
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
            "'Host' must be a 'SignedHeader' in the AWS Authorization.",
        ] {
            assert_eq!(
                of("SignatureDoesNotMatch", host),
                [HeadersNotSigned(vec!["host".into()])]
            );
        }
        assert_eq!(
            of(
                "InvalidSignatureException",
                "'X-Amz-Security-Token' must be a 'SignedHeader' in the AWS Authorization."
            ),
            [HeadersNotSigned(vec!["x-amz-security-token".into()])]
        );
        assert_eq!(
            of(
                "IncompleteSignatureException",
                "Missing the 'x-amz-content-sha256' in canonical headers"
            ),
            [HeadersNotSigned(vec!["x-amz-content-sha256".into()])]
        );
    }

    #[test]
    fn headers_that_are_not_there() {
        let named =
            "'accept' is named as a SignedHeader, but it does not exist in the HTTP request.";
        assert_eq!(
            of("IncompleteSignatureException", named),
            [SignedHeaderAbsent("accept".into())]
        );
        let required = "Missing required header for this request: x-amz-content-sha256";
        assert_eq!(
            of("InvalidRequest", required),
            [HeaderMissing("x-amz-content-sha256".into())]
        );
    }

    #[test]
    fn the_body_and_its_hash() {
        let keyword = "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER or a valid sha256 value.";
        assert_eq!(of("InvalidArgument", keyword), [PayloadHashMalformed]);
        let hashes = [
            ("ClientComputedContentSHA256", "aa"),
            ("S3ComputedContentSHA256", "bb"),
        ];
        let message =
            "The provided 'x-amz-content-sha256' header does not match what was computed.";
        assert_eq!(
            with("XAmzContentSHA256Mismatch", message, &hashes),
            [PayloadHashDiffers {
                stated: Some("aa".into()),
                computed: Some("bb".into())
            }]
        );
        for (code, message) in [
            (
                "XAmzContentSHA256Mismatch",
                "invalid header: x-amz-content-sha256",
            ),
            ("InvalidRequest", "Streaming trailer block is malformed"),
            ("", "Unsupported header x-amz-checksum-sha256"),
        ] {
            assert_eq!(of(code, message), [TrailerUnknown]);
        }
        let checksum = "Expecting a single x-amz-checksum- header";
        assert_eq!(of("InvalidRequest", checksum), [SeveralChecksums]);
        let lengths = [("NumberBytesExpected", "10"), ("NumberBytesProvided", "4")];
        let message =
            "You did not provide the number of bytes specified by the Content-Length HTTP header";
        assert_eq!(
            with("IncompleteBody", message, &lengths),
            [BodyIncomplete {
                expected: Some("10".into()),
                provided: Some("4".into())
            }]
        );
    }
}

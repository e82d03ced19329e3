use bstr::ByteSlice;

use super::{Statement, bare_code, detail};
use crate::evidence::Refusal;

/// Reads what is said of the keys, and of what is not to be found at this endpoint.
pub(super) fn read(refusal: &Refusal, found: &mut Vec<Statement>) {
    let message = refusal.message.as_bstr();
    let says = |phrase: &str| message.contains_str(phrase);
    match bare_code(refusal) {
        b"UnrecognizedClient"
        | b"InvalidClientTokenId"
        | b"InvalidAccessKeyId"
        | b"InvalidToken" => found.push(Statement::CredentialsUnknown),
        b"ExpiredToken" => found.push(Statement::TokenExpired),
        b"UnknownOperation" => found.push(Statement::OperationUnknown),
        b"InvalidAction" => operation(refusal, found),
        b"TemporaryRedirect" | b"PermanentRedirect" => {
            found.extend(detail(refusal, "Endpoint").map(Statement::EndpointShouldBe));
        }
        _ if says("The security token included in the request is invalid")
            || says("does not exist in our records") =>
        {
            found.push(Statement::CredentialsUnknown);
        }
        _ if says("token included in the request is expired")
            || says("The provided token has expired") =>
        {
            found.push(Statement::TokenExpired);
        }
        _ => {}
    }
    // "The security token included in the request is invalid" is said of either: its full stop tells
    // them apart in one service, and does not survive being quoted.
    if says("does not exist in our records") || bare_code(refusal) == b"InvalidAccessKeyId" {
        found.push(Statement::AccessKeyUnknown);
    } else if bare_code(refusal) == b"InvalidToken" {
        found.push(Statement::TokenInvalid);
    }
    if says("AWS was not able to validate the provided access credentials") {
        found.push(Statement::CredentialsNotValidated);
    }
}

fn operation(refusal: &Refusal, found: &mut Vec<Statement>) {
    found.push(Statement::OperationUnknown);
    let named = || {
        let (_, rest) = refusal
            .message
            .split_once_str("Could not find operation ")?;
        let mut words = rest.fields();
        let operation = words.next()?;
        let version = words.find(|word| word.first().is_some_and(u8::is_ascii_digit))?;
        Some(Statement::OperationNotInVersion {
            operation: operation.into(),
            version: version.into(),
        })
    };
    found.extend(named());
}

#[cfg(test)]
mod tests {
    use super::Statement::*;
    use crate::evidence::statement::testing::{of, with};

    #[test]
    fn a_key_or_a_token_that_nobody_knows() {
        let either = "The security token included in the request is invalid";
        for code in ["UnrecognizedClientException", "InvalidClientTokenId", ""] {
            for message in [either.to_owned(), format!("{either}.")] {
                assert_eq!(of(code, &message), [CredentialsUnknown]);
            }
        }
        assert_eq!(
            of("InvalidAccessKeyId", ""),
            [CredentialsUnknown, AccessKeyUnknown]
        );
        for (code, message) in [
            (
                "InvalidAccessKeyId",
                "The AWS Access Key Id you provided does not exist in our records.",
            ),
            (
                "InvalidClientTokenId",
                "The AWS access key provided does not exist in our records.",
            ),
            (
                "InvalidAccessKeyId",
                "The Access Key Id you provided does not exist in our records.",
            ),
        ] {
            assert_eq!(of(code, message), [CredentialsUnknown, AccessKeyUnknown]);
        }
        assert_eq!(
            of(
                "InvalidToken",
                "The provided token is malformed or otherwise invalid."
            ),
            [CredentialsUnknown, TokenInvalid]
        );
    }

    #[test]
    fn a_token_that_is_over() {
        for message in [
            "The provided token has expired.",
            "The security token included in the request is expired",
        ] {
            assert_eq!(of("ExpiredToken", message), [TokenExpired]);
            assert_eq!(of("ExpiredTokenException", message), [TokenExpired]);
            assert_eq!(of("", message), [TokenExpired]);
        }
    }

    #[test]
    fn ec2_does_not_say_which() {
        assert_eq!(
            of(
                "AuthFailure",
                "AWS was not able to validate the provided access credentials"
            ),
            [CredentialsNotValidated]
        );
    }

    #[test]
    fn what_is_not_here() {
        assert_eq!(of("UnknownOperationException", ""), [OperationUnknown]);
        assert_eq!(
            of(
                "InvalidAction",
                "Could not find operation GetSendStatistics for version 2012-12-01"
            ),
            [
                OperationUnknown,
                OperationNotInVersion {
                    operation: "GetSendStatistics".into(),
                    version: "2012-12-01".into()
                }
            ]
        );
        let message = "Please re-send this request to the specified temporary endpoint. Continue to use the original request endpoint for future requests.";
        assert_eq!(
            with(
                "TemporaryRedirect",
                message,
                &[("Endpoint", "b.s3-eu-west-3.amazonaws.com")]
            ),
            [EndpointShouldBe("b.s3-eu-west-3.amazonaws.com".into())]
        );
    }
}

use bstr::{BStr, BString, ByteSlice};

use crate::{evidence::Refusal, sigv4::Timestamp};

/// One thing that a refusal states.
///
/// Source: the services' messages, shared/mistakes.md, part 2.
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
    /// The timestamp lies too far from the service's clock.
    Skewed(Skew),
    /// The access key id or the session token is unknown, or they do not belong together.
    CredentialsUnknown,
    /// The session token's time is over.
    TokenExpired,
    /// The body's hash is not the one that `x-amz-content-sha256` states.
    PayloadHashDiffers {
        /// The hash that the request states.
        stated: Option<BString>,
        /// The hash that the service computed.
        computed: Option<BString>,
    },
    /// There is no such operation here.
    OperationUnknown,
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
        if message.contains_str("request signature we calculated does not match") {
            found.push(Self::SignatureDiffers);
        }
        if let Some(service) = quoted_after(message, "scoped to correct service: ") {
            found.push(Self::ServiceShouldBe(service.into()));
        }
        if let Some(region) = region(refusal) {
            found.push(region);
        }
        if message.contains_str("scoped with a valid terminator") {
            found.push(Self::TerminatorDiffers);
        }
        if message.contains_str("Date in Credential scope does not match") {
            found.push(Self::ScopeDateDiffers);
        }
        found.extend(skew(refusal).map(Self::Skewed));
        found.extend(by_code(refusal));
        found
    }
}

fn by_code(refusal: &Refusal) -> Option<Statement> {
    let code = refusal
        .code
        .strip_suffix(b"Exception")
        .unwrap_or(&refusal.code);
    let detail = |name| refusal.detail(name).map(ToOwned::to_owned);
    Some(match code {
        b"UnrecognizedClient"
        | b"InvalidClientTokenId"
        | b"InvalidAccessKeyId"
        | b"InvalidToken" => Statement::CredentialsUnknown,
        b"ExpiredToken" => Statement::TokenExpired,
        b"XAmzContentSHA256Mismatch" => Statement::PayloadHashDiffers {
            stated: detail("ClientComputedContentSHA256"),
            computed: detail("S3ComputedContentSHA256"),
        },
        b"UnknownOperation" => Statement::OperationUnknown,
        _ => return None,
    })
}

fn region(refusal: &Refusal) -> Option<Statement> {
    let message = refusal.message.as_bstr();
    let given = |name| refusal.detail(name).map(ToOwned::to_owned);
    if message.contains_str("scoped to a valid region") {
        let actual = quoted_after(message, "valid region, not ").map(ToOwned::to_owned);
        return Some(Statement::RegionShouldBe {
            expected: given("Region"),
            actual,
        });
    }
    if !message.contains_str("is wrong; expecting") {
        return None;
    }
    Some(Statement::RegionShouldBe {
        expected: quoted_after(message, "expecting ")
            .map(ToOwned::to_owned)
            .or(given("Region")),
        actual: quoted_after(message, "the region ").map(ToOwned::to_owned),
    })
}

fn skew(refusal: &Refusal) -> Option<Skew> {
    let time = |text: &[u8]| Timestamp::parse_any(text);
    if let (Some(signed), Some(now)) = (refusal.detail("RequestTime"), refusal.detail("ServerTime"))
    {
        return Some(Skew {
            signed: time(signed)?,
            now: time(now)?,
        });
    }
    let message = refusal.message.as_bstr();
    let phrase = ["Signature expired: ", "Signature not yet current: "]
        .into_iter()
        .find(|phrase| message.contains_str(phrase))?;
    let (_, rest) = message.split_once_str(phrase)?;
    let (_, bracket) = rest.split_once_str("(")?;
    Some(Skew {
        signed: time(rest.get(..16)?)?,
        now: time(bracket.get(..16)?)?,
    })
}

/// The text in single or double quotes right behind `phrase`.
fn quoted_after<'a>(message: &'a BStr, phrase: &str) -> Option<&'a BStr> {
    let (_, rest) = message.split_once_str(phrase)?;
    let quote = *rest.first().filter(|byte| matches!(byte, b'\'' | b'"'))?;
    let end = rest.get(1..)?.find_byte(quote)?;
    rest.get(1..=end).map(ByteSlice::as_bstr)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(code: &str, message: &str) -> Vec<Statement> {
        Refusal {
            code: code.into(),
            message: message.into(),
            details: Vec::new(),
        }
        .statements()
    }

    #[test]
    fn several_complaints_in_one_message_are_all_read() {
        let message = "Credential should be scoped to a valid region, not 'c'. Credential should be scoped to correct service: 'dynamodb'. Credential should be scoped with a valid terminator: 'aws4_request', not 'e'. Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: 'b' != '20130609', from '20130609T095204Z'.";
        assert_eq!(
            of("InvalidSignatureException", message),
            [
                Statement::ServiceShouldBe("dynamodb".into()),
                Statement::RegionShouldBe {
                    expected: None,
                    actual: Some("c".into())
                },
                Statement::TerminatorDiffers,
                Statement::ScopeDateDiffers,
            ]
        );
    }

    #[test]
    fn both_clocks_are_read() {
        let message = "Signature expired: 20140325T143453Z is now earlier than 20140325T143751Z (20140325T145251Z - 15 min.)";
        let [Statement::Skewed(skew)] = of("InvalidSignatureException", message)[..] else {
            panic!()
        };
        assert_eq!(skew.seconds(), -1078);
    }

    #[test]
    fn either_quote_names_the_region() {
        for quote in ["'", "\""] {
            let message = format!(
                "The authorization header is malformed; the region {quote}us-east-1{quote} is wrong; expecting {quote}eu-central-1{quote}"
            );
            let [Statement::RegionShouldBe { expected, actual }] = &of("A", &message)[..] else {
                panic!()
            };
            assert_eq!(expected.as_ref().unwrap(), "eu-central-1");
            assert_eq!(actual.as_ref().unwrap(), "us-east-1");
        }
    }
}

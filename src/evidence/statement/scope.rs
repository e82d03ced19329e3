use bstr::ByteSlice;

use super::{Statement, detail, quoted_after};
use crate::evidence::Refusal;

/// Reads what is said of the credential scope; one message may hold four complaints.
pub(super) fn read(refusal: &Refusal, found: &mut Vec<Statement>) {
    let message = refusal.message.as_bstr();
    let service = quoted_after(message, "scoped to correct service: ").or_else(|| {
        message
            .contains_str("incorrect service ")
            .then(|| quoted_after(message, "This endpoint belongs to "))
            .flatten()
    });
    found.extend(service.map(|service| Statement::ServiceShouldBe(service.into())));
    found.extend(region(refusal));
    if message.contains_str("scoped with a valid terminator")
        || message.contains_str("incorrect termina")
    {
        found.push(Statement::TerminatorDiffers);
    }
    let other_date = [
        "Date in Credential scope does not match",
        "Date is not the same as X-Amz-Date",
        "This date is not the same as X-Amz-Date",
    ];
    if other_date.iter().any(|phrase| message.contains_str(phrase)) {
        found.push(Statement::ScopeDateDiffers);
    }
    if let Some(date) = quoted_after(message, "incorrect date format ") {
        found.push(Statement::ScopeDateMalformed(date.into()));
    }
    if let Some((_, scope)) = message.split_once_str("unexpected scope: ") {
        let scope = scope.fields().next().unwrap_or_default();
        found.push(Statement::ScopeUnexpected(
            scope.trim_end_with(|c| c == '.').into(),
        ));
    }
}

fn region(refusal: &Refusal) -> Option<Statement> {
    let message = refusal.message.as_bstr();
    let owned = |text: Option<&bstr::BStr>| text.map(ToOwned::to_owned);
    if message.contains_str("scoped to a valid region") {
        return Some(Statement::RegionShouldBe {
            expected: detail(refusal, "Region"),
            actual: owned(quoted_after(message, "valid region, not ")),
        });
    }
    if !(message.contains_str("is wrong; expecting") && message.contains_str("the region ")) {
        return None;
    }
    Some(Statement::RegionShouldBe {
        expected: owned(quoted_after(message, "expecting ")).or(detail(refusal, "Region")),
        actual: owned(quoted_after(message, "the region ")),
    })
}

#[cfg(test)]
mod tests {
    use super::Statement::{self, *};
    use crate::evidence::statement::testing::{of, with};

    const HEADER: &str = "The authorization header is malformed; ";
    const QUERY: &str = "Error parsing the X-Amz-Credential parameter; ";

    fn region(expected: Option<&str>, actual: Option<&str>) -> Statement {
        RegionShouldBe {
            expected: expected.map(Into::into),
            actual: actual.map(Into::into),
        }
    }

    #[test]
    fn several_complaints_in_one_message_are_all_read() {
        let message = "Credential should be scoped to a valid region, not 'c'. Credential should be scoped to correct service: 'dynamodb'. Credential should be scoped with a valid terminator: 'aws4_request', not 'e'. Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: 'b' != '20130609', from '20130609T095204Z'.";
        assert_eq!(
            of("InvalidSignatureException", message),
            [
                ServiceShouldBe("dynamodb".into()),
                region(None, Some("c")),
                TerminatorDiffers,
                ScopeDateDiffers,
            ]
        );
    }

    #[test]
    fn either_quote_names_the_region() {
        for quote in ["'", "\""] {
            for start in [HEADER, QUERY] {
                let message = format!(
                    "{start}the region {quote}us-east-1{quote} is wrong; expecting {quote}eu-central-1{quote}"
                );
                assert_eq!(
                    of("AuthorizationHeaderMalformed", &message),
                    [region(Some("eu-central-1"), Some("us-east-1"))]
                );
            }
        }
        let short = format!("{HEADER}the region 'a' is wrong; expecting 'US'");
        assert_eq!(of("X", &short), [region(Some("US"), Some("a"))]);
    }

    #[test]
    fn a_region_may_stand_beside_the_message_or_nowhere() {
        let bare = "Credential should be scoped to a valid region. ";
        assert_eq!(of("SignatureDoesNotMatch", bare), [region(None, None)]);
        let named = "Credential should be scoped to a valid region, not 'us-west-2'. ";
        assert_eq!(
            of("SignatureDoesNotMatch", named),
            [region(None, Some("us-west-2"))]
        );
        let beside = with("X", bare, &[("Region", "eu-west-3")]);
        assert_eq!(beside, [region(Some("eu-west-3"), None)]);
    }

    #[test]
    fn services_name_themselves() {
        for service in ["iam", "elasticmapreduce", "batch"] {
            let message = format!("Credential should be scoped to correct service: '{service}'. ");
            assert_eq!(
                of("SignatureDoesNotMatch", &message),
                [ServiceShouldBe(service.into())]
            );
        }
    }

    #[test]
    fn s3_names_service_terminator_and_date_apart() {
        for start in [HEADER, QUERY] {
            let read = |rest: &str| of("AuthorizationHeaderMalformed", &format!("{start}{rest}"));
            assert_eq!(
                read("incorrect service \"ec2\". This endpoint belongs to \"s3\"."),
                [ServiceShouldBe("s3".into())]
            );
            assert_eq!(
                read("incorrect terminator \"aws4\". This endpoint uses \"aws4_request\"."),
                [TerminatorDiffers]
            );
            assert_eq!(
                read(
                    "incorrect date format \"2024-01-01\". This date in the credential must be in the format \"yyyyMMdd\"."
                ),
                [ScopeDateMalformed("2024-01-01".into())]
            );
        }
        assert_eq!(
            of(
                "AuthorizationHeaderMalformed",
                "The authorization header is malformed; Invalid credential date. Date is not the same as X-Amz-Date."
            ),
            [ScopeDateDiffers]
        );
        assert_eq!(
            of(
                "AuthorizationQueryParametersError",
                "Invalid credential date \"20240101\". This date is not the same as X-Amz-Date: \"20240102\"."
            ),
            [ScopeDateDiffers]
        );
    }

    #[test]
    fn garage_gives_the_scope_back() {
        let message =
            "Authorization header malformed, unexpected scope: 20251215/us-east-1/s3/aws4_request";
        assert_eq!(
            of("AuthorizationHeaderMalformed", message),
            [ScopeUnexpected("20251215/us-east-1/s3/aws4_request".into())]
        );
    }
}

use bstr::ByteSlice;

use super::{Statement, all_between, bare_code};
use crate::evidence::Refusal;

/// Reads what is said of a presigned query.
pub(super) fn read(refusal: &Refusal, found: &mut Vec<Statement>) {
    let message = refusal.message.as_bstr();
    let says = |phrase: &str| message.contains_str(phrase);
    let version_2 = "Query-string authentication requires the Signature, Expires and";
    if says("Query-string authentication version 4 requires the") || says(version_2) {
        found.push(Statement::QueryParametersMissing(Vec::new()));
    }
    let named = all_between(message, "query-string parameters must include '", "'");
    if !named.is_empty() {
        found.push(Statement::QueryParametersMissing(named));
    }
    if says("X-Amz-Expires must be less than a week") {
        found.push(Statement::ExpiresTooLong);
    }
    if says("X-Amz-Expires should be a number") {
        found.push(Statement::ExpiresNotANumber);
    }
    if says("X-Amz-Expires must be non-negative") {
        found.push(Statement::ExpiresNegative);
    }
    if bare_code(refusal) == b"MalformedQueryString"
        || says("Incomplete trailing escape % sequence")
        || says("Illegal hex character in escape % pattern")
    {
        found.push(Statement::QueryMalformed(message.trim().into()));
    }
}

#[cfg(test)]
mod tests {
    use super::Statement::*;
    use crate::evidence::statement::testing::of;

    #[test]
    fn parameters_that_are_missing() {
        let all = "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.";
        assert_eq!(
            of("AuthorizationQueryParametersError", all),
            [QueryParametersMissing(vec![])]
        );
        let version_2 = "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters";
        assert_eq!(
            of("AccessDenied", version_2),
            [QueryParametersMissing(vec![])]
        );
        let some = "AWS query-string parameters must include 'X-Amz-Credential'. AWS query-string parameters must include 'X-Amz-Date'. Re-examine the query-string parameters.";
        assert_eq!(
            of("IncompleteSignature", some),
            [QueryParametersMissing(vec![
                "X-Amz-Credential".into(),
                "X-Amz-Date".into()
            ])]
        );
    }

    #[test]
    fn the_lifetime_is_complained_of() {
        let long = "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds";
        let code = "AuthorizationQueryParametersError";
        assert_eq!(of(code, long), [ExpiresTooLong]);
        assert_eq!(
            of(code, "X-Amz-Expires should be a number"),
            [ExpiresNotANumber]
        );
        assert_eq!(
            of(code, "X-Amz-Expires must be non-negative"),
            [ExpiresNegative]
        );
    }

    #[test]
    fn escapes_that_are_broken() {
        for message in [
            "Incomplete trailing escape % sequence",
            "Illegal hex character in escape % pattern: %zz",
        ] {
            assert_eq!(
                of("MalformedQueryString", message),
                [QueryMalformed(message.into())]
            );
        }
    }
}

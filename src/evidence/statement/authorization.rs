use bstr::{BString, ByteSlice};

use super::{Statement, all_between, bare_code, quoted, quoted_after};
use crate::evidence::Refusal;

/// Reads what is said of the `Authorization` header's form.
pub(super) fn read(refusal: &Refusal, found: &mut Vec<Statement>) {
    let message = refusal.message.as_bstr();
    let says = |phrase: &str| message.contains_str(phrase);
    if says("the Credential is mal-formed") {
        found.push(Statement::CredentialMalformed(None));
    }
    if says("a non-empty Access Key (AKID) must be provided") {
        found.push(Statement::AccessKeyMissing);
    }
    if says("Credential must have exactly 5 slash-delimited elements") {
        let got = quoted_after(message, ", got ").map(ToOwned::to_owned);
        found.push(Statement::CredentialMalformed(got));
    }
    if let Some(component) = quoted_after(message, "the authorization component ") {
        found.push(Statement::AuthorizationPartMalformed(component.into()));
    }
    if says("not a valid key=value pair (missing equal-sign) in Authorization header")
        && let Some(part) = quoted(message)
    {
        found.push(Statement::AuthorizationPartMalformed(part.into()));
    }
    found.extend(missing(refusal).map(Statement::AuthorizationPartsMissing));
    if says("one and only one ' ' (space) required") {
        found.push(Statement::AuthorizationSpaces);
    }
    let unsupported = says("Unsupported Authorization Type")
        || says("The authorization mechanism you have provided is not supported")
        || says("require AWS Signature Version 4")
        || says("X-Amz-Algorithm only supports");
    if says("Unsupported AWS 'algorithm'") {
        let actual = quoted_after(message, "Unsupported AWS 'algorithm': ");
        found.push(Statement::AlgorithmUnsupported(
            actual.map(ToOwned::to_owned),
        ));
    } else if unsupported {
        found.push(Statement::AlgorithmUnsupported(None));
    }
    if says("The request signature does not conform to AWS standards")
        || says("Request must contain a signature that conforms to AWS standards")
    {
        found.push(Statement::SignatureMalformed);
    }
    if says("Only one auth mechanism allowed")
        || says("Found both 'X-Amz-Algorithm' as a query-string param")
    {
        found.push(Statement::SeveralSignatures);
    }
    if bare_code(refusal) == b"MissingAuthenticationToken"
        || says("Missing Authentication Token")
        || says("Request is missing Authentication Token")
    {
        found.push(Statement::AuthenticationMissing);
    }
}

fn missing(refusal: &Refusal) -> Option<Vec<BString>> {
    let message = refusal.message.as_bstr();
    if message.contains_str("the authorization header requires three components") {
        return Some(Vec::new());
    }
    let named = all_between(message, "Authorization header requires '", "' parameter");
    if !named.is_empty() {
        return Some(named);
    }
    let (_, rest) = message.split_once_str("The authorization header is malformed; missing ")?;
    let name = rest.split_str(".").next().unwrap_or_default();
    Some(vec![name.into()])
}

#[cfg(test)]
mod tests {
    use super::Statement::*;
    use crate::evidence::statement::testing::of;

    const S3: &str = "The authorization header is malformed; ";

    #[test]
    fn a_credential_out_of_form() {
        let s3 = format!(
            "{S3}the Credential is mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\"."
        );
        assert_eq!(
            of("AuthorizationHeaderMalformed", &s3),
            [CredentialMalformed(None)]
        );
        let query = "Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\"";
        assert_eq!(
            of("AuthorizationQueryParametersError", query),
            [CredentialMalformed(None)]
        );
        let five = "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 'a/b/c/d'";
        assert_eq!(
            of("IncompleteSignatureException", five),
            [CredentialMalformed(Some("a/b/c/d".into()))]
        );
    }

    #[test]
    fn a_part_out_of_form() {
        let s3 = format!(
            "{S3}the authorization component \"Credential=aws_access_key_id= something/20220302/eu-west-2/s3/aws4_request\" is malformed."
        );
        assert_eq!(
            of("AuthorizationHeaderMalformed", &s3),
            [AuthorizationPartMalformed(
                "Credential=aws_access_key_id= something/20220302/eu-west-2/s3/aws4_request".into()
            )]
        );
        let scope = "'AKIDEXAMPLE/20200128/us-east-1/sts/aws4_request' not a valid key=value pair (missing equal-sign) in Authorization header: 'AWS4-HMAC-SHA256 Credential=…'";
        assert_eq!(
            of("IncompleteSignature", scope),
            [AuthorizationPartMalformed(
                "AKIDEXAMPLE/20200128/us-east-1/sts/aws4_request".into()
            )]
        );
        let name = "'Credential' not a valid key=value pair (missing equal-sign) in Authorization header: 'AWS4-HMAC-SHA256 Signature=b,    Credential,    SignedHeaders'.";
        assert_eq!(
            of("IncompleteSignatureException", name),
            [AuthorizationPartMalformed("Credential".into())]
        );
    }

    #[test]
    fn parts_that_are_missing() {
        let three = format!(
            "{S3}the authorization header requires three components: Credential, SignedHeaders, and Signature."
        );
        assert_eq!(
            of("AuthorizationHeaderMalformed", &three),
            [AuthorizationPartsMissing(vec![])]
        );
        for part in ["Credential", "Signature", "SignedHeaders"] {
            assert_eq!(
                of(
                    "AuthorizationHeaderMalformed",
                    &format!("{S3}missing {part}.")
                ),
                [AuthorizationPartsMissing(vec![part.into()])]
            );
        }
        let two = "Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. Authorization=AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE";
        for code in ["IncompleteSignature", "IncompleteSignatureException", ""] {
            assert_eq!(
                of(code, two),
                [AuthorizationPartsMissing(vec![
                    "Signature".into(),
                    "SignedHeaders".into()
                ])]
            );
        }
        let hashed = "Authorization header requires 'Credential' parameter. (Hashed with SHA-256 and encoded with Base64) Authorization=abc=";
        assert_eq!(
            of("IncompleteSignature", hashed),
            [AuthorizationPartsMissing(vec!["Credential".into()])]
        );
    }

    #[test]
    fn algorithms_that_are_not_taken() {
        let named =
            "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA25' (only AWS4-HMAC-SHA256 for now). ";
        assert_eq!(
            of("IncompleteSignatureException", named),
            [AlgorithmUnsupported(Some("AWS4-HMAC-SHA25".into()))]
        );
        for message in [
            "Unsupported Authorization Type",
            "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.",
            "Requests specifying Server Side Encryption with AWS KMS managed keys require AWS Signature Version 4.",
            "X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256\"",
        ] {
            assert_eq!(of("InvalidRequest", message), [AlgorithmUnsupported(None)]);
        }
    }

    #[test]
    fn the_rest_of_the_family() {
        let space = "Authorization header is invalid -- one and only one ' ' (space) required.";
        assert_eq!(of("InvalidArgument", space), [AuthorizationSpaces]);
        for form in [
            "The request signature does not conform to AWS standards.",
            "Request must contain a signature that conforms to AWS standards",
        ] {
            assert_eq!(of("IncompleteSignature", form), [SignatureMalformed]);
        }
        let empty =
            format!("{S3}a non-empty Access Key (AKID) must be provided in the credential.");
        assert_eq!(
            of("AuthorizationHeaderMalformed", &empty),
            [AccessKeyMissing]
        );
        for both in [
            "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified",
            "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.",
        ] {
            assert_eq!(of("InvalidArgument", both), [SeveralSignatures]);
        }
        for (code, message) in [
            (
                "MissingAuthenticationToken",
                "Request is missing Authentication Token",
            ),
            (
                "MissingAuthenticationTokenException",
                "Missing Authentication Token",
            ),
            ("", "Missing Authentication Token"),
        ] {
            assert_eq!(of(code, message), [AuthenticationMissing]);
        }
    }
}

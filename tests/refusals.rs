//! Every message of the services that is on record, alone and beside a request: which mistake it
//! states, and that there is a fix for it.

#![expect(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

use countersign::{
    diagnose::{Depth, Diagnosis, Evidence, Examination, Finding, diagnose},
    evidence::{Case, InputId, join},
    source::read_all,
};

use Form::{Ec2, Json, Query, Rest, S3, Whole};

/// In which form a service gives a message.
#[derive(Clone, Copy, Debug)]
enum Form {
    /// Amazon S3's XML.
    S3,
    /// XML of the query services.
    Query,
    /// Amazon EC2's XML.
    Ec2,
    /// JSON 1.0 and 1.1.
    Json,
    /// An object with a message.
    Rest,
    /// The message is the whole body.
    Whole,
}

struct Row {
    form: Form,
    code: &'static str,
    message: &'static str,
    details: &'static [(&'static str, &'static str)],
    /// What is found of the refusal alone.
    alone: &'static [&'static str],
    /// What is found beside a request of the form's service, where that is more or less.
    beside: Option<&'static [&'static str]>,
}

/// Of a signature that was refused, and nothing else said: the strings or the key.
const OPEN: &[&str] = &["canonical-requests-differ", "wrong-secret-key"];

/// Of a signature that was not found, by API Gateway or by another service.
const UNSIGNED: &[&str] = &[
    "missing-auth-token-wrong-route",
    "authorization-parts-missing",
];

/// Of credentials that the service does not know, and does not say which of them.
const EITHER: &[&str] = &[
    "retired-or-unknown-access-key",
    "session-token-missing-or-stale",
];

fn row(
    form: Form,
    code: &'static str,
    message: &'static str,
    alone: &'static [&'static str],
) -> Row {
    Row {
        form,
        code,
        message,
        details: &[],
        alone,
        beside: None,
    }
}

impl Row {
    fn with(mut self, details: &'static [(&'static str, &'static str)]) -> Self {
        self.details = details;
        self
    }

    fn beside(mut self, ids: &'static [&'static str]) -> Self {
        self.beside = Some(ids);
        self
    }

    fn body(&self) -> String {
        let escaped = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;");
        let (code, message) = (self.code, escaped(self.message));
        let details: String = self
            .details
            .iter()
            .map(|(name, value)| format!("<{name}>{}</{name}>", escaped(value)))
            .collect();
        match self.form {
            S3 => format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message>{details}<RequestId>R</RequestId></Error>"
            ),
            Query => format!(
                "<ErrorResponse>\n<Error>\n<Type>Sender</Type>\n<Code>{code}</Code>\n<Message>{message}</Message>\n</Error>\n<RequestId>R</RequestId>\n</ErrorResponse>"
            ),
            Ec2 => format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors><RequestID>R</RequestID></Response>"
            ),
            Json => serde_json::json!({
                "__type": format!("com.amazon.coral.service#{code}"),
                "message": self.message,
            })
            .to_string(),
            Rest => serde_json::json!({ "message": self.message }).to_string(),
            Whole => self.message.to_owned(),
        }
    }

    /// A right request to the form's service; to S3 one for another service, where the message
    /// speaks of that.
    fn request(&self) -> String {
        let service = match self.form {
            S3 if self.message.contains("incorrect service") => "ec2",
            S3 => "s3",
            Query => "sts",
            Ec2 => "ec2",
            Json => "dynamodb",
            Rest | Whole => "execute-api",
        };
        let (line, host, more) = match self.form {
            S3 => ("GET /key", "bucket.s3.us-east-1.amazonaws.com", EMPTY),
            Query => (
                "GET /?Action=GetCallerIdentity&Version=2011-06-15",
                "sts.us-east-1.amazonaws.com",
                "",
            ),
            Ec2 => (
                "GET /?Action=DescribeRegions&Version=2016-11-15",
                "ec2.us-east-1.amazonaws.com",
                "",
            ),
            Json => ("POST /", "dynamodb.us-east-1.amazonaws.com", TARGET),
            Rest | Whole => (
                "GET /prod/items",
                "abc123.execute-api.us-east-1.amazonaws.com",
                "",
            ),
        };
        let names = match self.form {
            S3 => "host;x-amz-content-sha256;x-amz-date",
            Json => "content-type;host;x-amz-date;x-amz-target",
            _ => "host;x-amz-date",
        };
        let body = if matches!(self.form, Json) { "{}" } else { "" };
        let digits = "5d".repeat(32);
        format!(
            "{line} HTTP/1.1\nHost: {host}\nX-Amz-Date: 20250102T030405Z\n{more}Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20250102/us-east-1/{service}/aws4_request, SignedHeaders={names}, Signature={digits}\nContent-Length: {}\n\n{body}",
            body.len()
        )
    }
}

const EMPTY: &str =
    "x-amz-content-sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n";
const TARGET: &str =
    "Content-Type: application/x-amz-json-1.0\nX-Amz-Target: DynamoDB_20120810.ListTables\n";

#[rustfmt::skip]
fn rows() -> Vec<Row> {
    vec![
        row(S3, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided. Check your key and signing method.", OPEN),
        row(S3, "AuthorizationHeaderMalformed", "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-central-1'", &["s3-wrong-region"]).with(&[("Region", "eu-central-1")]),
        row(S3, "AuthorizationHeaderMalformed", "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-central-1'", &["s3-wrong-region"]),
        row(S3, "AuthorizationHeaderMalformed", r#"The authorization header is malformed; the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request"."#, &["credential-not-five-parts"]),
        row(S3, "AuthorizationHeaderMalformed", r#"The authorization header is malformed; the authorization component "Credential=aws_access_key_id= something/20220302/eu-west-2/s3/aws4_request" is malformed."#, &["authorization-malformed"]),
        row(S3, "AuthorizationHeaderMalformed", "The authorization header is malformed; the authorization header requires three components: Credential, SignedHeaders, and Signature.", &["authorization-parts-missing"]),
        row(S3, "AuthorizationHeaderMalformed", r#"The authorization header is malformed; incorrect service "ec2". This endpoint belongs to "s3"."#, &["wrong-service-in-scope"]),
        row(S3, "AuthorizationHeaderMalformed", r#"The authorization header is malformed; incorrect terminal "aws4". This endpoint uses "aws4_request"."#, &["scope-terminator-wrong"]),
        row(S3, "AuthorizationHeaderMalformed", r#"The authorization header is malformed; incorrect terminator "aws4". This endpoint uses "aws4_request"."#, &["scope-terminator-wrong"]),
        row(S3, "AuthorizationHeaderMalformed", r#"The authorization header is malformed; incorrect date format "2025-01-02". This date in the credential must be in the format "yyyyMMdd"."#, &["scope-date-mismatch"]),
        row(S3, "AuthorizationHeaderMalformed", "The authorization header is malformed; missing Credential.", &["authorization-parts-missing"]),
        row(S3, "AuthorizationHeaderMalformed", "The authorization header is malformed; missing Signature.", &["authorization-parts-missing"]),
        row(S3, "AuthorizationHeaderMalformed", "The authorization header is malformed; missing SignedHeaders.", &["authorization-parts-missing"]),
        row(S3, "AuthorizationHeaderMalformed", "The authorization header is malformed; Invalid credential date. Date is not the same as X-Amz-Date.", &["scope-date-mismatch"]),
        row(S3, "AuthorizationQueryParametersError", "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds", &["presign-expires-too-long"]),
        row(S3, "AuthorizationQueryParametersError", "X-Amz-Expires should be a number", &["presign-expires-not-a-number"]),
        row(S3, "AuthorizationQueryParametersError", "X-Amz-Expires must be non-negative", &["presign-expires-not-a-number"]),
        row(S3, "AuthorizationQueryParametersError", "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.", &["presign-params-incomplete"]),
        row(S3, "AuthorizationQueryParametersError", "Error parsing the X-Amz-Credential parameter; the region 'us-east-1' is wrong; expecting 'ap-south-1'", &["presign-wrong-region"]).with(&[("Region", "ap-south-1")]).beside(&["s3-wrong-region"]),
        row(S3, "AuthorizationQueryParametersError", r#"Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request""#, &["credential-not-five-parts"]),
        row(S3, "AuthorizationQueryParametersError", r#"Error parsing the X-Amz-Credential parameter; incorrect service "ec2". This endpoint belongs to "s3"."#, &["wrong-service-in-scope"]),
        row(S3, "AuthorizationQueryParametersError", r#"Error parsing the X-Amz-Credential parameter; incorrect terminal "aws4". This endpoint uses "aws4_request"."#, &["scope-terminator-wrong"]),
        row(S3, "AuthorizationQueryParametersError", r#"Error parsing the X-Amz-Credential parameter; incorrect date format "2025". This date in the credential must be in the format "yyyyMMdd"."#, &["scope-date-mismatch"]),
        row(S3, "AuthorizationQueryParametersError", r#"Invalid credential date "20240101". This date is not the same as X-Amz-Date: "20240102"."#, &["scope-date-mismatch"]),
        row(S3, "AuthorizationQueryParametersError", r#"X-Amz-Date must be in the ISO8601 Long Format "yyyyMMdd'T'HHmmss'Z'""#, &["date-format-wrong"]),
        row(S3, "AuthorizationQueryParametersError", r#"X-Amz-Algorithm only supports "AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256""#, &["algorithm-unsupported"]),
        row(S3, "AccessDenied", "There were headers present in the request which were not signed", &["x-amz-header-not-signed"]).with(&[("HeadersNotSigned", "x-amz-acl")]),
        row(S3, "AccessDenied", "Request has expired", &["presign-expired"]).with(&[("X-Amz-Expires", "60"), ("Expires", "2025-01-02T03:05:05Z"), ("ServerTime", "2025-01-02T04:00:00Z")]),
        row(S3, "AccessDenied", "Request has expired.", &["presign-expired"]),
        row(S3, "AccessDenied", "Request is not valid yet.", &["clock-skew-ahead"]),
        row(S3, "AccessDenied", "Request is not yet valid", &["clock-skew-ahead"]).with(&[("X-Amz-Date", "1735787045000"), ("Expires", "2025-01-02T03:19:05Z"), ("ServerTime", "2025-01-01T21:00:00Z")]),
        row(S3, "AccessDenied", "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters", &["presign-params-incomplete"]),
        row(S3, "AccessDenied", "Each form field that you specify in a form (except x-amz-signature, file, policy, and field names that have an x-ignore- prefix) must appear in the list of conditions.", &["post-policy-field-mismatch"]),
        row(S3, "AccessDenied", "AWS authentication requires a valid Date or x-amz-date header.", &["date-missing"]),
        row(S3, "AccessDenied", r#"Invalid according to Policy: Policy Condition failed: ["eq", "$X-Amz-Date", "20170519T041709Z"]"#, &["post-policy-field-mismatch"]),
        row(S3, "AccessDenied", "Invalid according to Policy: Extra input fields: bucket", &["post-policy-field-mismatch"]),
        row(S3, "InvalidPolicyDocument", "Invalid Policy: Expecting '{' but found End-of-Input", &["post-policy-field-mismatch"]),
        row(S3, "InvalidPolicyDocument", "Invalid Policy: invalid Base64 encoding.", &["post-policy-field-mismatch"]),
        row(S3, "InvalidPolicyDocument", "Invalid Policy: Invalid JSON.", &["post-policy-field-mismatch"]),
        row(S3, "InvalidPolicyDocument", "Invalid Policy: Policy missing expiration.", &["post-policy-field-mismatch"]),
        row(S3, "InvalidPolicyDocument", "Invalid Policy: Invalid 'expiration' value: 'x'", &["post-policy-field-mismatch"]),
        row(S3, "InvalidPolicyDocument", "Invalid Policy: Policy missing conditions.", &["post-policy-field-mismatch"]),
        row(S3, "InvalidPolicyDocument", "Invalid Policy: Invalid Condition: unknown operation 'x'.", &["post-policy-field-mismatch"]),
        row(S3, "InvalidPolicyDocument", "Invalid Policy: Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.", &["post-policy-field-mismatch"]),
        row(S3, "InvalidArgument", "Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the fields.", &["post-policy-field-mismatch"]).with(&[("ArgumentName", "key")]),
        row(S3, "InvalidArgument", "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified", &["two-auth-mechanisms"]).with(&[("ArgumentName", "Authorization")]),
        row(S3, "InvalidArgument", "Authorization header is invalid -- one and only one ' ' (space) required.", &["authorization-space-wrong"]).with(&[("ArgumentName", "Authorization")]),
        row(S3, "InvalidArgument", "Unsupported Authorization Type", &["algorithm-unsupported"]).with(&[("ArgumentName", "Authorization")]),
        row(S3, "InvalidArgument", "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER or a valid sha256 value.", &["x-amz-content-sha256-value-invalid"]),
        row(S3, "InvalidRequest", "Missing required header for this request: x-amz-content-sha256", &["content-sha256-header-missing"]),
        row(S3, "InvalidRequest", "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.", &["sigv2-on-v4-only-endpoint"]),
        row(S3, "InvalidRequest", "Expecting a single x-amz-checksum- header", &[]),
        row(S3, "XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed.", &["content-sha256-mismatch"]).with(&[("ClientComputedContentSHA256", "0000000000000000000000000000000000000000000000000000000000000000"), ("S3ComputedContentSHA256", "1111111111111111111111111111111111111111111111111111111111111111")]),
        row(S3, "RequestTimeTooSkewed", "The difference between the request time and the current time is too large.", &["s3-clock-skew"]).with(&[("RequestTime", "20250102T030405Z"), ("ServerTime", "2025-01-02T04:04:05Z"), ("MaxAllowedSkewMilliseconds", "900000")]),
        row(S3, "RequestTimeTooSkewed", "The difference between the request time and the current time is too large.", &["s3-clock-skew"]),
        row(S3, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.", &["retired-or-unknown-access-key"]).with(&[("AWSAccessKeyId", "AKIDEXAMPLE")]),
        row(S3, "InvalidToken", "The provided token is malformed or otherwise invalid.", &["session-token-missing-or-stale"]).with(&[("Token-0", "x")]),
        row(S3, "ExpiredToken", "The provided token has expired.", &["expired-session-token"]),
        row(S3, "IncompleteBody", "You did not provide the number of bytes specified by the Content-Length HTTP header", &["decoded-content-length-wrong"]).with(&[("NumberBytesExpected", "3"), ("NumberBytesProvided", "5")]),
        row(S3, "TemporaryRedirect", "Please re-send this request to the specified temporary endpoint. Continue to use the original request endpoint for future requests.", &["redirect-not-resigned"]).with(&[("Endpoint", "mybucket.s3-us-west-2.amazonaws.com"), ("Bucket", "mybucket")]),
        row(Query, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.", OPEN),
        row(Query, "SignatureDoesNotMatch", "Credential should be scoped to a valid region, not 'us-west-2'. ", &["region-in-scope-not-the-hosts"]),
        row(Query, "SignatureDoesNotMatch", "Credential should be scoped to a valid region. ", &["region-in-scope-not-the-hosts"]),
        row(Query, "SignatureDoesNotMatch", "Credential should be scoped to correct service: 'iam'. ", &["wrong-service-in-scope"]),
        row(Query, "SignatureDoesNotMatch", "Signature expired: 20250102T030405Z is now earlier than 20250102T040405Z (20250102T041905Z - 15 min.)", &["clock-skew-behind"]),
        row(Query, "SignatureDoesNotMatch", "Signature not yet current: 20250102T030405Z is still later than 20250102T020405Z (20250102T014905Z + 15 min.)", &["clock-skew-ahead"]),
        row(Query, "SignatureDoesNotMatch", "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.", &["host-not-signed"]),
        row(Query, "IncompleteSignature", "'AKIDEXAMPLE/20200128/us-east-1/sts/aws4_request' not a valid key=value pair (missing equal-sign) in Authorization header: 'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20200128/us-east-1/sts/aws4_request'.", &["authorization-malformed"]),
        row(Query, "IncompleteSignature", "Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. Authorization=AWS4-HMAC-SHA256 Credential=x", &["authorization-parts-missing"]),
        row(Query, "IncompleteSignature", "Authorization header requires 'Signature' parameter. (Hashed with SHA-256 and encoded with Base64) Authorization=x", &["authorization-parts-missing"]),
        row(Query, "IncompleteSignature", "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 'a/b/c/d'", &["credential-not-five-parts"]),
        row(Query, "IncompleteSignature", "Date must be in ISO-8601 'basic format'. Got '2025-01-02'. See http://en.wikipedia.org/wiki/ISO_8601", &["date-format-wrong"]),
        row(Query, "IncompleteSignature", "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA25'.", &["algorithm-unsupported"]),
        row(Query, "IncompleteSignature", "AWS query-string parameters must include 'X-Amz-Credential'. AWS query-string parameters must include 'X-Amz-Signature'. Re-examine the query-string parameters.", &["presign-params-incomplete"]),
        row(Query, "IncompleteSignature", "The request signature does not conform to AWS standards.", &["signature-not-hex"]),
        row(Query, "MissingAuthenticationToken", "Request is missing Authentication Token", &["authorization-parts-missing"]),
        row(Query, "MissingAuthenticationToken", "Missing Authentication Token", UNSIGNED).beside(&["authorization-parts-missing"]),
        row(Query, "InvalidClientTokenId", "The security token included in the request is invalid", EITHER).beside(&["retired-or-unknown-access-key"]),
        row(Query, "InvalidClientTokenId", "The security token included in the request is invalid.", EITHER).beside(&["retired-or-unknown-access-key"]),
        row(Query, "InvalidClientTokenId", "The AWS access key provided does not exist in our records.", &["retired-or-unknown-access-key"]),
        row(Query, "ExpiredToken", "The security token included in the request is expired", &["expired-session-token"]),
        row(Query, "MalformedQueryString", "Incomplete trailing escape % sequence", &["query-not-encoded"]),
        row(Query, "MalformedQueryString", "Illegal hex character in escape % pattern: %zz", &["query-not-encoded"]),
        row(Query, "InvalidAction", "Could not find operation GetSendStatistics for version 2012-12-01", &["unknown-target"]),
        row(Ec2, "AuthFailure", "AWS was not able to validate the provided access credentials", &["ec2-authfailure"]),
        row(Ec2, "RequestExpired", "Request has expired.", &["clock-skew-behind"]),
        row(Json, "InvalidSignatureException", "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.", OPEN),
        row(Json, "InvalidSignatureException", "Credential should be scoped to correct service: 'elasticmapreduce'. ", &["wrong-service-in-scope"]),
        row(Json, "InvalidSignatureException", "Credential should be scoped to a valid region, not 'us-west-2'. ", &["region-in-scope-not-the-hosts"]),
        row(Json, "InvalidSignatureException", "Credential should be scoped to a valid region, not 'c'. Credential should be scoped to correct service: 'dynamodb'. Credential should be scoped with a valid terminator: 'aws4_request', not 'e'. Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: 'b' != '20130609', from '20130609T095204Z'.", &["region-literal-wrong", "scope-date-mismatch", "scope-terminator-wrong", "wrong-service-in-scope"]).beside(&["region-literal-wrong", "scope-date-mismatch", "scope-terminator-wrong"]),
        row(Json, "InvalidSignatureException", "Signature expired: 20130301T000000Z is now earlier than 20130609T094515Z (20130609T100015Z - 15 min.)", &["clock-skew-behind"]).beside(&[]),
        row(Json, "InvalidSignatureException", "'Host' must be a 'SignedHeader' in the AWS Authorization.", &["host-not-signed"]),
        row(Json, "InvalidSignatureException", "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.", &["two-auth-mechanisms"]),
        row(Json, "IncompleteSignatureException", "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA25' (only AWS4-HMAC-SHA256 for now). ", &["algorithm-unsupported"]),
        row(Json, "IncompleteSignatureException", "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 'a/b/c/d'", &["credential-not-five-parts"]),
        row(Json, "IncompleteSignatureException", "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. Authorization=x", &["authorization-parts-missing", "date-missing"]),
        row(Json, "IncompleteSignatureException", "'Credential' not a valid key=value pair (missing equal-sign) in Authorization header: 'AWS4-HMAC-SHA256 Signature=b,    Credential,    SignedHeaders'.", &["authorization-malformed"]),
        row(Json, "IncompleteSignatureException", "AWS query-string parameters must include 'X-Amz-Algorithm'. Re-examine the query-string parameters.", &["presign-params-incomplete"]),
        row(Json, "MissingAuthenticationTokenException", "Request is missing Authentication Token", &["authorization-parts-missing"]),
        row(Json, "UnrecognizedClientException", "The security token included in the request is invalid.", EITHER).beside(&["retired-or-unknown-access-key"]),
        row(Json, "UnrecognizedClientException", "The security token included in the request is invalid", EITHER).beside(&["retired-or-unknown-access-key"]),
        row(Json, "ExpiredTokenException", "The security token included in the request is expired", &["expired-session-token"]),
        row(Json, "UnknownOperationException", "", &["unknown-target"]),
        row(Rest, "", "Credential should be scoped to correct service: 'batch'. ", &["wrong-service-in-scope"]),
        row(Rest, "", "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization=x", &["authorization-parts-missing"]),
        row(Rest, "MissingAuthenticationTokenException", "Missing Authentication Token", UNSIGNED).beside(&["missing-auth-token-wrong-route"]),
        row(Whole, "", "error: 403 {'message': 'Missing Authentication Token'}", UNSIGNED).beside(&["missing-auth-token-wrong-route"]),
        row(Whole, "", "I get Missing Authentication Token from my API", UNSIGNED).beside(&["missing-auth-token-wrong-route"]),
        row(Whole, "", "HTTP 403 returned for \"https://lambda.us-east-1.amazonaws.com/2015-03-31/functions/f/invocations\". Message: Missing Authentication Token", &["authorization-parts-missing"]).beside(&["missing-auth-token-wrong-route"]),
        row(Whole, "", r#"{"errors": [{"errorType": "IncompleteSignatureException", "message": "'accept' is named as a SignedHeader, but it does not exist in the HTTP request."}]}"#, &["signed-header-absent"]),
        row(Whole, "", r#"{"errors": [{"message": "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.", "code": "InvalidSignature"}]}"#, OPEN),
        row(Json, "IncompleteSignatureException", "Missing the 'x-amz-content-sha256' in canonical headers", &["content-sha256-header-missing"]),
        row(Whole, "", r#"{"status": 403, "request-id": "x", "error": {"reason": "Customer authentication failed: ResultDetail: { Code=InvalidSignature, Message=Invalid signature }", "type": "Forbidden"}}"#, OPEN),
        row(Whole, "", r#"{"code": "AccessDeniedException", "requestId": "x", "detailedMessage": "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."}"#, OPEN),
        row(Whole, "", r##"{"__type": "#SignatureDoesNotMatch", "error": {"message": "[*Deprecated*: Use the outer message field] The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."}, "message": "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."}"##, OPEN),
        row(Whole, "", r#"{"message": "Signature not yet current: 20250102T030405Z is still later than 20250102T020405Z (20250102T014905Z + 15 min.)", "code": "InvalidSignatureException", "type": "Client"}"#, &["clock-skew-ahead"]),
        row(S3, "AuthorizationHeaderMalformed", "Authorization header malformed, unexpected scope: 20250102/us-east-1/s3/aws4_request", &["s3-compatible-region"]),
        row(S3, "InvalidArgument", "Requests specifying Server Side Encryption with AWS KMS managed keys require AWS Signature Version 4.", &["sigv2-on-v4-only-endpoint"]),
        row(S3, "AuthorizationHeaderMalformed", "The authorization header is malformed; a non-empty Access Key (AKID) must be provided in the credential.", &["credential-not-five-parts"]),
        row(Query, "IncompleteSignature", "Request must contain a signature that conforms to AWS standards", &["signature-not-hex"]),
        row(Json, "InvalidSignatureException", "'X-Amz-Security-Token' must be a 'SignedHeader' in the AWS Authorization.", &["x-amz-header-not-signed"]),
        row(S3, "XAmzContentSHA256Mismatch", "invalid header: x-amz-content-sha256", &["streaming-trailer-not-supported"]),
        row(S3, "InvalidRequest", "Streaming trailer block is malformed", &["streaming-trailer-not-supported"]),
        row(Whole, "", "Bad Request, Authorization header malformed, unexpected scope: 20250102/us-east-1/s3/aws4_request", &["s3-compatible-region"]),
        row(S3, "BadDigest", "The Content-MD5 you specified did not match what we received.", &["body-changed-after-signing"]),
        row(S3, "SignatureDoesNotMatch", "Signature validation failed", OPEN),
        row(S3, "RequestTimeTooSkewed", "The difference between the request time and the server's time is too large.", &["s3-clock-skew"]),
        row(S3, "InvalidAccessKeyId", "The Access Key Id you provided does not exist in our records.", &["retired-or-unknown-access-key"]),
        row(S3, "AuthorizationHeaderMalformed", "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'US'", &["s3-compatible-region"]).beside(&["s3-wrong-region"]),
    ]
}

fn read(text: &str) -> Case {
    let (mut cases, _, _) = read_all(InputId(0), &mut text.as_bytes());
    assert_eq!(cases.len(), 1, "{text}");
    cases.pop().unwrap()
}

fn examined(case: &Case) -> Diagnosis {
    let attempt = case.last_attempt().unwrap();
    let evidence = Evidence {
        case,
        attempt,
        secret: None,
        session_token: None,
        clock: None,
        theirs: None,
    };
    diagnose(&Examination::new(evidence), Depth(1))
}

fn ids(findings: &[Finding]) -> Vec<&'static str> {
    findings.iter().map(|finding| finding.rule.id).collect()
}

#[test]
fn every_message_states_its_mistake() {
    for row in rows() {
        let refusal = read(&row.body());
        let alone = examined(&refusal).findings;
        assert_eq!(ids(&alone), row.alone, "alone: {}", row.message);
        let joined = join(read(&row.request()), vec![(InputId(1), refusal)]).case;
        let beside = examined(&joined).findings;
        let expected = row.beside.unwrap_or(row.alone);
        assert_eq!(ids(&beside), expected, "beside a request: {}", row.message);
        for finding in alone.iter().chain(&beside) {
            let fix = &finding.fix;
            let told = !fix.words.is_empty() || !fix.edits.is_empty();
            assert!(told, "{} has no fix for {}", finding.rule.id, row.message);
            let proof = finding.proof.id();
            assert!(
                ["stated", "suspected"].contains(&proof),
                "{proof}: {}",
                row.message
            );
        }
    }
}

#[test]
fn other_refusals_accuse_nothing() {
    for (form, code, message) in [
        (S3, "AccessDenied", "Access Denied"),
        (S3, "NoSuchKey", "The specified key does not exist."),
        (S3, "NoSuchBucket", "The specified bucket does not exist"),
        (S3, "SlowDown", "Please reduce your request rate."),
        (
            S3,
            "InternalError",
            "We encountered an internal error. Please try again.",
        ),
        (
            Query,
            "AccessDenied",
            "User: arn:aws:iam::123456789012:user/u is not authorized to perform: sts:AssumeRole",
        ),
        (Query, "Throttling", "Rate exceeded"),
        (Query, "ValidationError", "1 validation error detected"),
        (
            Ec2,
            "UnauthorizedOperation",
            "You are not authorized to perform this operation.",
        ),
        (Ec2, "RequestLimitExceeded", "Request limit exceeded."),
        (
            Json,
            "AccessDeniedException",
            "User: arn:aws:iam::123456789012:user/u is not authorized to perform: dynamodb:ListTables",
        ),
        (Json, "ThrottlingException", "Rate exceeded"),
        (
            Json,
            "ProvisionedThroughputExceededException",
            "The level of configured provisioned throughput for the table was exceeded.",
        ),
        (
            Json,
            "ResourceNotFoundException",
            "Requested resource not found",
        ),
        (
            Json,
            "SerializationException",
            "Start of structure or map found where not expected",
        ),
        (Rest, "", "Forbidden"),
        (Rest, "", "Internal server error"),
    ] {
        let row = row(form, code, message, &[]);
        let request = format!(
            "{}\n\nHTTP/1.1 403 Forbidden\nContent-Type: text/plain\n\n{}\n",
            row.request(),
            row.body()
        );
        let found = examined(&read(&request)).findings;
        assert_eq!(ids(&found), [""; 0], "{code}: {message}");
    }
}

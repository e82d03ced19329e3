//! Mistakes that a refusal states, a request shows, or circumstances suggest: one request that
//! convicts each, and one in which it is silent.

#![expect(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

use std::{fs, path::Path};

use countersign::{
    diagnose::{AwsCheck, Depth, Evidence, Examination, Reached, diagnose, rules::rule},
    evidence::{Case, InputId},
    sigv4::Timestamp,
    source::read_all,
};

fn read(bytes: &[u8]) -> Case {
    let (mut cases, _, _) = read_all(InputId(0), &mut &bytes[..]);
    cases.pop().unwrap()
}

fn with<T>(case: &Case, clock: Option<&str>, ask: impl FnOnce(&Examination<'_>) -> T) -> T {
    let attempt = case.last_attempt().unwrap();
    ask(&Examination::new(Evidence {
        case,
        attempt,
        secret: None,
        session_token: None,
        clock: clock.map(|text| Timestamp::parse(text.as_bytes()).unwrap()),
        theirs: None,
    }))
}

/// What is found, without what is left over.
fn found(text: &str, clock: Option<&str>) -> Vec<(&'static str, &'static str)> {
    let case = read(text.as_bytes());
    let diagnosis = with(&case, clock, |it| diagnose(it, Depth(1)));
    diagnosis
        .findings
        .iter()
        .map(|finding| {
            // A special case of a finding is named by it, and tells more.
            let special = finding
                .equivalent
                .iter()
                .find(|rule| rule.specialises == Some(finding.rule.id));
            let rule = special.copied().unwrap_or(finding.rule);
            (rule.id, finding.proof.id())
        })
        .filter(|(id, _)| *id != "wrong-secret-key")
        .collect()
}

const HEX: &str = "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7";
const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// A request that is signed in its header, with more header lines and a body.
fn signed(line: &str, host: &str, scope: &str, names: &str, more: &str) -> String {
    format!(
        "{line} HTTP/1.1\nHost: {host}\nX-Amz-Date: 20150830T123600Z\nAuthorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/{scope}/aws4_request, SignedHeaders={names}, Signature={HEX}\n{more}"
    )
}

fn s3(names: &str, more: &str) -> String {
    signed(
        "GET /key",
        "bucket.s3.us-east-1.amazonaws.com",
        "us-east-1/s3",
        names,
        more,
    )
}

fn json(more: &str) -> String {
    signed(
        "POST /",
        "dynamodb.us-east-1.amazonaws.com",
        "us-east-1/dynamodb",
        "content-type;host;x-amz-date;x-amz-target",
        &format!(
            "Content-Type: application/x-amz-json-1.0\nX-Amz-Target: DynamoDB_20120810.ListTables\n{more}"
        ),
    )
}

fn presigned(query: &str, more: &str) -> String {
    format!("GET /key?{query} HTTP/1.1\nHost: bucket.s3.us-east-1.amazonaws.com\n{more}")
}

fn query(key: &str, expires: &str, more: &str) -> String {
    format!(
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={key}%2F20150830%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20150830T123600Z&X-Amz-Expires={expires}{more}&X-Amz-SignedHeaders=host&X-Amz-Signature={HEX}"
    )
}

fn xml(status: &str, code: &str, message: &str, more: &str) -> String {
    format!(
        "\nHTTP/1.1 {status}\nContent-Type: application/xml\n\n<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message>{more}<RequestId>R</RequestId></Error>\n"
    )
}

fn refused(code: &str, message: &str) -> String {
    format!(
        "Content-Length: 2\n\n{{}}\nHTTP/1.1 400 Bad Request\nContent-Type: application/x-amz-json-1.0\n\n{{\"__type\":\"com.amazon.coral.service#{code}\",\"message\":\"{message}\"}}\n"
    )
}

fn convicts(id: &str, proof: &str, text: &str) {
    convicts_at(id, proof, text, None);
}

fn convicts_at(id: &str, proof: &str, text: &str, clock: Option<&str>) {
    assert!(rule(id).is_some(), "no rule {id}");
    let found = found(text, clock);
    assert_eq!(found.first(), Some(&(id, proof)), "{id}: {found:?}\n{text}");
}

fn is_silent(id: &str, text: &str) {
    let found = found(text, None);
    assert!(
        found.iter().all(|(own, _)| *own != id),
        "{id}: {found:?}\n{text}"
    );
}

/// Right requests, and some that were refused for other reasons.
fn right() -> Vec<String> {
    let sha = format!("x-amz-content-sha256: {EMPTY}\n");
    let names = "host;x-amz-content-sha256;x-amz-date";
    vec![
        s3(names, &sha),
        s3(names, &format!("{sha}{}", xml("403 Forbidden", "AccessDenied", "Access Denied", ""))),
        s3(names, &format!("{sha}{}", xml("404 Not Found", "NoSuchKey", "The specified key does not exist.", ""))),
        s3(names, &format!("{sha}{}", xml("503 Slow Down", "SlowDown", "Please reduce your request rate.", ""))),
        s3(names, &format!("{sha}\nHTTP/1.1 200 OK\n\nhello")),
        json(""),
        json(&refused("ThrottlingException", "Rate exceeded")),
        json(&refused("AccessDeniedException", "User: arn:aws:iam::123456789012:user/u is not authorized to perform: dynamodb:ListTables")),
        json(&refused("ResourceNotFoundException", "Requested resource not found")),
        presigned(&query("AKIDEXAMPLE", "3600", ""), ""),
        presigned(&query("ASIAEXAMPLE", "604800", "&X-Amz-Security-Token=FwoGEXAMPLE"), ""),
        signed("GET /", "ec2.us-east-1.amazonaws.com", "us-east-1/ec2", "host;x-amz-date", ""),
        signed("GET /bucket/key", "minio.example:9000", "us-east-1/s3", names, &sha),
        signed("GET /items", "abc123.execute-api.us-east-1.amazonaws.com", "us-east-1/execute-api", "host;x-amz-date", ""),
        "GET /items HTTP/1.1\nHost: api.example\nAuthorization: Bearer abc.def.ghi\n\nHTTP/1.1 401 Unauthorized\n\n".to_owned(),
    ]
}

#[test]
fn what_is_right_is_accused_of_nothing() {
    for text in right() {
        assert_eq!(found(&text, None), [], "{text}");
    }
}

#[test]
fn the_form_of_the_authorization() {
    let host = "Host: bucket.s3.us-east-1.amazonaws.com\nX-Amz-Date: 20150830T123600Z\n";
    let with = |value: &str, more: &str| {
        format!(
            "GET /key HTTP/1.1\n{host}x-amz-content-sha256: {EMPTY}\nAuthorization: {value}\n{more}"
        )
    };
    let credential = "Credential=AKIDEXAMPLE/20150830/us-east-1/s3/aws4_request";
    let rest = format!("SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature={HEX}");
    let right = with(&format!("AWS4-HMAC-SHA256 {credential}, {rest}"), "");
    let cases = [
        (
            "two-auth-mechanisms",
            right.replace(
                "/key",
                "/key?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=00",
            ),
        ),
        (
            "algorithm-unsupported",
            right.replace("HMAC-SHA256", "HMAC-SHA25"),
        ),
        (
            "authorization-space-wrong",
            right.replace("SHA256 Cred", "SHA256  Cred"),
        ),
        (
            "authorization-malformed",
            right.replace("Authorization: ", "Authorization: Authorization: "),
        ),
        (
            "authorization-malformed",
            right.replace("aws4_request, Signed", "aws4_request Signed"),
        ),
        (
            "authorization-parts-missing",
            right.replace(&format!(", Signature={HEX}"), ""),
        ),
        (
            "credential-has-whitespace",
            right.replace("Credential=AKID", "Credential= AKID"),
        ),
        (
            "credential-not-five-parts",
            right.replace("/us-east-1/s3", "/s3"),
        ),
        ("host-not-signed", right.replace("=host;", "=")),
        (
            "date-format-wrong",
            right.replace("20150830T123600Z", "2015-08-30T12:36:00Z"),
        ),
        (
            "date-missing",
            right.replace("X-Amz-Date: 20150830T123600Z\n", ""),
        ),
        (
            "scope-terminator-wrong",
            right.replace("aws4_request", "aws4_reqest"),
        ),
        (
            "signed-header-absent",
            right.replace("=host;", "=accept;host;"),
        ),
        (
            "x-amz-header-not-signed",
            right.replace(
                "GET /key HTTP/1.1\n",
                "GET /key HTTP/1.1\nx-amz-acl: private\n",
            ),
        ),
    ];
    for (id, text) in cases {
        convicts(id, "stated", &text);
        is_silent(id, &right);
        // What the service took is no mistake.
        is_silent(id, &format!("{text}\nHTTP/1.1 200 OK\n\nhello"));
    }
    let old = with("AWS AKIDEXAMPLE:c2lnbmF0dXJl", "").replace("us-east-1", "eu-central-1");
    convicts("sigv2-on-v4-only-endpoint", "known", &old);
    is_silent(
        "sigv2-on-v4-only-endpoint",
        &with("AWS AKIDEXAMPLE:c2lnbmF0dXJl", ""),
    );
    let answer = xml(
        "400 Bad Request",
        "InvalidRequest",
        "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.",
        "",
    );
    convicts(
        "sigv2-on-v4-only-endpoint",
        "stated",
        &with("AWS AKIDEXAMPLE:c2lnbmF0dXJl", &answer),
    );
}

#[test]
fn a_canonical_request_alone() {
    let alone = |query: &str, headers: &str| {
        format!("CanonicalRequest:\nGET\n/key\n{query}\n{headers}\n\nhost;x-amz-date\n{EMPTY}\n")
    };
    let (host, date) = ("host:a.example", "x-amz-date:20150830T123600Z");
    let (sorted, turned) = ([host, date].join("\n"), [date, host].join("\n"));
    convicts("headers-not-sorted", "stated", &alone("a=1", &turned));
    is_silent("headers-not-sorted", &alone("a=1", &sorted));
    for query in ["b=2&a=1", "a=2&a=1", "a=1&B=2", "a-b=1&a=2"] {
        convicts("query-not-sorted", "stated", &alone(query, &sorted));
    }
    for query in [
        "",
        "a=1",
        "a=1&b=2",
        "B=2&a=1",
        "a=1&a=2",
        "a=2&a-b=1",
        "?b&a",
    ] {
        is_silent("query-not-sorted", &alone(query, &sorted));
    }
}

#[test]
fn presigned_urls() {
    let right = presigned(&query("AKIDEXAMPLE", "3600", ""), "");
    let answer = |code: &str, message: &str| xml("400 Bad Request", code, message, "");
    let cases = [
        (
            "presign-params-incomplete",
            "stated",
            right.replace("&X-Amz-Expires=3600", ""),
        ),
        (
            "presign-expires-too-long",
            "stated",
            right.replace("=3600", "=2592000"),
        ),
        (
            "presign-expires-not-a-number",
            "stated",
            right.replace("=3600", "=undefined"),
        ),
        (
            "presign-session-token-missing",
            "stated",
            right.replace("AKID", "ASIA"),
        ),
        (
            "presign-checksum-of-empty-body",
            "suspected",
            right.replace(
                "&X-Amz-Signed",
                "&x-amz-checksum-crc32=AAAAAA%3D%3D&X-Amz-Signed",
            ),
        ),
        (
            "presign-expired",
            "stated",
            format!("{right}{}", answer("AccessDenied", "Request has expired")),
        ),
        (
            "date-format-wrong",
            "stated",
            right.replace("20150830T123600Z", "20150830"),
        ),
    ];
    for (id, proof, text) in cases {
        convicts(id, proof, &text);
        is_silent(id, &right);
    }
    let region = answer(
        "AuthorizationQueryParametersError",
        "Error parsing the X-Amz-Credential parameter; the region 'us-east-1' is wrong; expecting 'ap-south-1'",
    );
    convicts(
        "presign-wrong-region",
        "stated",
        &format!("{right}{region}"),
    );
    is_silent("presign-wrong-region", &right);
    // Only a clock can say that a time is over.
    convicts_at(
        "presign-expired",
        "suspected",
        &right,
        Some("20150830T140000Z"),
    );
    assert_eq!(found(&right, Some("20150830T130000Z")), []);
    let session = presigned(
        &query("ASIAEXAMPLE", "604800", "&X-Amz-Security-Token=FwoGEXAMPLE"),
        "",
    );
    let expired = answer("ExpiredToken", "The provided token has expired.");
    convicts_at(
        "presign-outlives-credentials",
        "stated",
        &format!("{session}{expired}"),
        Some("20150901T000000Z"),
    );
    convicts(
        "expired-session-token",
        "stated",
        &format!("{session}{expired}"),
    );
    is_silent("expired-session-token", &session);
}

#[test]
fn what_a_refusal_states() {
    let sha = format!("x-amz-content-sha256: {EMPTY}\n");
    let names = "host;x-amz-content-sha256;x-amz-date";
    let of_s3 = |status: &str, code: &str, message: &str, more: &str| {
        s3(names, &format!("{sha}{}", xml(status, code, message, more)))
    };
    let skewed = "<RequestTime>20150830T123600Z</RequestTime><ServerTime>2015-08-30T14:36:00Z</ServerTime><MaxAllowedSkewMilliseconds>900000</MaxAllowedSkewMilliseconds>";
    let cases = [
        (
            "s3-clock-skew",
            of_s3(
                "403 Forbidden",
                "RequestTimeTooSkewed",
                "The difference between the request time and the current time is too large.",
                skewed,
            ),
        ),
        (
            "retired-or-unknown-access-key",
            of_s3(
                "403 Forbidden",
                "InvalidAccessKeyId",
                "The AWS Access Key Id you provided does not exist in our records.",
                "<AWSAccessKeyId>AKIDEXAMPLE</AWSAccessKeyId>",
            ),
        ),
        (
            "post-policy-field-mismatch",
            of_s3(
                "403 Forbidden",
                "AccessDenied",
                "Invalid according to Policy: Extra input fields: bucket",
                "",
            ),
        ),
        (
            "x-amz-content-sha256-value-invalid",
            of_s3(
                "400 Bad Request",
                "InvalidArgument",
                "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, or a valid sha256 value.",
                "",
            ),
        ),
        (
            "x-amz-header-not-signed",
            of_s3(
                "403 Forbidden",
                "AccessDenied",
                "There were headers present in the request which were not signed",
                "<HeadersNotSigned>x-amz-checksum-sha256</HeadersNotSigned>",
            ),
        ),
        (
            "retired-or-unknown-access-key",
            json(&refused(
                "UnrecognizedClientException",
                "The security token included in the request is invalid.",
            )),
        ),
        (
            "scope-terminator-wrong",
            json(&refused(
                "InvalidSignatureException",
                "Credential should be scoped with a valid terminator: 'aws4_request', not 'e'.",
            )),
        ),
        (
            "host-not-signed",
            json(&refused(
                "InvalidSignatureException",
                "'Host' must be a 'SignedHeader' in the AWS Authorization.",
            )),
        ),
        (
            "content-sha256-header-missing",
            s3(
                "host;x-amz-date",
                &xml(
                    "400 Bad Request",
                    "InvalidRequest",
                    "Missing required header for this request: x-amz-content-sha256",
                    "",
                ),
            ),
        ),
    ];
    for (id, text) in cases {
        convicts(id, "stated", &text);
        for other in right() {
            is_silent(id, &other);
        }
    }
    // The reader says when the service looked; without that no clock is known.
    let day_after = Some("20150831T123600Z");
    convicts_at("clock-skew-behind", "suspected", &json(""), day_after);
    is_silent("clock-skew-behind", &json(""));
    is_silent(
        "clock-skew-behind",
        &of_s3(
            "403 Forbidden",
            "RequestTimeTooSkewed",
            "The difference between the request time and the current time is too large.",
            skewed,
        ),
    );
    let garage = signed(
        "GET /bucket/key",
        "garage.example:3900",
        "us-east-1/s3",
        names,
        &format!(
            "{sha}{}",
            xml(
                "400 Bad Request",
                "AuthorizationHeaderMalformed",
                "Authorization header malformed, unexpected scope: 20150830/us-east-1/s3/aws4_request",
                ""
            )
        ),
    );
    convicts("s3-compatible-region", "stated", &garage);
}

#[test]
fn what_the_catalogue_knows() {
    convicts(
        "content-sha256-header-missing",
        "known",
        &s3("host;x-amz-date", ""),
    );
    let names = "host;x-amz-content-sha256;x-amz-date";
    let sha = format!("x-amz-content-sha256: {EMPTY}\n");
    let lattice = signed(
        "GET /",
        "svc-0123.7d67968.vpc-lattice-svcs.us-east-1.on.aws",
        "us-east-1/vpc-lattice-svcs",
        names,
        &sha,
    );
    convicts("unsigned-payload-required", "known", &lattice);
    is_silent(
        "unsigned-payload-required",
        &lattice.replace(EMPTY, "UNSIGNED-PAYLOAD"),
    );
    let scoped = signed(
        "GET /key",
        "bucket.s3.us-east-1.amazonaws.com",
        "us-east-1/execute-api",
        names,
        &sha,
    );
    let case = read(scoped.as_bytes());
    let diagnosis = with(&case, None, |it| diagnose(it, Depth(1)));
    let first = diagnosis.findings.first().unwrap();
    assert_eq!(first.rule.id, "wrong-service-in-scope");
    assert!(
        first
            .equivalent
            .iter()
            .any(|rule| rule.id == "wrong-service-s3-scope")
    );
    convicts(
        "x-amz-content-sha256-value-invalid",
        "stated",
        &s3(
            names,
            "x-amz-content-sha256: 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        ),
    );
    let chunks = format!(
        "x-amz-content-sha256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD\nx-amz-decoded-content-length: 4\nContent-Length: 175\n\n3;chunk-signature={HEX}\r\nabc\r\n0;chunk-signature={HEX}\r\n\r\n"
    );
    let chunked = signed(
        "PUT /key",
        "bucket.s3.us-east-1.amazonaws.com",
        "us-east-1/s3",
        &format!("{names};x-amz-decoded-content-length"),
        &chunks,
    );
    convicts("decoded-content-length-wrong", "stated", &chunked);
    is_silent(
        "decoded-content-length-wrong",
        &chunked.replace("length: 4", "length: 3"),
    );
}

#[test]
fn suspicions_are_no_more_than_that() {
    let names = "host;x-amz-content-sha256;x-amz-date";
    let sha = format!("x-amz-content-sha256: {EMPTY}\n");
    let aoss = signed(
        "GET /index",
        "abc.us-east-1.aoss.amazonaws.com",
        "us-east-1/aoss",
        "host;x-amz-date",
        "",
    );
    convicts("aoss-content-sha256-missing", "suspected", &aoss);
    is_silent(
        "aoss-content-sha256-missing",
        &signed(
            "GET /index",
            "abc.us-east-1.aoss.amazonaws.com",
            "us-east-1/aoss",
            names,
            &sha,
        ),
    );
    let trailer = "x-amz-content-sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER\nx-amz-decoded-content-length: 3\nx-amz-trailer: x-amz-checksum-crc32\n";
    let names = format!("{names};x-amz-decoded-content-length;x-amz-trailer");
    let own = signed(
        "PUT /b/k",
        "minio.example:9000",
        "us-east-1/s3",
        &names,
        trailer,
    );
    let length = xml(
        "411 Length Required",
        "MissingContentLength",
        "You must provide the Content-Length HTTP header.",
        "",
    );
    convicts(
        "streaming-trailer-not-supported",
        "suspected",
        &format!("{own}{length}"),
    );
    is_silent("streaming-trailer-not-supported", &own);
    is_silent(
        "streaming-trailer-not-supported",
        &format!(
            "{own}{}",
            xml("403 Forbidden", "AccessDenied", "Access Denied", "")
        ),
    );
    let route = signed(
        "GET /itmes",
        "abc123.execute-api.us-east-1.amazonaws.com",
        "us-east-1/execute-api",
        "host;x-amz-date",
        "\nHTTP/1.1 403 Forbidden\nx-amzn-ErrorType: MissingAuthenticationTokenException\nContent-Type: application/json\n\n{\"message\":\"Missing Authentication Token\"}\n",
    );
    convicts("missing-auth-token-wrong-route", "suspected", &route);
    let ec2 = signed(
        "GET /?Action=DescribeInstances&Version=2016-11-15",
        "ec2.us-west-2.amazonaws.com",
        "us-west-2/ec2",
        "host;x-amz-date",
        "\nHTTP/1.1 401 Unauthorized\nContent-Type: text/xml\n\n<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error><Code>AuthFailure</Code><Message>AWS was not able to validate the provided access credentials</Message></Error></Errors><RequestID>R</RequestID></Response>\n",
    );
    convicts("ec2-authfailure", "suspected", &ec2);
    let unknown = refused(
        "UnrecognizedClientException",
        "The security token included in the request is invalid",
    );
    let far = json(&unknown)
        .replace("us-east-1", "ap-east-1")
        .replace("AKID", "ASIA")
        .replace(
            "X-Amz-Date",
            "X-Amz-Security-Token: FwoGEXAMPLE\nX-Amz-Date",
        );
    assert!(found(&far, None).contains(&("optin-region-key-unknown", "suspected")));
    is_silent("optin-region-key-unknown", &json(&unknown));
    let china = json(&unknown)
        .replace("us-east-1.amazonaws.com", "cn-north-1.amazonaws.com.cn")
        .replace("us-east-1", "cn-north-1");
    assert!(found(&china, None).contains(&("wrong-partition-keys", "suspected")));
    is_silent("wrong-partition-keys", &json(&unknown));
    let several = signed(
        "GET /key",
        "x.mrap.accesspoint.s3-global.amazonaws.com",
        "us-east-1/s3",
        "host;x-amz-content-sha256;x-amz-date;x-amz-security-token",
        &format!(
            "{sha}x-amz-security-token: FwoGEXAMPLE\n\nHTTP/1.1 500 Internal Server Error\n\n"
        ),
    )
    .replace("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256")
    .replace("/us-east-1/s3/", "/s3/");
    convicts("sigv4a-with-v1-session-token", "suspected", &several);
    let front = "POST /api HTTP/1.1\nHost: d111.cloudfront.net\nContent-Type: application/json\nContent-Length: 2\n\n{}\nHTTP/1.1 403 Forbidden\nx-amzn-errortype: InvalidSignatureException\nx-amz-cf-id: abc\nContent-Type: application/json\n\n{\"message\":\"The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.\"}\n";
    convicts("cloudfront-oac-no-payload-hash", "suspected", front);
    is_silent(
        "cloudfront-oac-no-payload-hash",
        &front.replace(
            "Content-Length: 2",
            &format!("x-amz-content-sha256: {EMPTY}\nContent-Length: 2"),
        ),
    );
}

#[test]
fn a_refusal_proves_what_was_looked_at_before() {
    let reached = |text: &str| with(&read(text.as_bytes()), None, Reached::of);
    let differs = "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";
    let signature = reached(&json(&refused("InvalidSignatureException", differs))).unwrap();
    assert_eq!(signature.at, AwsCheck::Signature);
    for check in [
        AwsCheck::Clock,
        AwsCheck::Scope,
        AwsCheck::AccessKey,
        AwsCheck::Authorization,
    ] {
        assert!(signature.right.contains(&check));
    }
    assert_eq!(signature.open, []);
    let scope = reached(&json(&refused(
        "InvalidSignatureException",
        "Credential should be scoped to correct service: 'dynamodb'. ",
    )))
    .unwrap();
    assert_eq!(
        scope.open,
        [
            AwsCheck::AccessKey,
            AwsCheck::SessionToken,
            AwsCheck::Signature
        ]
    );
    let own = json(&refused("InvalidSignatureException", differs))
        .replace("dynamodb.us-east-1.amazonaws.com", "localhost:8000");
    assert_eq!(reached(&own), None);
    assert_eq!(reached(&json("")), None);
}

/// Samples in which nothing but the service's answer is against the request.
#[test]
fn recordings_of_right_requests_are_accused_of_nothing() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/sources/botocore-debug");
    for sample in [
        "cli-current-denied",
        "cli-current-s3-get",
        "cli-current-s3-put",
        "cli-current-autoscaling-plans",
        "cli-current-sts",
        "cli-current-s3-list",
        "boto3-s3-put",
        "boto3-presign",
        "cli-current-s3-cp-multipart",
        "cli-current-retried",
    ] {
        let text = fs::read(folder.join(sample).join("input.log")).unwrap();
        let (cases, _, _) = read_all(InputId(0), &mut &text[..]);
        for case in &cases {
            if case.last_attempt().is_none() {
                continue;
            }
            let diagnosis = with(case, None, |it| diagnose(it, Depth(1)));
            let found: Vec<_> = diagnosis
                .findings
                .iter()
                .map(|found| found.rule.id)
                .collect();
            assert_eq!(found, [""; 0], "{sample}, case {}", case.number);
        }
    }
}

#[test]
fn what_a_damaged_refusal_still_says() {
    let signed = "<Error><Code>AccessDenied</Code><Message>There were headers present in the request which were not  @signed</Message><HeadersNotSigned>x-amz-acl</HeadersNotSigned></Error>";
    convicts("x-amz-header-not-signed", "stated", signed);
    let listed = signed.replace("x-amz-acl", "x-amz-content-sha256");
    convicts("x-amz-header-not-signed", "stated", &listed);
    let cut = "<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code><Message>Signature expired: 20180222T204115Z is now earlier than 20180222T204501Z (20180222T210001Z - 15 min.)<";
    convicts("clock-skew-behind", "stated", cut);
}

#[test]
fn where_no_region_is_right_none_is_told() {
    let store = "import { CloudFrontKeyValueStoreClient } from \"@aws-sdk/client-cloudfront-keyvaluestore\";\nInvalidSignatureException: The credential must be scoped to a valid region.\n";
    convicts("multi-region-needs-sigv4a", "stated", store);
    let query = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20250929%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20250929T050257Z&X-Amz-Expires=3600&X-Amz-Signature=16e8b84866c65b0fe024ffd0342b232f4ebe1824939ebd6199571ea80d4465f6&X-Amz-SignedHeaders=host";
    let refusal = "<Error><Code>AuthorizationQueryParametersError</Code><Message>Error parsing the X-Amz-Credential parameter; the region 'us-east-1' is wrong; expecting 'ap-south-1'</Message><Region>ap-south-1</Region></Error>";
    let point =
        format!("https://x1.mrap.accesspoint.s3-global.amazonaws.com/a.mp3?{query}\n\n{refusal}\n");
    assert_eq!(
        found(&point, None),
        [("multi-region-needs-sigv4a", "known")]
    );
}

#[test]
fn a_list_of_names_that_was_encoded_twice_is_one_mistake() {
    let url = "https://my-bucket.s3.amazonaws.com/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20180718T013339Z&X-Amz-SignedHeaders=content-type%253Bhost&X-Amz-Expires=1799&X-Amz-Credential=AKIDEXAMPLE%2F20180718%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Signature=78ef9642c6987e3eec8d9bb44ec5adeeb58446b4bfb8b7118ae8df95fea9364d";
    let refusal = "<Error><Code>AccessDenied</Code><Message>There were headers present in the request which were not signed</Message><HeadersNotSigned>host</HeadersNotSigned></Error>";
    for text in [format!("{url}\n"), format!("{refusal}\n{url}\n")] {
        assert_eq!(found(&text, None), [("presign-url-reencoded", "stated")]);
    }
}

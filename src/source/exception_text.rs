use bstr::{BString, ByteSlice};

use crate::{
    evidence::{Attempt, Case, Claim, OperationHint, Party},
    source::{
        Breadth, Format, Likeness, Line, Reader, Sink, Step, Whole,
        buffer::HEAD,
        collected::Collected,
        error_document::is_about_signing,
        exception_frame,
        exception_frame::Exception,
        markers::Markers,
        refusal,
        service_strings::{end_of_strings, shows_strings},
    },
    wire::Fidelity,
};

pub(super) static FORMAT: Format = Format {
    id: "exception-text",
    summary: "what a program printed of a refusal: the text of an exception",
    page: "\
## How to get it
Copy it from the terminal, with the lines around it: the AWS CLI and boto3 (`An error occurred
(CODE) when calling the …`), Go, Java, JavaScript, PHP, .NET, Ruby, Rust, Terraform.

## What it holds
The message, mostly the code, often the request id, and the strings that the service computed
where its message shows them.

## What it lacks
The request; and of S3's refusals all but the message: S3 shows what it computed in the body of its
answer alone. Print that (boto3: `error.response`), or turn the client's log on.
",
    markers: &[
        "An error occurred (",
        "api error ",
        "Error executing \"",
        "::Errors::",
        "SignatureDoesNotMatch",
        "InvalidSignature",
        "AuthorizationHeaderMalformed",
        "AuthorizationQueryParametersError",
        "RequestTimeTooSkewed",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "UnrecognizedClient",
        "ExpiredToken",
        "IncompleteSignature",
        "MissingAuthenticationToken",
        "signature we calculated does not match",
        "Credential should be scoped",
        "Signature expired: ",
        "Signature not yet current: ",
        "Signature not  yet current: ",
        "security token included in the request",
        "authorization header is malformed",
        "validate the provided access credentials",
        "Authorization header requires '",
        "authorization mechanism you have provided",
        "Missing Authentication Token",
        "Canonical String for this request should have been",
        "Authorization header malformed, unexpected scope",
        "equal-sign) in Authorization header",
        "must be a 'SignedHeader' in the AWS Authorization",
        "require AWS Signature Version 4",
    ],
    breadth: Breadth::General,
    recognise,
    start: |whole| {
        Box::new(ExceptionText {
            whole,
            held: Collected::default(),
        })
    },
};

/// Most messages have none of the bytes by which logs are searched: a text that is short, and has
/// nothing else, is read for their sake, for the sake of a code alone, or because it says which
/// operation was refused, for whatever reason.
fn recognise(head: &[u8]) -> Likeness {
    let has_more = |text: &[u8]| Markers::of_all().is_none_or(|markers| markers.tell(text));
    if head.len() >= HEAD {
        return Likeness::None;
    }
    let is_message = || {
        let joined = bstr::join(" ", head.lines().map(ByteSlice::trim));
        exception_frame::phrase_at(&joined).is_some() && !has_more(&without(&NAMED, head))
    };
    let is_code = || {
        let mut lines = head.lines().filter(|line| has_marker(line));
        exception_frame::code_alone(head).is_some()
            && !lines.any(|line| exception_frame::parse(line).is_some())
            && !has_more(&without(&exception_frame::CODES, head))
    };
    let is_of_operation = || {
        let mut lines = head.lines().filter(|line| has_marker(line)).peekable();
        let names = |line| exception_frame::parse(line).is_some_and(|it| it.operation.is_some());
        lines.peek().is_some() && lines.all(names) && !has_more(&without(FORMAT.markers, head))
    };
    match is_message() || is_code() || is_of_operation() {
        true => Likeness::Faint,
        false => Likeness::None,
    }
}

/// What messages name that has such bytes, and begins nothing else.
const NAMED: [&str; 5] = [
    "Missing Authentication Token",
    "MissingAuthenticationToken",
    "-AWS4-HMAC-SHA256-PAYLOAD",
    "\"AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256\"",
    "'AWS4-HMAC-SHA25'",
];

fn without(words: &[&str], text: &[u8]) -> Vec<u8> {
    let text = text.to_vec();
    words.iter().fold(text, |text, word| text.replace(word, ""))
}

struct ExceptionText {
    whole: Whole,
    held: Collected,
}

/// No exception is longer.
const LINES: usize = 300;

impl Reader for ExceptionText {
    fn line(&mut self, line: &Line<'_>, sink: &mut Sink<'_>) -> Step {
        let line = &out_of_block(line);
        if self.whole == Whole::Document {
            self.held.push(line);
            return Step::More;
        }
        if self.held.len() > 0 && !self.goes_on(line.text()) {
            // The next line may be of another exception.
            self.finish(sink);
        }
        if self.held.len() == 0 && !has_marker(line.text()) {
            return Step::Pass;
        }
        self.held.push(line);
        Step::More
    }

    fn end(&mut self, sink: &mut Sink<'_>) {
        self.finish(sink);
    }
}

/// The line without what hclog, and Terraform with it, puts before each line of a text; the blanks
/// before it may be gone, as all lines of a paste may have them.
fn out_of_block<'a>(line: &Line<'a>) -> Line<'a> {
    let bars = [&b"  | "[..], b"| "].into_iter();
    let mut own = bars.filter_map(|bar| Some((bar, line.raw.strip_prefix(bar)?)));
    match own.next() {
        Some((bar, raw)) if line.taken.around.is_none() => Line {
            raw,
            offset: line.offset + bar.len() as u64,
            ..*line
        },
        Some((_, raw)) => Line { raw, ..*line },
        None => *line,
    }
}

fn has_marker(line: &[u8]) -> bool {
    FORMAT
        .markers
        .iter()
        .any(|marker| line.contains_str(marker))
}

impl ExceptionText {
    /// Whether a line still belongs to the exception that began.
    fn goes_on(&self, line: &[u8]) -> bool {
        let text = self.held.text();
        if self.held.len() >= LINES {
            return false;
        }
        if shows_strings(text) && end_of_strings(text).is_none() {
            return true;
        }
        // Java's and Ruby's stand behind the strings.
        let names = line.contains_str("(Service: ")
            || line.starts_with(b" (Aws::")
            || line.starts_with(b"Error message: ");
        if shows_strings(line) || names {
            return true;
        }
        if text.contains_str("Error executing \"") && !text.contains_str(" (client): ") {
            return true;
        }
        // A program may print code and message on a line each.
        if self.held.len() == 1 && has_marker(line) && exception_frame::parse(text).is_none() {
            return true;
        }
        let indented = line.starts_with(b"  ") || line.starts_with(b"\t");
        if indented || line == b"}" {
            return true;
        }
        // A message that was broken in the middle.
        let says = |text: &[u8]| {
            exception_frame::parse(text).is_some_and(|found| is_about_signing(&found.refusal))
        };
        let joined = || [text, &b"\n"[..], line].concat();
        let may = self.held.len() == 1 && !line.is_empty() && !has_marker(line);
        if may && !says(text) && says(&joined()) {
            return true;
        }
        // A message that was wrapped behind its first sentence.
        let wrapped = text.trim_end().ends_with(b"the signature you provided.");
        if wrapped && line.starts_with(b"Check your ") {
            return true;
        }
        // Between a message and the strings that follow it stands an empty line, or two.
        let last = text.lines().rev().take(2);
        let blanks = last.filter(|line| line.trim().is_empty()).count();
        let asks = text.contains_str("does not match the signature you provided");
        asks && line.trim().is_empty() && blanks < 2 && !shows_strings(text)
    }

    fn finish(&mut self, sink: &mut Sink<'_>) {
        let held = std::mem::take(&mut self.held);
        let text = held.text();
        let alone = || match self.whole {
            Whole::Document => exception_frame::code_alone(text),
            Whole::Log => None,
        };
        let found = exception_frame::parse(text).or_else(alone);
        let (Some(span), Some(found)) = (held.span(), found) else {
            return;
        };
        if self.whole == Whole::Log && !is_about_signing(&found.refusal) {
            return;
        }
        let case = case(found, held.text(), span);
        match self.whole {
            Whole::Document => {
                let number = sink.number();
                sink.case(Case { number, ..case });
            }
            Whole::Log => sink.leftover(case),
        }
    }
}

/// The case that an exception is: a refusal, and the operation's name.
fn case(found: Exception, text: &[u8], span: &crate::evidence::Span) -> Case {
    let text = BString::from(text.trim_end());
    let mut attempt = Attempt::default();
    let fidelity = Fidelity::Unescaped;
    refusal::add(&mut attempt, text.as_bstr(), found.refusal, fidelity, span);
    let hint = found.operation.map(|operation| {
        let hint = OperationHint {
            operation: operation.clone(),
            ..OperationHint::default()
        };
        Claim::of(operation, hint, Party::Signer, fidelity, span.clone())
    });
    Case {
        number: 0,
        format: FORMAT.id,
        attempts: vec![attempt],
        hints: hint.into_iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        evidence::{Case, InputId, Party},
        source::read_all,
        wire::Fidelity,
    };

    const S3: &str = "The request signature we calculated does not match the signature you provided. Check your key and signing method.";
    const SHORT: &str = "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";
    const STRINGS: &str = "\n\nThe Canonical String for this request should have been\n'POST\n/\n\nhost:sts.amazonaws.com\nx-amz-date:20161118T102600Z\n\nhost;x-amz-date\n41db88384d54dc0783e616aa0662ebffce8832b35025195052029a5dc0e33c0e'\n\nThe String-to-Sign should have been\n'AWS4-HMAC-SHA256\n20161118T102600Z\n20161118/us-east-1/sts/aws4_request\n786b3d624f5aeea9ffcb2b802b177a4c2aebbfed608a2464ee684c6972bc6bc6'";

    fn cases(text: &str) -> Vec<Case> {
        read_all(InputId(0), &mut text.as_bytes()).0
    }

    /// Code and message of the one refusal in a text.
    fn read(text: &str) -> (String, String) {
        let cases = cases(text);
        let [case] = cases.as_slice() else {
            panic!("{} cases in {text}", cases.len())
        };
        assert_eq!(case.format, "exception-text");
        let refusal = case.attempts[0].refusal().unwrap();
        (refusal.code.to_string(), refusal.message.to_string())
    }

    #[test]
    fn every_language_is_read() {
        let code = "SignatureDoesNotMatch";
        for text in [
            format!(
                "Traceback (most recent call last):\n  File \"a.py\", line 1, in <module>\nbotocore.exceptions.ClientError: An error occurred ({code}) when calling the GetObject operation: {S3}"
            ),
            format!(
                "\naws: [ERROR]: An error occurred ({code}) when calling the GetObject operation (reached max retries: 2): {S3}\n"
            ),
            format!("{code}: {S3}\n\tstatus code: 403, request id: ABC, host id: def="),
            format!(
                "2025/01/02 03:04:05 operation error S3: GetObject, https response error StatusCode: 403, RequestID: ABC, HostID: d=, api error {code}: {S3}"
            ),
            format!(
                "Exception in thread \"main\" com.amazonaws.services.s3.model.AmazonS3Exception: {S3} (Service: Amazon S3; Status Code: 403; Error Code: {code}; Request ID: ABC; S3 Extended Request ID: d=; Proxy: null), S3 Extended Request ID: d=\n\tat com.amazonaws.http.AmazonHttpClient.x(AmazonHttpClient.java:1)\n"
            ),
            format!("a.rb:17:in 'call': {S3} (Aws::S3::Errors::{code})\n\tfrom b.rb:1:in 'x'"),
            format!(
                "{code}: {S3}\n    at throwDefaultError (/a/b.js:1:2)\n    at async x (/a/c.js:3:4) {{\n  '$fault': 'client',\n  '$metadata': {{ httpStatusCode: 403 }}\n}}"
            ),
            format!(
                "PHP Fatal error:  Uncaught exception 'Aws\\S3\\Exception\\S3Exception' with message 'Error executing \"GetObject\" on \"https://b.s3.amazonaws.com/k\"; AWS HTTP error: Client error: `GET https://b.s3.amazonaws.com/k` resulted in a `403 Forbidden` response:\n<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>The request si (truncated...)\n {code} (client): {S3} - <?xml version=\"1.0\""
            ),
            format!(
                "ServiceError(ServiceError {{ source: Unhandled(Unhandled {{ source: ErrorMetadata {{ code: Some(\"{code}\"), message: Some(\"{S3}\"), extras: None }} }}) }})"
            ),
            format!(
                "{{'Error': {{'Code': '{code}', 'Message': '{S3}'}}, 'ResponseMetadata': {{'HTTPStatusCode': 403}}}}"
            ),
            format!(
                "OSError: When listing objects under key 'a/' in bucket 'b': AWS Error SIGNATURE_DOES_NOT_MATCH during ListObjectsV2 operation: {S3} (Request ID: ABC)"
            ),
            format!(
                "[ERROR] 2025-01-02 03:04:05.006 AWSClient [1] HTTP response code: 403\nResolved remote host IP address: 1.2.3.4\nRequest ID: X\nException name: {code}\nError message: {S3}\n"
            ),
        ] {
            assert_eq!(read(&text), (code.into(), S3.into()), "{text}");
        }
    }

    #[test]
    fn terraforms_bars_are_no_part_of_a_text() {
        let text = format!(
            "operation error STS: GetCallerIdentity, https response error StatusCode: 403, RequestID: X, api error SignatureDoesNotMatch: {SHORT}{STRINGS}"
        );
        let block = text.lines().map(|line| format!("  | {line}\n"));
        let log = format!(
            "  error=\n{}   timestamp=2025-01-02T03:04:05.678Z\n",
            block.collect::<String>()
        );
        let cases = cases(&log);
        let [case] = cases.as_slice() else {
            panic!("{} cases", cases.len())
        };
        let service = case.attempts[0].canonical_request(Party::Service).unwrap();
        assert!(service.text.starts_with(b"POST\n/\n\nhost:sts"));
        assert_eq!(service.fidelity, Fidelity::Exact);
    }

    #[test]
    fn java_2_and_net_have_no_code() {
        let java = format!(
            "software.amazon.awssdk.services.s3.model.S3Exception: {S3} (Service: S3, Status Code: 403, Request ID: X) (SDK Attempt Count: 1)\n\tat a.b(C.java:1)"
        );
        let net = format!(
            "Unhandled exception. Amazon.S3.AmazonS3Exception: {S3}\n ---> Amazon.Runtime.Internal.HttpErrorResponseException: Exception of type\n   at Amazon.Runtime.HttpWebRequestMessage.x()"
        );
        for text in [java, net] {
            assert_eq!(read(&text), (String::new(), S3.into()), "{text}");
        }
    }

    #[test]
    fn the_strings_of_a_message_are_the_services_and_exact() {
        let whole = format!("{SHORT}{STRINGS}");
        for text in [
            format!(
                "An error occurred (SignatureDoesNotMatch) when calling the AssumeRole operation: {whole}\n"
            ),
            format!(
                "some text before\nSignatureDoesNotMatch: {whole}\n\tstatus code: 403, request id: 1"
            ),
            format!(
                "com.amazonaws.X: AmazonException: {whole}\n (Service: AWSSecurityTokenService; Status Code: 403; Error Code: SignatureDoesNotMatch; Request ID: 1)"
            ),
            format!(
                "{{\"level\":\"error\",\"error\":\"operation error STS: AssumeRole, api error SignatureDoesNotMatch: {}\"}}",
                whole.replace('\n', "\\n")
            ),
            format!(
                "An error occurred (SignatureDoesNotMatch) when calling the AssumeRole operation: {}",
                whole.replace('\n', " ")
            ),
        ] {
            let cases = cases(&text);
            let [case] = cases.as_slice() else {
                panic!("{} cases in {text}", cases.len())
            };
            let attempt = &case.attempts[0];
            let claim = attempt.canonical_request(Party::Service).unwrap();
            assert_eq!(claim.fidelity, Fidelity::Exact, "{text}");
            assert!(claim.text.starts_with(b"POST\n/\n\nhost:sts"));
            assert_eq!(
                attempt.string_to_sign(Party::Service).unwrap().fidelity,
                Fidelity::Exact
            );
            assert_eq!(attempt.refusal().unwrap().code, "SignatureDoesNotMatch");
        }
    }

    fn states_one_thing(text: &str) {
        let cases = cases(text);
        let [case] = cases.as_slice() else {
            panic!("{} cases in {text}", cases.len())
        };
        let refusal = case.attempts[0].refusal().unwrap();
        assert_eq!(refusal.statements().len(), 1, "{text}: {refusal:?}");
    }

    #[test]
    fn a_message_is_enough() {
        for text in [
            "XAmzContentSHA256Mismatch: The provided 'x-amz-content-sha256' header does not match what was computed.",
            "ERROR: S3 error: 400 (XAmzContentSHA256Mismatch): The provided 'x-amz-content-sha256' header does not match what was computed.",
            "so I get: AWS authentication requires a valid Date or x-amz-date header",
            "InvalidRequest: The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.",
            "Signature not  yet current: 20181002T170509Z is still later than 20181002T170312Z (20181002T165812Z + 5 min.)",
            "operation error S3: ListBuckets, https response error StatusCode: 403, RequestID: , HostID: , api error SignatureDoesNotMatch: UnknownError",
            "error:\n{\"message\":\"Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization=\"}\n",
        ] {
            states_one_thing(text);
        }
    }

    #[test]
    fn a_message_alone_is_enough_without_a_marker() {
        for message in [
            "'token' not a valid key=value pair (missing equal-sign) in Authorization header: 'Bearer token'.",
            "Invalid according to Policy: Policy Condition failed: [\"starts-with\", \"$content-type\", \"\"]",
            "Invalid according to Policy: Policy expired.",
            "Invalid according to Policy: Extra input fields: bucket",
            "Each form field that you specify in a form (except Awsaccesskeyid, Signature) must appear in the list of conditions.",
            "Bucket POST must contain a field named 'AWSAccessKeyId'.  If it is specified, please check the order of the fields.",
            "Request has expired",
            "Request is not yet valid",
            "The difference between the request time and the current time is too large.",
            "The provided token has expired.",
            "Missing required header for this request: x-amz-content-sha256",
            "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, or a valid sha256 value.",
            "Unsupported Authorization Type",
            "Authorization header is invalid -- one and only one ' ' (space) required.",
            "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA25'.",
            "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds",
            "X-Amz-Expires should be a number",
            "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"",
            "X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256\"",
            "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters",
            "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.",
            "AWS query-string parameters must include 'X-Amz-Credential'. Re-examine the query-string parameters.",
            "Error parsing the X-Amz-Credential parameter; the region 'us-east-1' is wrong; expecting 'ap-south-1'",
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 'a/b/c/d'",
            "Date must be in ISO-8601 'basic format'. Got '2015-08-30'. See http://en.wikipedia.org/wiki/ISO_8601",
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20150830' != '20150831', from '20150831T000000Z'.",
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
            "'accept' is named as a SignedHeader, but it does not exist in the HTTP request.",
            "Missing the 'x-amz-content-sha256' in canonical headers",
            "The request signature does not conform to AWS standards.",
            "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.",
            "AWS was not able to validate the provided access credentials",
            "20150307T194740Z is now earlier than 20150309T203545Z (20150309T204045Z - 5 min.)",
            "the region 'us-east-1' is wrong; expecting 'eu-central-1'",
            "Requests specifying Server Side Encryption with AWS KMS managed keys require AWS Signature Version 4.",
        ] {
            let stated = |refusal: &crate::evidence::Refusal| refusal.statements();
            let whole = crate::evidence::Refusal {
                message: message.into(),
                ..Default::default()
            };
            for before in [
                "",
                "The error is: ",
                "2020/12/15 02:34:31 ",
                "app.NoSuchException: ",
            ] {
                let text = format!("{before}{message}\n");
                let cases = cases(&text);
                let [case] = cases.as_slice() else {
                    panic!("{} cases in {text}", cases.len())
                };
                let refusal = case.attempts[0].refusal().unwrap();
                assert_eq!(stated(refusal), stated(&whole), "{text}");
                assert!(!stated(refusal).is_empty(), "{text}");
            }
        }
    }

    /// The host tells who says it.
    #[test]
    fn what_stands_around_a_missing_token_is_kept() {
        let text = "HTTP 403 returned for \"https://lambda.us-east-1.amazonaws.com/f\".\n\n  Message: Missing Authentication Token\n  Type:    MissingAuthenticationTokenException\n";
        let cases = cases(text);
        let claim = &cases[0].attempts[0].refusals[0];
        assert!(claim.text.starts_with(b"HTTP 403"));
    }

    #[test]
    fn a_key_that_nobody_knows_needs_no_code() {
        for text in [
            "2020/12/15 02:34:31 The Access Key Id you provided does not exist in our records.",
            "{ [S3Error: The access key ID you provided does not exist in our records.]\n  code: 'InvalidAccessKeyID' }",
            "S3Error: The AWS Access Key Id you provided does not exist in our records. (code: InvalidAccessKeyID)",
            "InvalidToken: The provided token is malformed or otherwise invalid.",
        ] {
            assert_eq!(
                cases(text)[0].attempts[0]
                    .refusal()
                    .unwrap()
                    .statements()
                    .len(),
                2,
                "{text}"
            );
        }
    }

    #[test]
    fn a_code_alone_is_enough() {
        for (text, code) in [
            ("Error: SignatureDoesNotMatch", "SignatureDoesNotMatch"),
            (
                "Exception: SignatureDoesNotMatch:  (Awscr::S3::Http::ServerError)",
                "SignatureDoesNotMatch",
            ),
            ("InvalidSignatureException: \n", "InvalidSignatureException"),
            ("UnknownOperationException", "UnknownOperationException"),
            (
                "Unhandled error, code: notFound, body: <UnknownOperationException/>",
                "UnknownOperationException",
            ),
        ] {
            assert_eq!(read(text), (code.into(), String::new()), "{text}");
            let refusal = cases(text)[0].attempts[0].refusal().unwrap().clone();
            assert_eq!(refusal.statements().len(), 1, "{text}");
        }
        // A program names codes too, and a log that speaks of something else.
        for text in [
            "if (e.code === 'ExpiredTokenException') refresh();",
            "    case \"SignatureDoesNotMatch\":",
            "    \"RequestTimeTooSkewed\",",
            "retry on SignatureDoesNotMatch and others",
        ] {
            assert!(cases(text).is_empty(), "{text}");
        }
        let log = "retry on SignatureDoesNotMatch\nAn error occurred (NoSuchKey) when calling the GetObject operation: no\n";
        assert!(cases(log).is_empty());
    }

    #[test]
    fn a_message_may_be_broken_over_two_lines() {
        for text in [
            "2020/12/17 00:04:54 AuthorizationHeaderMalformed: The authorization header is malformed; \nthe region 'us-east-1' is wrong; expecting 'eu-central-1'",
            "AuthorizationHeaderMalformed: The authorization header is malformed; the region\n'us-east-1' is wrong; expecting 'eu-central-1'",
            "InvalidSignatureException: Credential should be scoped to a\n  valid region, not 'us-east-1'.",
            "The error is Credential should be\nscoped to correct service: 'es'.",
        ] {
            states_one_thing(text);
        }
    }

    #[test]
    fn strings_are_read_from_wherever_they_are_quoted() {
        let wrapped = SHORT.replacen("provided. ", "provided. \n", 1);
        for text in [
            format!("it says:\n{}\n", STRINGS.trim_start()),
            format!("{wrapped}{STRINGS}\n"),
        ] {
            let cases = cases(&text);
            let [case] = cases.as_slice() else {
                panic!("{} cases in {text}", cases.len())
            };
            let attempt = &case.attempts[0];
            assert!(
                attempt.canonical_request(Party::Service).is_some(),
                "{text}"
            );
            assert!(!attempt.refusal().unwrap().statements().is_empty());
        }
    }

    #[test]
    fn an_answer_below_a_command_is_the_commands() {
        let command = format!(
            "curl -H 'X-Amz-Date: 20190301T214850Z' -H 'Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20190301/us-east-1/es/aws4_request, SignedHeaders=host;x-amz-date, Signature={}' https://x.us-east-1.es.amazonaws.com/a",
            "0".repeat(64)
        );
        let text = format!("{command}\n{{\"message\":\"{SHORT}\"}}\n");
        let cases = cases(&text);
        let [case] = cases.as_slice() else {
            panic!("{} cases", cases.len())
        };
        assert_eq!(case.format, "curl-command");
        assert!(case.attempts[0].request().is_some() && case.attempts[0].refusal().is_some());
    }

    #[test]
    fn node_prints_the_strings_as_fields() {
        let text = format!(
            "SignatureDoesNotMatch: {S3}\n    at x (/a.js:1:1) {{\n  '$fault': 'client',\n  Code: 'SignatureDoesNotMatch',\n  AWSAccessKeyId: 'AKIDEXAMPLE',\n  StringToSign: 'AWS4-HMAC-SHA256\\n' +\n    '20161118T102600Z\\n' +\n    '20161118/us-east-1/sts/aws4_request\\n' +\n    '786b3d624f5aeea9ffcb2b802b177a4c2aebbfed608a2464ee684c6972bc6bc6',\n  SignatureProvided: '{}',\n  CanonicalRequest: 'POST\\n' +\n    '/\\n' +\n    '\\n' +\n    'host:sts.amazonaws.com\\n' +\n    'x-amz-date:20161118T102600Z\\n' +\n    '\\n' +\n    'host;x-amz-date\\n' +\n    '41db88384d54dc0783e616aa0662ebffce8832b35025195052029a5dc0e33c0e'\n}}\n",
            "a".repeat(64)
        );
        let cases = cases(&text);
        let attempt = &cases[0].attempts[0];
        let claim = attempt.canonical_request(Party::Service).unwrap();
        assert_eq!(claim.fidelity, Fidelity::Exact);
        let refusal = attempt.refusal().unwrap();
        assert_eq!(
            refusal.detail("SignatureProvided").unwrap(),
            "a".repeat(64).as_str()
        );
    }

    #[test]
    fn an_operation_is_a_hint() {
        let text = format!(
            "An error occurred (ExpiredToken) when calling the ListBuckets operation: {S3}"
        );
        assert_eq!(cases(&text)[0].operation().unwrap(), "ListBuckets");
    }

    /// A log is full of refusals for other reasons; a text that is nothing else was given for its sake.
    #[test]
    fn a_refusal_for_another_reason_is_read_where_it_stands_alone() {
        for (text, code) in [
            (
                "An error occurred (AccessDenied) when calling the ListBuckets operation: Access Denied",
                "AccessDenied",
            ),
            (
                "\n$ aws s3 ls\naws: [ERROR]: An error occurred (NoSuchKey) when calling the GetObject operation: The key does not exist.\n",
                "NoSuchKey",
            ),
            (
                "operation error SQS: ListQueues, https response error StatusCode: 403, RequestID: 1, api error AccessDenied: Access is denied.",
                "AccessDenied",
            ),
        ] {
            assert_eq!(read(text).0, code, "{text}");
            let log = format!("{text}\n{}", "another line\n".repeat(8_000));
            assert!(cases(&log).is_empty(), "{text}");
        }
    }

    #[test]
    fn one_refusal_printed_twice_is_one_case() {
        let text = format!(
            "An error occurred (SignatureDoesNotMatch) when calling the GetObject operation: {S3}\nbotocore.exceptions.ClientError: An error occurred (SignatureDoesNotMatch) when calling the GetObject operation: {S3}\n"
        );
        assert_eq!(cases(&text).len(), 1);
    }
}

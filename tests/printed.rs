//! Artifacts that a signer printed in another form than the right one: they are read as what their
//! label says, the mistake is named, and no other is called proven.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends where it cannot go on"
)]

use bstr::ByteSlice;
use countersign::{
    diagnose::{Depth, Evidence, Examination, Verified, diagnose},
    evidence::{InputId, Party},
    sigv4::Sha256Digest,
    source::read_all,
};

const AUTHORIZATION: &str = "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/eu-central-1/dynamodb/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=";
const CANONICAL: &str = "POST\n/\n\ncontent-type:application/x-amz-json-1.0\nhost:dynamodb.eu-central-1.amazonaws.com\nx-amz-date:20260101T120000Z\n\ncontent-type;host;x-amz-date\n44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";

/// The request, with its body or cut behind its head.
fn request(body: Option<&str>) -> String {
    let signature = "ab".repeat(32);
    let head = format!(
        "POST / HTTP/1.1\nHost: dynamodb.eu-central-1.amazonaws.com\nContent-Type: application/x-amz-json-1.0\nX-Amz-Date: 20260101T120000Z\n{AUTHORIZATION}{signature}\n"
    );
    match body {
        Some(body) => format!("{head}\n{body}\n"),
        None => head,
    }
}

/// A string to sign over a canonical request.
fn string(canonical: &str) -> String {
    let digest = Sha256Digest::of(canonical.as_bytes());
    format!(
        "AWS4-HMAC-SHA256\n20260101T120000Z\n20260101/eu-central-1/dynamodb/aws4_request\n{digest}"
    )
}

fn labelled(canonical: &str, string: &str) -> String {
    format!("Canonical request:\n{canonical}\n\nString to sign:\n{string}\n")
}

/// What is found, each with its form.
fn found(text: &str) -> Vec<String> {
    let (cases, _, _) = read_all(InputId(0), &mut text.as_bytes());
    let [case] = cases.as_slice() else {
        panic!("{} cases in {text}", cases.len())
    };
    let it = Examination::new(Evidence::of(case, case.last_attempt().unwrap()));
    let diagnosis = diagnose(&it, Depth::default());
    let of = |finding: &countersign::diagnose::Finding| {
        let form = finding.parameter.clone().unwrap_or_default();
        format!("{} by {}: {form}", finding.rule.id, finding.proof.id())
    };
    diagnosis.findings.iter().map(of).collect()
}

#[test]
fn a_line_that_is_missing_shifts_no_other() {
    let whole = format!(
        "{}\n{}",
        request(Some("{}")),
        labelled(CANONICAL, &string(CANONICAL))
    );
    assert_eq!(found(&whole), Vec::<String>::new());
    for (line, form) in [
        ("POST\n", "without the method"),
        ("/\n", "without the path"),
    ] {
        let canonical = CANONICAL.replacen(line, "", 1);
        let text = format!(
            "{}\n{}",
            request(Some("{}")),
            labelled(&canonical, &string(&canonical))
        );
        assert_eq!(
            found(&text),
            [format!("canonical-request-lines-wrong by digest: {form}")]
        );
    }
}

#[test]
fn a_list_in_another_form_is_the_lists_mistake_without_the_body_too() {
    for (list, form) in [
        (
            "content-type; host; x-amz-date",
            "with a space behind each semicolon",
        ),
        ("content-type,host,x-amz-date", "with commas"),
    ] {
        let canonical = CANONICAL.replace("content-type;host;x-amz-date", list);
        let printed = labelled(&canonical, &string(&canonical));
        for body in [Some("{}"), None] {
            let text = format!("{}\n{printed}", request(body));
            assert_eq!(
                found(&text),
                [format!("signed-headers-list-miswritten by digest: {form}")],
                "{body:?}"
            );
        }
    }
}

#[test]
fn what_is_not_parted_as_it_should_be_proves_nothing_alone() {
    let canonical = CANONICAL
        .replace("content-type:", "content-type=")
        .replace("host:", "host=")
        .replace("date:", "date=");
    assert_eq!(
        found(&labelled(&canonical, &string(&canonical))),
        Vec::<String>::new()
    );
}

#[test]
fn a_string_in_another_form_is_read_as_the_string() {
    let joined = string(CANONICAL).replace('\n', "");
    let text = format!("{}\n{}", request(Some("{}")), labelled(CANONICAL, &joined));
    assert_eq!(
        found(&text),
        ["string-to-sign-lines-wrong by digest: without line feeds"]
    );
    let (cases, _, _) = read_all(InputId(0), &mut labelled(CANONICAL, CANONICAL).as_bytes());
    let [case] = cases.as_slice() else {
        panic!("{} cases", cases.len())
    };
    assert_eq!(case.attempts[0].strings_to_sign[0].text, CANONICAL);
    assert_eq!(case.attempts[0].canonical_requests[0].text, CANONICAL);
}

/// A canonical request alone, beside the strings that the service says it computed.
#[test]
fn a_canonical_request_alone_is_held_against_the_services() {
    let right = CANONICAL.replace("POST\n/\n", "POST\n/i/a%2520b\n");
    let own = CANONICAL.replace("POST\n/\n", "POST\n/i/a%20b\n");
    let text = format!(
        "Canonical request:\n{own}\n\n{{\"__type\":\"InvalidSignatureException\",\"message\":{}}}\n",
        serde_json::to_string(&format!(
            "The request signature we calculated does not match the signature you provided.\n\nThe Canonical String for this request should have been\n'{right}'\n\nThe String-to-Sign should have been\n'{}'\n",
            string(&right)
        ))
        .unwrap()
    );
    assert_eq!(found(&text), ["path-encoded-once-non-s3 by digest: "]);
}

/// Which of two paths is meant is not in the evidence.
#[test]
fn a_path_that_was_sent_is_not_called_right() {
    let own = CANONICAL.replace("POST\n/\n", "POST\n/a%20b\n");
    let sent = request(Some("{}")).replace("POST / ", "POST /a+b ");
    let text = format!("{sent}\n{}", labelled(&own, &string(&own)));
    let (cases, _, _) = read_all(InputId(0), &mut text.as_bytes());
    let case = &cases[0];
    let it = Examination::new(Evidence::of(case, case.last_attempt().unwrap()));
    let diagnosis = diagnose(&it, Depth::default());
    let fix = diagnosis.findings[0].fix.words.to_string();
    assert!(fix.contains("as it was signed"), "{fix}");
}

/// A thread has a label above each block.
#[test]
fn a_label_above_a_block_names_what_is_in_it() {
    let upper = string(CANONICAL);
    let (front, digest) = upper.rsplit_once('\n').unwrap();
    let text = format!(
        "canonical request:\n```\n{CANONICAL}\n```\nstring to sign:\n```\n{front}\n{}\n```\nrequest:\n```\n{}\n```\n",
        digest.to_uppercase(),
        request(Some("{}"))
    );
    assert_eq!(
        found(&text),
        ["canonical-request-not-hashed by digest: in upper case"]
    );
}

/// A terminal shows the command above what came in; a version of HTTP may be none.
#[test]
fn a_request_below_a_line_of_its_own_is_read() {
    for (prompt, version) in [
        ("```\nme@host:~$ nc -l 9000\n", "1.1"),
        ("```\n2026/01/01 12:00:00 Request\n", "0.0"),
        ("2026/01/01 12:00:00 Request\n", "0.0"),
    ] {
        let sent = request(None).replace("HTTP/1.1", &format!("HTTP/{version}"));
        let text = format!("{prompt}{sent}\n```\n");
        let (cases, _, _) = read_all(InputId(0), &mut text.as_bytes());
        let requests: Vec<_> = cases
            .iter()
            .map(|case| case.attempts[0].request())
            .collect();
        assert!(matches!(requests[..], [Some(_)]), "{text}");
    }
}

/// What stands below a request may be anything.
#[test]
fn what_stands_below_a_request_is_not_quoted() {
    let refusal = "{\"__type\":\"InvalidSignatureException\",\"message\":\"The request signature we calculated does not match the signature you provided.\"}";
    for below in [
        "AWS_SECRET_ACCESS_KEY=canary",
        "{\"authorization\": \"Bearer canary\"}",
    ] {
        let text = format!("{}\n{below}\n\n{refusal}\n\n{below}\n", request(Some("{}")));
        let (cases, notes, _) = read_all(InputId(0), &mut text.as_bytes());
        assert_eq!(cases[0].attempts[0].refusals.len(), 1);
        let quoting = |note: &countersign::evidence::Note| note.message.contains_str("canary");
        assert!(!notes.iter().any(quoting), "{notes:?}");
    }
}

/// pytest shows a failed test's log once more; what a log tells twice happened once.
#[test]
fn a_log_shown_twice_tells_each_call_once() {
    for sample in [
        "boto3-stream-logger",
        "cli-current-wrong-secret-s3",
        "cli-current-retried",
    ] {
        let folder = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/fixtures/sources/botocore-debug/"
        );
        let log = std::fs::read(format!("{folder}{sample}/input.log")).unwrap();
        let count = |text: &[u8]| read_all(InputId(0), &mut &*text).0.len();
        let twice = [&log[..], b"------ Captured log call ------\n", &log].concat();
        assert_eq!(count(&twice), count(&log), "{sample}");
        // Another answer makes another call.
        let again = log.replace("x-amzn-RequestId", "x-amzn-requestid");
        let again = again.replace("6b8f1f1e", "7b8f1f1e");
        let other = [&log[..], &again].concat();
        assert_eq!(count(&other), 2 * count(&log), "{sample}");
    }
}

/// The white space of a string to sign is told by nothing but its signature.
#[test]
fn the_key_is_not_all_that_is_left_where_white_space_is_in_doubt() {
    let refusal = format!(
        "{{\"__type\":\"InvalidSignatureException\",\"message\":{}}}\n",
        serde_json::to_string(&format!(
            "The request signature we calculated does not match the signature you provided.\n\nThe Canonical String for this request should have been\n'{CANONICAL}'\n\nThe String-to-Sign should have been\n'{}'\n",
            string(CANONICAL)
        ))
        .unwrap()
    );
    let right = string(CANONICAL);
    let of = |labels: [&str; 2], own: &str| {
        let [canonical, string] = labels;
        let printed = format!("{canonical}\n{CANONICAL}\n{string}\n{own}\nsigned\n");
        found(&format!("{}\n{printed}{refusal}", request(Some("{}"))))
    };
    let own_forms = [
        (right.clone(), "wrong-secret-key by excluded: "),
        (
            right.replace('\n', "\r\n"),
            "line-terminator-not-lf by digest: CR LF in the string to sign",
        ),
        (
            format!("{right}  -"),
            "canonical-request-not-hashed by digest: the line of sha256sum",
        ),
        (
            format!("{}\n", right.replace('\n', "\r\n")),
            "line-terminator-not-lf by digest: CR LF in the string to sign",
        ),
        (format!("{right} "), "wrong-secret-key by suspected: "),
        (format!("{right}\n"), "wrong-secret-key by suspected: "),
        (format!("\n{right}"), "wrong-secret-key by suspected: "),
    ];
    for labels in [
        ["Canonical request:", "String to sign:"],
        ["CanonicalRequest:", "StringToSign:"],
    ] {
        for (own, expected) in &own_forms {
            assert_eq!(of(labels, own), [*expected], "{labels:?} {own:?}");
        }
    }
    let printed = format!("CanonicalRequest:\n{CANONICAL}\nStringToSign:\n{right}\nsigned\n");
    for paste in [
        printed.replace('\n', "\r\n"),
        printed.replace('\n', "\n    "),
        printed.replace('\n', "  \n"),
    ] {
        let text = format!("{}\n{paste}{refusal}", request(Some("{}")));
        assert_eq!(
            found(&text),
            ["wrong-secret-key by suspected: "],
            "{paste:?}"
        );
    }
}

/// The service takes time and scope out of the request: where that is not at hand, its string has them.
#[test]
fn without_the_request_the_services_string_tells_its_scope_and_time() {
    let refusal = format!(
        "{{\"__type\":\"InvalidSignatureException\",\"message\":{}}}\n",
        serde_json::to_string(&format!(
            "The request signature we calculated does not match the signature you provided.\n\nThe Canonical String for this request should have been\n'{CANONICAL}'\n\nThe String-to-Sign should have been\n'{}'\n",
            string(CANONICAL)
        ))
        .unwrap()
    );
    for (from, to, expected) in [
        (
            "eu-central-1",
            "us-east-1",
            "string-to-sign-scope-differs by digest: us-east-1",
        ),
        (
            "T120000Z",
            "T110000Z",
            "string-to-sign-of-another-time by digest: 20260101T110000Z",
        ),
    ] {
        let own = string(CANONICAL).replace(from, to);
        let text = format!("{}{refusal}", labelled(CANONICAL, &own));
        assert_eq!(found(&text), [expected], "{text}");
    }
}

/// What the service answers, in three forms: of S3, in JSON, and as a program prints an exception.
fn refusals(canonical: &str) -> [String; 3] {
    let string = string(canonical);
    let message = "The request signature we calculated does not match the signature you provided.";
    let strings = format!(
        "\n\nThe Canonical String for this request should have been\n'{canonical}'\n\nThe String-to-Sign should have been\n'{string}'\n"
    );
    let json = serde_json::json!({ "message": format!("{message}{strings}") });
    [
        format!(
            "<Error><Code>SignatureDoesNotMatch</Code><Message>{message}</Message><StringToSign>{string}</StringToSign><CanonicalRequest>{canonical}</CanonicalRequest></Error>"
        ),
        json.to_string(),
        format!(
            "botocore.exceptions.ClientError: An error occurred (SignatureDoesNotMatch) when calling the PutItem operation: {message}{strings}"
        ),
    ]
}

#[test]
fn what_was_hashed_is_found_wherever_it_stands_beside_a_refusal() {
    let own = CANONICAL.replace("application/x-amz-json-1.0", "application/json");
    let forms = [
        own.clone(),
        format!("'{}'", own.replace('\n', "\\n")),
        format!("    {}", own.replace('\n', "\n    ")),
        format!("```\n{own}\n```"),
    ];
    let labels = [
        "",
        "Canonical request:\n",
        "Here is what my code hashes:\n\n",
        "CR:\n---\n",
        "console.log(canonicalRequest)\n\nprints\n\n",
    ];
    for refusal in refusals(CANONICAL) {
        for (label, form) in labels
            .iter()
            .flat_map(|label| forms.iter().map(move |form| (label, form)))
        {
            for text in [
                format!("{label}{form}\n\n{refusal}\n"),
                format!("{refusal}\n\n{label}{form}\n"),
                format!("Hello, please help.\n\n{refusal}\n\n{label}{form}\n"),
            ] {
                let (cases, _, _) = read_all(InputId(0), &mut text.as_bytes());
                let [case] = cases.as_slice() else {
                    panic!("{} cases in {text}", cases.len())
                };
                let attempt = case.last_attempt().unwrap();
                let of = |party: Party| {
                    attempt
                        .canonical_request(party)
                        .map(|claim| claim.text.to_string())
                };
                assert_eq!(of(Party::Signer).as_deref(), Some(&own[..]), "{text}");
                assert_eq!(of(Party::Service).as_deref(), Some(CANONICAL), "{text}");
            }
        }
    }
}

#[test]
fn words_and_artifacts_below_an_answer_are_no_part_of_it() {
    let own = CANONICAL.replace("application/x-amz-json-1.0", "application/json");
    let request = request(None);
    let sent: String = request.lines().map(|line| format!("> {line}\n")).collect();
    let [xml, json, _] = refusals(CANONICAL);
    for refusal in [xml, json] {
        let kind = match refusal.starts_with('{') {
            true => "application/json",
            false => "application/xml",
        };
        for exchange in [
            format!("{request}\nHTTP/1.1 403 Forbidden\nContent-Type: {kind}\n\n{refusal}\n"),
            format!("{sent}>\n< HTTP/1.1 403 Forbidden\n< Content-Type: {kind}\n<\n{refusal}\n"),
        ] {
            for words in [
                "",
                "Canonical request:\n",
                "Here is what my code hashes:\n\n",
            ] {
                let text = format!("{exchange}\n{words}{own}\n");
                let (cases, _, _) = read_all(InputId(0), &mut text.as_bytes());
                let [case] = cases.as_slice() else {
                    panic!("{} cases in {text}", cases.len())
                };
                let attempt = case.last_attempt().unwrap();
                let claim = attempt.canonical_request(Party::Signer);
                let text = claim.map(|claim| claim.text.to_string());
                assert_eq!(text.as_deref(), Some(&own[..]));
                let answer = attempt.response().and_then(|answer| answer.body.bytes());
                assert_eq!(answer.unwrap().trim().as_bstr(), refusal);
            }
        }
    }
}

#[test]
fn a_signature_that_is_none_speaks_of_no_key() {
    let escaped = |text: &str| text.replace('\n', "\\n");
    let [canonical, string] = [CANONICAL, &string(CANONICAL)].map(escaped);
    let [_, refusal, _] = refusals(CANONICAL);
    let key = |bytes: usize| {
        let request = request(Some("{}")).replace(&"ab".repeat(32), &"ab".repeat(bytes));
        let found = found(&format!(
            "{request}\ncanonical_request='{canonical}'\nstring_to_sign='{string}'\n\n{refusal}\n"
        ));
        let mut found = found.into_iter();
        found.any(|found| found.starts_with("wrong-secret-key by excluded"))
    };
    assert_eq!([32, 31, 20].map(key), [true, false, false]);
}

#[test]
fn what_ends_in_no_hash_is_not_said_to_be_right() {
    let sha_1 = CANONICAL.replace(
        "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
        "bf21a9e8fbc5a3846fb05b4fa0859e0917b2202f",
    );
    let text = format!("{}\n{}", request(None), labelled(&sha_1, &string(&sha_1)));
    let (cases, _, _) = read_all(InputId(0), &mut text.as_bytes());
    let it = Examination::new(Evidence::of(&cases[0], cases[0].last_attempt().unwrap()));
    let verified = diagnose(&it, Depth::default()).verified;
    assert_eq!(verified, [Verified::StringToSign]);
}

#[test]
fn a_token_signed_for_a_service_that_has_it_appended_is_that_mistake_without_the_url_too() {
    let query = |token: &str| {
        format!(
            "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=ASIAEXAMPLE%2F20260101%2Feu-central-1%2Fiotdevicegateway%2Faws4_request&X-Amz-Date=20260101T120000Z&X-Amz-Expires=86400{token}&X-Amz-SignedHeaders=host"
        )
    };
    let canonical = |token: &str| {
        let query = query(token);
        let empty = Sha256Digest::OF_NOTHING;
        format!("GET\n/mqtt\n{query}\nhost:a1-ats.iot.eu-central-1.amazonaws.com\n\nhost\n{empty}")
    };
    let of_iot = |text: &str| text.replace("/dynamodb/", "/iotdevicegateway/");
    let own = canonical("&X-Amz-Security-Token=EXAMPLETOKEN");
    let [_, refusal, _] = refusals(&canonical(""));
    let text = format!("{}\n{refusal}\n", labelled(&own, &string(&own)));
    assert_eq!(
        found(&of_iot(&text)),
        ["iot-token-must-not-be-signed by digest: "]
    );
}

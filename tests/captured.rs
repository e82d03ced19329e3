//! Captures that lack what was signed, or from which it was taken out: what cannot be recomputed
//! accuses nobody, and what the service computed tells what the capture lacks.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends where it cannot go on"
)]

use std::{fs, path::Path};

use countersign::{
    diagnose::{Depth, Evidence, Examination, diagnose, notes},
    evidence::InputId,
    sigv4::{SecretAccessKey, Sha256Digest},
    source::read_all,
};

const TOKEN: &str = "FwoGZXIvYXdzEXAMPLETOKEN//////////wEaDExampleTokenForLoopback+Only/EXAMPLE==";

fn fixture(path: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    fs::read_to_string(folder.join(path)).unwrap()
}

/// A right request with a session token.
fn right() -> String {
    fixture("right/json-session/silent-unanswered/request.http")
}

/// A request that was signed with another secret, what its signer printed, and what the service
/// computed.
fn wrong_secret() -> [String; 3] {
    ["request.http", "signer.txt", "refusal.xml"]
        .map(|name| fixture(&format!("rules/wrong-secret-key/convicts-s3/{name}")))
}

/// What is found in one paste, and what is noted, with the secret or without.
fn examine(text: &str, with_secret: bool) -> (Vec<(&'static str, &'static str)>, String) {
    let secret = SecretAccessKey::new(b"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_vec());
    let (cases, _, _) = read_all(InputId(0), &mut text.as_bytes());
    let [case] = cases.as_slice() else {
        panic!("{} cases in {text}", cases.len())
    };
    let it = Examination::new(Evidence {
        secret: with_secret.then_some(&secret),
        ..Evidence::of(case, case.last_attempt().unwrap())
    });
    let diagnosis = diagnose(&it, Depth::default());
    let found = diagnosis.findings.iter();
    let noted: Vec<String> = notes(&it, &diagnosis)
        .iter()
        .map(|note| note.message.to_string())
        .collect();
    (
        found
            .map(|finding| (finding.rule.id, finding.proof.id()))
            .collect(),
        noted.join("\n"),
    )
}

fn found(text: &str, with_secret: bool) -> Vec<(&'static str, &'static str)> {
    examine(text, with_secret).0
}

/// The text without the line that begins so.
fn without(text: &str, start: &str) -> String {
    let lines = text.split_inclusive('\n');
    let kept: Vec<&str> = lines.filter(|line| !line.starts_with(start)).collect();
    assert_ne!(kept.concat(), text);
    kept.concat()
}

#[test]
fn what_was_taken_out_accuses_nobody() {
    assert_eq!(found(&right(), true), []);
    for mask in ["***", "[REDACTED]", "FwoGZXIv..."] {
        assert_eq!(found(&right().replace(TOKEN, mask), true), [], "{mask}");
    }
    assert_eq!(found(&without(&right(), "Host: "), true), []);
    let masked = right().replace("dynamodb.eu-central-1.amazonaws.com", "xxxx.amazonaws.com");
    assert_eq!(found(&masked, true), []);
}

#[test]
fn what_the_service_computed_tells_what_the_capture_lacks() {
    let [request, _, refusal] = wrong_secret();
    let whole = found(&format!("{request}\n\n{refusal}"), false);
    let suspected = [
        ("canonical-requests-differ", "suspected"),
        ("wrong-secret-key", "suspected"),
    ];
    assert_eq!(whole, suspected);
    for start in ["Host: ", "Range: ", "X-Amz-Date: "] {
        let capture = format!("{}\n\n{refusal}", without(&request, start));
        let (found, notes) = examine(&capture, false);
        assert_eq!(found, suspected, "without {start}");
        let name = start.trim_end_matches(": ").to_ascii_lowercase();
        assert!(notes.contains(&name), "{notes}");
    }
    let masked = request.replace("demo-bucket.s3.eu-central-1", "xxxx");
    assert_eq!(found(&format!("{masked}\n\n{refusal}"), false), suspected);
}

#[test]
fn the_key_is_left_over_only_where_the_string_is_known() {
    let [request, signer, refusal] = wrong_secret();
    let all = format!("{request}\n\n{signer}{refusal}");
    assert_eq!(found(&all, false), [("wrong-secret-key", "excluded")]);
    // An empty line below it may be its own.
    let apart = format!("{request}\n\n{signer}\n\n{refusal}");
    assert_eq!(found(&apart, false), [("wrong-secret-key", "suspected")]);
    let (canonical, _) = signer.split_once("string to sign:").unwrap();
    let some = format!("{request}\n\n{canonical}\n\n{refusal}");
    assert_eq!(found(&some, false), [("wrong-secret-key", "suspected")]);
}

#[test]
fn a_signature_of_version_4_in_a_request_of_4a_accuses_no_key() {
    let text = right()
        .replace("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256")
        .replace("/eu-central-1/", "/");
    let accuses = |(rule, _): &(&str, &str)| *rule == "wrong-secret-key";
    assert!(!found(&text, true).iter().any(accuses));
}

/// A URL alone shows neither the headers that it signs nor what was sent with it.
#[test]
fn a_url_alone_holds_no_headers() {
    let url = "https://demo-bucket.s3.eu-central-1.amazonaws.com/a.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20260901%2Feu-central-1%2Fs3%2Faws4_request&X-Amz-Date=20260901T120000Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host%3Bx-amz-meta-owner&X-Amz-Signature=";
    let text = format!("{url}{}\n", "ab".repeat(32));
    assert_eq!(found(&text, true), []);
    let unsigned = text.replace("%3Bx-amz-meta-owner", "");
    assert_eq!(found(&unsigned, true), [("wrong-secret-key", "suspected")]);
}

/// What a masked value had in its place is not known.
#[test]
fn a_masked_authorization_lacks_nothing() {
    let whole = right();
    let (front, _) = whole.split_once("Credential=").unwrap();
    let (_, behind) = whole.split_once("Content-Length").unwrap();
    for value in [
        "Credential=...",
        "Credential=***",
        "Credential=AKIDEXAMPLE/20260901/...",
    ] {
        let text = format!("{front}{value}\nContent-Length{behind}");
        assert_eq!(found(&text, false), [], "{value}");
    }
    let broken = "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260901/eu-central-1/s3/aws4_request,\n  SignedHeaders=host;x-amz-date,\n  Signature=YYYY\n";
    assert_eq!(found(broken, false), []);
}

/// A service that checks a signature of version 2 takes that version.
#[test]
fn a_string_of_version_2_is_told_as_what_it_is() {
    let text = "<?xml version='1.0' encoding='UTF-8'?>\n<Error><Code>SignatureDoesNotMatch</Code><Message>The request signature we calculated does not match the signature you provided.</Message><StringToSign>PUT\n\n\n1504106769\n/demo-bucket/a.txt</StringToSign></Error>\n";
    let (found, notes) = examine(text, false);
    assert!(
        !found
            .iter()
            .any(|(rule, _)| *rule == "sigv2-on-v4-only-endpoint")
    );
    assert!(notes.contains("Signature Version 2"), "{notes}");
}

/// A mistake that changes nothing of the right text may change what the request states: it is made
/// alone, and explains it alone.
#[test]
fn a_list_in_capitals_is_one_mistake() {
    let text = right().replace(";x-amz-date;", ";X-Amz-Date;");
    assert_ne!(text, right());
    let proven: Vec<&str> = found(&text, true)
        .into_iter()
        .filter(|(_, proof)| *proof == "signature")
        .map(|(rule, _)| rule)
        .collect();
    assert_eq!(proven, ["signed-headers-list-miswritten"]);
}

const BODY: &str = r#"{"name":"x","items":[1,2,{"a":"b c"}]}"#;
const HOST: &str = "abc123.execute-api.us-west-2.amazonaws.com";
const SUSPECTED: [(&str, &str); 2] = [
    ("canonical-requests-differ", "suspected"),
    ("wrong-secret-key", "suspected"),
];

/// The canonical request of a call of API Gateway.
fn canonical(method: &str, body: &str) -> String {
    let hash = Sha256Digest::of(body.as_bytes());
    format!(
        "{method}\n/prod/pets\na=x%20y&b=2\ncontent-type:application/json\nhost:{HOST}\nx-amz-date:20240305T040452Z\n\ncontent-type;host;x-amz-date\n{hash}"
    )
}

/// How API Gateway refuses it.
fn gateway(canonical: &str) -> String {
    let digest = Sha256Digest::of(canonical.as_bytes());
    let message = format!(
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.\n\nThe Canonical String for this request should have been\n'{canonical}'\n\nThe String-to-Sign should have been\n'AWS4-HMAC-SHA256\n20240305T040452Z\n20240305/us-west-2/execute-api/aws4_request\n{digest}'\n"
    );
    serde_json::json!({ "message": message }).to_string()
}

/// The head of that call, as it is sent; its signature is of a key that nobody has here.
fn head(method: &str) -> String {
    format!(
        "{method} /prod/pets?b=2&a=x%20y HTTP/1.1\nContent-Type: application/json\nHost: {HOST}\nX-Amz-Date: 20240305T040452Z\nAuthorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20240305/us-west-2/execute-api/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=7fc7c2f67c857e9cc1e951a310d6570629bd21624c67d65d13d8aeef726ace6e\n\n"
    )
}

/// That call as somebody shows it, with its answer.
fn call(head: &str, body: &str) -> String {
    let refusal = gateway(&canonical("POST", BODY));
    format!("{head}{body}\n\nHTTP/1.1 403 Forbidden\nContent-Type: application/json\n\n{refusal}\n")
}

#[test]
fn what_stands_for_a_body_is_not_what_was_sent() {
    assert_eq!(found(&call(&head("POST"), BODY), false), SUSPECTED);
    for body in [
        r#"{"name":"x","items":[1,2,..."#,
        r#"{"name":"REDACTED","items":[1,2,{"a":"b c"}]}"#,
        "[object Object]",
        "<binary data>",
        "{...}",
        "${BODY}",
    ] {
        let text = call(&head("POST"), body);
        let (found, _) = examine(&text, false);
        assert_eq!(found, SUSPECTED, "{body}");
    }
    let refusal = gateway(&canonical("POST", BODY));
    let headers = "-H 'Content-Type: application/json' -H 'X-Amz-Date: 20240305T040452Z' -H 'Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20240305/us-west-2/execute-api/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=7fc7c2f67c857e9cc1e951a310d6570629bd21624c67d65d13d8aeef726ace6e'";
    for data in ["", r#" -d "$BODY""#] {
        let command =
            format!("curl -X POST 'https://{HOST}/prod/pets?a=x%20y&b=2' {headers}{data}");
        let text = format!("{command}\n\n{refusal}\n");
        assert_eq!(found(&text, false), SUSPECTED, "{data}");
    }
    // What its length or its hash says was sent, was sent.
    let told = head("POST").replace("Host: ", "Content-Length: 15\nHost: ");
    let (found, _) = examine(&call(&told, "[object Object]"), false);
    assert_eq!(found, [("canonical-requests-differ", "stated")]);
}

#[test]
fn a_placeholder_was_not_sent() {
    let text = call(&head("POST"), BODY);
    for (from, to) in [
        ("Host: abc123.", "Host: <api-id>."),
        ("Host: abc123.", "Host: {api}."),
        ("POST /prod/pets?", "POST /prod/<id>?"),
        ("POST /prod/pets?", "POST /${STAGE}/pets?"),
        ("a=x%20y HTTP", "a=xxxx HTTP"),
    ] {
        let shown = text.replacen(from, to, 1);
        assert_ne!(shown, text);
        assert_eq!(found(&shown, false), SUSPECTED, "{to}");
    }
    let own = canonical("POST", BODY).replace("abc123.", "xxxx.");
    let text = format!(
        "canonical request:\n{own}\n\n{}",
        gateway(&canonical("POST", BODY))
    );
    assert_eq!(found(&text, false), [("wrong-secret-key", "suspected")]);
}

#[test]
fn a_capture_that_may_be_shown_otherwise_proves_nothing() {
    let text = call(&head("POST"), BODY);
    let pretty = "{\n  \"name\": \"x\",\n  \"items\": [\n    1,\n    2,\n    {\n      \"a\": \"b c\"\n    }\n  ]\n}";
    for (from, to, rule) in [
        (BODY, pretty, "body-changed-after-signing"),
        (
            "application/json\nHost",
            "application/json; charset=utf-8\nHost",
            "content-type-added-or-changed",
        ),
        (
            "Host: abc123.",
            "Host: myapi.",
            "reverse-proxy-rewrote-host",
        ),
        (".com\nX-Amz", ".com:443\nX-Amz", "host-default-port-signed"),
    ] {
        let shown = text.replacen(from, to, 1);
        assert_ne!(shown, text);
        let first = (rule, "suspected");
        assert_eq!(
            found(&shown, false),
            [&[first], &SUSPECTED[..]].concat(),
            "{to}"
        );
    }
    // What nobody changes of it when it is shown was changed on its way.
    let changed = text.replacen("application/json\nHost", "text/plain\nHost", 1);
    let by_text = [("content-type-added-or-changed", "digest")];
    assert_eq!(found(&changed, false), by_text);
}

#[test]
fn a_url_has_no_method() {
    let fixture = |name: &str| fixture(&format!("rules/presign-wrong-method/convicts-head/{name}"));
    let refusal = fixture("refusal.xml");
    let request = fixture("request.http");
    let target = request.split(' ').nth(1).unwrap();
    let url = format!("https://demo-bucket.s3.eu-central-1.amazonaws.com{target}");
    for before in ["", "URL ", "Open ", "get ", "see ", "My URL: "] {
        let text = format!("{before}{url}\n\n{refusal}\n");
        assert_eq!(found(&text, false), SUSPECTED, "{before}");
    }
    let renamed = url.replace("demo-bucket", "mybucket");
    let first = ("reverse-proxy-rewrote-host", "suspected");
    let text = format!("{renamed}\n\n{refusal}\n");
    assert_eq!(found(&text, false), [&[first], &SUSPECTED[..]].concat());
    let text = format!("{url}\n\n{refusal}\n");
    let proven = ("presign-wrong-method", "signature");
    assert_eq!(found(&text, true), [proven]);
}

#[test]
fn what_stands_below_a_head_is_not_its_body() {
    let get = head("GET");
    let refusal = gateway(&canonical("GET", ""));
    let answer = format!("HTTP/1.1 403 Forbidden\nContent-Type: application/json\n\n{refusal}\n");
    for words in [
        "",
        "Response:\n\n",
        "None\n\n",
        "(no content)\n\n",
        "```\n",
        "and I get\n\n",
    ] {
        assert_eq!(
            found(&format!("{get}{words}{answer}"), false),
            SUSPECTED,
            "{words}"
        );
    }
    assert_eq!(found(&format!("{get}{refusal}\n"), false), SUSPECTED);
    let pretty = refusal
        .replace("{\"message\":", "{\n  \"message\": ")
        .replace("\"}", "\"\n}");
    assert_eq!(found(&format!("{get}{pretty}\n"), false), SUSPECTED);
    let post = call(&head("POST"), &format!("{BODY}\n\nResponse:"));
    assert_eq!(found(&post, false), SUSPECTED);
    let date = r#"{"message":"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20240306' != '20240305', from '20240305T235959Z'."}"#;
    let stated = [("scope-date-mismatch", "stated")];
    assert_eq!(found(&format!("{get}{date}\n"), false), stated);
    let errors = "{\n  \"errors\": [\n {\"message\": \"Access to requested resource is denied.\", \"code\": \"Unauthorized\"}\n]\n}\n";
    let text = format!("{get}{errors}");
    let (cases, _, _) = read_all(InputId(0), &mut text.as_bytes());
    let refusal = cases[0].attempts[0].refusal().unwrap();
    assert_eq!(refusal.code, "Unauthorized");
}

#[test]
fn an_answer_in_words_is_read() {
    let canonical = canonical("POST", BODY);
    let message: serde_json::Value = serde_json::from_str(&gateway(&canonical)).unwrap();
    let message = message["message"].as_str().unwrap();
    let request = format!("{}{BODY}", head("POST"));
    for words in [message.to_owned(), message.replace('\n', " ")] {
        let text = format!("{request}\n\nHTTP/1.1 403 Forbidden\n\n{words}\n");
        assert_eq!(found(&text, false), SUSPECTED, "{words}");
    }
}

#[test]
fn what_a_paste_has_behind_a_signature_is_not_its_own() {
    let text = call(&head("POST"), BODY);
    let digits = "7fc7c2f67c857e9cc1e951a310d6570629bd21624c67d65d13d8aeef726ace6e";
    for tail in [
        ")",
        "]",
        "}",
        "\"",
        "'",
        ">",
        "`",
        "|",
        ",",
        ".",
        "\\r\\n",
        "</code>",
        " (masked)",
    ] {
        let shown = text.replacen(digits, &format!("{digits}{tail}"), 1);
        assert_eq!(found(&shown, false), SUSPECTED, "{tail}");
    }
    for mask in ["7fc7c2xxxxxxxx6ace6e", "7fc7***6ace6e", "7fc7...6ace6e"] {
        assert_eq!(
            found(&text.replacen(digits, mask, 1), false),
            SUSPECTED,
            "{mask}"
        );
    }
}

#[test]
fn a_masked_credential_states_no_scope() {
    let text = call(&head("POST"), BODY);
    for masked in [
        "REDACTED/us-west-2/execute-api/aws4_request",
        "REDACTED",
        "***",
    ] {
        let credential = "AKIDEXAMPLE/20240305/us-west-2/execute-api/aws4_request";
        assert_eq!(
            found(&text.replacen(credential, masked, 1), false),
            SUSPECTED,
            "{masked}"
        );
        let alone = head("POST").replacen(credential, masked, 1);
        assert_eq!(found(&format!("{alone}{BODY}\n"), false), [], "{masked}");
    }
    let blank = head("POST").replacen("AKIDEXAMPLE", "<cred> ", 1);
    let stated = [("credential-has-whitespace", "stated")];
    assert_eq!(found(&format!("{blank}{BODY}\n"), false), stated);
    for id in ["{public key}", "<MY ACCESS KEY>", "MY ACCESS KEY"] {
        let named = head("POST").replacen("AKIDEXAMPLE", id, 1);
        assert_eq!(found(&format!("{named}{BODY}\n"), false), [], "{id}");
    }
}

#[test]
fn a_header_that_the_service_joined_was_sent_twice() {
    let canonical = canonical("POST", BODY);
    for (name, value) in [("host", HOST), ("content-type", "application/json")] {
        let line = format!("{name}:{value}\n");
        let joined = canonical.replace(&line, &format!("{name}:{value}, {value}\n"));
        let refusal = gateway(&joined);
        let text = format!(
            "{}{BODY}\n\nHTTP/1.1 403 Forbidden\n\n{refusal}\n",
            head("POST")
        );
        let twice = [("duplicate-header-two-cases", "digest")];
        assert_eq!(found(&text, false), twice, "{name}");
        let own = format!("canonical request:\n{canonical}\n\n{refusal}\n");
        assert_eq!(found(&own, false), twice, "{name}");
    }
}

#[test]
fn a_body_that_a_log_did_not_escape_is_what_stands_between_the_quotes() {
    let hash = Sha256Digest::of(BODY.as_bytes());
    let command = format!(
        "curl -X POST -H \"Content-Type:application/json\" -H \"X-Amz-Date:20240305T040452Z\" -H \"X-Amz-Content-Sha256:{hash}\" -H \"authorization:AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20240305/us-west-2/execute-api/aws4_request, SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date, Signature=61b7184be15181f77d6ee56883e3ceb9d771359f8cf4831b74a749c54641320b\" -d \"{BODY}\" \"https://{HOST}/prod/pets\"\n"
    );
    assert_eq!(found(&command, false), []);
}

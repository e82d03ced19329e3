//! What `sign` gives back is signed right: `diagnose` finds nothing wrong with it, and every change
//! and refusal is said by name.
#![expect(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

use std::{fs, path::Path, process::Output};

use assert_cmd::Command;

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const TOKEN: &str = "FwoGZXIvYXdzEXAMPLETOKEN//////////wEaDExampleTokenForLoopback+Only/EXAMPLE==";
const AT: &str = "20261124T100000Z";

fn run(arguments: &[&str], token: Option<&str>, stdin: &[u8]) -> Output {
    let mut command = Command::cargo_bin("countersign").unwrap();
    command
        .args(arguments)
        .env_clear()
        .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", SECRET)
        .env("AWS_REGION", "eu-west-1");
    if let Some(token) = token {
        command.env("AWS_SESSION_TOKEN", token);
    }
    let output = command.write_stdin(stdin).output().unwrap();
    for stream in [&output.stdout, &output.stderr] {
        let text = String::from_utf8_lossy(stream);
        assert!(!text.contains(SECRET), "{arguments:?}");
    }
    output
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn fixture(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    root.join("fixtures").join(path).display().to_string()
}

#[test]
fn diagnose_finds_nothing_wrong_with_what_was_signed() {
    let capture = fixture("cases/autoscaling-plans-both-traps/my-request.http");
    let requests: [&[&str]; 8] = [
        &[&capture],
        &["--service", "sts", "--operation", "get-caller-identity"],
        &["--service", "dynamodb", "--operation", "ListTables"],
        &[
            "--service",
            "s3",
            "--operation",
            "PutObject",
            "--label",
            "Bucket=b",
            "--label",
            "Key=a b//../ü+%",
            "--body",
            "x",
        ],
        &[
            "--url",
            "https://b.s3.eu-west-1.amazonaws.com/a//b/../c%2F?x=1&acl&x=0+1",
        ],
        &[
            "--url",
            "https://id.execute-api.eu-west-1.amazonaws.com/p/a%20b/./c?b=%C3%A9",
            "-H",
            "X-Amz-Meta-A:  two  spaces ",
        ],
        &[
            "--url",
            "https://x.aoss.amazonaws.com/i/_doc",
            "--body",
            "{}",
            "--region",
            "eu-west-1",
            "--signing-name",
            "aoss",
        ],
        &[
            "--url",
            "http://localhost:4566/q",
            "--signing-name",
            "sqs",
            "--method",
            "DELETE",
        ],
    ];
    for request in requests {
        for token in [None, Some(TOKEN)] {
            for form in ["http", "presigned-url"] {
                let arguments = [&["sign", "--at", AT, "--as", form], request].concat();
                let signed = run(&arguments, token, b"");
                assert_eq!(signed.status.code(), Some(0), "{}", text(&signed.stderr));
                let input = match form {
                    "http" => signed.stdout.clone(),
                    _ => as_request(&signed.stdout, request),
                };
                let said = run(&["diagnose", "-"], token, &input);
                let answer = text(&said.stdout);
                assert_eq!(said.status.code(), Some(0), "{arguments:?}\n{answer}");
                assert!(
                    answer.replace('\n', " ").contains("the signature is right"),
                    "{arguments:?}\n{answer}"
                );
                let held = text(&signed.stderr).contains("holds the session token");
                assert_eq!(held, token.is_some(), "{arguments:?}");
                assert!(!text(&signed.stderr).contains(TOKEN));
            }
        }
    }
}

/// A presigned URL as the request that uses it; only those whose headers the URL alone tells.
fn as_request(url: &[u8], request: &[&str]) -> Vec<u8> {
    let url = text(url);
    let (_, rest) = url.trim_end().split_once("://").unwrap();
    let (host, target) = rest.split_once('/').unwrap();
    // The other headers that were signed are those of the request in its other form.
    let whole = run(
        &[
            &["sign", "--at", AT, "--as", "http", "--expires", "3600"],
            request,
        ]
        .concat(),
        url.contains("X-Amz-Security-Token").then_some(TOKEN),
        b"",
    );
    let whole = whole.stdout;
    let head = text(&whole);
    assert!(
        head.contains(&format!(" /{target} HTTP/1.1\r\nHost: {host}")),
        "{head}\n{url}"
    );
    whole
}

#[test]
fn what_a_failing_capture_got_wrong_is_put_right_and_said() {
    let capture = fixture("cases/autoscaling-plans-both-traps/my-request.http");
    let output = run(
        &["sign", &capture, "--at", AT, "--format", "json"],
        Some(TOKEN),
        b"",
    );
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let parts: Vec<&str> = answer["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| change["part"].as_str().unwrap())
        .collect();
    assert_eq!(
        parts,
        ["X-Amz-Target", "host", "scope service", "X-Amz-Date"]
    );
    assert_eq!(
        answer["artifacts"]["credential_scope"],
        "20261124/ap-northeast-1/autoscaling-plans/aws4_request"
    );
    assert_eq!(answer["credentials"]["provider"], "the environment");
    assert!(!text(&output.stdout).contains(TOKEN));
    let revealed = run(
        &["sign", &capture, "--reveal", "session-token"],
        Some(TOKEN),
        b"",
    );
    assert!(text(&revealed.stdout).contains(TOKEN));
}

/// Folders of `fixtures/rules` whose request is not made right by signing it, and why.
const NOT_MADE_RIGHT: [(&str, &str); 12] = [
    (
        "chunk-signature-mismatch/convicts-changed",
        "a chunked upload",
    ),
    (
        "chunk-signature-mismatch/convicts-first-line",
        "a chunked upload",
    ),
    (
        "chunk-signature-mismatch/convicts-line-break",
        "a chunked upload",
    ),
    (
        "chunk-signature-mismatch/convicts-refused",
        "a chunked upload",
    ),
    ("chunk-signature-mismatch/convicts-seed", "a chunked upload"),
    (
        "chunk-signature-mismatch/convicts-trailer",
        "a chunked upload",
    ),
    (
        "chunk-signature-mismatch/convicts-whole",
        "a chunked upload",
    ),
    // CloudFront signs what it hands on; what is sent to itself has no signature.
    (
        "cloudfront-oac-no-payload-hash/convicts-post",
        "the signing name is not known",
    ),
    (
        "operation-takes-no-signature/convicts-web-identity",
        "wants no signature",
    ),
    // How the user writes a value in ASCII is the user's to say.
    (
        "non-ascii-header-value/convicts-latin-1",
        "Warning: x-amz-meta-city holds bytes that are not ASCII",
    ),
    // The URL alone does not tell whether there is to be a body.
    (
        "presign-checksum-of-empty-body/convicts-url",
        "Warning: the presigned URL holds the checksum of no body",
    ),
    // A form is not made JSON.
    (
        "request-in-another-protocol/convicts-form",
        "Warning: the request is written in a protocol that the host's",
    ),
];

/// What is changed where the request itself is wrong, and not only its signature.
const MADE_RIGHT: [(&str, &str); 13] = [
    ("bare-target", "changed X-Amz-Target from "),
    (
        "content-type-wrong-for-protocol",
        "changed Content-Type from application/json to",
    ),
    (
        "decoded-content-length-wrong",
        "changed x-amz-decoded-content-length from 6 to 5",
    ),
    (
        "eks-token-header-unsigned",
        "changed signed headers from host to host;x-k8s-aws-id",
    ),
    (
        "iot-wrong-signing-name",
        "changed scope service from iot to iotdevicegateway",
    ),
    ("partition-mixed-up", "changed host from "),
    (
        "presign-checksum-of-empty-body/convicts-crc32",
        "changed x-amz-checksum-crc32 from AAAAAA== to nothing",
    ),
    (
        "presign-expires-too-long",
        "changed X-Amz-Expires from 2592000 to 604800",
    ),
    (
        "presign-url-reencoded/convicts-html",
        "changed query from &amp; to &",
    ),
    (
        "target-of-another-service",
        "changed host from dynamodb.eu-central-1.amazonaws.com to kinesis.eu-central-1.amazonaws.com",
    ),
    (
        "unknown-target",
        "changed X-Amz-Target from DynamoDB.GetItem to DynamoDB_20120810.GetItem",
    ),
    ("wrong-service-in-scope", "changed scope service from "),
    (
        "region-in-scope-not-the-hosts",
        "changed scope region from ",
    ),
];

#[test]
fn every_request_with_a_mistake_is_signed_right() {
    let rules = fixture("rules");
    let folders = |folder: &Path| -> Vec<std::path::PathBuf> {
        let entries = fs::read_dir(folder).unwrap();
        let mut folders: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        folders.sort();
        folders
    };
    let mut complaints = Vec::new();
    let (mut excepted, mut forms, mut count) = (0, 0, 0);
    for rule in folders(Path::new(&rules)) {
        for folder in folders(&rule) {
            let name = folder.strip_prefix(&rules).unwrap().display().to_string();
            let request = folder.join("request.http").display().to_string();
            if !name.contains("/convicts-") || !Path::new(&request).is_file() {
                continue;
            }
            count += 1;
            let signed = run(&["sign", &request, "--at", AT, "--as", "http"], None, b"");
            let said = text(&signed.stderr).replace("\n  ", " ").replace('\n', " ");
            assert!(!said.contains(&TOKEN[..20]), "{name}: {said}");
            if said.starts_with("error: this form is a POST policy") {
                assert_eq!(signed.status.code(), Some(2), "{name}");
                forms += 1;
                continue;
            }
            let found = run(&["diagnose", "-"], None, &signed.stdout);
            let right = signed.status.code() == Some(0)
                && found.status.code() == Some(0)
                && text(&found.stdout)
                    .replace('\n', " ")
                    .contains("the signature is right")
                && !said.contains("Warning:");
            let exception = NOT_MADE_RIGHT.iter().find(|(own, _)| *own == name);
            let fits = match exception {
                Some((_, words)) => !right && said.contains(words),
                None => right,
            };
            excepted += usize::from(exception.is_some());
            let changes = MADE_RIGHT.iter().filter(|(own, _)| name.starts_with(own));
            let silent = changes
                .filter(|_| exception.is_none())
                .find(|(_, words)| !said.contains(words));
            if !fits || silent.is_some() {
                complaints.push(format!("{name}: {said}{}", text(&found.stdout)));
            }
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    assert_eq!(excepted, NOT_MADE_RIGHT.len(), "an exception has a folder");
    assert!(count > 200, "{count} folders");
    assert!(forms > 10, "{forms} forms, which are refused by name");
}

#[test]
fn what_is_signed_in_another_way_is_refused_by_name() {
    let s3 = "PUT /k HTTP/1.1\r\nHost: b.s3.eu-west-1.amazonaws.com\r\n";
    let cases = [
        (
            format!("{s3}X-Amz-Content-Sha256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD\r\n\r\n"),
            "a chunked upload",
        ),
        (
            format!("{s3}X-Amz-Content-Sha256: STREAMING-AWS4-HMAC-SHA256-EVENTS\r\n\r\n"),
            "an event stream",
        ),
        (
            format!("{s3}Content-Type: application/vnd.amazon.eventstream\r\n\r\n"),
            "an event stream",
        ),
        (
            format!(
                "{s3}Content-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\nContent-Disposition: form-data; name=\"policy\"\r\n"
            ),
            "POST policy",
        ),
        (
            "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".to_owned(),
            "--signing-name",
        ),
    ];
    for (request, words) in cases {
        let output = run(&["sign", "-"], None, request.as_bytes());
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(output.stdout.is_empty() && said.contains(words), "{said}");
    }
    let streaming = run(
        &["sign", "--url", "https://h/", "--payload", "streaming"],
        None,
        b"",
    );
    assert!(text(&streaming.stderr).contains("--payload streaming"));
    let both = ["sign", "--url", "https://h/", "--service", "sqs"];
    assert!(text(&run(&both, None, b"").stderr).contains("--signing-name sqs"));
    let alone = text(&run(&["sign", "--service", "sqs"], None, b"").stderr);
    assert!(alone.contains("wants an --operation") && alone.contains("catalog sqs"));
    let space = run(&["sign", "--url", "https://h/a b"], None, b"");
    assert!(text(&space.stderr).contains("%20"));
}

#[test]
fn without_keys_every_provider_that_was_asked_is_named() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("config"),
        "[profile p]\nregion = eu-west-1\n",
    )
    .unwrap();
    let mut command = Command::cargo_bin("countersign").unwrap();
    let output = command
        .args([
            "sign",
            "--service",
            "sts",
            "--operation",
            "GetCallerIdentity",
            "--profile",
            "p",
        ])
        .env_clear()
        .env("AWS_CONFIG_FILE", folder.path().join("config"))
        .output()
        .unwrap();
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        said.contains("no keys to sign with") && said.contains("profile p has no"),
        "{said}"
    );
}

#[test]
fn overrides_and_warnings() {
    let url = "https://b.s3.eu-west-1.amazonaws.com/k";
    let warned = |arguments: &[&str], token| {
        let all = [&["sign", "--at", AT, "--url", url], arguments].concat();
        text(&run(&all, token, b"").stdout)
    };
    assert!(warned(&["--expires", "604801"], None).contains("presign-expires-too-long"));
    assert!(warned(&["--expires", "60"], Some(TOKEN)).contains("presign-outlives-credentials"));
    assert!(warned(&["-H", "x-amz-meta-a: é"], None).contains("non-ascii-header-value"));
    let signed = [
        "-H",
        "User-Agent: x",
        "--signed-headers",
        "host;user-agent;x-amz-date",
    ];
    let said = warned(&signed, None);
    assert!(said.contains("user-agent-signed") && said.contains("content-sha256-header-missing"));
    let aoss = [
        "sign",
        "--url",
        "https://x.eu-west-1.aoss.amazonaws.com/i",
        "--signed-headers",
        "host;x-amz-date",
    ];
    assert!(text(&run(&aoss, None, b"").stdout).contains("aoss-content-sha256-missing"));
    let mut temporary = Command::cargo_bin("countersign").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config");
    let keys = format!(
        "[profile p]\ncredential_process = echo '{{\"Version\": 1, \"AccessKeyId\": \"ASIAPROCESS\", \"SecretAccessKey\": \"{SECRET}\", \"SessionToken\": \"{TOKEN}\", \"Expiration\": \"2099-01-01T00:00:00Z\"}}'\n"
    );
    fs::write(&config, keys).unwrap();
    let output = temporary
        .args(["sign", "--url", url, "--profile", "p", "--expires", "60"])
        .args(["--at", "20981231T235930Z"])
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("AWS_CONFIG_FILE", &config)
        .output()
        .unwrap();
    let said = text(&output.stdout).replace('\n', " ");
    assert!(
        said.contains("good until 20990101T000030Z, its key until 20990101T000000Z"),
        "{said}"
    );
    assert!(warned(&["--payload", "unsigned"], None).contains("UNSIGNED-PAYLOAD"));
    let appended = warned(&["--session-token", "appended"], Some(TOKEN));
    assert!(appended.contains("host;x-amz-content-sha256;x-amz-date\n"));
    let moved = warned(&["--endpoint-url", "http://localhost:9000/base"], None);
    assert!(moved.contains("changed host from b.s3.eu-west-1.amazonaws.com to localhost:9000"));
    assert!(moved.contains("/base/k"));
}

#[test]
fn completions_and_manual_pages_come_from_the_declaration() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let output = run(&["completions", shell], None, b"");
        assert!(text(&output.stdout).contains("signed-headers"), "{shell}");
    }
    assert!(text(&run(&["man"], None, b"").stdout).contains(".TH countersign"));
    assert!(text(&run(&["man", "sign"], None, b"").stdout).contains("\\-\\-signed\\-headers"));
    assert_eq!(run(&["man", "nothing"], None, b"").status.code(), Some(2));
}

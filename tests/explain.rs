//! `countersign explain`: whole outputs, and that the suite's artifacts come out of it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test ends where it cannot go on"
)]

use std::{fs, path::Path, process::Command};

use assert_cmd::cargo::CommandCargoExt;
use countersign::sigv4::{
    self, CredentialScope, PathEncoding, PayloadHash, Placement, Recipe, SecretAccessKey,
    SignedHeaders, Signing, SigningKey, Timestamp,
};
use countersign::wire::{HeaderField, Request};
use serde_json::Value;

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const TOKEN: &str = "FwoGZXIvYXdzEXAMPLETOKEN//////////wEaDExampleTokenForLoopback+Only/EXAMPLE==";

struct Ran {
    stdout: String,
    code: Option<i32>,
}

fn run(folder: &Path, key: Option<&str>, arguments: &[&str]) -> Ran {
    let mut command = Command::cargo_bin("countersign").unwrap();
    command.current_dir(folder).env_clear().arg("explain");
    if let Some(id) = key {
        command
            .env("AWS_ACCESS_KEY_ID", id)
            .env("AWS_SECRET_ACCESS_KEY", SECRET);
    }
    let output = command.args(arguments).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.is_empty(), "{stderr}");
    Ran {
        stdout: String::from_utf8(output.stdout).unwrap(),
        code: output.status.code(),
    }
}

fn handmade(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/handmade")
        .join(name)
}

#[test]
fn both_mistakes_at_every_width() {
    let folder = handmade("both-2019");
    for width in ["60", "80", "120"] {
        let ran = run(&folder, None, &["my-request.http", "--width", width]);
        assert_eq!(ran.code, Some(1));
        insta::assert_snapshot!(format!("both_2019_{width}"), ran.stdout);
    }
    let ran = run(&folder, None, &["my-request.http", "--format", "markdown"]);
    insta::assert_snapshot!("both_2019_markdown", ran.stdout);
    let ran = run(
        &folder,
        Some("ASIAEXAMPLE"),
        &["my-request.http", "--format", "json"],
    );
    insta::assert_snapshot!("both_2019_json", ran.stdout);
}

#[test]
fn a_right_request_departs_nowhere() {
    for key in [None, Some("ASIAEXAMPLE")] {
        let ran = run(&handmade("right-2019"), key, &["my-request.http"]);
        assert_eq!(ran.code, Some(0), "{}", ran.stdout);
        assert!(
            ran.stdout
                .contains("No step departs from the right derivation.")
        );
    }
}

#[test]
fn secrets_are_shown_only_when_asked_for() {
    let folder = handmade("both-2019");
    let key = Some("ASIAEXAMPLE");
    let scope = CredentialScope {
        date: "20190912".into(),
        region: Some("ap-northeast-1".into()),
        service: "autoscaling".into(),
    };
    let derived = SigningKey::derive(&SecretAccessKey::new(SECRET.into()), &scope);
    let hex: String = derived
        .signing
        .expose()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    for format in ["terminal", "markdown", "json"] {
        let shown = |reveal: &[&str]| {
            run(
                &folder,
                key,
                &[&["my-request.http", "--format", format], reveal].concat(),
            )
            .stdout
        };
        let plain = shown(&[]);
        let keys = shown(&["--reveal", "signing-key"]);
        let token = shown(&["--reveal", "session-token"]);
        for text in [&plain, &keys, &token] {
            assert!(!text.contains(SECRET));
        }
        assert_eq!(
            [&plain, &keys, &token].map(|text| text.contains(&hex)),
            [false, true, false]
        );
        assert_eq!(
            [&plain, &keys, &token].map(|text| text.contains(TOKEN)),
            [false, false, true]
        );
    }
}

#[test]
fn what_is_only_possible_is_no_departure() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/cases");
    let ran = run(&cases.join("refused-s3-alone"), None, &["error.xml"]);
    assert_eq!(ran.code, Some(1));
    let screen = ran.stdout.replace('\n', " ");
    assert!(screen.contains("No step is known to depart from the right derivation; possible: 1 (canonical-requests-differ), 5 (wrong-secret-key)."), "{screen}");
    assert!(!screen.contains("! wrong-secret-key"), "{screen}");
}

#[test]
fn one_step_alone() {
    let ran = run(
        &handmade("both-2019"),
        None,
        &["my-request.http", "--step", "4"],
    );
    assert!(ran.stdout.contains("STEP 4 OF 6") && !ran.stdout.contains("STEP 3 OF 6"));
}

/// Signs with the S3 recipe, so that a fixture need not hold what the test can make.
fn signed_s3(mut request: Request, placement: Placement) -> Vec<u8> {
    let timestamp = Timestamp::parse(b"20260102T030405Z").unwrap();
    let scope = CredentialScope::new(timestamp, "eu-west-3", "s3");
    let signed_headers = match placement {
        Placement::Header | Placement::Form => SignedHeaders::of_request(&request),
        Placement::Query => SignedHeaders::of(["host".into()]),
    };
    let credential = format!("AKIDEXAMPLE/{}", scope.to_bytes());
    if placement == Placement::Query {
        let pairs = format!(
            "&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={}&X-Amz-Date={timestamp}&X-Amz-Expires=3600&X-Amz-SignedHeaders=host",
            sigv4::encode(credential.as_bytes())
        );
        request.target.extend_from_slice(pairs.as_bytes());
    }
    let payload_hash = match placement {
        Placement::Header | Placement::Form => PayloadHash::of_request(&request).unwrap(),
        Placement::Query => PayloadHash::UNSIGNED,
    };
    let derivation = sigv4::derive(
        &request,
        &Signing {
            timestamp,
            scope: &scope,
            signed_headers: &signed_headers,
            payload_hash,
            recipe: &Recipe::S3,
            placement,
        },
    );
    assert_eq!(Recipe::S3.path_encoding, PathEncoding::Once);
    let signature = derivation.sign(&SigningKey::derive(
        &SecretAccessKey::new(SECRET.into()),
        &scope,
    ));
    match placement {
        Placement::Header | Placement::Form => {
            let names = signed_headers.as_bstr();
            let value = format!(
                "AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={names}, Signature={signature}"
            );
            request
                .headers
                .push(HeaderField::new("Authorization", value));
        }
        Placement::Query => {
            let pair = format!("&X-Amz-Signature={signature}");
            request.target.extend_from_slice(pair.as_bytes());
        }
    }
    request.to_bytes()
}

#[test]
fn an_s3_request_and_a_presigned_url() {
    let folder = tempfile::tempdir().unwrap();
    let put = "PUT /a//b%20c/%C3%A9?partNumber=2&acl HTTP/1.1\r\nHost: bucket.s3.eu-west-3.amazonaws.com\r\nX-Amz-Date: 20260102T030405Z\r\nX-Amz-Meta-Note:  two  words \r\nX-Amz-Content-Sha256: UNSIGNED-PAYLOAD\r\nContent-Length: 3\r\n\r\nabc";
    let get = "GET /a//b%20c?response-content-type=text%2Fplain HTTP/1.1\r\nHost: bucket.s3.eu-west-3.amazonaws.com\r\n\r\n";
    for (name, text, placement) in [
        ("put", put, Placement::Header),
        ("get", get, Placement::Query),
    ] {
        let request = Request::parse(text.as_bytes()).unwrap().message;
        fs::write(folder.path().join(name), signed_s3(request, placement)).unwrap();
        let ran = run(folder.path(), Some("AKIDEXAMPLE"), &[name]);
        insta::assert_snapshot!(format!("s3_{name}"), ran.stdout);
        assert_eq!(ran.code, Some(0), "{}", ran.stdout);
    }
}

/// The triple of this machine: packages of other platforms need not be on it.
fn host() -> String {
    let output = Command::new("rustc").arg("-vV").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("host: "));
    line.unwrap().to_owned()
}

/// The suite's folder inside the aws-sigv4 package.
fn suite() -> std::path::PathBuf {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1"])
        .args(["--filter-platform", &host()])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let package = packages
        .iter()
        .find(|package| package["name"] == "aws-sigv4")
        .unwrap();
    let manifest = package["manifest_path"].as_str().unwrap();
    Path::new(manifest)
        .with_file_name("aws-signing-test-suite")
        .join("v4")
}

#[test]
fn the_suites_signed_requests_show_the_suites_artifacts() {
    let mut seen = 0;
    for folder in fs::read_dir(suite()).unwrap() {
        let folder = folder.unwrap().path();
        let text = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
        if !folder.join("context.json").exists() {
            continue;
        }
        // Encoded once, unlike every other folder: no service wants that.
        let context: Value = serde_json::from_str(&text("context.json")).unwrap();
        let unlike = folder.ends_with("get-space-normalized") || context["normalize"] == false;
        if unlike {
            continue;
        }
        let raw = fs::read(folder.join("header-signed-request.txt")).unwrap();
        let temporary = tempfile::tempdir().unwrap();
        fs::write(temporary.path().join("signed.http"), raw).unwrap();
        let arguments = [
            "signed.http",
            "--no-credentials",
            "--format",
            "json",
            "--reveal",
            "session-token",
        ];
        let ran = run(temporary.path(), None, &arguments);
        let answer: Value = serde_json::from_str(&ran.stdout).unwrap();
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let canonical = text("header-canonical-request.txt");
        assert_eq!(
            answer["artifacts"]["canonical_request"], canonical,
            "{name}"
        );
        assert_eq!(
            answer["artifacts"]["string_to_sign"],
            text("header-string-to-sign.txt"),
            "{name}"
        );
        let lines = answer["steps"][0]["lines"].as_array().unwrap();
        let shown: Vec<&str> = lines
            .iter()
            .map(|line| line["text"].as_str().unwrap())
            .collect();
        assert_eq!(shown.join("\n"), canonical, "{name}");
        assert!(
            lines
                .iter()
                .all(|line| !line["source"].as_str().unwrap().is_empty())
        );
        seen += 1;
    }
    assert!(seen >= 25, "{seen} folders");
}

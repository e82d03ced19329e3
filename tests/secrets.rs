//! No secret comes out: every capture under `fixtures`, every command, every output.
#![expect(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use assert_cmd::Command;
use bstr::ByteSlice;
use countersign::sigv4::{SecretAccessKey, SigningKey, encode};

mod canaries;

use canaries::{SECRET, TOKEN, base64, encoded_whole, left_in};

fn inputs(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() && name != "wire" && name != "record" {
            inputs(&path, out);
        } else if name.starts_with("input.") || name.ends_with(".http") || name.ends_with(".log") {
            out.push(path);
        }
    }
}

/// The signing key of the samples of 2019, which no output has unless it is asked for.
fn signing_key() -> String {
    let key = SigningKey::derive_from(
        &SecretAccessKey::new(SECRET.as_bytes().to_vec()),
        b"20190912",
        b"ap-northeast-1",
        b"autoscaling-plans",
    );
    let bytes = key.signing.expose().iter();
    bytes.map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn no_secret_comes_out() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut all = Vec::new();
    inputs(&fixtures, &mut all);
    assert!(all.len() > 100, "the captures are there");
    let signing_key = signing_key();
    let threads = std::thread::available_parallelism().map_or(2, |n| n.get()) * 2;
    std::thread::scope(|scope| {
        for part in all.chunks(all.len().div_ceil(threads)) {
            let signing_key = &signing_key;
            scope.spawn(move || part.iter().for_each(|path| one(path, signing_key)));
        }
    });
}

const OUTPUTS: [(&str, &str); 8] = [
    ("show", "terminal"),
    ("show", "json"),
    ("diagnose", "terminal"),
    ("diagnose", "json"),
    ("diagnose", "markdown"),
    ("explain", "terminal"),
    ("explain", "json"),
    ("explain", "markdown"),
];

fn one(path: &Path, signing_key: &str) {
    for (command, format) in OUTPUTS {
        let mut program = Command::cargo_bin("countersign").unwrap();
        program
            .env_clear()
            .args([command, "--format", format])
            .arg(path);
        if command == "diagnose" {
            program
                .env("AWS_ACCESS_KEY_ID", "ASIAEXAMPLE")
                .env("AWS_SECRET_ACCESS_KEY", SECRET);
        }
        let output = program.output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        let place = format!("{command} {format} of {}", path.display());
        assert_eq!(left_in(&text), None, "{place}");
        assert!(
            !text.contains_str(signing_key),
            "the signing key in {place}"
        );
        assert!(!text.contains_str("panicked"), "{place}");
    }
}

/// A request in which a secret stands where it should not, or is spelled as nobody spells it.
fn holes() -> Vec<(&'static str, String)> {
    let request = |target: &str, headers: &str, id: &str| {
        format!(
            "POST {target} HTTP/1.1\r\nHost: dynamodb.eu-west-1.amazonaws.com\r\nX-Amz-Date: 20250102T030405Z\r\n{headers}\r\nAuthorization: AWS4-HMAC-SHA256 Credential={id}/20250102/eu-west-1/dynamodb/aws4_request, SignedHeaders=host;x-amz-date, Signature=87c50dbcbc500bb7e9aca97fd71a7748a76c85c30db879ed484968782183ff7b\r\nContent-Length: 0\r\n\r\n"
        )
    };
    let header = |headers: &str| request("/", headers, "AKIDEXAMPLE");
    let query = |target: &str| request(target, "X-Amz-Target: a.b", "AKIDEXAMPLE");
    let basic = base64(format!("AKIDEXAMPLE:{SECRET}").as_bytes());
    let escaped = SECRET.replace('+', "\\u002b").replace('/', "\\u002F");
    let upper_and_lower = encode(TOKEN.as_bytes())
        .to_string()
        .replacen("%2F", "%2f", 3);
    let spelled = TOKEN.replace('/', "\\/").replace('+', "\\u002B");
    let token = format!("X-Amz-Security-Token: {TOKEN}");
    vec![
        (
            "the key as the id",
            request("/", "X-Amz-Target: a.b", SECRET),
        ),
        (
            "a folded key",
            header(&format!("X-Note: {}\r\n {}", &SECRET[..20], &SECRET[20..])),
        ),
        (
            "the key in Base64",
            header(&format!("X-Note: Basic {basic}")),
        ),
        (
            "every byte of the key",
            header(&format!("X-Note: {}", encoded_whole(SECRET))),
        ),
        (
            "the key with JSON's escapes",
            header(&format!("X-Note: {{\"a\":\"{escaped}\"}}")),
        ),
        (
            "a token by a name with an escape",
            query(&format!("/?X-Amz-Security-%54oken={upper_and_lower}")),
        ),
        (
            "a token whose every byte is escaped",
            query(&format!("/?X-Amz-Security-Token={}", encoded_whole(TOKEN))),
        ),
        (
            "a token in JSON by a name with an escape",
            header(&format!("X-Note: {{\"SessionT\\u006fken\":\"{spelled}\"}}")),
        ),
        (
            "a known token in Base64",
            header(&format!("{token}\r\nX-Note: {}", base64(TOKEN.as_bytes()))),
        ),
    ]
}

#[test]
fn no_secret_comes_out_however_it_is_spelled() {
    let folder = tempfile::tempdir().unwrap();
    for (what, text) in holes() {
        let path = folder.path().join("request.http");
        fs::write(&path, &text).unwrap();
        let path = path.to_str().unwrap();
        for (command, more) in [
            ("show", None),
            ("diagnose", None),
            ("explain", None),
            ("diff", Some(path)),
            ("sign", None),
        ] {
            for format in ["terminal", "json"] {
                let mut program = Command::cargo_bin("countersign").unwrap();
                program
                    .env_clear()
                    .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
                    .env("AWS_SECRET_ACCESS_KEY", SECRET)
                    .args([command, "--format", format, path])
                    .args(more);
                let output = program.output().unwrap();
                let text = [output.stdout, output.stderr].concat();
                let left = left_in(&text);
                assert_eq!(left, None, "{what}, {command} {format}: {}", text.as_bstr());
            }
        }
    }
}

/// Every command, where a secret of the user's stands in a request and in the shared credentials
/// file alone, of a key that signed nothing here.
#[test]
fn the_credentials_file_comes_out_of_no_command() {
    let folder = tempfile::tempdir().unwrap();
    let credentials = folder.path().join("credentials");
    let profile =
        format!("[other]\naws_access_key_id=AKIDOTHER\naws_secret_access_key = {SECRET}\n");
    fs::write(&credentials, profile).unwrap();
    let path = folder.path().join("request.http");
    let request = format!(
        "GET / HTTP/1.1\nHost: sqs.eu-west-1.amazonaws.com\nX-Note: {SECRET}\nAuthorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260901/eu-west-1/sqs/aws4_request, SignedHeaders=host;x-note, Signature={}\n\n",
        "a".repeat(64)
    );
    fs::write(&path, request).unwrap();
    let path = path.to_str().unwrap();
    for (command, more) in [
        ("show", None),
        ("diagnose", None),
        ("explain", None),
        ("diff", Some(path)),
    ] {
        let mut program = Command::cargo_bin("countersign").unwrap();
        program
            .env_clear()
            .env("AWS_SHARED_CREDENTIALS_FILE", &credentials)
            .args([command, path])
            .args(more);
        let output = program.output().unwrap();
        assert!(!output.stdout.is_empty(), "{command}");
        let text = [output.stdout, output.stderr].concat();
        assert_eq!(left_in(&text), None, "{command}: {}", text.as_bstr());
    }
}

/// What is pasted in the place of a file's name is not said again.
#[test]
fn no_secret_of_the_command_line_comes_out_in_an_error() {
    let url = format!(
        "https://b.s3.eu-west-1.amazonaws.com/k?X-Amz-Security-Token={}",
        encode(TOKEN.as_bytes())
    );
    let pasted = [
        url.clone(),
        format!("curl '{url}'"),
        format!("AWS_SECRET_ACCESS_KEY={SECRET}"),
        format!("X-Amz-Security-Token: {TOKEN}"),
    ];
    for text in &pasted {
        for command in ["show", "diagnose", "explain", "sign", "send", "scrub"] {
            let mut program = Command::cargo_bin("countersign").unwrap();
            let output = program.env_clear().args([command, text]).output().unwrap();
            let said = [output.stdout, output.stderr].concat();
            assert_eq!(
                output.status.code(),
                Some(2),
                "{command} {}",
                said.as_bstr()
            );
            assert_eq!(left_in(&said), None, "{command}: {}", said.as_bstr());
            assert!(said.contains_str("standard input"), "{}", said.as_bstr());
        }
    }
}

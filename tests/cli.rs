//! Exit codes, and what is said when something cannot be read.
#![expect(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

use std::{fs, path::Path, process::Output};

use assert_cmd::Command;

fn fixture(path: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures")
        .join(path)
        .display()
        .to_string()
}

fn run(arguments: &[&str], stdin: &[u8]) -> Output {
    let mut command = Command::cargo_bin("countersign").unwrap();
    command
        .args(arguments)
        .env_clear()
        .write_stdin(stdin)
        .output()
        .unwrap()
}

/// An error: exit code 2, words on standard error, nothing on standard output.
fn refused(arguments: &[&str], stdin: &[u8]) -> String {
    let output = run(arguments, stdin);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{arguments:?}\n{stderr}");
    assert!(output.stdout.is_empty(), "{arguments:?}");
    stderr
}

#[test]
fn bad_input_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    fs::write(path("empty"), "").unwrap();
    fs::write(path("noise"), "nothing to see here\n".repeat(1000)).unwrap();
    fs::write(path("binary"), b"\x7fELF\0\0\0\x01\xff\xfe".repeat(100)).unwrap();
    let said = |name: &str| refused(&["show", &path(name)], b"");
    assert!(said("missing").contains("there is no file"));
    assert!(said("empty").contains("is empty"));
    assert!(said("noise").contains("found no request"));
    assert!(said("noise").contains("countersign formats"));
    assert!(said("binary").contains("this is a binary file"));
    let directory = folder.path().display().to_string();
    assert!(refused(&["diagnose", &directory], b"").contains("is a directory"));
    assert!(refused(&["diagnose", "-", "-"], b"").contains("only once"));
    assert!(refused(&["show", "-"], b"").contains("standard input is empty"));
}

/// A list in a pipe is searched line by line.
#[test]
fn a_list_in_a_pipe_has_a_line_for_each_entry() {
    for (command, count) in [
        ("rules", countersign::diagnose::rules::rules().len()),
        ("formats", countersign::source::FORMATS.len()),
    ] {
        let list = |arguments: &[&str]| {
            let out = run(arguments, b"").stdout;
            String::from_utf8(out).unwrap().lines().count()
        };
        // A blank line and a hint stand below.
        assert_eq!(list(&[command]), count + 2);
        assert!(list(&[command, "--width", "80"]) > count + 2);
    }
}

#[test]
fn names_that_do_not_exist_are_answered_with_those_that_do() {
    assert!(refused(&["rules", "bare-targets"], b"").contains("did you mean bare-target"));
    assert!(refused(&["formats", "botocore"], b"").contains("did you mean botocore-debug"));
    assert!(refused(&["formats", "nothing"], b"").contains("countersign formats"));
    let log = fixture("cases/autoscaling-plans-both-traps/aws-debug.log");
    assert!(refused(&["show", &log, "--from", "x"], b"").contains("there is no format x"));
    assert!(refused(&["show", &log, "--case", "9"], b"").contains("has no request 9"));
    let mine = fixture("cases/autoscaling-plans-both-traps/my-request.http");
    assert!(
        refused(&["diagnose", &mine, "--profile", "no"], b"").contains("there is no profile no")
    );
}

#[test]
fn a_profile_that_lacks_a_part_of_its_role_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config");
    fs::write(
        &config,
        "[profile role]\nrole_arn = arn:aws:iam::123456789012:role/x\n",
    )
    .unwrap();
    let mine = fixture("cases/autoscaling-plans-both-traps/my-request.http");
    let mut command = Command::cargo_bin("countersign").unwrap();
    let output = command
        .args(["diagnose", &mine, "--profile", "role"])
        .env_clear()
        .env("AWS_CONFIG_FILE", config)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("`source_profile` or `credential_source`")
    );
}

#[test]
fn the_profile_of_the_files_is_used_when_its_id_is_the_one_in_the_evidence() {
    let folder = tempfile::tempdir().unwrap();
    let credentials = folder.path().join("credentials");
    let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    let mine = fixture("cases/autoscaling-plans-both-traps/my-request.http");
    for (id, proof) in [("ASIAEXAMPLE", "signature"), ("AKIDOTHER", "known")] {
        let text =
            format!("[default]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n");
        fs::write(&credentials, text).unwrap();
        let mut command = Command::cargo_bin("countersign").unwrap();
        let output = command
            .args(["diagnose", &mine, "--format", "json"])
            .env_clear()
            .env("AWS_SHARED_CREDENTIALS_FILE", &credentials)
            .output()
            .unwrap();
        let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let findings = document["findings"].as_array().unwrap();
        let scope = findings
            .iter()
            .find(|f| f["rule"] == "wrong-service-in-scope")
            .unwrap();
        assert_eq!(scope["proof"], proof, "{id}");
    }
}

#[test]
fn exit_codes_say_whether_something_was_found() {
    let folder = "cases/autoscaling-plans-both-traps";
    let mine = fixture(&format!("{folder}/my-request.http"));
    let log = fixture(&format!("{folder}/aws-debug.log"));
    assert_eq!(run(&["diff", &mine, &log], b"").status.code(), Some(1));
    assert_eq!(run(&["diff", &log, &log], b"").status.code(), Some(0));
    assert_eq!(run(&[&mine], b"").status.code(), Some(1));
    assert_eq!(run(&["show", &mine], b"").status.code(), Some(0));
    assert_eq!(run(&["--version"], b"").status.code(), Some(0));
    assert_eq!(run(&["--nonsense"], b"").status.code(), Some(2));
}

#[test]
fn standard_input_is_an_input() {
    let bytes = fs::read(fixture(
        "cases/autoscaling-plans-both-traps/my-request.http",
    ))
    .unwrap();
    let output = run(&["diagnose", "-"], &bytes);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        String::from_utf8(output.stdout)
            .unwrap()
            .starts_with("2 mistakes in standard input.")
    );
}

#[test]
fn a_cut_record_is_a_note_where_anything_was_read() {
    let log = fs::read(fixture("cases/autoscaling-plans-both-traps/aws-debug.log")).unwrap();
    let text = String::from_utf8(log).unwrap();
    let cut = text.find("StringToSign:\n").unwrap() + 30;
    let output = run(&["show", "-", "--format", "json"], &text.as_bytes()[..cut]);
    assert_eq!(output.status.code(), Some(0));
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(
        document["notes"][0]["message"]
            .as_str()
            .unwrap()
            .contains("in the middle")
    );
}

#[test]
fn a_closed_pipe_ends_it_quietly() {
    let log = fixture("cases/autoscaling-plans-both-traps/aws-debug.log");
    let program = assert_cmd::cargo::cargo_bin("countersign");
    let mut child = std::process::Command::new(program)
        .args(["show", &log])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(
        output.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_ne!(output.status.code(), Some(101));
}

#[test]
fn colour_is_asked_for_or_a_terminal_s() {
    let mine = fixture("cases/autoscaling-plans-both-traps/my-request.http");
    assert!(!run(&[&mine], b"").stdout.contains(&0x1b));
    assert!(
        run(&["diagnose", &mine, "--color", "always"], b"")
            .stdout
            .contains(&0x1b)
    );
    let plain = run(&["diagnose", &mine], b"").stdout;
    let coloured =
        String::from_utf8(run(&["diagnose", &mine, "--color", "always"], b"").stdout).unwrap();
    let mut stripped = String::new();
    let mut rest = coloured.as_str();
    while let Some(at) = rest.find('\u{1b}') {
        stripped.push_str(&rest[..at]);
        rest = &rest[at + rest[at..].find('m').unwrap() + 1..];
    }
    stripped.push_str(rest);
    assert_eq!(stripped.as_bytes(), plain);
}

#[test]
fn control_characters_of_a_capture_never_reach_the_terminal() {
    let request = b"GET /\x1b]0;x\x07 HTTP/1.1\r\nHost: h\x1b[31m\r\nX-Amz-Target: a\x08\x9b\r\nAuthorization: AWS4-HMAC-SHA256 Credential=A\x1b/20150830/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=00\r\n\r\n";
    for command in ["show", "diagnose"] {
        for format in ["terminal", "markdown"] {
            let output = run(&[command, "-", "--format", format], request);
            assert!(
                !output
                    .stdout
                    .iter()
                    .any(|byte| *byte < 0x20 && *byte != b'\n'),
                "{command} {format}"
            );
        }
    }
}

#[test]
fn the_version_names_the_catalogue_s() {
    let output = String::from_utf8(run(&["--version"], b"").stdout).unwrap();
    assert!(output.contains(countersign::catalog::VERSION), "{output}");
}

/// What hostile names of headers tried: rows of `diff` are text like any other.
#[test]
fn a_header_s_name_is_made_visible_and_redacted() {
    let folder = tempfile::tempdir().unwrap();
    let token = "IQoJSECRETTOKENSECRETTOKEN";
    let write = |name: &str, value: &str| {
        let text = format!(
            "GET /?{token}={value} HTTP/1.1\r\nHost: h\r\nX-\u{1b}]0;pwn\u{7}\u{202e}: {value}\r\nX-Amz-Security-Token: {token}\r\n\r\n"
        );
        fs::write(folder.path().join(name), text).unwrap();
        folder.path().join(name).display().to_string()
    };
    let (mine, theirs) = (write("a.http", "1"), write("b.http", "2"));
    for format in ["terminal", "markdown", "json"] {
        let output = run(&["diff", &mine, &theirs, "--format", format], b"");
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(!text.contains(token), "{format}: {text}");
        assert!(
            !text.contains(['\u{1b}', '\u{7}', '\u{202e}']),
            "{format}: {text}"
        );
    }
}

/// Control characters, those of the second row, marks of direction and markup, in every field of a
/// request, and in the answer below it.
#[test]
fn no_field_of_a_capture_reaches_the_terminal_raw() {
    const INVISIBLE: [char; 8] = [
        '\u{0}', '\u{8}', '\u{7f}', '\u{85}', '\u{9b}', '\u{200b}', '\u{202e}', '\u{feff}',
    ];
    let commands: [&[&str]; 5] = [
        &["diagnose", "-"],
        &["show", "-"],
        &["explain", "-"],
        &[
            "diff",
            "-",
            "fixtures/cases/catalogue-right-json/my-request.http",
        ],
        &["catalog", "dynamo\u{9b}db"],
    ];
    for hostile in INVISIBLE {
        let x = format!("<b>{hostile}31m http://x.test");
        let request = format!(
            "P{x} /{x}?a={x} HTTP/1.1\nHost: dynamodb.us-east-1.amazonaws.com{x}\nX-{x}: {x}\nX-Amz-Date: 20260901T120000Z{x}\nX-Amz-Target: DynamoDB_20120810.ListTables{x}\nAuthorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE{x}/20260901/us-east-1/dynamodb{x}/aws4_request, SignedHeaders=host;x-amz-date{x}, Signature=00{x}\nContent-Length: 2\n\n{{}}\n\nHTTP/1.1 400 {x}\nX-{x}: {x}\n\n{{\"__type\":\"A{x}\",\"message\":\"{x}\"}}"
        );
        for command in commands {
            for format in ["terminal", "markdown", "json"] {
                let output = run(
                    &[command, &["--format", format]].concat(),
                    request.as_bytes(),
                );
                let text = [output.stdout, output.stderr].concat();
                let text = String::from_utf8(text).unwrap();
                assert!(
                    !text.contains(INVISIBLE),
                    "{hostile:?} {command:?} {format}: {text:?}"
                );
            }
        }
    }
}

/// A cookie of one character many times once took the search for secrets minutes.
#[test]
fn no_secret_makes_the_search_slow() {
    for value in ["/".repeat(20_000), "X-Amz-Security-Token=".repeat(1_000)] {
        let request = format!("POST / HTTP/1.1\r\nHost: h\r\nCookie: {value}\r\n\r\n{value}");
        let output = run(&["show", "-"], request.as_bytes());
        assert_eq!(output.status.code(), Some(0));
        assert!(!String::from_utf8(output.stdout).unwrap().contains(&value));
    }
}

/// However many other secrets a capture holds, the user's own key is kept out of every screen.
#[test]
fn no_capture_can_crowd_the_users_key_out() {
    const OWN: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    let cookies: Vec<String> = (0..4_500)
        .map(|number| format!("name{number}=value-of-a-cookie-{number:08}"))
        .collect();
    let request = format!(
        "GET / HTTP/1.1\nHost: sqs.us-east-1.amazonaws.com\nX-Note: {OWN}\nCookie: {}\nX-Amz-Date: 20150830T123600Z\nAuthorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/sqs/aws4_request, SignedHeaders=host;x-amz-date;x-note, Signature={}\n\n",
        cookies.join("; "),
        "0".repeat(64)
    );
    for command in ["show", "diagnose", "explain"] {
        for format in ["terminal", "json"] {
            let output = Command::cargo_bin("countersign")
                .unwrap()
                .env_clear()
                .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
                .env("AWS_SECRET_ACCESS_KEY", OWN)
                .args([command, "-", "--format", format])
                .write_stdin(request.as_bytes())
                .output()
                .unwrap();
            let said = [output.stdout, output.stderr].concat();
            let said = String::from_utf8_lossy(&said);
            assert!(
                !said.is_empty() && !said.contains(OWN),
                "{command} {format}"
            );
        }
    }
}

/// The session token beside the user's own key tells what became of the one that was sent, and is not
/// shown.
#[test]
fn a_token_is_compared_with_the_users_own() {
    const OWN: &str = "FwoGZXIvYXdzEBYaDEXAMPLETOKEN+AbCdEfGh0123/==";
    let sent = [
        (
            OWN.replace('+', "%2B").replace('=', "%3D"),
            "percent-encoded",
        ),
        (OWN.replace('+', " "), "became a space"),
        (OWN[..30].to_owned(), "cut off"),
        (
            OWN.replace("TOKEN", "TO KEN"),
            "space stands inside the token",
        ),
        (
            OWN.replace("TOKEN", "OTHER"),
            "beside the secret access key",
        ),
    ];
    let diagnosed = |token: &str| {
        let request = format!(
            "GET / HTTP/1.1\nHost: sqs.us-east-1.amazonaws.com\nX-Amz-Date: 20150830T123600Z\nX-Amz-Security-Token: {token}\nAuthorization: AWS4-HMAC-SHA256 Credential=ASIAEXAMPLE/20150830/us-east-1/sqs/aws4_request, SignedHeaders=host;x-amz-date;x-amz-security-token, Signature={}\n\n",
            "0".repeat(64)
        );
        let output = Command::cargo_bin("countersign")
            .unwrap()
            .env_clear()
            .env("AWS_ACCESS_KEY_ID", "ASIAEXAMPLE")
            .env(
                "AWS_SECRET_ACCESS_KEY",
                "a throw-away secret of forty characters.",
            )
            .env("AWS_SESSION_TOKEN", OWN)
            .args(["diagnose", "-"])
            .write_stdin(request)
            .output()
            .unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        said.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let rule = "session-token-missing-or-stale";
    for (token, sign) in sent {
        let said = diagnosed(&token);
        assert!(
            said.contains(rule) && said.contains(sign),
            "{token}: {said}"
        );
        assert!(!said.contains(OWN) && !said.contains(&token), "{token}");
    }
    assert!(!diagnosed(OWN).contains(rule));
}

/// Nothing is looked for without end in a request that no service would take, and it is said.
#[test]
fn a_request_beyond_measure_is_shown_and_not_examined() {
    let parameters: String = (0..5_000).map(|n| format!("p{n}=v&")).collect();
    let request = format!(
        "GET /?{parameters} HTTP/1.1\nHost: h\nAuthorization: AWS4-HMAC-SHA256 Credential=A/20250102/r/s/aws4_request, SignedHeaders=host, Signature=a\n\n"
    );
    let refused = refused(&["diagnose", "-"], request.as_bytes());
    let said = "request 1 of standard input has 5000 parameters, and up to 1000 are examined";
    assert!(refused.contains(said), "{refused}");
    let hint = "to see it: countersign show - --case 1";
    assert!(refused.contains(hint), "{refused}");
    let shown = run(&["show", "-", "--case", "1"], request.as_bytes());
    assert_eq!(shown.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&shown.stdout).contains("p4999=v&"));
}

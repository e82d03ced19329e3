//! What goes over the wire is what was signed, and the answer comes back as it is.
#![expect(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

mod loopback;

use std::{fs, process::Output, sync::Arc};

use assert_cmd::Command;
use loopback::{Server, answer};

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const TOKEN: &str = "FwoGZXIvYXdzEXAMPLETOKEN//////////wEaDExampleTokenForLoopback+Only/EXAMPLE==";
const AT: &str = "20261124T100000Z";

struct Run<'a> {
    token: Option<&'a str>,
    stdin: &'a [u8],
    environment: &'a [(&'a str, &'a str)],
}

const PLAIN: Run<'static> = Run {
    token: None,
    stdin: b"",
    environment: &[],
};

impl Run<'_> {
    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::cargo_bin("countersign").unwrap();
        command
            .args(arguments)
            .env_clear()
            .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", SECRET)
            .env("AWS_REGION", "eu-west-1")
            .envs(self.environment.iter().copied());
        if let Some(token) = self.token {
            command.env("AWS_SESSION_TOKEN", token);
        }
        let output = command.write_stdin(self.stdin).output().unwrap();
        for stream in [&output.stdout, &output.stderr] {
            assert!(!text(stream).contains(SECRET), "{arguments:?}");
        }
        assert!(!text(&output.stderr).contains(TOKEN), "{arguments:?}");
        assert!(!text(&output.stderr).contains("panicked"), "{arguments:?}");
        output
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Targets that URL libraries write anew.
fn awkward_targets() -> Vec<String> {
    let segments = [
        "a b",
        "%20",
        "+",
        "%2B",
        "%2F",
        "%2f",
        "%25",
        "%",
        "%zz",
        "%4",
        "%00",
        "%7E",
        "~",
        "'",
        "(",
        ")",
        "!",
        "*",
        ":",
        "@",
        ";",
        "=",
        ",",
        "&",
        "$",
        "|",
        "^",
        "`",
        "{x}",
        "[x]",
        "\\",
        "\"",
        "<",
        ">",
        "é",
        "%C3%A9",
        "%c3%a9",
        "e\u{301}",
        "日本",
        "..",
        ".",
        "...",
        "%2e%2e",
        "%2E",
        "..;",
        ".%2e",
        "",
        "-_.",
        "a%2F..%2Fb",
        "%E2%80%8B",
    ];
    let mut targets: Vec<String> = segments
        .iter()
        .filter(|segment| !segment.contains(' '))
        .flat_map(|segment| [format!("/{segment}"), format!("/x/{segment}/y")])
        .collect();
    let queries = [
        "",
        "?",
        "a",
        "a=",
        "=b",
        "&",
        "&&a",
        "a&a",
        "b=2&a=1&a=0",
        "a=b=c",
        "a=%20",
        "a=+",
        "a=%2B",
        "a=/?",
        "a=é",
        "a=%c3%a9",
        "acl",
        "a=..",
        "a='",
        "a=\"<>",
        "a=|{}",
        "X-y=1&x-Y=2",
        "a=%",
        "a=%00",
        "a;b",
        "a=,",
        "%61=1",
        "a=*",
        "a=~",
        "a=[]",
    ];
    targets.extend(queries.iter().map(|query| format!("/p?{query}")));
    targets.push("//127.0.0.1/x".to_owned());
    targets.push("///".to_owned());
    targets.push(format!("/{}", "long/../".repeat(500)));
    assert!(targets.len() >= 100);
    targets
}

#[test]
fn a_hundred_awkward_targets_arrive_as_they_were_signed() {
    let server = Arc::new(Server::saying(
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    ));
    let targets = awkward_targets();
    for (index, target) in targets.iter().enumerate() {
        let url = format!("{}{target}", server.url());
        let name = ["s3", "execute-api"][index % 2];
        let form: &[&str] = if index % 3 == 0 {
            &["--expires", "60"]
        } else {
            &[]
        };
        let request = ["--url", &url, "--signing-name", name, "--at", AT];
        let sent = PLAIN.run(&[&["send"], &request[..], form].concat());
        assert_eq!(
            sent.status.code(),
            Some(0),
            "{target}\n{}",
            text(&sent.stderr)
        );
        assert_eq!(sent.stdout, b"ok");
        let signed = PLAIN.run(&[&["sign", "--as", "http"], &request[..], form].concat());
        let received = server.last();
        assert_eq!(text(&received), text(&signed.stdout), "{target}");
        let line = received.split(|byte| *byte == b'\r').next().unwrap();
        let written = text(line);
        let own = written.strip_prefix("GET ").unwrap();
        assert!(own.starts_with(target.as_str()), "{written}\n{target}");
    }
    assert_eq!(server.received().len(), targets.len());
}

#[test]
fn headers_and_bodies_arrive_as_they_were_signed() {
    let server = Server::saying("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    let body: Vec<u8> = (0..=255).cycle().take(70_000).collect();
    let capture = [
        format!(
            "PUT {}/k?b&a HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nx-AMZ-meta-A:  two  spaces \r\nX-Amz-Meta-b: é\r\nACCEPT: x\r\nContent-Length: {}\r\n\r\n",
            server.url(), server.port, body.len(),
        )
        .into_bytes(),
        body.clone(),
    ]
    .concat();
    for token in [None, Some(TOKEN)] {
        let run = Run {
            token,
            stdin: &capture,
            ..PLAIN
        };
        let sent = run.run(&["send", "-", "--signing-name", "s3", "--at", AT]);
        assert_eq!(sent.status.code(), Some(0), "{}", text(&sent.stderr));
        let signed = run.run(&[
            "sign",
            "-",
            "--signing-name",
            "s3",
            "--at",
            AT,
            "--as",
            "http",
        ]);
        let received = server.last();
        assert_eq!(received, signed.stdout);
        assert!(received.ends_with(&body));
        assert!(text(&received).contains("x-AMZ-meta-A:  two  spaces \r\n"));
    }
}

#[test]
fn a_large_file_streams_and_is_hashed_once() {
    let server = Server::saying("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("large");
    let body: Vec<u8> = (0..3_000_000_u32)
        .map(|number| (number % 251) as u8)
        .collect();
    fs::write(&file, &body).unwrap();
    let at = format!("@{}", file.display());
    let url = format!("{}/bucket/key", server.url());
    let arguments = [
        "--url",
        &url,
        "-X",
        "PUT",
        "--signing-name",
        "s3",
        "--at",
        AT,
        "--body",
        &at,
    ];
    let sent = PLAIN.run(&[&["send"], &arguments[..]].concat());
    assert_eq!(sent.status.code(), Some(0), "{}", text(&sent.stderr));
    let signed = PLAIN.run(&[&["sign", "--as", "http"], &arguments[..]].concat());
    assert!(server.last() == signed.stdout);
    // Called by its operation, the body streams as well.
    let endpoint = server.url();
    let called = [
        "send",
        "--service",
        "s3",
        "--operation",
        "PutObject",
        "--label",
        "Bucket=b",
        "--label",
        "Key=k",
        "--endpoint-url",
        &endpoint,
        "--body",
        &at,
    ];
    assert_eq!(PLAIN.run(&called).status.code(), Some(0));
    assert!(server.last().ends_with(&body));
}

#[test]
fn a_file_that_changes_after_it_was_hashed_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("large");
    fs::write(&file, vec![b'x'; 2_000_000]).unwrap();
    let at = format!("@{}", file.display());
    let server = Server::new(move |_| {
        // As long as before, and other bytes.
        let later = std::time::SystemTime::now() + std::time::Duration::from_secs(60);
        fs::write(&file, vec![b'y'; 2_000_000]).unwrap();
        let changed = fs::File::options().write(true).open(&file).unwrap();
        changed.set_modified(later).unwrap();
        answer("503 Service Unavailable", &[], "busy")
    });
    let url = server.url();
    let sent = PLAIN.run(&[
        "send",
        "--url",
        &url,
        "--signing-name",
        "s3",
        "--body",
        &at,
        "--retries",
        "1",
    ]);
    let said = text(&sent.stderr);
    assert_eq!(sent.status.code(), Some(2), "{said}");
    assert!(said.contains("has changed since it was hashed"), "{said}");
    assert_eq!(server.received().len(), 1);
}

#[test]
fn bytes_that_are_no_text_arrive_as_they_were_signed() {
    let server = Server::saying("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    for target in [&b"/\xff\xfe"[..], b"/%\xe9?\x80=\xc3", b"/a?b=\xf0\x9f"] {
        let capture = [
            b"GET ",
            target,
            format!(" HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n\r\n", server.port).as_bytes(),
        ]
        .concat();
        let run = Run {
            stdin: &capture,
            ..PLAIN
        };
        let url = server.url();
        let arguments = [
            "-",
            "--signing-name",
            "s3",
            "--at",
            AT,
            "--endpoint-url",
            &url,
        ];
        let sent = run.run(&[&["send"], &arguments[..]].concat());
        assert_eq!(sent.status.code(), Some(0), "{}", text(&sent.stderr));
        let signed = run.run(&[&["sign", "--as", "http"], &arguments[..]].concat());
        assert_eq!(server.last(), signed.stdout);
        let line = [b"GET ", target, b" HTTP/1.1\r\n"].concat();
        assert!(server.last().starts_with(&line));
    }
}

#[test]
fn the_body_alone_is_on_standard_output() {
    let chunked = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-A: b\r\n\r\n3\r\n\u{1b}[1\r\nA;x=y\r\n0123456789\r\n0\r\nTrailer: t\r\n\r\n";
    let server = Server::saying(chunked);
    let url = server.url();
    let arguments = ["send", "--url", &url, "--signing-name", "sqs"];
    let sent = PLAIN.run(&arguments);
    assert_eq!(sent.stdout, b"\x1b[10123456789");
    let said = text(&sent.stderr);
    assert!(
        said.contains("HTTP/1.1 200 OK\n") && said.contains("X-A: b\n"),
        "{said}"
    );
    let included = PLAIN.run(&[&arguments[..], &["--include"]].concat());
    let whole = text(&included.stdout);
    assert!(
        whole
            .starts_with("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-A: b\r\n\r\n\u{1b}[1"),
        "{whole}"
    );
    let verbose = text(&PLAIN.run(&[&arguments[..], &["-v"]].concat()).stderr);
    assert!(verbose.contains("CANONICAL REQUEST") && verbose.contains("STRING TO SIGN"));
    // A body that ends with the connection, and one that does not come whole.
    let closed = one_answer("HTTP/1.1 200 OK\r\n\r\nto the end");
    assert_eq!(
        PLAIN
            .run(&["send", "--url", &closed, "--signing-name", "sqs"])
            .stdout,
        b"to the end"
    );
    let cut = one_answer("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
    let cut = PLAIN.run(&["send", "--url", &cut, "--signing-name", "sqs"]);
    assert_eq!(
        (cut.status.code(), &cut.stdout[..]),
        (Some(2), &b"half"[..])
    );
    assert!(text(&cut.stderr).contains("broke off"));
}

/// The URL of a server that reads one request, answers and hangs up.
fn one_answer(answer: &'static str) -> String {
    one_connection(move |stream| {
        let _ = std::io::Write::write_all(stream, answer.as_bytes());
    })
}

/// The URL of a server that reads one request and does as it is told.
fn one_connection(then: impl FnOnce(&mut std::net::TcpStream) + Send + 'static) -> String {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = loopback::read_request(&mut stream);
        then(&mut stream);
    });
    format!("http://127.0.0.1:{port}/")
}

/// What a server that has no end says first, and then again and again.
const ENDLESS: [(&str, &str, &str); 5] = [
    ("", "HTTP/1.1 100 Continue\r\n\r\n", "head has no end"),
    ("HTTP/1.1 200 OK\r\n", "X-A: b\r\n", "head has no end"),
    ("HTTP/1.1 200 OK\r\nX-A: ", "bbbbbbbbb", "head has no end"),
    (
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
        "X-A: b\r\n",
        "trailers have no end",
    ),
    (
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;",
        "a=b;a=b;",
        "does not end",
    ),
];

/// A server that is not stopped by then was read to no end.
const MOST: usize = 64 << 20;

#[test]
fn an_answer_without_end_is_given_up() {
    for (first, again, words) in ENDLESS {
        let (told, hears) = std::sync::mpsc::channel();
        let url = one_connection(move |stream| {
            use std::io::Write;
            let mut sent = 0;
            let mut given = stream.write_all(first.as_bytes());
            let many = again.repeat(1000);
            while given.is_ok() && sent < MOST {
                given = stream.write_all(many.as_bytes());
                sent += many.len();
            }
            let _ = told.send(sent);
        });
        let sent = PLAIN.run(&["send", "--url", &url, "--signing-name", "sqs"]);
        let said = text(&sent.stderr);
        assert_eq!(sent.status.code(), Some(2), "{again:?} {said}");
        assert!(said.contains(words), "{again:?} {said}");
        assert!(hears.recv().unwrap() < MOST, "{again:?}");
    }
}

#[test]
fn what_comes_byte_by_byte_is_given_up_as_well() {
    // Each byte comes long before the next is missed; only the whole of it takes too long.
    let body = "HTTP/1.1 200 OK\r\n\r\n";
    let cases = [
        (
            "HTTP/1.1 200 OK\r\nX-A: ",
            "--read-timeout",
            "no answer came",
        ),
        (body, "--max-time", "broke off"),
        ("", "--max-time", "no answer came"),
    ];
    for (first, option, words) in cases {
        let url = one_connection(move |stream| {
            use std::io::Write;
            let mut given = stream.write_all(first.as_bytes());
            for _ in 0..10_000 {
                std::thread::sleep(std::time::Duration::from_millis(10));
                given = given.and_then(|()| stream.write_all(b"x"));
            }
        });
        let sent = PLAIN.run(&["send", "--url", &url, "--signing-name", "sqs", option, "1"]);
        let said = text(&sent.stderr);
        assert_eq!(sent.status.code(), Some(2), "{option} {said}");
        assert!(
            said.contains(words) && said.contains("it took too long"),
            "{option} {said}"
        );
    }
}

#[test]
fn a_refusal_is_diagnosed_and_ends_with_1() {
    let server = Server::new(|_| {
        answer(
            "400 Bad Request",
            &[
                "Date: Tue, 24 Nov 2026 10:30:00 GMT",
                "X-Hostile: a\u{1b}[2Jb",
            ],
            r#"{"__type":"InvalidSignatureException","message":"Signature expired: 20261124T100000Z is now earlier than 20261124T102500Z (20261124T103000Z - 5 min.)"}"#,
        )
    });
    let endpoint = server.url();
    let sent = PLAIN.run(&[
        "send",
        "--service",
        "dynamodb",
        "--operation",
        "ListTables",
        "--endpoint-url",
        &endpoint,
        "--at",
        AT,
    ]);
    let said = text(&sent.stderr);
    assert_eq!(sent.status.code(), Some(1), "{said}");
    assert!(said.contains("clock-skew-behind"), "{said}");
    assert!(text(&sent.stdout).starts_with("{\"__type\"") && !said.contains('\u{1b}'));
}

/// Who signed, for which host and with which key is no question where this program did.
#[test]
fn a_refused_signature_of_its_own_is_blamed_on_no_other_program() {
    let server = Server::new(|_| {
        let message = "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";
        let body = format!(r#"{{"__type":"InvalidSignatureException","message":"{message}"}}"#);
        answer("403 Forbidden", &[], &body)
    });
    let url = format!("{}/?a=b", server.url());
    let said = PLAIN.run(&[
        "send",
        "--url",
        &url,
        "--signing-name",
        "dynamodb",
        "--body",
        "{}",
    ]);
    let said = text(&said.stderr);
    assert!(said.contains("wrong-secret-key"), "{said}");
    for words in ["another host", "program", "captured"] {
        assert!(!said.contains(words), "{words}: {said}");
    }
}

#[test]
fn a_redirect_is_shown_and_signed_anew_on_request() {
    let there = Server::saying("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nthere");
    let location = format!("Location: {}/moved?x=%2F", there.url());
    let here = Server::new(move |_| answer("307 Temporary Redirect", &[&location], "moved"));
    let url = format!("{}/k", here.url());
    let arguments = [
        "send",
        "--url",
        &url,
        "--signing-name",
        "s3",
        "-X",
        "PUT",
        "--body",
        "x",
        "--at",
        AT,
    ];
    let shown = PLAIN.run(&arguments);
    assert_eq!(
        (shown.status.code(), &shown.stdout[..]),
        (Some(1), &b"moved"[..])
    );
    let said = text(&shown.stderr);
    assert!(
        said.contains("--follow") && !said.contains("No mistake found"),
        "{said}"
    );
    assert!(
        there.received().is_empty(),
        "nothing is sent with the old signature"
    );
    let followed = PLAIN.run(&[&arguments[..], &["--follow"]].concat());
    assert_eq!(
        (followed.status.code(), &followed.stdout[..]),
        (Some(0), &b"there"[..])
    );
    let moved = format!("{}/moved?x=%2F", there.url());
    let signed = PLAIN.run(&[
        "sign",
        "--as",
        "http",
        "--url",
        &moved,
        "--signing-name",
        "s3",
        "-X",
        "PUT",
        "--body",
        "x",
        "--at",
        AT,
    ]);
    assert_eq!(text(&there.last()), text(&signed.stdout));
}

#[test]
fn retries_are_off_and_sign_anew_when_asked_for() {
    let count = std::sync::atomic::AtomicU32::new(0);
    let server =
        Server::new(
            move |_| match count.fetch_add(1, std::sync::atomic::Ordering::Relaxed) % 2 {
                0 => answer("503 Service Unavailable", &[], "busy"),
                _ => answer("200 OK", &[], "ready"),
            },
        );
    let url = server.url();
    let arguments = ["send", "--url", &url, "--signing-name", "sqs"];
    let once = PLAIN.run(&arguments);
    assert_eq!(
        (once.status.code(), &once.stdout[..]),
        (Some(1), &b"busy"[..])
    );
    assert_eq!(PLAIN.run(&arguments).stdout, b"ready");
    let again = PLAIN.run(&[&arguments[..], &["--retries", "1"]].concat());
    assert_eq!(again.stdout, b"ready");
    assert_eq!(server.received().len(), 4);
}

#[test]
fn no_retry_begins_that_has_no_time_and_the_last_answer_is_given() {
    let server = Server::new(|_| answer("503 Service Unavailable", &[], "busy"));
    let url = server.url();
    let arguments = ["send", "--url", &url, "--signing-name", "sqs"];
    let limits = ["--max-time", "1", "--retries", "9"];
    let sent = PLAIN.run(&[&arguments[..], &limits].concat());
    assert_eq!(
        (sent.status.code(), &sent.stdout[..]),
        (Some(1), &b"busy"[..])
    );
    assert!(server.received().len() < 4);
}

#[test]
fn what_stays_as_it_is_is_not_tried_again() {
    let server = Server::new(|_| answer("200 OK", &[], ""));
    let url = format!("{}/a b", server.url());
    let request = format!(
        "GET {url} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n\r\n",
        server.port
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("request.http");
    std::fs::write(&path, request).unwrap();
    let path = path.to_str().unwrap();
    let sent = PLAIN.run(&["send", path, "--signing-name", "sqs", "--retries", "3"]);
    let said = text(&sent.stderr);
    assert_eq!(sent.status.code(), Some(2), "{said}");
    assert!(!said.contains("Again"), "{said}");
}

#[test]
fn what_cannot_go_over_the_wire_is_refused_with_the_reason() {
    let server = Server::saying("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    let host = format!("Host: 127.0.0.1:{}\r\n", server.port);
    let folded = format!(
        "GET {}/ HTTP/1.1\r\n{host}X-A: b\r\n c\r\n\r\n",
        server.url()
    );
    let coded = format!(
        "PUT {}/ HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        server.url()
    );
    let spaced = format!("GET {}/a b HTTP/1.1\r\n{host}\r\n", server.url());
    // A presigned URL signs no body, and the file that curl would send is not in the capture.
    let upload = format!(
        "curl --upload-file photo.jpg '{}/bucket/key?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20261125%2Feu-west-1%2Fs3%2Faws4_request&X-Amz-Date=20261125T091500Z&X-Amz-Expires=3600&X-Amz-SignedHeaders=host&X-Amz-Signature={}'\n",
        server.url(),
        "0".repeat(64)
    );
    let cases = [
        (upload, "the body was not captured"),
        (folded, "line break"),
        (coded, "Transfer-Encoding"),
        (spaced, "space"),
    ];
    for (capture, words) in cases {
        let run = Run {
            stdin: capture.as_bytes(),
            ..PLAIN
        };
        let sent = run.run(&["send", "-", "--signing-name", "sqs"]);
        let said = text(&sent.stderr);
        assert_eq!(sent.status.code(), Some(2), "{said}");
        assert!(sent.stdout.is_empty() && said.contains(words), "{said}");
    }
    assert!(server.received().is_empty());
    let refused = PLAIN.run(&[
        "send",
        "--url",
        "http://127.0.0.1:1/",
        "--signing-name",
        "sqs",
    ]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(
        text(&refused.stderr).contains("could not reach 127.0.0.1:1: the connection was refused")
    );
}

#[test]
fn a_server_that_refuses_early_is_heard() {
    // It answers after the head and never reads the body.
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut head = [0; 4096];
        let _ = std::io::Read::read(&mut stream, &mut head);
        let _ = std::io::Write::write_all(
            &mut stream,
            b"HTTP/1.1 403 Forbidden\r\nContent-Length: 5\r\n\r\nearly",
        );
        // It stays open until the client has gone.
        std::thread::sleep(std::time::Duration::from_secs(10));
    });
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("large");
    fs::write(&file, vec![b'x'; 30_000_000]).unwrap();
    let sent = PLAIN.run(&[
        "send",
        "--url",
        &format!("http://127.0.0.1:{port}/"),
        "--signing-name",
        "s3",
        "-X",
        "PUT",
        "--body",
        &format!("@{}", file.display()),
    ]);
    assert_eq!(
        (sent.status.code(), &sent.stdout[..]),
        (Some(1), &b"early"[..]),
        "{}",
        text(&sent.stderr)
    );
}

#[test]
fn a_configured_endpoint_is_taken_for_calls() {
    let server = Server::saying("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
    let url = server.url();
    for variable in ["AWS_ENDPOINT_URL_AUTO_SCALING_PLANS", "AWS_ENDPOINT_URL"] {
        let environment = [(variable, url.as_str())];
        let run = Run {
            environment: &environment,
            ..PLAIN
        };
        // The call of the README.
        let sent = run.run(&[
            "send",
            "--service",
            "autoscaling-plans",
            "--operation",
            "DescribeScalingPlans",
            "--region",
            "ap-northeast-1",
            "--body",
            "{}",
        ]);
        assert_eq!(
            (sent.status.code(), &sent.stdout[..]),
            (Some(0), &b"{}"[..]),
            "{}",
            text(&sent.stderr)
        );
        let received = text(&server.last());
        assert!(
            received.contains("/ap-northeast-1/autoscaling-plans/aws4_request"),
            "{received}"
        );
    }
}

#[test]
fn an_endpoint_is_read_in_the_section_of_its_service() {
    let server = Server::saying("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config");
    let text_of = format!(
        "[default]\nservices = local\nendpoint_url = http://127.0.0.1:1\n[services local]\nsqs =\n  endpoint_url = http://127.0.0.1:1\nauto_scaling_plans =\n  endpoint_url = {}\n",
        server.url()
    );
    fs::write(&config, text_of).unwrap();
    let path = config.display().to_string();
    let call = [
        "--service",
        "autoscaling-plans",
        "--operation",
        "DescribeScalingPlans",
    ];
    let configured = [("AWS_CONFIG_FILE", path.as_str())];
    let run = Run {
        environment: &configured,
        ..PLAIN
    };
    let sent = run.run(&[&["send"], &call[..]].concat());
    assert_eq!(sent.stdout, b"{}", "{}", text(&sent.stderr));
    let ignoring = [
        configured[0],
        ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"),
    ];
    let run = Run {
        environment: &ignoring,
        ..PLAIN
    };
    let signed = run.run(&[&["sign", "--as", "headers"], &call[..]].concat());
    assert!(text(&signed.stdout).contains("Host: autoscaling-plans.eu-west-1.amazonaws.com\n"));
}

#[test]
fn a_way_in_the_clear_is_warned_of_unless_it_stays_on_this_machine() {
    const WORDS: &str = "nothing encrypts this";
    let server = Server::saying("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    let proxy = server.url();
    let environment = [("http_proxy", proxy.as_str())];
    let run = Run {
        environment: &environment,
        ..PLAIN
    };
    let to = |url: &str, run: &Run<'_>| {
        text(
            &run.run(&["send", "--url", url, "--signing-name", "sqs"])
                .stderr,
        )
    };
    assert!(to("http://elsewhere.example/", &run).contains(WORDS));
    assert!(!to(&server.url(), &PLAIN).contains(WORDS));
}

/// A server that speaks TLS with a certificate for 127.0.0.1, and the file to trust it by.
fn over_tls(folder: &std::path::Path) -> (Server, String) {
    use rustls::{
        ServerConfig, ServerConnection, StreamOwned, crypto::ring, pki_types::PrivateKeyDer,
    };
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let bundle = folder.join("ca.pem");
    fs::write(&bundle, made.cert.pem()).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let config = Arc::new(config);
    let server = Server::wrapped(
        Box::new(move |stream| {
            let session = ServerConnection::new(Arc::clone(&config)).unwrap();
            Box::new(StreamOwned::new(session, stream))
        }),
        |_| answer("200 OK", &[], "sealed"),
    );
    (server, bundle.display().to_string())
}

/// A proxy that opens tunnels to anywhere on loopback.
fn tunnels(heads: Arc<std::sync::Mutex<Vec<String>>>) -> u16 {
    use std::{
        io::copy,
        net::{TcpListener, TcpStream},
        thread,
    };
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for mut client in listener.incoming().flatten() {
            let head = text(&loopback::read_request(&mut client).unwrap());
            let authority = head.split(' ').nth(1).unwrap().to_owned();
            heads.lock().unwrap().push(head);
            let mut server = TcpStream::connect(authority).unwrap();
            std::io::Write::write_all(&mut client, b"HTTP/1.1 200 Connected\r\n\r\n").unwrap();
            let (mut from, mut to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            thread::spawn(move || copy(&mut from, &mut to));
            thread::spawn(move || copy(&mut server, &mut client));
        }
    });
    port
}

#[test]
fn tls_is_trusted_by_the_bundle_alone_and_goes_through_a_tunnel() {
    let folder = tempfile::tempdir().unwrap();
    let (server, bundle) = over_tls(folder.path());
    let url = format!("https://127.0.0.1:{}/a/../%2F?b&a", server.port);
    let arguments = ["--url", &url, "--signing-name", "s3", "--at", AT];
    let send = [&["send"], &arguments[..]].concat();
    let signed = PLAIN.run(&[&["sign", "--as", "http"], &arguments[..]].concat());
    let trusting = [("AWS_CA_BUNDLE", bundle.as_str())];
    let sent = Run {
        environment: &trusting,
        ..PLAIN
    }
    .run(&send);
    assert_eq!(
        (sent.status.code(), &sent.stdout[..]),
        (Some(0), &b"sealed"[..]),
        "{}",
        text(&sent.stderr)
    );
    assert_eq!(text(&server.last()), text(&signed.stdout));
    let strange = PLAIN.run(&send);
    assert_eq!(strange.status.code(), Some(2));
    assert!(
        text(&strange.stderr).contains("error:"),
        "{}",
        text(&strange.stderr)
    );

    let heads = Arc::new(std::sync::Mutex::new(Vec::new()));
    let proxy = format!(
        "http://me:pa%2Fss@127.0.0.1:{}",
        tunnels(Arc::clone(&heads))
    );
    let environment = [trusting[0], ("HTTPS_PROXY", proxy.as_str())];
    let sent = Run {
        environment: &environment,
        ..PLAIN
    }
    .run(&send);
    let said = text(&sent.stderr);
    assert_eq!(
        (sent.status.code(), &sent.stdout[..]),
        (Some(0), &b"sealed"[..]),
        "{said}"
    );
    assert!(
        said.contains("Through the proxy http://127.0.0.1:") && !said.contains("pa/ss"),
        "{said}"
    );
    assert!(!said.contains("pa%2Fss"), "{said}");
    assert_eq!(
        text(&server.last()),
        text(&signed.stdout),
        "the proxy carries what was signed"
    );
    let head = heads.lock().unwrap().pop().unwrap();
    assert!(
        head.starts_with("CONNECT 127.0.0.1:")
            && head.contains("Proxy-Authorization: Basic bWU6cGEvc3M="),
        "{head}"
    );
    let environment = [environment[0], environment[1], ("NO_PROXY", "127.0.0.1")];
    let direct = Run {
        environment: &environment,
        ..PLAIN
    }
    .run(&send);
    assert_eq!(direct.stdout, b"sealed");
    assert!(heads.lock().unwrap().is_empty());
}

#[test]
fn a_proxy_in_the_clear_is_told_the_whole_url() {
    let proxy = Server::saying("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nvia");
    let url = proxy.url();
    let environment = [("http_proxy", url.as_str())];
    let arguments = [
        "--url",
        "http://elsewhere.example:81/a/../b",
        "--signing-name",
        "sqs",
        "--at",
        AT,
    ];
    let sent = Run {
        environment: &environment,
        ..PLAIN
    }
    .run(&[&["send"], &arguments[..]].concat());
    assert_eq!(sent.stdout, b"via");
    let signed = PLAIN.run(&[&["sign", "--as", "http"], &arguments[..]].concat());
    let expected = text(&signed.stdout).replacen("GET /", "GET http://elsewhere.example:81/", 1);
    assert_eq!(text(&proxy.last()), expected);
}

#[test]
fn a_token_that_the_service_gives_back_stays_hidden() {
    let server = Server::new(|request| {
        let head = text(request);
        let echo = format!("X-Echo: {}", head.replace("\r\n", " "));
        let body = format!(
            "<Error><Code>SignatureDoesNotMatch</Code><Message>no</Message><CanonicalRequest>GET\n/\n\nhost:h\nx-amz-security-token:{TOKEN}\n\nhost;x-amz-security-token\nUNSIGNED-PAYLOAD</CanonicalRequest></Error>"
        );
        answer("403 Forbidden", &[&echo], &body)
    });
    let url = format!("{}/bucket/key", server.url());
    for form in [
        &[][..],
        &["--expires", "60"],
        &["--verbose"],
        &["--include"],
    ] {
        let run = Run {
            token: Some(TOKEN),
            ..PLAIN
        };
        // `run` looks for the token on standard error.
        let sent = run.run(&[&["send", "--url", &url, "--signing-name", "s3"], form].concat());
        assert_eq!(sent.status.code(), Some(1), "{}", text(&sent.stderr));
        assert!(
            text(&sent.stdout).contains(TOKEN),
            "the body is the service's, as it is"
        );
        let said = text(&sent.stderr);
        assert!(
            said.contains("[session token, 76 bytes]") || form == ["--expires", "60"],
            "{said}"
        );
    }
}

#[cfg(target_os = "linux")]
#[test]
fn no_secret_is_on_a_command_line() {
    let server = Server::new(|_| {
        // Long enough to look at the process.
        std::thread::sleep(std::time::Duration::from_millis(1500));
        answer("200 OK", &[], "")
    });
    let program = assert_cmd::cargo::cargo_bin("countersign");
    let mut child = std::process::Command::new(program)
        .args(["send", "--url", &server.url(), "--signing-name", "s3"])
        .env_clear()
        .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", SECRET)
        .env("AWS_REGION", "eu-west-1")
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(std::time::Duration::from_millis(500));
    let line = fs::read(format!("/proc/{}/cmdline", child.id())).unwrap();
    assert!(text(&line).contains("send") && !text(&line).contains(SECRET));
    assert!(child.wait().unwrap().success());
}

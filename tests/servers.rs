//! Real servers on loopback that verify signatures, independent of each other and of this program:
//! s3s-fs (Rust) and OpenStack Swift's s3api (Python). `.ci/run` installs both.
#![expect(clippy::unwrap_used, reason = "a test ends where it cannot go on")]
#![expect(clippy::print_stderr, reason = "a test that is skipped says so")]

mod loopback;

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    thread,
    time::Duration,
};

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

/// A server that runs until it is dropped.
struct Running {
    name: &'static str,
    port: u16,
    access_key_id: &'static str,
    process: Child,
    _folder: tempfile::TempDir,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Says that a program is not here; CI must have it.
fn skipped(needs: &str) -> Option<Running> {
    assert!(std::env::var_os("CI").is_none(), "CI has no {needs}");
    eprintln!("skipped: needs {needs}");
    None
}

fn s3s() -> Option<Running> {
    let home = std::env::var_os("HOME")
        .map(PathBuf::from)
        .unwrap_or_default();
    let own = std::env::var_os("CARGO_HOME")
        .map_or(home.join(".cargo"), PathBuf::from)
        .join("bin");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders = std::env::split_paths(&path).chain([own]);
    let Some(program) =
        folders.find_map(|folder| Some(folder.join("s3s-fs")).filter(|file| file.is_file()))
    else {
        return skipped("s3s-fs (cargo install s3s-fs --version 0.14.1 --features binary)");
    };
    let port = TcpListener::bind(("127.0.0.1", 0))
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let folder = tempfile::tempdir().unwrap();
    let process = Command::new(program)
        .args(["--host", "127.0.0.1", "--port", &port.to_string()])
        .args(["--access-key", "AKIDEXAMPLE", "--secret-key", SECRET])
        .arg(folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    wait_for(port);
    Some(Running {
        name: "s3s-fs",
        port,
        access_key_id: "AKIDEXAMPLE",
        process,
        _folder: folder,
    })
}

fn swift() -> Option<Running> {
    let has = Command::new("/usr/bin/python3")
        .args(["-c", "import swift"])
        .stderr(Stdio::null())
        .status();
    if !has.is_ok_and(|status| status.success()) {
        return skipped("python3-swift (Debian)");
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/servers/swift_s3.py");
    let mut process = Command::new("/usr/bin/python3")
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(process.stdout.as_mut().unwrap())
        .read_line(&mut line)
        .unwrap();
    let port = line.trim().parse().unwrap();
    wait_for(port);
    let folder = tempfile::tempdir().unwrap();
    Some(Running {
        name: "swift",
        port,
        access_key_id: "AKIDEXAMPLE:tester",
        process,
        _folder: folder,
    })
}

fn wait_for(port: u16) {
    let listens = (0..600).any(|_| {
        thread::sleep(Duration::from_millis(50));
        TcpStream::connect(("127.0.0.1", port)).is_ok()
    });
    assert!(listens, "nothing listens on {port}");
}

impl Running {
    fn run(&self, command: &str, port: u16, method: &str, target: &str, more: &[&str]) -> Output {
        let url = format!("http://127.0.0.1:{port}{target}");
        self.program(
            &[
                &[command, "--url", &url, "-X", method, "--signing-name", "s3"],
                more,
            ]
            .concat(),
            b"",
        )
    }

    fn program(&self, arguments: &[&str], stdin: &[u8]) -> Output {
        assert_cmd::Command::cargo_bin("countersign")
            .unwrap()
            .args(arguments)
            .env_clear()
            .env("AWS_ACCESS_KEY_ID", self.access_key_id)
            .env("AWS_SECRET_ACCESS_KEY", SECRET)
            .env("AWS_REGION", "us-east-1")
            .write_stdin(stdin)
            .output()
            .unwrap()
    }

    fn sends(&self, method: &str, target: &str, more: &[&str]) -> Vec<u8> {
        let output = self.run("send", self.port, method, target, more);
        let said = text(&output.stderr);
        assert_eq!(
            output.status.code(),
            Some(0),
            "{} {method} {target} {more:?}\n{said}",
            self.name
        );
        output.stdout
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

const KEYS: [&str; 16] = [
    "a%20b",
    "a+b",
    "a%2Bb",
    "%C3%BC",
    "%c3%bc",
    "a//b",
    "a///b",
    "a/../b",
    "a/./b",
    "a%2Fb",
    "a%2fb",
    "~",
    "%7E",
    "'()!*",
    "%27%28%29%21%2A",
    "a=b&c;d,e@f:g$",
];

/// Put, get, list and delete under each key, signed in the header and in the URL.
fn takes_what_is_right(server: &Running) {
    server.sends("PUT", "/bucket", &[]);
    for key in KEYS {
        let target = format!("/bucket/{key}");
        for form in [&[][..], &["--expires", "60"], &["--payload", "unsigned"]] {
            let body = format!("{key} {form:?}");
            server.sends("PUT", &target, &[form, &["--body", &body]].concat());
            assert_eq!(
                text(&server.sends("GET", &target, form)),
                body,
                "{}",
                server.name
            );
        }
    }
    for query in [
        "prefix=a%20&delimiter=/",
        "delimiter=%2F&prefix=a+b",
        "list-type=2&max-keys=1000",
    ] {
        let listing = text(&server.sends("GET", &format!("/bucket?{query}"), &[]));
        assert!(listing.contains("<ListBucketResult"), "{listing}");
    }
    for key in KEYS {
        let target = format!("/bucket/{key}");
        let deleted = server.run("send", server.port, "DELETE", &target, &[]);
        // Some keys are other spellings of one.
        let gone = text(&deleted.stdout).contains("NoSuchKey");
        assert!(
            deleted.status.code() == Some(0) || gone,
            "{} {target}",
            server.name
        );
    }
}

/// Changes a request on its way.
type Change = fn(&[u8]) -> Vec<u8>;

fn replaced(request: &[u8], from: &str, to: &str) -> Vec<u8> {
    let at = request
        .windows(from.len())
        .position(|window| window == from.as_bytes())
        .unwrap();
    [&request[..at], to.as_bytes(), &request[at + from.len()..]].concat()
}

/// A relay that changes what it carries.
fn relay(port: u16, change: Change) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let own = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for mut client in listener.incoming().flatten() {
            if let Some(request) = loopback::read_request(&mut client) {
                client
                    .write_all(&exchange(port, &change(&request)))
                    .unwrap();
            }
        }
    });
    own
}

/// Sends bytes and reads an answer to its end.
fn exchange(port: u16, request: &[u8]) -> Vec<u8> {
    let mut server = TcpStream::connect(("127.0.0.1", port)).unwrap();
    server
        .set_read_timeout(Some(Duration::from_secs(2)))
        .unwrap();
    server.write_all(request).unwrap();
    let mut answer = Vec::new();
    // The server may keep the connection: then the time ends it.
    let mut block = [0; 4096];
    while let Ok(count @ 1..) = server.read(&mut block) {
        answer.extend_from_slice(&block[..count]);
        if answer.ends_with(b"</Error>") || answer.ends_with(b"0\r\n\r\n") {
            break;
        }
    }
    answer
}

/// What is changed, and where that is seen: the part, and its first byte that differs.
const CHANGES: [(&str, u64, Change); 8] = [
    ("method", 0, |request| replaced(request, "PUT ", "GET ")),
    ("header:host", 8, |request| {
        replaced(request, "Host: 127.0.0.1:", "Host: 127.0.0.2:")
    }),
    ("header:x-amz-content-sha256", 0, |request| {
        // The SHA-256 of `hello`.
        replaced(request, "Sha256: 2cf24dba", "Sha256: 3cf24dba")
    }),
    ("uri", 12, |request| {
        replaced(request, "/bucket/keyword", "/bucket/keyward")
    }),
    ("query:x", 0, |request| replaced(request, "x=1", "x=2")),
    ("header:x-amz-meta-a", 2, |request| {
        replaced(request, "x-amz-meta-a: one", "x-amz-meta-a: ona")
    }),
    ("body", 1, |request| replaced(request, "hello", "hallo")),
    ("signature", 0, |request| {
        let at = request
            .windows(10)
            .position(|window| window == b"Signature=")
            .unwrap()
            + 10;
        let mut request = request.to_vec();
        request[at] = if request[at] == b'0' { b'1' } else { b'0' };
        request
    }),
];

const WITH: [&str; 4] = ["--body", "hello", "-H", "x-amz-meta-a: one"];

/// One byte that is changed on the way is refused, and both versions name the byte.
fn refuses_what_is_changed(server: &Running) {
    let folder = tempfile::tempdir().unwrap();
    let [mine, theirs] = ["mine.http", "theirs.http"].map(|name| folder.path().join(name));
    for (part, at, change) in CHANGES {
        // Of two signatures over the same, the key is to blame, and no byte.
        let (part, at) = if part == "signature" {
            ("signing-key", 23)
        } else {
            (part, at)
        };
        let as_http = [&["--as", "http"], &WITH[..]].concat();
        let signed = server
            .run("sign", server.port, "PUT", "/bucket/keyword?x=1", &as_http)
            .stdout;
        let changed = change(&signed);
        let answer = exchange(server.port, &changed);
        let status = text(&answer[9..12]);
        assert!(
            status.starts_with(['4', '5']),
            "{} {part}: {}",
            server.name,
            text(&answer)
        );
        std::fs::write(&mine, [&changed[..], b"\r\n\r\n", &answer].concat()).unwrap();
        std::fs::write(&theirs, &signed).unwrap();
        let [mine, theirs] = [&mine, &theirs].map(|path| path.to_str().unwrap());
        let said = server.program(&["diff", mine, theirs, "--format", "json"], b"");
        let said: serde_json::Value = serde_json::from_slice(&said.stdout).unwrap();
        assert_eq!(
            said["first_divergence"]["part"], part,
            "{} {said}",
            server.name
        );
        assert_eq!(said["first_divergence"]["at"], at, "{} {said}", server.name);
    }
}

#[test]
fn s3s_takes_what_is_right_and_nothing_else() {
    if let Some(server) = s3s() {
        takes_what_is_right(&server);
        refuses_what_is_changed(&server);
    }
}

#[test]
fn swift_takes_what_is_right_and_nothing_else() {
    if let Some(server) = swift() {
        takes_what_is_right(&server);
        refuses_what_is_changed(&server);
    }
}

#[test]
fn what_was_changed_on_the_way_is_named_by_the_refusal() {
    let Some(server) = swift() else { return };
    server.sends("PUT", "/bucket", &[]);
    let dated: (&str, u64, Change) = ("header:x-amz-date", 14, |request| {
        let at = 14
            + 12
            + request
                .windows(12)
                .position(|name| name == b"X-Amz-Date: ")
                .unwrap();
        let mut request = request.to_vec();
        request[at] = if request[at] == b'0' { b'1' } else { b'0' };
        request
    });
    for (part, _, change) in CHANGES.into_iter().chain([dated]) {
        let port = relay(server.port, change);
        let sent = server.run("send", port, "PUT", "/bucket/keyword?x=1", &WITH);
        let said = text(&sent.stderr);
        assert_eq!(sent.status.code(), Some(1), "{said}");
        let words = match part {
            "body" => "received another body than was sent".to_owned(),
            "signature" => "received another signature than was sent".to_owned(),
            part => {
                let name = part
                    .strip_prefix("header:")
                    .unwrap_or(part)
                    .replace(':', " ");
                format!("received another request than was sent: {name} differs")
            }
        };
        assert!(said.contains(&words), "{part}\n{said}");
        assert!(!said.contains("wrong-secret-key"), "{part}\n{said}");
    }
    // Nothing was changed, and the secret is another.
    let mut command = assert_cmd::Command::cargo_bin("countersign").unwrap();
    let url = format!("http://127.0.0.1:{}/bucket", server.port);
    let output = command
        .args(["send", "--url", &url, "--signing-name", "s3"])
        .env_clear()
        .env("AWS_ACCESS_KEY_ID", server.access_key_id)
        .env(
            "AWS_SECRET_ACCESS_KEY",
            "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEWRONG",
        )
        .env("AWS_REGION", "us-east-1")
        .output()
        .unwrap();
    let said = text(&output.stderr);
    assert!(
        said.contains("The secret key differs. Nothing else does."),
        "{said}"
    );
}

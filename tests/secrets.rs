//! No secret comes out: every capture under `fixtures`, every command, every output.
#![expect(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use assert_cmd::Command;
use bstr::ByteSlice;
use countersign::sigv4::{SecretAccessKey, SigningKey, encode};

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const ASSUMED: &str = "assumedassumedassumedassumedassumed+/EXA";
const TOKEN: &str = "FwoGZXIvYXdzEXAMPLETOKEN//////////wEaDExampleTokenForLoopback+Only/EXAMPLE==";

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

fn canaries() -> Vec<(&'static str, Vec<u8>)> {
    let key = SigningKey::derive_from(
        &SecretAccessKey::new(SECRET.as_bytes().to_vec()),
        b"20190912",
        b"ap-northeast-1",
        b"autoscaling-plans",
    );
    let hex: String = key
        .signing
        .expose()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    vec![
        ("secret access key", SECRET.into()),
        (
            "encoded secret access key",
            encode(SECRET.as_bytes()).into(),
        ),
        ("assumed secret access key", ASSUMED.into()),
        ("session token", TOKEN.into()),
        ("encoded session token", encode(TOKEN.as_bytes()).into()),
        ("signing key", hex.into_bytes()),
    ]
}

#[test]
fn no_secret_comes_out() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut all = Vec::new();
    inputs(&fixtures, &mut all);
    assert!(all.len() > 100, "the captures are there");
    let canaries = canaries();
    let threads = std::thread::available_parallelism().map_or(2, |n| n.get()) * 2;
    std::thread::scope(|scope| {
        for part in all.chunks(all.len().div_ceil(threads)) {
            let canaries = &canaries;
            scope.spawn(move || part.iter().for_each(|path| one(path, canaries)));
        }
    });
}

fn one(path: &Path, canaries: &[(&str, Vec<u8>)]) {
    for (command, format) in [
        ("show", "terminal"),
        ("show", "json"),
        ("diagnose", "terminal"),
        ("diagnose", "json"),
        ("diagnose", "markdown"),
    ] {
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
        for (what, canary) in canaries {
            assert!(
                !text.contains_str(canary),
                "{what} in {command} {format} of {}",
                path.display()
            );
        }
        assert!(!text.contains_str("panicked"), "{}", path.display());
    }
}

//! Every capture, scrubbed: no secret is left, and what it says of signing is still said.
#![expect(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use bstr::{BString, ByteSlice};
use countersign::{
    evidence::InputId,
    sigv4::encode,
    source::{read_all, scrub},
};

const SECRETS: [&str; 3] = [
    "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    "assumedassumedassumedassumedassumed+/EXA",
    "FwoGZXIvYXdzEXAMPLETOKEN//////////wEaDExampleTokenForLoopback+Only/EXAMPLE==",
];

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

/// What a capture says of signing, apart from what a token is part of.
fn told(text: &[u8]) -> Vec<(BString, BString, Option<BString>)> {
    let (cases, _, _) = read_all(InputId(0), &mut &*text);
    let attempts = cases.iter().flat_map(|case| &case.attempts);
    let told = attempts.map(|attempt| {
        let stated = attempt.authorization();
        let stated = stated.map_or_else(
            || (BString::default(), BString::default()),
            |stated| (stated.credential.clone(), stated.signature.clone()),
        );
        let code = attempt.refusal().map(|refusal| refusal.code.clone());
        (stated.0, stated.1, code)
    });
    // Artifacts without either are paired by their digest, which no longer holds.
    told.filter(|told| !told.0.is_empty() || told.2.is_some())
        .collect()
}

#[test]
fn no_secret_is_left_and_the_rest_is() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut all = Vec::new();
    inputs(&fixtures, &mut all);
    assert!(all.len() > 100, "the captures are there");
    let mut left = Vec::new();
    let mut changed = Vec::new();
    for path in all {
        let shown = path.strip_prefix(&fixtures).unwrap().display().to_string();
        let text = fs::read(&path).unwrap();
        let mut out = Vec::new();
        scrub(&mut text.as_slice(), &mut out).unwrap();
        for secret in SECRETS {
            for form in [
                secret.to_owned(),
                encode(secret.as_bytes()).to_string(),
                secret.replace('/', "\\/"),
            ] {
                if out.contains_str(&form) {
                    left.push(format!("{shown}: {form}"));
                }
            }
        }
        if told(&text) != told(&out) {
            changed.push(shown);
        }
    }
    assert!(left.is_empty(), "{}", left.join("\n"));
    assert!(changed.is_empty(), "{}", changed.join("\n"));
}

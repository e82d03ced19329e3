//! The AWS signing test suite: every folder, header and query form, every artifact.
//!
//! The suite is read at test time out of the aws-sigv4 package in the cargo registry, which
//! `cargo metadata` finds; nothing of it is copied here.

#![expect(clippy::expect_used, reason = "a test ends where it cannot go on")]

use std::{error::Error, fs, path::Path, process::Command};

use bstr::ByteSlice;
use countersign::{
    sigv4::{
        self, CredentialScope, PathEncoding, PathNormalization, PayloadHash, Placement, Recipe,
        SecretAccessKey, SignedHeaders, Signing, SigningKey, Timestamp, encode,
    },
    wire::{HeaderField, Request, target::percent_decode},
};
use serde_json::Value;

type Outcome = Result<(), Box<dyn Error>>;

/// The one folder whose request has an encoded path and whose artifacts are those of the plain
/// path: it is decoded first. Every other folder is taken as it stands.
const ENCODED_ONCE: &str = "get-space-normalized";

/// One folder, in both forms.
fn check(context: &Path) -> datatest_stable::Result<()> {
    let folder = context.parent().ok_or("a case has a folder")?;
    let context: Value = serde_json::from_slice(&fs::read(context)?)?;
    header_form(folder, &context)?;
    query_form(folder, &context)?;
    Ok(())
}

struct Case {
    request: Request,
    timestamp: Timestamp,
    scope: CredentialScope,
    recipe: Recipe,
    key: SigningKey,
    access_key_id: String,
    token: Option<String>,
    token_is_signed: bool,
}

fn case(folder: &Path, context: &Value) -> Result<Case, Box<dyn Error>> {
    let text = |name: &str| {
        context[name]
            .as_str()
            .map(str::to_owned)
            .ok_or(name.to_owned())
    };
    let credential = |name: &str| context["credentials"][name].as_str().map(str::to_owned);
    let timestamp = Timestamp::parse_any(text("timestamp")?.as_bytes()).ok_or("a timestamp")?;
    let scope = CredentialScope::new(timestamp, text("region")?, text("service")?);
    let secret = credential("secret_access_key").ok_or("a secret access key")?;
    let secret = SecretAccessKey::new(secret.into_bytes());
    let normalize = context["normalize"].as_bool().ok_or("normalize")?;
    let mut request = Request::parse(&fs::read(folder.join("request.txt"))?)?.message;
    if folder.ends_with(ENCODED_ONCE) {
        assert_ne!(
            request.path().find("%20"),
            None,
            "{ENCODED_ONCE} is no exception any more"
        );
        request.target = percent_decode(&request.target);
    }
    Ok(Case {
        request,
        timestamp,
        key: SigningKey::derive(&secret, &scope),
        scope,
        recipe: Recipe {
            path_encoding: PathEncoding::Twice,
            path_normalization: if normalize {
                PathNormalization::Normalize
            } else {
                PathNormalization::Keep
            },
            ..Recipe::STANDARD
        },
        access_key_id: credential("access_key_id").ok_or("an access key id")?,
        token: credential("token"),
        token_is_signed: context["omit_session_token"].as_bool() != Some(true),
    })
}

fn header_form(folder: &Path, context: &Value) -> Outcome {
    let mut case = case(folder, context)?;
    if case.request.header("x-amz-date").is_none() {
        let date = HeaderField::new("X-Amz-Date", case.timestamp.to_string());
        case.request.headers.push(date);
    }
    let body_hash = PayloadHash::of(case.request.body.bytes().unwrap_or_default());
    if context["sign_body"].as_bool() == Some(true) {
        let field = HeaderField::new("x-amz-content-sha256", body_hash.text());
        case.request.headers.push(field);
    }
    if let (Some(token), true) = (&case.token, case.token_is_signed) {
        let field = HeaderField::new("X-Amz-Security-Token", token.as_str());
        case.request.headers.push(field);
    }
    compare(folder, "header", &case, body_hash, Placement::Header)
}

fn query_form(folder: &Path, context: &Value) -> Outcome {
    let mut case = case(folder, context)?;
    let expires = context["expiration_in_seconds"]
        .as_u64()
        .ok_or("an expiry")?;
    case.request.headers.retain(|field| !field.is("x-amz-date"));
    let body_hash = PayloadHash::of(case.request.body.bytes().unwrap_or_default());
    let names = case
        .request
        .headers
        .iter()
        .map(|field| field.name.as_bstr());
    let signed = SignedHeaders::of(names);
    let credential = format!("{}/{}", case.access_key_id, case.scope.to_bytes());
    let mut pairs = vec![
        ("X-Amz-Algorithm", sigv4::ALGORITHM.to_owned()),
        ("X-Amz-Credential", credential),
        ("X-Amz-Date", case.timestamp.to_string()),
        ("X-Amz-Expires", expires.to_string()),
        ("X-Amz-SignedHeaders", signed.as_bstr().to_string()),
    ];
    if let (Some(token), true) = (&case.token, case.token_is_signed) {
        pairs.push(("X-Amz-Security-Token", token.clone()));
    }
    let mut glue = if case.request.query().is_some() {
        '&'
    } else {
        '?'
    };
    for (name, value) in pairs {
        let pair = format!("{glue}{name}={}", encode(value.as_bytes()));
        case.request.target.extend_from_slice(pair.as_bytes());
        glue = '&';
    }
    compare(folder, "query", &case, body_hash, Placement::Query)
}

fn compare(
    folder: &Path,
    form: &str,
    case: &Case,
    payload_hash: PayloadHash,
    placement: Placement,
) -> Outcome {
    let names = case
        .request
        .headers
        .iter()
        .map(|field| field.name.as_bstr());
    let signed_headers = SignedHeaders::of(names);
    let derivation = sigv4::derive(
        &case.request,
        &Signing {
            timestamp: case.timestamp,
            scope: &case.scope,
            signed_headers: &signed_headers,
            payload_hash,
            recipe: &case.recipe,
            placement,
        },
    );
    let expected = |artifact: &str| fs::read(folder.join(format!("{form}-{artifact}.txt")));
    let equal = |artifact: &str, actual: &[u8]| -> Outcome {
        let expected = expected(artifact)?;
        if expected == actual {
            return Ok(());
        }
        let (expected, actual) = (expected.as_bstr(), actual.as_bstr());
        Err(format!("{form} {artifact}\nexpected:\n{expected}\nactual:\n{actual}").into())
    };
    equal("canonical-request", &derivation.canonical_request_text)?;
    equal("string-to-sign", &derivation.string_to_sign_text)?;
    equal(
        "signature",
        derivation.sign(&case.key).to_string().as_bytes(),
    )?;
    Ok(())
}

/// The suite's folder inside the aws-sigv4 package.
fn suite() -> String {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--filter-platform",
            &host(),
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo metadata runs");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo writes JSON");
    let manifest = metadata["packages"]
        .as_array()
        .and_then(|packages| {
            packages
                .iter()
                .find(|package| package["name"] == "aws-sigv4")
        })
        .and_then(|package| package["manifest_path"].as_str())
        .expect("aws-sigv4 is a dependency of the tests");
    let folder = Path::new(manifest)
        .with_file_name("aws-signing-test-suite")
        .join("v4");
    let folders = fs::read_dir(&folder)
        .expect("the package carries the suite")
        .count();
    assert!(folders >= 38, "the suite has at least 38 folders");
    folder.display().to_string()
}

/// The triple of this machine: packages of other platforms need not be on it.
fn host() -> String {
    let output = Command::new("rustc")
        .arg("-vV")
        .output()
        .expect("rustc runs");
    let text = String::from_utf8(output.stdout).expect("rustc writes UTF-8");
    let line = text.lines().find_map(|line| line.strip_prefix("host: "));
    line.expect("rustc names its host").to_owned()
}

datatest_stable::harness! {
    { test = check, root = suite(), pattern = r"context\.json$" },
}

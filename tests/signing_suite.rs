//! The AWS signing test suite: every folder of Version 4 and 4A, header and query form, every
//! artifact.
//!
//! The suite is read at test time out of the aws-sigv4 package in the cargo registry, which
//! `cargo metadata` finds; nothing of it is copied here.

#![expect(clippy::expect_used, reason = "a test ends where it cannot go on")]

use std::{error::Error, fs, path::Path, process::Command};

use bstr::ByteSlice;
use countersign::{
    sigv4::{
        self, Algorithm, CredentialScope, EcdsaKey, EcdsaSignature, PathEncoding,
        PathNormalization, PayloadHash, Placement, Recipe, SecretAccessKey, SignedHeaders, Signing,
        SigningKey, Timestamp, encode,
    },
    wire::{HeaderField, Request, target::percent_decode},
};
use serde_json::Value;

type Outcome = Result<(), Box<dyn Error>>;

/// The one folder whose request has an encoded path and whose artifacts are those of the plain
/// path: it is decoded first. Every other folder is taken as it stands.
const ENCODED_ONCE: &str = "v4/get-space-normalized";

/// One folder, in both forms.
fn check(context: &Path) -> datatest_stable::Result<()> {
    let folder = context.parent().ok_or("a case has a folder")?;
    let context: Value = serde_json::from_slice(&fs::read(context)?)?;
    let algorithm = match folder.parent().and_then(Path::file_name) {
        Some(name) if name == "v4a" => Algorithm::EcdsaP256Sha256,
        _ => Algorithm::HmacSha256,
    };
    let case = case(folder, &context, algorithm)?;
    if let Key::Asymmetric(key) = &case.key {
        public_key(folder, key)?;
    }
    header_form(folder, case.clone(), &context)?;
    query_form(folder, case, &context)?;
    Ok(())
}

#[derive(Clone)]
enum Key {
    Symmetric(Box<SigningKey>),
    Asymmetric(EcdsaKey),
}

#[derive(Clone)]
struct Case {
    request: Request,
    timestamp: Timestamp,
    scope: CredentialScope,
    recipe: Recipe,
    key: Key,
    /// The regions of a scope that has none.
    region_set: Option<String>,
    access_key_id: String,
    token: Option<String>,
    token_is_signed: bool,
}

fn case(folder: &Path, context: &Value, algorithm: Algorithm) -> Result<Case, Box<dyn Error>> {
    let text = |name: &str| {
        context[name]
            .as_str()
            .map(str::to_owned)
            .ok_or(name.to_owned())
    };
    let credential = |name: &str| context["credentials"][name].as_str().map(str::to_owned);
    let timestamp = Timestamp::parse_any(text("timestamp")?.as_bytes()).ok_or("a timestamp")?;
    let secret = credential("secret_access_key").ok_or("a secret access key")?;
    let secret = SecretAccessKey::new(secret.into_bytes());
    let access_key_id = credential("access_key_id").ok_or("an access key id")?;
    let (region, service) = (text("region")?, text("service")?);
    let (scope, key, region_set) = match algorithm {
        Algorithm::HmacSha256 => {
            let scope = CredentialScope::new(timestamp, region, service);
            let key = SigningKey::derive(&secret, &scope);
            (scope, Key::Symmetric(Box::new(key)), None)
        }
        Algorithm::EcdsaP256Sha256 => {
            let scope = CredentialScope::of_all_regions(timestamp, service);
            let key = EcdsaKey::derive(&secret, access_key_id.as_bytes()).ok_or("a key")?;
            (scope, Key::Asymmetric(key), Some(region))
        }
    };
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
        key,
        scope,
        region_set,
        recipe: Recipe {
            path_encoding: PathEncoding::Twice,
            path_normalization: if normalize {
                PathNormalization::Normalize
            } else {
                PathNormalization::Keep
            },
            ..Recipe::STANDARD
        },
        access_key_id,
        token: credential("token"),
        token_is_signed: context["omit_session_token"].as_bool() != Some(true),
    })
}

/// The suite's public key is the one that belongs to the derived private key.
fn public_key(folder: &Path, key: &EcdsaKey) -> Outcome {
    let stated: Value = serde_json::from_slice(&fs::read(folder.join("public-key.json"))?)?;
    let point = key.public().point();
    let hex: String = point.iter().map(|byte| format!("{byte:02x}")).collect();
    let coordinate = |name: &str| stated[name].as_str().map(str::to_owned);
    let stated = coordinate("X").ok_or("x")? + &coordinate("Y").ok_or("y")?;
    if hex != stated {
        return Err(format!("public key\nexpected:\n{stated}\nactual:\n{hex}").into());
    }
    Ok(())
}

fn header_form(folder: &Path, mut case: Case, context: &Value) -> Outcome {
    if case.request.header("x-amz-date").is_none() {
        let date = HeaderField::new("X-Amz-Date", case.timestamp.to_string());
        case.request.headers.push(date);
    }
    if let Some(regions) = &case.region_set {
        let field = HeaderField::new("X-Amz-Region-Set", regions.as_str());
        case.request.headers.push(field);
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

fn query_form(folder: &Path, mut case: Case, context: &Value) -> Outcome {
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
        ("X-Amz-Algorithm", case.scope.algorithm().name().to_owned()),
        ("X-Amz-Credential", credential),
        ("X-Amz-Date", case.timestamp.to_string()),
        ("X-Amz-Expires", expires.to_string()),
        ("X-Amz-SignedHeaders", signed.as_bstr().to_string()),
    ];
    if let Some(regions) = &case.region_set {
        pairs.push(("X-Amz-Region-Set", regions.clone()));
    }
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
    match &case.key {
        Key::Symmetric(key) => equal("signature", derivation.sign(key).to_string().as_bytes()),
        // Signatures of one text differ: the suite's and our own must both verify.
        Key::Asymmetric(key) => {
            let text = &derivation.string_to_sign_text;
            let stated = EcdsaSignature::parse(&expected("signature")?)?;
            let is_verified = |signature| key.public().verifies(text, signature);
            match is_verified(&stated) && is_verified(&key.sign(text)) {
                true => Ok(()),
                false => Err(format!("{form} signature does not verify").into()),
            }
        }
    }
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
    let folder = Path::new(manifest).with_file_name("aws-signing-test-suite");
    for version in ["v4", "v4a"] {
        let folders = fs::read_dir(folder.join(version)).expect("the package carries the suite");
        assert!(folders.count() >= 38, "{version} has at least 38 folders");
    }
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

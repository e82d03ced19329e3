//! Signing with every artifact kept, beside aws-sigv4, on the same request.
//!
//! `cargo bench --bench signing`. aws-sigv4 derives its key anew for each signature; with a cached
//! key it would take the time of `aws_sigv4` less that of `aws_sigv4_key_alone`.

use std::{hint::black_box, time::SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4::{self, generate_signing_key},
};
use countersign::{
    sigv4::{
        self, CredentialScope, PayloadHash, Placement, Recipe, SecretAccessKey, SignedHeaders,
        Signing, SigningKey, Timestamp,
    },
    wire::Request,
};

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const URL: &str =
    "https://autoscaling-plans.ap-northeast-1.amazonaws.com/plans/a%20b?Version=2018-01-06&Name=x";
const HEADERS: [(&str, &str); 4] = [
    ("content-type", "application/x-amz-json-1.1"),
    ("host", "autoscaling-plans.ap-northeast-1.amazonaws.com"),
    ("x-amz-date", "20150830T123600Z"),
    (
        "x-amz-target",
        "AnyScaleScalingPlannerFrontendService.DescribeScalingPlans",
    ),
];
const BODY: &[u8] = b"{\"MaxResults\":10}";

fn main() {
    divan::main();
}

#[divan::bench]
fn countersign_all_artifacts(bencher: divan::Bencher) {
    let mut text = format!("POST {URL} HTTP/1.1\r\n");
    for (name, value) in HEADERS {
        text += &format!("{name}: {value}\r\n");
    }
    let body = String::from_utf8_lossy(BODY);
    text += &format!("content-length: {}\r\n\r\n{body}", BODY.len());
    let Ok(parsed) = Request::parse(text.as_bytes()) else {
        return;
    };
    let Ok(timestamp) = Timestamp::parse(b"20150830T123600Z") else {
        return;
    };
    let scope = CredentialScope::new(timestamp, "ap-northeast-1", "autoscaling-plans");
    let key = SigningKey::derive(&SecretAccessKey::new(SECRET.into()), &scope);
    let request = parsed.message;
    bencher.bench(|| {
        // What is signed and how the body hashes is found for each request, as a signer must.
        let request = black_box(&request);
        let signed_headers = SignedHeaders::of_request(request);
        let signing = Signing {
            timestamp,
            scope: &scope,
            signed_headers: &signed_headers,
            payload_hash: PayloadHash::of(request.body.bytes().unwrap_or_default()),
            recipe: &Recipe::STANDARD,
            placement: Placement::Header,
        };
        let derivation = sigv4::derive(request, &signing);
        let signature = derivation.sign(&key);
        (derivation, signature)
    });
}

#[divan::bench]
fn aws_sigv4(bencher: divan::Bencher) {
    let identity = Credentials::new("AKIDEXAMPLE", SECRET, None, None, "bench").into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region("ap-northeast-1")
        .name("autoscaling-plans")
        .time(SystemTime::UNIX_EPOCH)
        .settings(SigningSettings::default())
        .build();
    let Ok(params) = params else { return };
    let params = params.into();
    bencher.bench(|| {
        let headers = HEADERS
            .into_iter()
            .filter(|(name, _)| *name != "x-amz-date");
        SignableRequest::new("POST", black_box(URL), headers, SignableBody::Bytes(BODY))
            .and_then(|request| sign(request, &params))
    });
}

#[divan::bench]
fn aws_sigv4_key_alone() -> impl AsRef<[u8]> {
    let time = SystemTime::UNIX_EPOCH;
    generate_signing_key(
        black_box(SECRET),
        time,
        "ap-northeast-1",
        "autoscaling-plans",
    )
}

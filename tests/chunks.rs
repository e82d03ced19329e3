//! The chain of chunk signatures is aws-sigv4's, and no body makes taking it apart panic.

#![expect(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::sign::v4::{SigningParams, sign_chunk, sign_trailer};
use aws_smithy_runtime_api::http::Headers;
use countersign::sigv4::{
    Chunk, ChunkSigning, ChunkedBody, CredentialScope, SecretAccessKey, Signature, SigningKey,
    Timestamp, Trailer, derive_chunks,
};
use proptest::{collection::vec, prelude::*};

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

fn ours(
    chunks: &[Vec<u8>],
    fields: &[(String, String)],
    seed: [u8; 32],
    seconds: u32,
) -> Vec<String> {
    let timestamp = Timestamp::of_unix(seconds.into()).unwrap();
    let scope = CredentialScope::new(timestamp, "us-east-1", "s3");
    let key = SigningKey::derive(&SecretAccessKey::new(SECRET.into()), &scope);
    let chunk = |data| Chunk {
        signature: None,
        data,
    };
    let field = |(name, value): &'_ (String, String)| (name.clone(), value.clone());
    let fields: Vec<(String, String)> = fields.iter().map(field).collect();
    let body = ChunkedBody {
        chunks: chunks.iter().map(|data| chunk(data.as_slice())).collect(),
        trailer: Trailer {
            fields: fields
                .iter()
                .map(|(name, value)| (name.as_str().into(), value.as_str().into()))
                .collect(),
            signature: None,
        },
    };
    let signing = ChunkSigning {
        timestamp,
        scope: &scope,
        key: &key,
        seed: Signature::new(seed),
    };
    derive_chunks(&body, &signing)
        .iter()
        .map(|derived| derived.signature.to_string())
        .collect()
}

fn theirs(
    chunks: &[Vec<u8>],
    fields: &[(String, String)],
    seed: [u8; 32],
    seconds: u32,
) -> Vec<String> {
    let identity = Credentials::new("AKIDEXAMPLE", SECRET, None, None, "test").into();
    let params = SigningParams::builder()
        .identity(&identity)
        .region("us-east-1")
        .name("s3")
        .time(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds.into()))
        .settings(())
        .build()
        .unwrap();
    let mut last = Signature::new(seed).to_string();
    let mut chain = Vec::new();
    for data in chunks {
        let signed = sign_chunk(&bytes::Bytes::copy_from_slice(data), &last, &params).unwrap();
        last = signed.signature().to_owned();
        chain.push(last.clone());
    }
    if !fields.is_empty() {
        let mut headers = Headers::new();
        for (name, value) in fields {
            headers.insert(name.clone(), value.clone());
        }
        let signed = sign_trailer(&headers, &last, &params).unwrap();
        chain.push(signed.signature().to_owned());
    }
    chain
}

proptest! {
    #[test]
    fn the_chain_is_aws_sigv4s(
        chunks in vec(vec(any::<u8>(), 0..80), 1..5),
        value in "[A-Za-z0-9+/]{1,12}={0,2}",
        trailed in any::<bool>(),
        seed in any::<[u8; 32]>(),
        seconds in any::<u32>(),
    ) {
        let fields = match trailed {
            true => vec![("x-amz-checksum-crc32".to_owned(), value)],
            false => Vec::new(),
        };
        let [ours, theirs] = [ours, theirs].map(|sign| sign(&chunks, &fields, seed, seconds));
        prop_assert_eq!(ours, theirs);
    }

    #[test]
    fn a_body_is_taken_apart_as_it_was_put_together(
        chunks in vec(vec(any::<u8>(), 1..40), 0..4),
        signature in "[0-9a-f]{64}",
    ) {
        let mut text = Vec::new();
        for data in chunks.iter().map(Vec::as_slice).chain([&b""[..]]) {
            text.extend_from_slice(format!("{:x};chunk-signature={signature}\r\n", data.len()).as_bytes());
            text.extend_from_slice(data);
            text.extend_from_slice(b"\r\n");
        }
        let body = ChunkedBody::parse(&text).unwrap();
        let data: Vec<&[u8]> = body.chunks.iter().map(|chunk| chunk.data).collect();
        let whole: Vec<&[u8]> = chunks.iter().map(Vec::as_slice).chain([&b""[..]]).collect();
        prop_assert_eq!(data, whole);
        let signed = body.chunks.iter().all(|chunk| chunk.signature == Some(signature.as_str().into()));
        prop_assert!(signed);
    }

    #[test]
    fn no_body_panics(
        bytes in vec(prop_oneof![any::<u8>(), prop::sample::select(b"0123456789af;\r\n:chunk-signature=".to_vec())], 0..80),
    ) {
        let _ = ChunkedBody::parse(&bytes);
    }
}

#[test]
fn a_trailer_that_does_not_fit_the_body_is_told() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/rules/decoded-content-length-wrong/silent-right/request.http");
    let right = std::fs::read_to_string(folder).unwrap();
    let told = |request: &str| {
        let mut command = assert_cmd::Command::cargo_bin("countersign").unwrap();
        let output = command
            .args(["diagnose", "-", "--no-credentials"])
            .write_stdin(request)
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap().replace('\n', " ")
    };
    assert!(right.contains("x-amz-checksum-crc32:NhCmhg=="));
    assert!(!told(&right).contains("the trailer"));
    let changed = right.replace("\r\nhello\r\n", "\r\nhallo\r\n");
    let words = "trailer x-amz-checksum-crc32 is NhCmhg==, and that of the body is ";
    assert!(told(&changed).contains(words), "{}", told(&changed));
}

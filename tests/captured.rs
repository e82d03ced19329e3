//! Captures that lack what was signed, or from which it was taken out: what cannot be recomputed
//! accuses nobody, and what the service computed tells what the capture lacks.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends where it cannot go on"
)]

use std::{fs, path::Path};

use countersign::{
    diagnose::{Depth, Evidence, Examination, diagnose, notes},
    evidence::InputId,
    sigv4::SecretAccessKey,
    source::read_all,
};

const TOKEN: &str = "FwoGZXIvYXdzEXAMPLETOKEN//////////wEaDExampleTokenForLoopback+Only/EXAMPLE==";

fn fixture(path: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    fs::read_to_string(folder.join(path)).unwrap()
}

/// A right request with a session token.
fn right() -> String {
    fixture("right/json-session/silent-unanswered/request.http")
}

/// A request that was signed with another secret, what its signer printed, and what the service
/// computed.
fn wrong_secret() -> [String; 3] {
    ["request.http", "signer.txt", "refusal.xml"]
        .map(|name| fixture(&format!("rules/wrong-secret-key/convicts-s3/{name}")))
}

/// What is found in one paste, and what is noted, with the secret or without.
fn examine(text: &str, with_secret: bool) -> (Vec<(&'static str, &'static str)>, String) {
    let secret = SecretAccessKey::new(b"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_vec());
    let (cases, _, _) = read_all(InputId(0), &mut text.as_bytes());
    let [case] = cases.as_slice() else {
        panic!("{} cases in {text}", cases.len())
    };
    let it = Examination::new(Evidence {
        secret: with_secret.then_some(&secret),
        ..Evidence::of(case, case.last_attempt().unwrap())
    });
    let diagnosis = diagnose(&it, Depth::default());
    let found = diagnosis.findings.iter();
    let noted: Vec<String> = notes(&it, &diagnosis)
        .iter()
        .map(|note| note.message.to_string())
        .collect();
    (
        found
            .map(|finding| (finding.rule.id, finding.proof.id()))
            .collect(),
        noted.join("\n"),
    )
}

fn found(text: &str, with_secret: bool) -> Vec<(&'static str, &'static str)> {
    examine(text, with_secret).0
}

/// The text without the line that begins so.
fn without(text: &str, start: &str) -> String {
    let lines = text.split_inclusive('\n');
    let kept: Vec<&str> = lines.filter(|line| !line.starts_with(start)).collect();
    assert_ne!(kept.concat(), text);
    kept.concat()
}

#[test]
fn what_was_taken_out_accuses_nobody() {
    assert_eq!(found(&right(), true), []);
    for mask in ["***", "[REDACTED]", "FwoGZXIv..."] {
        assert_eq!(found(&right().replace(TOKEN, mask), true), [], "{mask}");
    }
    assert_eq!(found(&without(&right(), "Host: "), true), []);
    let masked = right().replace("dynamodb.eu-central-1.amazonaws.com", "xxxx.amazonaws.com");
    assert_eq!(found(&masked, true), []);
}

#[test]
fn what_the_service_computed_tells_what_the_capture_lacks() {
    let [request, _, refusal] = wrong_secret();
    let whole = found(&format!("{request}\n\n{refusal}"), false);
    let suspected = [
        ("canonical-requests-differ", "suspected"),
        ("wrong-secret-key", "suspected"),
    ];
    assert_eq!(whole, suspected);
    for start in ["Host: ", "Range: ", "X-Amz-Date: "] {
        let capture = format!("{}\n\n{refusal}", without(&request, start));
        let (found, notes) = examine(&capture, false);
        assert_eq!(found, suspected, "without {start}");
        let name = start.trim_end_matches(": ").to_ascii_lowercase();
        assert!(notes.contains(&name), "{notes}");
    }
    let masked = request.replace("demo-bucket.s3.eu-central-1", "xxxx");
    assert_eq!(found(&format!("{masked}\n\n{refusal}"), false), suspected);
}

#[test]
fn the_key_is_left_over_only_where_the_string_is_known() {
    let [request, signer, refusal] = wrong_secret();
    let all = format!("{request}\n\n{signer}{refusal}");
    assert_eq!(found(&all, false), [("wrong-secret-key", "excluded")]);
    // An empty line below it may be its own.
    let apart = format!("{request}\n\n{signer}\n\n{refusal}");
    assert_eq!(found(&apart, false), [("wrong-secret-key", "suspected")]);
    let (canonical, _) = signer.split_once("string to sign:").unwrap();
    let some = format!("{request}\n\n{canonical}\n\n{refusal}");
    assert_eq!(found(&some, false), [("wrong-secret-key", "suspected")]);
}

#[test]
fn a_signature_of_version_4_in_a_request_of_4a_accuses_no_key() {
    let text = right()
        .replace("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256")
        .replace("/eu-central-1/", "/");
    let accuses = |(rule, _): &(&str, &str)| *rule == "wrong-secret-key";
    assert!(!found(&text, true).iter().any(accuses));
}

/// A URL alone shows neither the headers that it signs nor what was sent with it.
#[test]
fn a_url_alone_holds_no_headers() {
    let url = "https://demo-bucket.s3.eu-central-1.amazonaws.com/a.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20260901%2Feu-central-1%2Fs3%2Faws4_request&X-Amz-Date=20260901T120000Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host%3Bx-amz-meta-owner&X-Amz-Signature=";
    let text = format!("{url}{}\n", "ab".repeat(32));
    assert_eq!(found(&text, true), []);
    let unsigned = text.replace("%3Bx-amz-meta-owner", "");
    assert_eq!(found(&unsigned, true), [("wrong-secret-key", "suspected")]);
}

/// What a masked value had in its place is not known.
#[test]
fn a_masked_authorization_lacks_nothing() {
    let whole = right();
    let (front, _) = whole.split_once("Credential=").unwrap();
    let (_, behind) = whole.split_once("Content-Length").unwrap();
    for value in [
        "Credential=...",
        "Credential=***",
        "Credential=AKIDEXAMPLE/20260901/...",
    ] {
        let text = format!("{front}{value}\nContent-Length{behind}");
        assert_eq!(found(&text, false), [], "{value}");
    }
    let broken = "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260901/eu-central-1/s3/aws4_request,\n  SignedHeaders=host;x-amz-date,\n  Signature=YYYY\n";
    assert_eq!(found(broken, false), []);
}

/// A service that checks a signature of version 2 takes that version.
#[test]
fn a_string_of_version_2_is_told_as_what_it_is() {
    let text = "<?xml version='1.0' encoding='UTF-8'?>\n<Error><Code>SignatureDoesNotMatch</Code><Message>The request signature we calculated does not match the signature you provided.</Message><StringToSign>PUT\n\n\n1504106769\n/demo-bucket/a.txt</StringToSign></Error>\n";
    let (found, notes) = examine(text, false);
    assert!(
        !found
            .iter()
            .any(|(rule, _)| *rule == "sigv2-on-v4-only-endpoint")
    );
    assert!(notes.contains("Signature Version 2"), "{notes}");
}

/// A mistake that changes nothing of the right text may change what the request states: it is made
/// alone, and explains it alone.
#[test]
fn a_list_in_capitals_is_one_mistake() {
    let text = right().replace(";x-amz-date;", ";X-Amz-Date;");
    assert_ne!(text, right());
    let proven: Vec<&str> = found(&text, true)
        .into_iter()
        .filter(|(_, proof)| *proof == "signature")
        .map(|(rule, _)| rule)
        .collect();
    assert_eq!(proven, ["signed-headers-list-miswritten"]);
}

//! Signature Version 4A: what a signer of literal texts makes, right and wrong, and what the AWS
//! Common Runtime logged.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends where it cannot go on"
)]

use std::fs;

use countersign::{
    diagnose::{Depth, Evidence, Examination, Verified, diagnose},
    evidence::InputId,
    sigv4::{EcdsaKey, SecretAccessKey, Sha256Digest},
    source::read_all,
};

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const HASH: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const NAMES: &str = "host;x-amz-content-sha256;x-amz-date;x-amz-region-set";

/// What a signer signs; a mistake is another text.
struct Signer {
    uri: &'static str,
    region_set: &'static str,
    service: &'static str,
    secret: String,
    access_key_id: &'static str,
}

impl Default for Signer {
    fn default() -> Self {
        Self {
            uri: "/notes/June%203.txt",
            region_set: "*",
            service: "s3",
            secret: SECRET.to_owned(),
            access_key_id: "AKIDEXAMPLE",
        }
    }
}

impl Signer {
    fn string_to_sign(&self) -> String {
        let Self {
            uri,
            region_set,
            service,
            ..
        } = self;
        let canonical = format!(
            "GET\n{uri}\na=1&b=2\nhost:demo.mrap.accesspoint.s3-global.amazonaws.com\n\
             x-amz-content-sha256:{HASH}\nx-amz-date:20260901T120000Z\n\
             x-amz-region-set:{region_set}\n\n{NAMES}\n{HASH}"
        );
        let digest = Sha256Digest::of(canonical.as_bytes());
        format!(
            "AWS4-ECDSA-P256-SHA256\n20260901T120000Z\n20260901/{service}/aws4_request\n{digest}"
        )
    }

    fn signature(&self) -> String {
        let secret = SecretAccessKey::new(self.secret.clone().into_bytes());
        let key = EcdsaKey::derive(&secret, self.access_key_id.as_bytes()).unwrap();
        key.sign(self.string_to_sign().as_bytes()).to_string()
    }

    /// The request as it is sent.
    fn request(&self) -> String {
        format!(
            "GET /notes/June%203.txt?b=2&a=1 HTTP/1.1\n\
             Host: demo.mrap.accesspoint.s3-global.amazonaws.com\nX-Amz-Date: 20260901T120000Z\n\
             X-Amz-Region-Set: *\nx-amz-content-sha256: {HASH}\n\
             Authorization: AWS4-ECDSA-P256-SHA256 \
             Credential=AKIDEXAMPLE/20260901/{}/aws4_request, SignedHeaders={NAMES}, \
             Signature={}\n\n",
            self.service,
            self.signature()
        )
    }
}

/// Rules and proofs of what is found with the secret, and whether the signature came out right.
fn found(text: &str) -> (Vec<(&'static str, &'static str)>, bool) {
    let (cases, _, _) = read_all(InputId(0), &mut text.as_bytes());
    let [case] = cases.as_slice() else {
        panic!("{} cases in {text}", cases.len())
    };
    let secret = SecretAccessKey::new(SECRET.into());
    let it = Examination::new(Evidence {
        secret: Some(&secret),
        ..Evidence::of(case, case.last_attempt().unwrap())
    });
    let diagnosis = diagnose(&it, Depth::default());
    let findings = diagnosis.findings.iter();
    let found = findings.map(|finding| (finding.rule.id, finding.proof.id()));
    let verified = diagnosis.verified.contains(&Verified::Signature);
    (found.collect(), verified)
}

#[test]
fn a_right_signature_is_verified() {
    assert_eq!(found(&Signer::default().request()), (vec![], true));
}

#[test]
fn a_mistake_is_proven_by_the_signature() {
    let twice = Signer {
        uri: "/notes/June%25203.txt",
        ..Signer::default()
    };
    let proven = vec![("path-double-encoded-s3", "signature")];
    assert_eq!(found(&twice.request()), (proven, false));
    let mangled = Signer {
        secret: format!("{SECRET}\n"),
        ..Signer::default()
    };
    let proven = vec![("secret-mangled", "signature")];
    assert_eq!(found(&mangled.request()), (proven, false));
}

#[test]
fn a_wrong_service_is_put_right_in_a_scope_without_a_region() {
    let signer = Signer {
        service: "s3-global",
        ..Signer::default()
    };
    let text = signer.request();
    let (proven, _) = found(&text);
    assert_eq!(proven[0], ("wrong-service-in-scope", "signature"));
}

#[test]
fn another_key_proves_nothing() {
    let suspected = vec![("wrong-secret-key", "suspected")];
    let other = Signer {
        secret: "another".to_owned(),
        ..Signer::default()
    };
    assert_eq!(found(&other.request()), (suspected.clone(), false));
    // The key is derived with the access key id.
    let other = Signer {
        access_key_id: "AKIDOTHER",
        ..Signer::default()
    };
    assert_eq!(found(&other.request()), (suspected, false));
}

#[test]
fn what_the_common_runtime_signed_verifies() {
    let log = fs::read_to_string("fixtures/sources/crt-log/v4a/input.log").unwrap();
    let (found, _) = found(&log);
    assert_eq!(found, []);
    let verified = |log: &str| {
        let (cases, _, _) = read_all(InputId(0), &mut log.as_bytes());
        let secret = SecretAccessKey::new(SECRET.into());
        let it = Examination::new(Evidence {
            secret: Some(&secret),
            ..Evidence::of(&cases[0], &cases[0].attempts[0])
        });
        let key = it.asymmetric_key().unwrap().public();
        let attempt = &cases[0].attempts[0];
        let text = &attempt.strings_to_sign[0].text;
        let sent = &it.stated().unwrap().authorization.signature;
        let signature = countersign::sigv4::EcdsaSignature::parse(sent).unwrap();
        key.verifies(text, &signature)
    };
    assert!(verified(&log));
    let other = log.replace("20261125T042956Z\n20261125/", "20261125T042957Z\n20261125/");
    assert_ne!(log, other);
    assert!(!verified(&other));
}

//! The prover beside sha2 on the same bytes, and whole processes: `cargo bench --bench hypotheses`.
//!
//! A request is signed in a way that no rule knows, so that everything is tried. What counts is
//! what each further hypothesis takes: the time of a deeper search less that of a shallower one.
//! `taskset -c 0` in front makes it the speed of one processor.
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::disallowed_methods)]

use std::{
    fs,
    hint::black_box,
    process::Command,
    time::{Duration, Instant},
};

use countersign::{
    diagnose::{Depth, Diagnosis, Evidence, Examination, diagnose},
    evidence::{Attempt, Case, InputId},
    sigv4::{CredentialScope, SecretAccessKey, SigningKey},
    source::read_all,
};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const TURNS: usize = 5;

/// A canonical request of some 400 bytes.
const PLAIN: &str = "\
POST /?Action=ListUsers&Version=2010-05-08 HTTP/1.1
Host: iam.amazonaws.com
Content-Type: application/x-www-form-urlencoded; charset=utf-8
User-Agent: orders/1.4 python/3.12
X-Amz-Date: 20150830T123600Z
X-Amz-Content-Sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, \
SignedHeaders=content-type;host;user-agent;x-amz-content-sha256;x-amz-date, Signature={other}

";

/// Many headers, pairs in the query, a token and a body.
const RICH: &str = "\
POST /prod/caf%C3%A9/a%20b/orders?version=2018-01-06&name=J%C3%BCrgen%20M&tag=b&tag=a&empty&path=a%2Fb%2Fc&flag=&Zeta=1 HTTP/1.1
Host: a1b2c3d4e5.execute-api.eu-west-3.amazonaws.com
Content-Type: application/json; charset=utf-8
Accept: application/json
Accept-Encoding: gzip, deflate
User-Agent: orders/1.4  (linux)  python/3.12
Cache-Control: no-cache
X-Request-Id: 7f6d5e4c-3b2a-1908-8776-655443322110
X-Amz-Date: 20250102T030405Z
X-Amz-Security-Token: FwoGZXIvYXdzEBYaDEXAMPLETOKENAbCdEfGh0123+/AbCdEfGh0123+/AbCdEfGh0123+/AbCdEfGh0123+/EXAMPLE==
X-Amz-Meta-Owner:   Jean   Luc
X-Forwarded-For: 203.0.113.7, 10.0.0.3
Content-Length: 60
Authorization: AWS4-HMAC-SHA256 Credential=ASIAEXAMPLE/20250102/eu-west-3/execute-api/aws4_request, \
SignedHeaders=accept;accept-encoding;cache-control;content-type;host;user-agent;x-amz-date;x-amz-meta-owner;x-amz-security-token;x-forwarded-for;x-request-id, Signature={other}

{\"orders\": [{\"id\": 17, \"tags\": [\"a\", \"b\"]}], \"dryRun\": false}";

/// A string to sign over a canonical request that nobody knows.
const STRING: &str = "\
string_to_sign:
AWS4-HMAC-SHA256
20250102T030405Z
20250102/eu-west-3/execute-api/aws4_request
{other}
";

fn main() {
    for (name, text) in [("plain", PLAIN), ("rich", RICH)] {
        for known in [Known::Secret, Known::Digest] {
            rates(name, text, known);
        }
    }
    processes();
}

#[derive(Clone, Copy, Debug)]
enum Known {
    Secret,
    Digest,
}

/// A signature, or a digest, that is none of this request.
fn other() -> String {
    let digest = Sha256::digest(b"of something else");
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn case(text: &str) -> Case {
    let text = text.replace("{other}", &other());
    let (cases, _, _) = read_all(InputId(0), &mut text.as_bytes());
    cases.into_iter().next().unwrap()
}

fn rates(name: &str, text: &str, known: Known) {
    let case = case(text);
    let mut attempt = case.attempts[0].clone();
    let secret = SecretAccessKey::new(SECRET.into());
    let secret = match known {
        Known::Secret => Some(&secret),
        Known::Digest => {
            add_string(&mut attempt);
            None
        }
    };
    let it = Examination::new(Evidence {
        case: &case,
        attempt: &attempt,
        secret,
        session_token: None,
        clock: None,
        theirs: None,
    });
    let canonical = it.as_scoped().unwrap().canonical_request_text.clone();
    let string = it.as_scoped().unwrap().string_to_sign_text.clone();
    println!(
        "{name}, against a {known:?}: canonical request of {} bytes",
        canonical.len()
    );
    let (mut own, mut tried) = ([Duration::MAX; 3], [(0, 0); 3]);
    for _ in 0..TURNS {
        for depth in 1..=3 {
            let (time, diagnosis) = timed(|| diagnose(&it, Depth(depth)));
            own[depth - 1] = own[depth - 1].min(time);
            tried[depth - 1] = tried_by(&diagnosis);
        }
    }
    for depth in 2..=3 {
        let (count, bytes) = tried[depth - 1];
        let (fewer, fewer_bytes) = tried[depth - 2];
        let (count, bytes) = (count - fewer, bytes - fewer_bytes);
        let time = own[depth - 1].saturating_sub(own[depth - 2]);
        let rate = count as f64 / time.as_secs_f64();
        // Some mistakes make the text longer: UTF-16 doubles it.
        let length = (bytes / count) as usize;
        let text: Vec<u8> = canonical.iter().copied().cycle().take(length).collect();
        let alone = 1.0 / sha2_alone(known, &text, &string).as_secs_f64();
        println!(
            "  depth {depth}: {count} more hypotheses of {length} bytes in {time:.1?}: {:.2} M/s; \
             sha2 alone {:.2} M/s; {:.2} of it",
            rate / 1e6,
            alone / 1e6,
            rate / alone
        );
    }
}

/// What the hash of a text takes, and the signature of a string to sign where one is sought.
fn sha2_alone(known: Known, text: &[u8], string: &[u8]) -> Duration {
    const ROUNDS: u32 = 20_000;
    let key = key();
    let turn = || {
        for _ in 0..ROUNDS {
            black_box(Sha256::digest(black_box(text)));
            if let Known::Secret = known {
                let mac = key.clone().chain_update(black_box(string));
                black_box(mac.finalize());
            }
        }
    };
    let least = (0..TURNS).map(|_| timed(turn).0).min();
    least.unwrap() / ROUNDS
}

/// How many hypotheses, and of how many bytes.
fn tried_by(diagnosis: &Diagnosis) -> (u64, u64) {
    assert!(diagnosis.signed.is_none(), "something explains it");
    (diagnosis.tried, diagnosis.tried_bytes)
}

fn add_string(attempt: &mut Attempt) {
    let string = case(STRING);
    attempt.strings_to_sign = string.attempts[0].strings_to_sign.clone();
}

fn key() -> Hmac<Sha256> {
    let secret = SecretAccessKey::new(SECRET.into());
    let scope = CredentialScope {
        date: "20150830".into(),
        region: Some("us-east-1".into()),
        service: "iam".into(),
    };
    // The key is derived from a throw-away secret, for the sake of its length.
    let key = SigningKey::derive(&secret, &scope);
    Hmac::new_from_slice(key.signing.expose()).unwrap()
}

/// Singles and pairs with all rules, as a whole process.
fn processes() {
    let folder = tempfile::tempdir().unwrap();
    let (rich, string) = (
        folder.path().join("rich.http"),
        folder.path().join("string.txt"),
    );
    fs::write(&rich, RICH.replace("{other}", &other())).unwrap();
    fs::write(&string, STRING.replace("{other}", &other())).unwrap();
    let run = |known: Known| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
        command.arg("diagnose").arg(&rich);
        match known {
            Known::Secret => command
                .env("AWS_ACCESS_KEY_ID", "ASIAEXAMPLE")
                .env("AWS_SECRET_ACCESS_KEY", SECRET),
            Known::Digest => command.arg(&string).arg("--no-credentials"),
        };
        let (time, output) = timed(|| command.output().unwrap());
        assert!(output.status.code().is_some_and(|code| code < 2));
        time
    };
    for known in [Known::Secret, Known::Digest] {
        let mut times: Vec<Duration> = (0..20).map(|_| run(known)).collect();
        times.sort_unstable();
        println!(
            "rich, a whole process against a {known:?}: least {:.1?}, middle {:.1?}",
            times[0],
            times[times.len() / 2]
        );
    }
}

fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let begun = Instant::now();
    let made = work();
    (begun.elapsed(), made)
}

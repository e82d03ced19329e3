//! Every mistake is made on rich and plain requests, and must be convicted, it and no other.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use bstr::{BString, ByteSlice};
use countersign::{
    diagnose::{
        Depth, Diagnosis, Draft, Evidence, Examination, Rule, Slot, Variant, Wrong, diagnose,
        rules::rules,
    },
    evidence::{Case, Claim, InputId, Party, Span},
    sigv4::{SecretAccessKey, StringToSign, encode},
    source::read_all,
    wire::Fidelity,
};

/// A request to make mistakes on.
struct Base {
    name: &'static str,
    method: &'static str,
    target: &'static str,
    scope: &'static str,
    signed: &'static str,
    /// Without `Authorization`; a presigned request has none.
    headers: &'static [(&'static str, &'static str)],
    body: &'static str,
    presigned: bool,
    /// The token of a presigned request, and whether it stands behind the signature.
    token: Option<bool>,
}

const TOKEN: &str = "FwoGZXIvYXdzEXAMPLETOKEN//////////wEaDExampleTokenForLoopback+Only/EXAMPLE==";
const DATE: &str = "20150830T123600Z";
const RICH: &str = "/my%20docs/./a//b/../c%3Ad*e:f%2fg%C3%A9/x%20y%26(1)";
const RICH_QUERY: &str = "q.parser=1&q=b%20c&q=a&Q=2&empty=&zero=0&flag=false&acl&plus=a%2Bb&space=a+b&path=/a/b:c&amp=x%26y%3Dz&id=7&id-type=2&sig=%C3%A9";

fn bases() -> Vec<Base> {
    let rich_target: &str = Box::leak(format!("{RICH}?{RICH_QUERY}").into_boxed_str());
    vec![
        Base {
            name: "rich S3",
            method: "PUT",
            target: rich_target,
            scope: "20150830/eu-central-1/s3/aws4_request",
            signed: "accept-encoding;amz-sdk-request;connection;content-length;content-type;host;range;traceparent;user-agent;x-amz-content-sha256;x-amz-date;x-amz-meta-test;x-amz-meta-test-two;x-amz-security-token;x-amzn-trace-id;x-forwarded-for;x-forwarded-proto;x-k8s-aws-id",
            headers: &[
                ("Host", "bucket.s3.eu-central-1.amazonaws.com"),
                ("Accept-Encoding", "gzip, br;q=0.5"),
                ("amz-sdk-request", "attempt=2; max=5"),
                ("Connection", "upgrade"),
                ("Content-Type", "text/html; charset=utf-8"),
                ("Range", "bytes=5-9"),
                (
                    "traceparent",
                    "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-02",
                ),
                ("User-Agent", "agent/1 lib/2 (x; y) proxy/3"),
                ("x-amz-content-sha256", "UNSIGNED-PAYLOAD"),
                ("X-Amz-Date", DATE),
                ("x-amz-meta-test", "  two   spaces\t and é "),
                ("x-amz-meta-test-two", "b"),
                ("X-Amz-Meta-Test-Two", "a"),
                ("x-amz-security-token", TOKEN),
                ("X-Amzn-Trace-Id", "Root=1-2-3;Parent=4;Sampled=1"),
                ("X-Forwarded-For", "10.0.0.1, 10.0.0.2, 10.0.0.3"),
                ("X-Forwarded-Proto", "ws"),
                ("x-k8s-aws-id", "cluster"),
            ],
            body: "hello",
            presigned: false,
            token: None,
        },
        Base {
            name: "rich, not S3",
            method: "POST",
            target: rich_target,
            scope: "20150830/eu-west-1/execute-api/aws4_request",
            signed: "content-type;host;x-amz-date;x-amz-meta-test;x-amz-meta-test-two;x-amz-security-token",
            headers: &[
                ("Host", "abc123.execute-api.eu-west-1.amazonaws.com"),
                ("Content-Type", "application/json"),
                ("X-Amz-Date", DATE),
                ("x-amz-meta-test", "a"),
                ("x-amz-meta-test-two", "b"),
                ("X-Amz-Security-Token", TOKEN),
            ],
            body: "{\"b\": [1,2, {\"c\":\"é / \\/\"}],\r\n \"a\": \"x y\"}\r\n",
            presigned: false,
            token: None,
        },
        Base {
            name: "plain JSON",
            method: "POST",
            target: "/",
            scope: "20150830/us-east-1/dynamodb/aws4_request",
            signed: "content-type;host;x-amz-date;x-amz-target",
            headers: &[
                ("Host", "dynamodb.us-east-1.amazonaws.com"),
                ("Content-Type", "application/x-amz-json-1.0"),
                ("X-Amz-Date", DATE),
                ("X-Amz-Target", "DynamoDB_20120810.ListTables"),
            ],
            body: "{}",
            presigned: false,
            token: None,
        },
        Base {
            name: "IAM",
            method: "POST",
            target: "/",
            scope: "20150830/us-east-1/iam/aws4_request",
            signed: "content-type;host;x-amz-date",
            headers: &[
                ("Host", "iam.amazonaws.com"),
                (
                    "Content-Type",
                    "application/x-www-form-urlencoded; charset=utf-8",
                ),
                ("X-Amz-Date", DATE),
            ],
            body: "Action=ListUsers&Version=2010-05-08&PathPrefix=%2Fa%20b",
            presigned: false,
            token: None,
        },
        Base {
            name: "own endpoint",
            method: "GET",
            target: "/bucket/a/b/key%20one%2A?list-type=2&prefix=a%2Fb",
            scope: "20150830/us-east-1/s3/aws4_request",
            signed: "host;x-amz-content-sha256;x-amz-date",
            headers: &[
                ("Host", "minio.example.com:9000"),
                (
                    "x-amz-content-sha256",
                    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                ),
                ("X-Amz-Date", DATE),
            ],
            body: "",
            presigned: false,
            token: None,
        },
        Base {
            name: "presigned S3",
            method: "PUT",
            target: "/my%20docs/a%2520b//c%3Ad?x-id=PutObject&tag=a%252Fb&amp;note=1",
            scope: "20150830/eu-central-1/s3/aws4_request",
            signed: "content-type;host",
            headers: &[
                ("Host", "bucket.s3.eu-central-1.amazonaws.com"),
                ("Content-Type", "image/gif"),
            ],
            body: "GIF",
            presigned: true,
            token: Some(false),
        },
        Base {
            name: "presigned S3 without its token",
            method: "GET",
            target: "/key",
            scope: "20150830/eu-central-1/s3/aws4_request",
            signed: "host",
            headers: &[
                ("Host", "bucket.s3.eu-central-1.amazonaws.com"),
                ("X-Amz-Security-Token", TOKEN),
            ],
            body: "",
            presigned: true,
            token: None,
        },
        Base {
            name: "presigned IoT",
            method: "GET",
            target: "/mqtt",
            scope: "20150830/eu-west-1/iotdevicegateway/aws4_request",
            signed: "host",
            headers: &[("Host", "a1b2c3-ats.iot.eu-west-1.amazonaws.com")],
            body: "",
            presigned: true,
            token: Some(true),
        },
    ]
}

impl Base {
    /// The request as captured, with what is stated of its signature.
    fn text(&self, scope: &str, signed: &str, signature: &str) -> Vec<u8> {
        let mut target = self.target.to_owned();
        if self.presigned {
            let join = if target.contains('?') { '&' } else { '?' };
            let credential = encode(format!("ASIAEXAMPLE/{scope}").as_bytes());
            write!(
                target,
                "{join}X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={credential}&X-Amz-Date={DATE}&X-Amz-Expires=900&X-Amz-SignedHeaders={}",
                encode(signed.as_bytes())
            )
            .unwrap();
            let token = format!("&X-Amz-Security-Token={}", encode(TOKEN.as_bytes()));
            if self.token == Some(false) {
                target.push_str(&token);
            }
            write!(target, "&X-Amz-Signature={}", encode(signature.as_bytes())).unwrap();
            if self.token == Some(true) {
                target.push_str(&token);
            }
        }
        let mut text = format!("{} {target} HTTP/1.1\r\n", self.method);
        for (name, value) in self.headers {
            write!(text, "{name}: {value}\r\n").unwrap();
        }
        if !self.presigned {
            let key = if self.signed.contains("security-token") {
                "ASIAEXAMPLE"
            } else {
                "AKIDEXAMPLE"
            };
            write!(text, "Authorization: AWS4-HMAC-SHA256 Credential={key}/{scope}, SignedHeaders={signed}, Signature={signature}\r\n").unwrap();
        }
        write!(
            text,
            "Content-Length: {}\r\n\r\n{}",
            self.body.len(),
            self.body
        )
        .unwrap();
        text.into_bytes()
    }

    fn case(&self, scope: &str, signed: &str, signature: &str) -> Case {
        let text = self.text(scope, signed, signature);
        let (mut cases, _, _) = read_all(InputId(0), &mut text.as_slice());
        assert_eq!(cases.len(), 1, "{}", self.name);
        cases.pop().unwrap()
    }

    fn right(&self) -> Case {
        self.case(self.scope, self.signed, ZEROS)
    }
}

const ZEROS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

fn secret() -> SecretAccessKey {
    SecretAccessKey::new(b"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_vec())
}

fn examination<'a>(case: &'a Case, secret: Option<&'a SecretAccessKey>) -> Examination<'a> {
    Examination::new(Evidence {
        case,
        attempt: case.last_attempt().unwrap(),
        secret,
        session_token: None,
        clock: None,
        theirs: None,
    })
}

fn variants(rule: &'static Rule, draft: &Draft, it: &Examination<'_>) -> Vec<Variant> {
    let mut variants = rule.variants(draft, it);
    // Of hundreds of keys for other services and days a few stand for all.
    let mut alone = 0;
    variants.retain(|variant| {
        alone += usize::from(variant.is_alone);
        !variant.is_alone || alone <= 20 || alone % 150 == 0
    });
    variants.retain(|variant| {
        let wrong = draft.with(variant);
        wrong.signature() != draft.signature()
    });
    variants
}

/// A request on which a mistake was made, and the draft that its signer had.
struct Made {
    case: Case,
    wrong: Draft,
    what: String,
}

/// Makes one form of a mistake; what the signer then states, the request states too.
fn made(
    base: &Base,
    rule: &'static Rule,
    variant: &Variant,
    secret: &SecretAccessKey,
) -> Option<Made> {
    let right = base.right();
    let it = examination(&right, Some(secret));
    let draft = it.draft().unwrap();
    let mut wrong = draft.with(variant);
    let (scope, signed) = match variant.beside_the_stated {
        true => (base.scope.to_owned(), base.signed.to_owned()),
        false => (
            wrong.scope().to_string(),
            wrong.get(Slot::SignedHeaders).to_string(),
        ),
    };
    if scope != base.scope || signed != base.signed {
        // What is stated is part of a presigned query: the mistake is made on that.
        let stated = base.case(&scope, &signed, ZEROS);
        let it = examination(&stated, Some(secret));
        let draft = it.draft().unwrap();
        let same = |other: &&Variant| {
            let other = draft.with(other);
            other.scope() == scope && other.get(Slot::SignedHeaders) == signed
        };
        let again = variants(rule, &draft, &it);
        wrong = draft.with(again.iter().find(same)?);
    }
    let case = base.case(&scope, &signed, &wrong.signature()?.to_string());
    let form = variant.parameter.clone().unwrap_or_default();
    Some(Made {
        case,
        wrong,
        what: format!("{} [{form}] on {}", rule.id, base.name),
    })
}

fn proven(diagnosis: &Diagnosis, proof: &str) -> Vec<&'static str> {
    let proven = diagnosis
        .findings
        .iter()
        .filter(|finding| finding.proof.id() == proof);
    proven.map(|finding| finding.rule.id).collect()
}

/// By which proof a mistake is found where no service refuses it.
fn proof_of(variant: &Variant, proof: &'static str) -> &'static str {
    match variant.wrong {
        Wrong::Always | Wrong::InOneRequest => proof,
        Wrong::WhereRefused | Wrong::Assumed => "suspected",
    }
}

/// What is wrong with a verdict on one mistake, if anything.
fn complaint(rule: &'static Rule, diagnosis: &Diagnosis, proof: &str) -> Option<String> {
    let Some(first) = diagnosis.findings.first() else {
        return Some("nothing found".to_owned());
    };
    if first.proof.id() != proof {
        return Some(format!(
            "first is {} by {}",
            first.rule.id,
            first.proof.id()
        ));
    }
    if first.rule == rule {
        let others: Vec<_> = proven(diagnosis, proof)
            .into_iter()
            .filter(|id| *id != rule.id)
            .collect();
        return (!others.is_empty()).then(|| format!("{others:?} proven too"));
    }
    let declared = first.rule.page.contains(rule.id)
        || rule.page.contains(first.rule.id)
        || rule.specialises == Some(first.rule.id);
    if !first.equivalent.contains(&rule) {
        return Some(format!("{} leads and does not name it", first.rule.id));
    }
    (!declared).then(|| format!("{} leads, and neither page says so", first.rule.id))
}

#[test]
fn every_mistake_that_is_made_is_convicted_with_the_secret() {
    let secret = secret();
    let mut exercised = BTreeSet::new();
    let mut complaints = Vec::new();
    for base in bases() {
        let right = base.right();
        let it = examination(&right, Some(&secret));
        let draft = it.draft().unwrap();
        for rule in rules() {
            for variant in variants(rule, &draft, &it) {
                let Some(made) = made(&base, rule, &variant, &secret) else {
                    continue;
                };
                exercised.insert(rule.id);
                let diagnosis = diagnose(&examination(&made.case, Some(&secret)), Depth(1));
                complaints.extend(
                    complaint(rule, &diagnosis, proof_of(&variant, "signature"))
                        .map(|words| format!("{}: {words}", made.what)),
                );
            }
        }
    }
    let made = rules().iter().filter(|rule| rule.check.make().is_some());
    let idle: Vec<_> = made
        .map(|rule| rule.id)
        .filter(|id| !exercised.contains(id) && !BY_CASE_ALONE.contains(id))
        .collect();
    complaints.extend(idle.iter().map(|id| format!("{id}: never exercised")));
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// Rules that change nothing on any base here; a folder of `fixtures/rules` makes their mistake.
const BY_CASE_ALONE: [&str; 5] = [
    "content-sha256-header-missing",
    "post-policy-signed-otherwise",
    "scope-terminator-wrong",
    "sts-endpoint-region-mismatch",
    "x-amz-content-sha256-value-invalid",
];

#[test]
fn without_the_secret_a_digest_convicts() {
    let secret = secret();
    let mut complaints = Vec::new();
    for base in bases() {
        let right = base.right();
        let it = examination(&right, Some(&secret));
        let draft = it.draft().unwrap();
        for rule in rules() {
            for variant in variants(rule, &draft, &it) {
                let of_request =
                    draft.with(&variant).canonical_request() != draft.canonical_request();
                let Some(mut made) = made(&base, rule, &variant, &secret).filter(|_| of_request)
                else {
                    continue;
                };
                // Where the text itself is not parted into lines, no string to sign is either.
                if variant.frame.string_to_sign.is_some() || variant.frame.digest.is_some() {
                    continue;
                }
                let attempt = made.case.attempts.last_mut().unwrap();
                attempt.strings_to_sign.push(printed(&made.wrong));
                let diagnosis = diagnose(&examination(&made.case, None), Depth(1));
                complaints.extend(
                    complaint(rule, &diagnosis, proof_of(&variant, "digest"))
                        .map(|words| format!("{}: {words}", made.what)),
                );
            }
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// A string to sign as its signer printed it.
fn printed(wrong: &Draft) -> Claim<StringToSign> {
    let span = Span {
        input: InputId(1),
        bytes: 0..1,
        first_line: 1,
        last_line: 4,
    };
    let text = wrong.string_to_sign();
    Claim::parse(
        text,
        StringToSign::parse,
        Party::Signer,
        Fidelity::Exact,
        span,
    )
}

#[test]
fn what_only_the_string_to_sign_shows_is_convicted_by_it() {
    let secret = secret();
    let mut complaints = Vec::new();
    let mut seen = 0;
    for base in bases() {
        let right = base.right();
        let it = examination(&right, Some(&secret));
        let draft = it.draft().unwrap();
        for rule in rules() {
            for variant in variants(rule, &draft, &it) {
                let wrong = draft.with(&variant);
                let apart = wrong.canonical_request() == draft.canonical_request()
                    && wrong.string_to_sign() != draft.string_to_sign()
                    && wrong.scope() == draft.scope();
                let Some(mut made) = made(&base, rule, &variant, &secret).filter(|_| apart) else {
                    continue;
                };
                seen += 1;
                let attempt = made.case.attempts.last_mut().unwrap();
                attempt.strings_to_sign.push(printed(&made.wrong));
                let diagnosis = diagnose(&examination(&made.case, None), Depth(1));
                complaints.extend(
                    complaint(rule, &diagnosis, "digest")
                        .map(|words| format!("{}: {words}", made.what)),
                );
                // Where its white space may have changed, it shows its words and no more.
                let words = |text: &[u8]| {
                    let text = text.replace("\\r", "").replace("\\n", "");
                    text.fields().collect::<Vec<_>>().concat()
                };
                let [own, other] = [&made.wrong, &draft].map(|draft| draft.string_to_sign());
                let differ = words(&own) != words(&other);
                let attempt = made.case.attempts.last_mut().unwrap();
                attempt.strings_to_sign[0].fidelity = Fidelity::Reflowed;
                let diagnosis = diagnose(&examination(&made.case, None), Depth(1));
                let mut proven = proven(&diagnosis, "digest");
                proven.retain(|_| !differ || complaint(rule, &diagnosis, "digest").is_some());
                complaints.extend(
                    (!proven.is_empty()).then(|| format!("{}: {proven:?} of a paste", made.what)),
                );
            }
        }
    }
    assert!(seen > 100, "{seen}");
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn what_is_right_is_accused_of_nothing() {
    let secret = secret();
    for base in bases() {
        let right = base.right();
        let signature = examination(&right, Some(&secret))
            .draft()
            .unwrap()
            .signature()
            .unwrap();
        let case = base.case(base.scope, base.signed, &signature.to_string());
        for secret in [Some(&secret), None] {
            let diagnosis = diagnose(&examination(&case, secret), Depth::default());
            let found: Vec<_> = diagnosis
                .findings
                .iter()
                .map(|finding| finding.rule.id)
                // Amazon S3 refuses the token of that base, which stands in a header unsigned.
                .filter(|id| *id != "x-amz-header-not-signed" || base.token.is_some())
                .collect();
            assert!(found.is_empty(), "{}: {found:?}", base.name);
        }
    }
}

#[test]
fn mistakes_with_one_effect_everywhere_say_so_in_their_pages() {
    let secret = secret();
    let mut effects: BTreeMap<&str, BTreeSet<(&str, BString)>> = BTreeMap::new();
    for base in bases() {
        let right = base.right();
        let it = examination(&right, Some(&secret));
        let draft = it.draft().unwrap();
        for rule in rules() {
            for variant in variants(rule, &draft, &it) {
                let signature = draft.with(&variant).signature().unwrap();
                effects
                    .entry(rule.id)
                    .or_default()
                    .insert((base.name, signature));
            }
        }
    }
    let rule = |id: &str| rules().iter().copied().find(|rule| rule.id == id).unwrap();
    for (one, own) in &effects {
        for (other, others) in effects
            .iter()
            .filter(|(other, others)| *other > one && *others == own)
        {
            let (one, other) = (rule(one), rule(other));
            assert!(
                others.is_empty() || one.page.contains(other.id) || other.page.contains(one.id),
                "{one:?} and {other:?}"
            );
        }
    }
    assert!(effects.len() > 50);
}

#[test]
fn recorded_calls_that_worked_are_accused_of_nothing() {
    let secret = secret();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/sources");
    let mut wrong = Vec::new();
    let mut seen = 0;
    for format in std::fs::read_dir(folder).unwrap() {
        for sample in std::fs::read_dir(format.unwrap().path()).unwrap() {
            let sample = sample.unwrap().path();
            let Ok(told) = std::fs::read_to_string(sample.join("sample.toml")) else {
                continue;
            };
            let told: toml::Value = toml::from_str(&told).unwrap();
            let requests = told
                .get("request")
                .and_then(|it| it.as_array())
                .cloned()
                .unwrap_or_default();
            if !told
                .get("key")
                .and_then(|key| key.as_str())
                .is_some_and(|key| key.starts_with("example") && key != "example-assumed")
            {
                continue;
            }
            for (number, request) in requests.iter().enumerate() {
                if request.get("verdict").and_then(|it| it.as_str()) != Some("ok") {
                    continue;
                }
                let raw = sample.join(format!("wire/{:03}.raw", number + 1));
                let Ok(bytes) = std::fs::read(raw) else {
                    continue;
                };
                let (cases, _, _) = read_all(InputId(0), &mut bytes.as_slice());
                let Some(case) = cases.into_iter().next_back() else {
                    continue;
                };
                // Another secret: that of the role.
                if case.last_attempt().is_none() || bytes.windows(11).any(|it| it == b"ASIAASSUMED")
                {
                    continue;
                }
                seen += 1;
                for secret in [Some(&secret), None] {
                    let diagnosis = diagnose(&examination(&case, secret), Depth(1));
                    for finding in &diagnosis.findings {
                        // curl 7.88 leaves out what Amazon S3 demands (curl/curl#8810); the
                        // recording server did not.
                        let curl = sample.to_string_lossy().contains("curl-7.88");
                        if curl && finding.rule.id == "content-sha256-header-missing" {
                            continue;
                        }
                        wrong.push(format!(
                            "{}/{}: {} by {} {:?}",
                            sample.display(),
                            number + 1,
                            finding.rule.id,
                            finding.proof.id(),
                            secret.is_some()
                        ));
                    }
                }
            }
        }
    }
    assert!(seen > 20, "{seen}");
    assert!(wrong.is_empty(), "{seen} requests:\n{}", wrong.join("\n"));
}

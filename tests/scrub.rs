//! Every capture, scrubbed: no secret is left, and what it says of signing is still said.
#![expect(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use bstr::{BString, ByteSlice};
use countersign::{
    diagnose::{Depth, Evidence, Examination, diagnose},
    evidence::{InputId, is_scrubbed},
    source::{Scrubbed, Scrubber, read_all, scrub},
};

mod canaries;

use canaries::{SECRET, TOKEN, base64, encoded_whole, left_in};

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

/// What is found in a capture: of each rule the best proof, and whether what was signed is whole.
fn found(text: &[u8]) -> Vec<(BTreeMap<&'static str, u8>, bool)> {
    let (cases, _, _) = read_all(InputId(0), &mut &*text);
    let each = cases.iter().filter_map(|case| {
        let attempt = case.last_attempt()?;
        let it = Examination::new(Evidence {
            case,
            attempt,
            secret: None,
            session_token: None,
            clock: None,
            theirs: None,
        });
        let findings = diagnose(&it, Depth::default()).findings;
        let ranks = findings.iter().map(|f| (f.rule.id, f.proof.rank()));
        Some((ranks.collect(), attempt.is_scrubbed()))
    });
    each.collect()
}

/// What stands only for there being no other explanation, and must be no more than suspected.
const LEFT_OVER: &str = "wrong-secret-key";
const SUSPECTED: u8 = 5;
/// A digest or a signature proves; both are of the text with its secret.
const BY_DIGEST: u8 = 1;

/// What changed in the findings that a secret's absence does not account for.
fn unaccounted(before: &[u8], after: &[u8]) -> Option<String> {
    let (before, after) = (found(before), found(after));
    if before.len() != after.len() {
        return Some(format!("{} cases, then {}", before.len(), after.len()));
    }
    for ((old, _), (new, scrubbed)) in before.iter().zip(&after) {
        let lost = old.iter().find(|(id, rank)| match new.get(*id) {
            Some(now) => now < rank || !scrubbed && now != *rank,
            None => !scrubbed || **rank > BY_DIGEST,
        });
        let gained = new.iter().find(|(id, rank)| {
            let left_over = *scrubbed && **id == LEFT_OVER && **rank == SUSPECTED;
            !old.contains_key(*id) && !left_over
        });
        if lost.or(gained).is_some() {
            return Some(format!("{old:?}, then {new:?}"));
        }
    }
    None
}

#[test]
fn no_secret_is_left_and_the_rest_is() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut all = Vec::new();
    inputs(&fixtures, &mut all);
    assert!(all.len() > 100, "the captures are there");
    let next = AtomicUsize::new(0);
    let threads = thread::available_parallelism().map_or(2, std::num::NonZero::get);
    let wrong: Vec<String> = thread::scope(|scope| {
        let work = || {
            let mut wrong = Vec::new();
            while let Some(path) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
                let shown = path.strip_prefix(&fixtures).unwrap().display();
                wrong.extend(wrong_with(path).map(|wrong| format!("{shown}: {wrong}")));
            }
            wrong
        };
        let all: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        all.into_iter()
            .flat_map(|one| one.join().unwrap())
            .collect()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn wrong_with(path: &Path) -> Option<String> {
    let text = fs::read(path).unwrap();
    let mut out = Vec::new();
    let mut scrubber = Scrubber::default();
    scrubber.learn(&mut text.as_slice()).unwrap();
    scrubber.scrub(&mut text.as_slice(), &mut out).unwrap();
    if let Some(left) = left_in(&out) {
        return Some(left);
    }
    if !is_scrubbed(&out) {
        return None;
    }
    // Where what stands for a short secret is longer, the body is longer than its header says.
    if out.len() > text.len() {
        return None;
    }
    if told(&text) != told(&out) {
        return Some("it says another thing of signing".to_owned());
    }
    unaccounted(&text, &out)
}

fn scrubbed(text: &[u8]) -> (Vec<u8>, Scrubbed) {
    let mut out = Vec::new();
    let report = scrub(&mut &*text, &mut out).unwrap();
    (out, report)
}

/// Where a secret stands, and what of it must be gone; `S` is a secret access key, `T` a token.
#[test]
fn a_secret_is_found_in_every_place() {
    let half = &SECRET[20..];
    let hex = "0123456789abcdef".repeat(4);
    let presigned = format!(
        "https://sts.amazonaws.com/?X-Amz-Security-Token={}&X-Amz-SignedHeaders=host",
        countersign::sigv4::encode(TOKEN.as_bytes())
    );
    let url_base64 = base64(presigned.as_bytes())
        .replace('+', "-")
        .replace('/', "_");
    let escaped = TOKEN.replace('+', "\\u002b").replace('/', "\\u002F");
    let nul: String = SECRET.chars().flat_map(|letter| [letter, '\0']).collect();
    let basic = base64(format!("AKIDEXAMPLE:{SECRET}").as_bytes());
    let customer = base64(&[7; 32]);
    let fill = |text: &str| -> String {
        text.replace("{S}", SECRET)
            .replace("{T}", TOKEN)
            .replace("{H}", &hex)
            .replace("{S1}", &SECRET[..20])
            .replace("{S2}", half)
            .replace("{T1}", &TOKEN[..42])
            .replace("{T2}", &TOKEN[42..])
            .replace("{%S}", &encoded_whole(SECRET))
            .replace("{%T}", &encoded_whole(TOKEN))
            .replace("{uT}", &escaped)
            .replace("{0S}", &nul)
            .replace("{basic}", &basic)
            .replace("{k8s}", url_base64.trim_end_matches('='))
            .replace("{C}", &customer)
    };
    for (text, secret) in HOLES {
        let (text, secret) = (fill(text), fill(secret));
        let (out, report) = scrubbed(text.as_bytes());
        assert!(text.contains(&secret), "{text}");
        assert!(
            !out.contains_str(&secret),
            "{text}\ngives\n{}",
            out.as_bstr()
        );
        assert!(!report.secrets.is_empty(), "{text}");
        assert!(left_in(&out).is_none(), "{text}\ngives\n{}", out.as_bstr());
        let (again, _) = scrubbed(&out);
        assert_eq!(again.as_bstr(), out.as_bstr(), "scrubbed twice");
    }
}

const HOLES: &[(&str, &str)] = &[
    ("aws configure set aws_secret_access_key {S}", "{S}"),
    ("AWS Secret Access Key [None]: {S}", "{S}"),
    ("s3cmd --secret_key {S} ls", "{S}"),
    ("New-AWSCredential -SecretKey {S}", "{S}"),
    ("ENV AWS_SECRET_ACCESS_KEY {S}", "{S}"),
    ("set -x AWS_SECRET_ACCESS_KEY {S}", "{S}"),
    ("ENV AWS_SECRET_ACCESS_KEY s3cr3t", "s3cr3t"),
    ("curl -su AKIDEXAMPLE:{S} https://h/", "{S}"),
    ("curl -u \"AKIDEXAMPLE\":\"{S}\" https://h/", "{S}"),
    ("curl -x me:Pa55,word@proxy:3128 https://h", "Pa55,word"),
    ("curl -u 'AKIDEXAMPLE:pa\"s,s' https://h", "s,s"),
    ("curl -u \"me:a,b'c d\" https://h", "b'c d"),
    (
        "curl -b 'sid=abcdefgh; b=\"q\\\"x9\"' https://h",
        "abcdefgh",
    ),
    ("curl --cookie sid=abcdefgh https://h", "abcdefgh"),
    ("Cookie: a=\"b\\\"cdefgh\"; d=efghij", "cdefgh"),
    ("> Cookie: a=b\\cdefgh; d=efghij", "efghij"),
    ("{\"Cookie\":\"a=\\\"bcdefgh\\\"; d=efghij\"}", "efghij"),
    ("{\"Token\":\"shorttok1\"}", "shorttok1"),
    ("{\"AuthenticationToken\":\"abc123\"}", "abc123"),
    ("{\"Password\":\"hunter\"}", "hunter"),
    ("{\"SSECustomerKey\":\"{C}\"}", "{C}"),
    ("{\"Password\":\"a\\\"b\\\\nccc\"}", "ccc"),
    ("password=Pazz1", "Pazz1"),
    ("password=P@ss,w0rd&x=1", "w0rd"),
    ("secret_access_key: >-\n  {S}\nregion: x", "{S}"),
    ("secret_access_key:\n    {S}\n", "{S}"),
    ("secret_access_key: |\n  {S1}\n  {S2}\n", "{S2}"),
    ("<SecretAccessKey>\n   {S}\n</SecretAccessKey>", "{S}"),
    ("<key>SecretKey</key>\n<string>{S}</string>", "{S}"),
    ("<SecretAccessKey>{S1}\n{S2}</SecretAccessKey>", "{S2}"),
    (
        "X-Amz-Security-Token: FwoGZXIvYXdzEXAMPLETOKEN//////////wEaDEx\n am{T2}\nHost: h",
        "TokenForLoopback+Only/EXA",
    ),
    (
        "x-amz-security-token:{T}\nFwoGZXIvYXdzEXAMPLETOKEN//////\n////wEaDExam{T2}",
        "////wEaDExampleTokenForLoopbac",
    ),
    ("aws_secret_access_key = \x1b[31m{S}\x1b[0m", "{S}"),
    ("aws_secret_access_key\0=\0{0S}", "{0S}"),
    (
        "aws_secret_access_key = wJalrXUtnF\x1b[31mEMI/K7MDEN{S2}",
        "EMI/K7MDEN{S2}",
    ),
    ("X-Api-Key: abcd1234", "abcd1234"),
    (
        "{\"type\": \"any\",\n  \"value\": \"{S}\",\n  \"key\": \"secretKey\"}",
        "{S}",
    ),
    (
        "[{\"value\":\"short\",\"name\":\"session_token\"}]",
        "short",
    ),
    ("Authorization: token ghp_abcdefgh1234", "ghp_abcdefgh1234"),
    ("Authorization: Negotiate YIIabc", "YIIabc"),
    ("Authorization: Bearer abc.def", "abc.def"),
    ("authorization: s3cretbare", "s3cretbare"),
    (
        "{\"headers\":{\"Authorization\":\"Bearer abc def\"}}",
        "abc",
    ),
    ("AWS_BEARER_TOKEN_BEDROCK=abcde", "abcde"),
    ("export AWS_BEARER_TOKEN_BEDROCK='abcde'", "abcde"),
    ("kSecret = AWS4{S}", "{S}"),
    ("kSigning: {H}", "{H}"),
    ("kDate={H}", "{H}"),
    ("kRegion  = {H}", "{H}"),
    ("\"kService\": \"{H}\"", "{H}"),
    ("secret={S}", "{S}"),
    ("secret=abc", "=abc"),
    ("{AKIDEXAMPLE {S} {T} StaticProvider}", "{S}"),
    ("{AKIDEXAMPLE {S} {T} x}", "{T}"),
    (
        "aws_secret_access_key={S}\nAuthorization: Basic {basic}",
        "d0phbHJYVXRuRkVNSS9LN01ERU5HK2JQeFJmaUNZRVhBTVBMRUtFWQ==",
    ),
    (
        "blob {basic}",
        "d0phbHJYVXRuRkVNSS9LN01ERU5HK2JQeFJmaUNZRVhBTVBMRUtFWQ==",
    ),
    (
        "x-amz-security-token: {T}\nblob AXh5AEZ3b0daWEl2WVhkekVYQU1QTEVUT0tFTi8vLy8vLy8vLy93RWFERXhhbXBsZVRva2VuRm9yTG9vcGJhY2srT25seS9FWEFNUExFPT0=",
        "ekVYQU1QTEVUT0tFTi8vLy8vLy8vLy",
    ),
    ("x-amz-security-token: abc123", "abc123"),
    ("?X-Amz-Security-Token=abc123&X-Amz-Date=1", "abc123"),
    ("?X-Amz-Security-%54oken={%T}", "{%T}"),
    ("{\"SessionT\\u006fken\":\"{uT}\"}", "EXAMPLETOKEN"),
    (
        "?X-Amz-Security-Token=FwoGZXIvYXdzEXAMPLETOKEN%2f%2f%2f%2F%2F%2F%2F%2F%2F%2FwEaDExampleTokenForLoopback%2BOnly%2FEXAMPLE%3D%3D",
        "ExampleTokenFor",
    ),
    ("secret_key={%S}", "%77%4a%61%6c%72%58%55%74%6e%46"),
    ("Credential={S}/20190912/us-east-1/s3/aws4_request", "{S}"),
    ("https://me:pass-word@h.example/", "pass-word"),
    ("docker run -e AWS_SECRET_ACCESS_KEY={S}", "{S}"),
    ("docker run -e AWS_SECRET_ACCESS_KEY {S}", "{S}"),
    (
        "CREDENTIALS\tASIAEXAMPLE\t2020-01-01T00:00:00+00:00\t{S}\t{T}",
        "{S}",
    ),
    (
        "CREDENTIALS\tASIAEXAMPLE\t2020-01-01T00:00:00+00:00\t{S}\t{T}",
        "{T}",
    ),
    ("Access key ID,Secret access key\nAKIDEXAMPLE,{S}", "{S}"),
    (
        "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEI\n-----END EC PRIVATE KEY-----",
        "MHcCAQ",
    ),
    (
        "\"cookies\":[{\"name\":\"sid\",\"value\":\"abc123\"}],",
        "abc123",
    ),
    (
        "0000: x-amz-security-token: {T1}\n0040: {T2}",
        "ForLoopback+Only/EXA",
    ),
    (
        "'FwoGZXIvYXdzEXAMPLETOKEN//////' +\n '////wEaDExam{T2}'\nx-amz-security-token: {T}",
        "////wEaDExampleTokenForLoopbac",
    ),
    (
        "aws_session_token='FwoGZXIvYXdzEXAMPLETOKEN//////' +\n  '////wEaDExam{T2}'",
        "////wEaDExampleTokenForLoopbac",
    ),
    ("['curl', '-u', 'AKIDEXAMPLE:{S}', 'https://h']", "{S}"),
    ("{\"cmd\":\"curl -u ID:{S}\",\"x\":\"y\"}", "{S}"),
    ("Password (again): zz\nMasterUserPassword=abc9", "abc9"),
    ("[\"secret\"]=>\n  string(40) \"{S}\"", "{S}"),
    ("|  SecretAccessKey |  {S}  |", "{S}"),
    ("http -a AKIDEXAMPLE:{S} https://h", "{S}"),
    ("--oauth2-bearer abc123", "abc123"),
    (
        "Token: eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIx.abc-DEF_123",
        "eyJzdWIiOiIx",
    ),
    (
        "aws_secret_access_key = wJalrXUtnF\x1b[31mEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
        "EMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    ),
    ("{\"SessionToken\":\n\"abc12\"}", "abc12"),
    ("Secret access key is {S}", "{S}"),
    ("cookie: \"a=b\"; c=\"defghi\"", "defghi"),
    ("curl --user \\\n  AKIDEXAMPLE:{S} https://h", "{S}"),
    ("$env:AWS_SECRET_ACCESS_KEY=\"{S}\"", "{S}"),
    ("boto3.client('s3', 'AKIDEXAMPLE', '{S}')", "{S}"),
    ("map[X-Amz-Security-Token:[{T}] X-Amz-Date:[x]]", "{T}"),
    ("HTTPS_PROXY=http://me:pa%40ss@proxy:3128", "pa%40ss"),
    ("curl -uAKIDEXAMPLE:{S} https://h", "{S}"),
    ("curl --pass {S} --cert c.pem https://h", "{S}"),
    ("curl -K <(echo 'user = \"me:{S}\"') https://h", "{S}"),
    ("sshpass -p {S} ssh web1", "{S}"),
    ("sshpass -p'{S}' ssh web1", "{S}"),
    ("SSHPASS='{S}' sshpass -e ssh web1", "{S}"),
    ("docker login -u AWS -p {S} h", "{S}"),
    ("echo {S} | docker login --password-stdin h", "{S}"),
    ("mysql -p{S} db", "{S}"),
    ("openssl req -passin pass:{S}", "{S}"),
    ("::add-mask::{S}", "{S}"),
    ("machine h login me password {S}", "{S}"),
    ("my secret key is {S}", "{S}"),
    ("AKIDEXAMPLEAKIDEXAM\n{S}\n", "{S}"),
    ("AKIAIOSFODNN7EXAMPLE\n{S}\nthen", "{S}"),
    ("{\"cmd\":\"curl -suAKIDEXAMPLE:{S} x\"}", "{S}"),
    (
        "array(2) {\n  [\"secret\"]=>\n  string(40) \"{S}\"\n}",
        "{S}",
    ),
    ("<add key=\"AWSSecretKey\" value=\"{S}\"/>", "{S}"),
    ("SecretAccessKey:(string) (len=40) \"{S}\",", "{S}"),
    ("k = hmac(\"AWS4\" + \"{S}\", date)", "{S}"),
    ("openssl dgst -hmac \"AWS4{S}\"", "{S}"),
];

/// A mail wraps a URL anywhere: within a name, an escape, the token.
#[test]
fn a_token_is_found_in_a_url_however_it_is_wrapped() {
    let token = countersign::sigv4::encode(TOKEN.as_bytes());
    let url = format!(
        "https://b.s3.amazonaws.com/k?X-Amz-Date=20260310T101112Z&X-Amz-Security-Token={token}\
         &X-Amz-SignedHeaders=host&X-Amz-Signature=abc"
    );
    for width in 40..url.len() {
        for before in ["", "> ", "    "] {
            let lines = url.as_bytes().chunks(width);
            let wrapped: Vec<u8> = lines
                .flat_map(|line| [before.as_bytes(), line, b"\n"].concat())
                .collect();
            let (out, _) = scrubbed(&wrapped);
            let joined = out.replace(format!("\n{before}"), "");
            let pieces = token.windows(16).find(|piece| joined.contains_str(piece));
            assert_eq!(pieces, None, "{width}\n{}", out.as_bstr());
            assert!(out.contains_str("SignedHead") || joined.contains_str("X-Amz-SignedHeaders"));
        }
    }
}

/// What looks like a secret to a hasty reader, and is none.
#[test]
fn what_is_no_secret_stays() {
    let digest = "87c50dbcbc500bb7e9aca97fd71a7748a76c85c30db879ed484968782183ff7b";
    for text in NO_SECRETS {
        let text = text.replace("{D}", digest);
        let (out, report) = scrubbed(text.as_bytes());
        assert_eq!(out.as_bstr(), text.as_bytes().as_bstr());
        assert_eq!(report.secrets, [], "{text}");
    }
}

const NO_SECRETS: &[&str] = &[
    "secret key is wrong",
    "The secret access key that you gave is wrong",
    "Check your AWS Secret Access Key and signing method. Consult the service documentation",
    "SignedHeaders=host;x-amz-security-token, Signature={D}",
    "host;x-amz-security-token;x-amz-target\n{D}",
    "\"SignedHeaders\":\"host;x-amz-security-token\",\"Signature\":\"{D}\"",
    "Credential=AKIDEXAMPLE/20250102/r/s/aws4_request",
    "x-amz-security-token:** redacted (length=5) **",
    "https://h.example:443/a@b",
    "session_token: None",
    "X-Amz-SignedHeaders=host%3Bx-amz-security-token&X-Amz-Signature={D}",
    "arn:aws:iam::123456789012:role/x",
    "AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE",
    "aws_access_key_id = AKIAIOSFODNN7EXAMPLE",
    "<Code>ExpiredToken</Code><Message>The security token included in the request is expired</Message>",
    "<Code>InvalidToken</Code><Message>x</Message>",
    "\"nextToken\": \"abcdefghijklmnop1234\"",
    "NextToken=abcdefg1",
    "?continuation-token=1ueGcxLPRx1Tr",
    "x-amz-client-token: 8a7b",
    "ClientRequestToken: abc-1",
    "secret_key = os.environ['AWS_SECRET_ACCESS_KEY']",
    "secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY,",
    "aws_secret_access_key=$AWS_SECRET_ACCESS_KEY",
    "curl --user \"$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY\" https://h",
    "docker run -u 1000:1000 x",
    "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20250102/r/s/aws4_request, SignedHeaders=host, Signature={D}",
    "Authorization: AWS AKIDEXAMPLE:frJIUN8DYpKDtOLCwo//yllqDzg=",
    "Authorization header requires 'Credential' parameter.",
    "authorization: header is missing here",
    "The bearer token is missing",
    "Token: expired",
    "x-amz-content-sha256:{D}",
    "ETag: \"d41d8cd98f00b204e9800998ecf8427e\"",
    "arn:aws:secretsmanager:us-east-1:123456789012:secret:my-db-AbCdEf",
    "SecretId=arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/MySecret-AbCdEf",
    "x-amz-server-side-encryption-customer-key-MD5: abcdefghijklmnop12==",
    "secretsmanager.us-east-1.amazonaws.com",
    "X-Amz-Target: secretsmanager.GetSecretValue",
    "AWS4-HMAC-SHA256\n20190912T000000Z\n20190912/ap-northeast-1/secretsmanager/aws4_request\n{D}",
    "the secret is that nobody knows",
    "git checkout -b feature",
    "curl -b cookies.txt -c cookies.txt https://h",
    "token_type: bearer",
    "signing key: see below",
    "The signing key of 20190912 is derived",
    "cookie: none",
    "rsync -a host:dir x",
    "sort -nu a:b",
    "https://s3.amazonaws.com/bucket/key@2x.png",
    "git@github.com:a/b.git",
    "user: alice",
    "* user: alice",
    "x-amz-date:20190912T000000Z\nx-amz-security-token:\nhost:x",
    "Secret Access Key: wrong",
    "[\"host\", \"x-amz-security-token\", \"X-Amz-Content-Sha256\"]",
    "max_tokens: 100",
    "secret_access_key: \"** redacted **\"",
    "[\"authorization\", \"user-agent\", \"x-amzn-trace-id\", \"transfer-encoding\"]",
    "[\"cookie\", \"set-cookie\", \"authorization\"]",
    "the token:\n next line",
    "docker run -u root:root",
    "x-amz-checksum-crc32: AAAAAA==",
    "x-amz-id-2: LriYPLdmOdAiIfgSm/F1YsViT1LW94/xUQxMsF7xiEb1a0wiIOIxl+zbwZ163pt7",
    "Enter password:",
    "{\"Plan\":\"aHR0cHM6Ly9leGFtcGxlLmNvbS9hYmNkZWY=\"}",
];

#[test]
fn a_secret_is_known_before_the_place_that_names_it() {
    let text = format!(
        "plain {TOKEN}\n{}x-amz-security-token:{TOKEN}\n",
        "line\n".repeat(99)
    );
    let (out, report) = scrubbed(text.as_bytes());
    assert_eq!(left_in(&out), None);
    assert_eq!(report.secrets.len(), 1);
}

/// Session tokens of one account begin alike; each must still be told from the others.
#[test]
fn thousands_of_tokens_have_a_placeholder_each() {
    let token = |number: usize| {
        let own: String = (0..9)
            .map(|at| format!("{:x}", (number + 7) * (at + 3) * 0x9e37_79b1))
            .collect();
        format!("IQoJb3JpZ2luX2VjEJrwEaCXVzLWVhc3QtMSJHMEUC{own}")
    };
    let line = |number| {
        format!(
            "x-amz-security-token:{}\nplain {}\n",
            token(number),
            token(number)
        )
    };
    let text: String = (0..3000).map(line).collect();
    let (out, report) = scrubbed(text.as_bytes());
    assert!(!out.contains_str("IQoJ"));
    assert_eq!(
        report.secrets.iter().map(|(_, count)| count).sum::<usize>(),
        3000
    );
    for pair in out.lines().collect::<Vec<_>>().chunks(2) {
        let (_, named) = pair[0].split_once_str(":").unwrap();
        assert_eq!(
            pair[1].strip_prefix(b"plain ").unwrap().as_bstr(),
            named.as_bstr()
        );
    }
}

#[test]
fn the_digest_of_what_held_a_token_is_noted() {
    let path = "fixtures/sources/botocore-debug/cli-current-wrong-secret-json/input.log";
    let text = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
    let mut scrubber = Scrubber::default();
    scrubber.learn(&mut text.as_slice()).unwrap();
    scrubber.note_digests(InputId(0), &mut text.as_slice());
    let report = scrubber
        .scrub(&mut text.as_slice(), &mut Vec::new())
        .unwrap();
    assert_eq!(report.digests.len(), 1);
    let digest = &report.digests[0];
    let digest = digest.digest.to_string();
    assert!(text.contains_str(&digest), "the string to sign has it");
}

#[test]
fn secrets_without_a_name_before_them_are_known_by_what_stands_around() {
    let said = format!(
        "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '{SECRET}/20180717/us-east-1/sts/aws4_request'"
    );
    let (after, _) = scrubbed(said.as_bytes());
    assert!(!after.contains_str(SECRET), "{}", after.as_bstr());
    let token = "Atza|IwEBIFDROjvWuB9leGjh2NOTkNCGjEHY2JK0KSqZ8EvKVBqMP6T";
    for text in [
        format!("x-amz-access-token: {token}\n"),
        format!("canonical request:\nGET\n/x\n\nx-amz-access-token:{token}\nx-amz-date:1\n"),
        format!("{{\"access_token\":\"{token}\"}}\n"),
        format!("I use {token}.\n"),
    ] {
        let (after, _) = scrubbed(text.as_bytes());
        assert!(
            !after.contains_str("IwEBIFDROjvWuB9l"),
            "{}",
            after.as_bstr()
        );
    }
    let id = "AKIDEXAMPLE/20180717/us-east-1/sts/aws4_request\n";
    assert_eq!(scrubbed(id.as_bytes()).0.as_bstr(), id);
}

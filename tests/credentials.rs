//! Keys from every provider of AWS's chain: real files, a real process, and stand-ins on loopback
//! for STS, SSO, the container's endpoint and the instance's metadata.
#![expect(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

mod loopback;

use std::{fs, path::Path};

use assert_cmd::Command;
use loopback::{Server, answer};
use tempfile::TempDir;

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const ASSUMED: &str = "assumedassumedassumedassumedassumed+/EXA";
const TOKEN: &str = "FwoGZXIvYXdzEXAMPLETOKEN//////////wEaDExampleTokenForLoopback+Only/EXAMPLE==";

/// A home folder with its own configuration, and an environment that has nothing else.
struct Home {
    folder: TempDir,
    environment: Vec<(String, String)>,
}

struct Said {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Home {
    fn new(config: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join(".aws/sso/cache")).unwrap();
        fs::write(folder.path().join(".aws/config"), config).unwrap();
        Self {
            environment: vec![
                ("HOME".to_owned(), folder.path().display().to_string()),
                // Without this, the machine's own network would be asked.
                ("AWS_EC2_METADATA_DISABLED".to_owned(), "true".to_owned()),
            ],
            folder,
        }
    }

    fn set(mut self, name: &str, value: impl Into<String>) -> Self {
        self.environment.retain(|(own, _)| own != name);
        self.environment.push((name.to_owned(), value.into()));
        self
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    /// Signs with it.
    fn sign(&self, more: &[&str]) -> Said {
        let output = Command::cargo_bin("countersign")
            .unwrap()
            .args([
                "sign",
                "--url",
                "https://sqs.eu-west-1.amazonaws.com/",
                "--format",
                "json",
            ])
            .args(more)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .output()
            .unwrap();
        let said = Said {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        };
        for canary in [SECRET, ASSUMED, TOKEN, "accessTokenOfSso"] {
            let whole = format!("{}{}", said.stdout, said.stderr);
            assert!(!whole.contains(canary), "{canary} in {whole}");
        }
        assert!(!said.stderr.contains("panicked"), "{}", said.stderr);
        said
    }

    /// Signs, and expects the keys of one provider.
    fn signs_with(&self, more: &[&str], id: &str, provider: &str) {
        let said = self.sign(more);
        assert_eq!(said.code, Some(0), "{}", said.stderr);
        let answer: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
        assert_eq!(answer["credentials"]["access_key_id"], id);
        assert_eq!(answer["credentials"]["provider"], provider);
        // The signature is that of the secret that was given.
        let request = &answer["request"];
        let token = request["headers"]
            .to_string()
            .contains("[session token, 76 bytes]");
        assert_eq!(token, id != "AKIDEXAMPLE", "{request}");
    }

    /// Signs, and expects a refusal that says all these words.
    fn refuses(&self, more: &[&str], words: &[&str]) {
        let said = self.sign(more);
        assert_eq!(said.code, Some(2), "{}", said.stderr);
        assert!(said.stdout.is_empty());
        for word in words {
            assert!(said.stderr.contains(word), "{word} in {}", said.stderr);
        }
    }
}

const BASE: &str = "[profile base]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY\n";
const ROLE: &str = "arn:aws:iam::123456789012:role/tester";

fn assumed(operation: &str) -> Vec<u8> {
    let body = format!(
        "<{operation}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{operation}Result><AssumedRoleUser><AssumedRoleId>AROAEXAMPLE:s</AssumedRoleId><Arn>arn:aws:sts::123456789012:assumed-role/tester/s</Arn></AssumedRoleUser><Credentials><AccessKeyId>ASIAASSUMED</AccessKeyId><SecretAccessKey>{ASSUMED}</SecretAccessKey><SessionToken>{TOKEN}</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></{operation}Result></{operation}Response>"
    );
    answer("200 OK", &["Content-Type: text/xml"], &body)
}

/// AWS STS, as far as roles go.
fn sts() -> Server {
    Server::new(|request| {
        let text = String::from_utf8_lossy(request);
        let web = text.contains("Action=AssumeRoleWithWebIdentity&");
        assumed(if web {
            "AssumeRoleWithWebIdentity"
        } else {
            "AssumeRole"
        })
    })
}

#[test]
fn a_role_is_assumed_with_the_keys_of_its_source_profile() {
    let sts = sts();
    let config = format!(
        "{BASE}[profile dev]\nrole_arn = {ROLE}\nsource_profile = base\nregion = eu-west-1\n[profile chained]\nrole_arn = {ROLE}\nsource_profile = dev\n"
    );
    let home = Home::new(&config).set("AWS_ENDPOINT_URL_STS", sts.url());
    let provider = format!("profile dev, which assumes {ROLE}");
    home.signs_with(&["--profile", "dev"], "ASIAASSUMED", &provider);
    let request = String::from_utf8(sts.last()).unwrap();
    assert!(request.contains("Action=AssumeRole&"), "{request}");
    assert!(
        request.contains("Credential=AKIDEXAMPLE/")
            && request.contains("/eu-west-1/sts/aws4_request"),
        "{request}"
    );
    // A chain of roles: the second is assumed with the keys of the first.
    let provider = format!("profile chained, which assumes {ROLE}");
    home.signs_with(&["--profile", "chained"], "ASIAASSUMED", &provider);
    let last = String::from_utf8(sts.last()).unwrap();
    assert!(last.contains("Credential=ASIAASSUMED/"), "{last}");
    // Diagnosing uses the network where a profile is named, and only then.
    let capture = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/cases/autoscaling-plans-both-traps/my-request.http");
    let before = sts.received().len();
    for (more, calls) in [(&["--profile", "dev"][..], 1), (&[], 0)] {
        let count = sts.received().len();
        Command::cargo_bin("countersign")
            .unwrap()
            .arg("diagnose")
            .arg(&capture)
            .args(more)
            .env_clear()
            .envs(home.environment.iter().map(|(name, value)| (name, value)))
            .output()
            .unwrap();
        assert_eq!(sts.received().len() - count, calls);
    }
    assert_eq!(sts.received().len(), before + 1);
}

#[test]
fn what_sts_refuses_is_told() {
    let sts = Server::new(|_| {
        answer(
            "403 Forbidden",
            &["Content-Type: text/xml"],
            "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>User is not authorized to perform sts:AssumeRole</Message></Error></ErrorResponse>",
        )
    });
    let config = format!("{BASE}[profile dev]\nrole_arn = {ROLE}\nsource_profile = base\n");
    let home = Home::new(&config).set("AWS_ENDPOINT_URL_STS", sts.url());
    let words = [
        "no keys came from profile dev, which assumes arn:aws:iam::123456789012:role/tester",
        "not authorized to perform sts:AssumeRole",
    ];
    home.refuses(&["--profile", "dev"], &words);
    let broken = format!(
        "[profile dev]\nrole_arn = {ROLE}\nsource_profile = none\n[profile mfa]\nrole_arn = {ROLE}\nmfa_serial = x\n"
    );
    Home::new(&broken).refuses(&["--profile", "dev"], &["`none` was not defined"]);
    Home::new(&broken).refuses(&["--profile", "mfa"], &["mfa_serial", "export-credentials"]);
    // On the way to another profile's keys as well.
    let chained = format!("{broken}[profile outer]\nrole_arn = {ROLE}\nsource_profile = mfa\n");
    Home::new(&chained).refuses(&["--profile", "outer"], &["profile mfa wants a code"]);
}

#[test]
fn a_process_gives_keys_and_its_failure_is_told() {
    let home = Home::new("");
    let script = home.path("give.sh");
    fs::write(
        &script,
        format!("printf '%s' '{{\"Version\": 1, \"AccessKeyId\": \"ASIAPROCESS\", \"SecretAccessKey\": \"{SECRET}\", \"SessionToken\": \"{TOKEN}\"}}'\n"),
    )
    .unwrap();
    let config = format!(
        "[profile good]\ncredential_process = sh {}\n[profile bad]\ncredential_process = echo no luck >&2; exit 7\n[profile odd]\ncredential_process = echo '{{\"SecretAccessKey\": \"{SECRET}\"'\n[profile loud]\ncredential_process = echo {SECRET} token={TOKEN} >&2; exit 3\n",
        script.display()
    );
    fs::write(home.path(".aws/config"), config).unwrap();
    home.signs_with(
        &["--profile", "good"],
        "ASIAPROCESS",
        "profile good, by its credential_process",
    );
    home.refuses(
        &["--profile", "bad"],
        &[
            "profile bad, by its credential_process",
            "exit status: 7",
            "no luck",
        ],
    );
    home.refuses(&["--profile", "odd"], &["could not parse"]);
    // What it says of its failure may hold its keys: `refuses` looks for them.
    home.refuses(&["--profile", "loud"], &["exit status: 3", "Stderr"]);
}

/// The file names are the SHA-1 of the start URL, and of the session's name.
const CACHED: [(&str, &str); 2] = [
    ("old", "e8be5486177c5b5392bd9aa76563515b29358e6e"),
    ("new", "e274eeff768c6396088ec6eb091f4bf4d47ab1e0"),
];

#[test]
fn sso_gives_keys_for_a_cached_token() {
    let portal = Server::new(|request| {
        let head = String::from_utf8_lossy(request).into_owned();
        if !head.contains("x-amz-sso_bearer_token: accessTokenOfSso") {
            let kind = "x-amzn-ErrorType: UnauthorizedException";
            let body = "{\"message\":\"Session token not found or invalid\"}";
            return answer("401 Unauthorized", &[kind], body);
        }
        let body = format!(
            "{{\"roleCredentials\":{{\"accessKeyId\":\"ASIASSO\",\"secretAccessKey\":\"{ASSUMED}\",\"sessionToken\":\"{TOKEN}\",\"expiration\":4070908800000}}}}"
        );
        answer("200 OK", &["Content-Type: application/json"], &body)
    });
    let start = "sso_start_url = https://example.awsapps.com/start\nsso_region = eu-west-1\n";
    let role = "sso_account_id = 123456789012\nsso_role_name = tester\n";
    let config = format!(
        "[profile old]\n{start}{role}[profile new]\nsso_session = work\n{role}[sso-session work]\n{start}"
    );
    let home = Home::new(&config).set("AWS_ENDPOINT_URL_SSO", portal.url());
    for (profile, name) in CACHED {
        let login = format!("aws sso login --profile {profile}");
        home.refuses(&["--profile", profile], &["by SSO", &login]);
        let file = home.path(&format!(".aws/sso/cache/{name}.json"));
        let token = "{\"startUrl\": \"https://example.awsapps.com/start\", \"region\": \"eu-west-1\", \"accessToken\": \"accessTokenOfSso\", \"expiresAt\": \"2099-01-01T00:00:00Z\"}";
        let stale = token
            .replace("2099", "2001")
            .replace("OfSso", "OfYesterday");
        fs::write(&file, stale).unwrap();
        home.refuses(&["--profile", profile], &["by SSO", &login]);
        fs::write(&file, token).unwrap();
        home.signs_with(
            &["--profile", profile],
            "ASIASSO",
            &format!("profile {profile}, by SSO"),
        );
    }
    let request = String::from_utf8(portal.last()).unwrap();
    assert!(
        request.starts_with("GET /federation/credentials?"),
        "{request}"
    );
}

#[test]
fn a_web_identity_is_taken_to_sts() {
    let sts = sts();
    let home = Home::new("");
    let token = home.path("token");
    let home = home
        .set("AWS_ENDPOINT_URL_STS", sts.url())
        .set("AWS_ROLE_ARN", ROLE)
        .set("AWS_WEB_IDENTITY_TOKEN_FILE", token.display().to_string());
    home.refuses(&[], &["no keys came from the web identity", "token"]);
    fs::write(&token, "identityToken").unwrap();
    home.signs_with(
        &[],
        "ASIAASSUMED",
        "the web identity of AWS_WEB_IDENTITY_TOKEN_FILE",
    );
    let request = String::from_utf8(sts.last()).unwrap();
    assert!(
        request.contains("WebIdentityToken=identityToken"),
        "{request}"
    );
}

fn role_document(id: &str) -> String {
    format!(
        "{{\"Code\":\"Success\",\"AccessKeyId\":\"{id}\",\"SecretAccessKey\":\"{ASSUMED}\",\"Token\":\"{TOKEN}\",\"Expiration\":\"2099-01-01T00:00:00Z\",\"LastUpdated\":\"2026-01-01T00:00:00Z\",\"Type\":\"AWS-HMAC\"}}"
    )
}

#[test]
fn a_container_is_asked_with_its_token() {
    let container = Server::new(|request| {
        match String::from_utf8_lossy(request)
            .to_ascii_lowercase()
            .contains("authorization: containertoken")
        {
            true => answer(
                "200 OK",
                &["Content-Type: application/json"],
                &role_document("ASIACONTAINER"),
            ),
            false => answer(
                "401 Unauthorized",
                &[],
                "{\"code\":\"NoToken\",\"message\":\"who are you\"}",
            ),
        }
    });
    let home = Home::new("").set(
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        format!("{}/role?id=1", container.url()),
    );
    home.refuses(
        &[],
        &["no keys came from the container's credentials endpoint"],
    );
    let home = home.set("AWS_CONTAINER_AUTHORIZATION_TOKEN", "containerToken");
    home.signs_with(&[], "ASIACONTAINER", "the container's credentials endpoint");
    let request = String::from_utf8(container.last()).unwrap();
    assert!(request.starts_with("GET /role?id=1 "), "{request}");
}

#[test]
fn an_instance_is_asked_by_imds_version_2() {
    let metadata = Server::new(|request| {
        let text = String::from_utf8_lossy(request).to_ascii_lowercase();
        let knows = text.contains("x-aws-ec2-metadata-token: sessionofimds");
        let path = text.split(' ').nth(1).unwrap().to_owned();
        match path.as_str() {
            "/latest/api/token" if text.starts_with("put") => answer(
                "200 OK",
                &["x-aws-ec2-metadata-token-ttl-seconds: 21600"],
                "sessionOfImds",
            ),
            "/latest/meta-data/iam/security-credentials/" if knows => {
                answer("200 OK", &[], "tester")
            }
            "/latest/meta-data/iam/security-credentials/tester" if knows => {
                answer("200 OK", &[], &role_document("ASIAINSTANCE"))
            }
            _ => answer("401 Unauthorized", &[], ""),
        }
    });
    let home = Home::new("")
        .set("AWS_EC2_METADATA_DISABLED", "false")
        .set("AWS_EC2_METADATA_SERVICE_ENDPOINT", metadata.url());
    home.signs_with(&[], "ASIAINSTANCE", "the role of this instance (IMDSv2)");
    let nobody = home.set("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:1");
    nobody.refuses(
        &[],
        &[
            "there are no keys to sign with",
            "the environment has neither",
            "AWS_WEB_IDENTITY_TOKEN_FILE is not set",
            "there is no profile default in",
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is not set",
            "instance metadata did not answer: ",
            "127.0.0.1",
        ],
    );
}

#[test]
fn the_order_is_that_of_the_aws_cli() {
    let config = format!(
        "{BASE}[default]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = {SECRET}\n"
    );
    let home = Home::new(&config);
    home.signs_with(&[], "AKIDEXAMPLE", "profile default");
    let home = home.set("AWS_PROFILE", "base");
    home.signs_with(&[], "AKIDEXAMPLE", "profile base");
    let home = home
        .set("AWS_ACCESS_KEY_ID", "ASIAENV")
        .set("AWS_SECRET_ACCESS_KEY", SECRET)
        .set("AWS_SESSION_TOKEN", TOKEN);
    home.signs_with(&[], "ASIAENV", "the environment");
    home.signs_with(&["--profile", "base"], "AKIDEXAMPLE", "profile base");
    home.refuses(
        &["--profile", "none"],
        &[
            "the environment was not asked",
            "there is no profile none in",
        ],
    );
    // A role that outlives its URL is warned of.
    let sts = sts();
    let config = format!("{BASE}[profile dev]\nrole_arn = {ROLE}\nsource_profile = base\n");
    let home = Home::new(&config).set("AWS_ENDPOINT_URL_STS", sts.url());
    let said = home.sign(&[
        "--profile",
        "dev",
        "--expires",
        "604800",
        "--at",
        "20981231T000000Z",
    ]);
    assert!(
        said.stdout.contains("its key until 20990101T000000Z"),
        "{}",
        said.stdout
    );
}

#[test]
fn a_file_is_read_as_it_is_written_and_one_that_cannot_be_read_is_named() {
    let profile =
        format!("[default]\naws_access_key_id=AKIDEXAMPLE\naws_secret_access_key={SECRET}\n");
    let texts = [
        [b"\xef\xbb\xbf", profile.as_bytes()].concat(),
        [b"# caf\xe9\n", profile.as_bytes()].concat(),
    ];
    for text in texts {
        let home = Home::new("");
        fs::write(home.path(".aws/credentials"), text).unwrap();
        let said = home.sign(&[]);
        assert_eq!(said.code, Some(0), "{}", said.stderr);
    }
    let home = Home::new("").set("AWS_SHARED_CREDENTIALS_FILE", "~/keys");
    fs::write(home.path("keys"), &profile).unwrap();
    assert_eq!(home.sign(&[]).code, Some(0));
    let quoted = profile.replace("[default]", "[profile 'of two']");
    assert_eq!(
        Home::new(&quoted).sign(&["--profile", "of two"]).code,
        Some(0)
    );
    // A folder in its place.
    let home = Home::new("");
    fs::create_dir(home.path(".aws/credentials")).unwrap();
    let said = home.sign(&[]);
    assert_eq!(said.code, Some(2));
    assert!(said.stderr.contains("could not read"), "{}", said.stderr);
}

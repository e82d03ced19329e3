//! What holds for every input: our signature is aws-sigv4's, what is written is read back, and no
//! reader panics.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test ends where it cannot go on"
)]

use std::{
    collections::BTreeSet,
    time::{Duration, SystemTime},
};

use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{
        PayloadChecksumKind, PercentEncodingMode, SessionTokenMode, SignableBody, SignableRequest,
        SignatureLocation, SigningSettings, UriPathNormalizationMode, sign,
    },
    sign::v4,
};
use bstr::{BString, ByteSlice};
use countersign::{
    compare::{Relation, Side, compare},
    evidence::InputId,
    sigv4::{
        self, Authorization, CanonicalHeader, CanonicalQueryPair, CanonicalRequest, Credential,
        CredentialScope, Derivation, PayloadHash, Placement, Recipe, SecretAccessKey, Sha256Digest,
        SignedHeaders, Signing, SigningKey, StringToSign, Timestamp,
    },
    source::read_all,
    wire::{Body, HeaderField, Origin, Request, Response},
};
use proptest::{collection::vec, option, prelude::*};

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const HOST: &str = "service.us-east-1.amazonaws.com";

/// What both signers are given.
#[derive(Clone, Debug)]
struct Plain {
    method: String,
    path: String,
    query: Option<String>,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    token: Option<String>,
    seconds: u32,
}

fn method() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["GET", "PUT", "POST", "DELETE", "HEAD", "PATCH"])
        .prop_map(str::to_owned)
}

/// A path as it may stand on the wire: dots, empty segments, unicode raw and encoded.
fn path() -> impl Strategy<Value = String> {
    let segment = prop_oneof![
        Just(String::new()),
        Just(".".to_owned()),
        Just("..".to_owned()),
        "[a-zA-Z0-9._~!$&'()*+,;=:@-]{1,8}",
        Just("%20".to_owned()),
        Just("%2F%25".to_owned()),
        Just("%c3%a9".to_owned()),
        Just("ü日".to_owned()),
    ];
    vec(segment, 0..6).prop_map(|segments| format!("/{}", segments.join("/")))
}

/// A path as S3's clients send it: every byte encoded that needs to be, in upper-case hex.
fn s3_path() -> impl Strategy<Value = String> {
    let segment = prop_oneof![Just(String::new()), Just("..".to_owned()), "\\PC{1,8}"];
    vec(segment, 0..5).prop_map(|segments| {
        let plain = format!("/{}", segments.join("/"));
        sigv4::encode_path(plain.as_bytes()).to_string()
    })
}

fn query() -> impl Strategy<Value = Option<String>> {
    let text = || {
        prop_oneof![
            "[a-zA-Z0-9._~-]{1,6}",
            Just("%20+%2B".to_owned()),
            Just("%C3%A9".to_owned()),
            Just("%2f%2F".to_owned()),
            Just("a:b/c".to_owned()),
        ]
    };
    let value = prop_oneof![
        Just(String::new()),
        Just("=".to_owned()),
        text().prop_map(|text| format!("={text}")),
    ];
    // Few names, so that they repeat.
    let name = prop_oneof![Just("a".to_owned()), Just("A".to_owned()), text()];
    let pair = (name, value).prop_map(|(name, value)| format!("{name}{value}"));
    option::of(vec(pair, 0..6).prop_map(|pairs| pairs.join("&")))
}

fn headers() -> impl Strategy<Value = Vec<(String, String)>> {
    let name = prop::sample::select(vec![
        "content-type",
        "x-amz-meta-a",
        "X-Amz-Meta-B",
        "my-header1",
        "Zoo",
        "user-agent",
    ]);
    let value = "[ ]{0,2}[a-zA-Z0-9\",;=/ ]{0,12}[ ]{0,2}";
    vec((name.prop_map(str::to_owned), value), 0..6)
}

fn plain(path: impl Strategy<Value = String>) -> impl Strategy<Value = Plain> {
    let parts = (
        method(),
        path,
        query(),
        headers(),
        vec(any::<u8>(), 0..32),
        option::of("[a-zA-Z0-9+/=]{8,40}"),
        any::<u32>(),
    );
    parts.prop_map(
        |(method, path, query, headers, body, token, seconds)| Plain {
            method,
            path,
            query,
            headers,
            body,
            token,
            seconds,
        },
    )
}

/// Which service both sign for.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Service {
    Standard,
    S3,
}

/// Signs with aws-sigv4; gives the request as it would be sent, and the signature. `None` where
/// its own types refuse the request.
fn theirs(
    plain: &Plain,
    service: Service,
    placement: Placement,
    token: SessionTokenMode,
) -> Option<(Request, String)> {
    let mut settings = SigningSettings::default();
    settings.session_token_mode = token;
    if service == Service::S3 {
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    }
    if placement == Placement::Query {
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(Duration::from_secs(600));
        settings.payload_checksum_kind = PayloadChecksumKind::NoHeader;
    }
    let identity =
        Credentials::new("AKIDEXAMPLE", SECRET, plain.token.clone(), None, "test").into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region("us-east-1")
        .name(if service == Service::S3 {
            "s3"
        } else {
            "service"
        })
        .time(SystemTime::UNIX_EPOCH + Duration::from_secs(plain.seconds.into()))
        .settings(settings)
        .build()
        .unwrap()
        .into();
    let query = plain
        .query
        .as_ref()
        .map(|query| format!("?{query}"))
        .unwrap_or_default();
    let url = format!("https://{HOST}{}{query}", plain.path);
    let fields = plain
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    let body = match (service, placement) {
        (Service::S3, Placement::Query) => SignableBody::UnsignedPayload,
        _ => SignableBody::Bytes(&plain.body),
    };
    let signable = SignableRequest::new(&plain.method, url, fields, body).ok()?;
    let (instructions, signature) = sign(signable, &params).ok()?.into_parts();
    let (added, pairs) = instructions.into_parts();
    let mut request = Request {
        method: plain.method.as_str().into(),
        target: format!("{}{query}", plain.path).into(),
        origin: None,
        headers: vec![HeaderField::new("Host", HOST)],
        body: Body::Captured(plain.body.as_slice().into()),
    };
    for (name, value) in &plain.headers {
        request
            .headers
            .push(HeaderField::new(name.as_str(), value.as_str()));
    }
    for header in added {
        request
            .headers
            .push(HeaderField::new(header.name(), header.value()));
    }
    for (at, (name, value)) in pairs.into_iter().enumerate() {
        let glue = if at == 0 && plain.query.is_none() {
            "?"
        } else {
            "&"
        };
        let pair = format!("{glue}{name}={}", sigv4::encode(value.as_bytes()));
        request.target.extend_from_slice(pair.as_bytes());
    }
    Some((request, signature))
}

/// Derives what the signed request itself asks for.
fn ours(
    plain: &Plain,
    request: &Request,
    service: Service,
    token: SessionTokenMode,
) -> (Derivation, String) {
    let timestamp = Timestamp::of_unix(plain.seconds.into()).unwrap();
    let name = if service == Service::S3 {
        "s3"
    } else {
        "service"
    };
    let scope = CredentialScope::new(timestamp, "us-east-1", name);
    let mut recipe = if service == Service::S3 {
        Recipe::S3
    } else {
        Recipe::STANDARD
    };
    if token == SessionTokenMode::Exclude {
        recipe.session_token = sigv4::SessionTokenPlacement::Appended;
    }
    let presigned = request
        .query()
        .and_then(|query| sigv4::Presigned::of_query(query));
    let placement = if presigned.is_some() {
        Placement::Query
    } else {
        Placement::Header
    };
    let authorization = match presigned {
        Some(presigned) => presigned.authorization,
        None => Authorization::of_request(request).unwrap().unwrap(),
    };
    let derivation = sigv4::derive(
        request,
        &Signing {
            timestamp,
            scope: &scope,
            signed_headers: &SignedHeaders::parse(&authorization.signed_headers).unwrap(),
            payload_hash: match (service, placement) {
                (Service::S3, Placement::Query) => PayloadHash::UNSIGNED,
                _ => PayloadHash::of_request(request).unwrap(),
            },
            recipe: &recipe,
            placement,
        },
    );
    let key = SigningKey::derive(&SecretAccessKey::new(SECRET.into()), &scope);
    let signature = derivation.sign(&key).to_string();
    (derivation, signature)
}

fn agree(
    plain: &Plain,
    service: Service,
    placement: Placement,
    token: SessionTokenMode,
) -> Result<(), TestCaseError> {
    let Some((request, expected)) = theirs(plain, service, placement, token) else {
        return Err(TestCaseError::reject("aws-sigv4 refuses it"));
    };
    let (derivation, signature) = ours(plain, &request, service, token);
    prop_assert_eq!(signature, expected, "{}", derivation.canonical_request_text);
    Ok(())
}

fn token_mode() -> impl Strategy<Value = SessionTokenMode> {
    prop_oneof![
        Just(SessionTokenMode::Include),
        Just(SessionTokenMode::Exclude)
    ]
}

fn placement() -> impl Strategy<Value = Placement> {
    prop_oneof![Just(Placement::Header), Just(Placement::Query)]
}

fn name() -> impl Strategy<Value = BString> {
    "[a-z0-9-]{1,12}".prop_map(BString::from)
}

fn timestamp() -> impl Strategy<Value = Timestamp> {
    (0..4_102_444_800_i64).prop_map(|seconds| Timestamp::of_unix(seconds).unwrap())
}

fn scope() -> impl Strategy<Value = CredentialScope> {
    (timestamp(), name(), name())
        .prop_map(|(time, region, service)| CredentialScope::new(time, region, service))
}

fn digest() -> impl Strategy<Value = Sha256Digest> {
    any::<[u8; 32]>().prop_map(Sha256Digest::new)
}

fn payload_hash() -> impl Strategy<Value = PayloadHash> {
    prop_oneof![
        digest().prop_map(PayloadHash::Sha256),
        prop::sample::select(&PayloadHash::KEYWORDS[..]).prop_map(PayloadHash::Keyword),
    ]
}

fn canonical_request() -> impl Strategy<Value = CanonicalRequest> {
    let pair = ("\\PC{1,6}", "\\PC{0,6}")
        .prop_map(|(name, value)| CanonicalQueryPair::encode(name.as_bytes(), value.as_bytes()));
    let lines = prop::collection::btree_map("[a-z][a-z0-9-]{0,8}", "\\PC{0,12}", 1..5);
    (method(), path(), vec(pair, 0..4), lines, payload_hash()).prop_map(
        |(method, path, canonical_query, lines, payload_hash)| CanonicalRequest {
            method: method.into(),
            canonical_uri: sigv4::encode_path(path.as_bytes()),
            canonical_query,
            signed_headers: SignedHeaders::of(lines.keys().map(|name| name.as_bytes().as_bstr())),
            canonical_headers: lines
                .into_iter()
                .map(|(name, value)| CanonicalHeader {
                    name: name.into(),
                    value: value.into(),
                })
                .collect(),
            payload_hash,
        },
    )
}

/// Header fields as HTTP can carry them, with the length of the body.
fn fields(length: usize) -> impl Strategy<Value = Vec<HeaderField>> {
    let field = ("[A-Za-z][A-Za-z0-9-]{0,10}", "[!-~]{0,4}[ -~\u{e9}]{0,10}")
        .prop_filter("the length is added", |(name, _)| {
            !name.eq_ignore_ascii_case("content-length")
        })
        .prop_map(|(name, value)| HeaderField::new(name, value));
    vec(field, 0..5).prop_map(move |mut fields| {
        fields.push(HeaderField::new("Content-Length", length.to_string()));
        fields
    })
}

fn body_and_fields() -> impl Strategy<Value = (Vec<u8>, Vec<HeaderField>)> {
    vec(any::<u8>(), 0..40).prop_flat_map(|body| {
        let length = body.len();
        (Just(body), fields(length))
    })
}

fn side(canonical: &CanonicalRequest, string: &StringToSign) -> Side {
    let text = |bytes: BString| countersign::compare::Artifact {
        text: bytes,
        origin: countersign::compare::Origin::Derived,
    };
    Side {
        refuses: None,
        request: None,
        canonical_request: Some(text(canonical.to_bytes())),
        string_to_sign: Some(text(string.to_bytes())),
        scope: Some(string.scope.to_bytes()),
        access_key_id: None,
        signature: None,
        cut: None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn our_signature_is_theirs(plain in plain(path()), placement in placement(), token in token_mode()) {
        agree(&plain, Service::Standard, placement, token)?;
    }

    #[test]
    fn our_signature_is_theirs_for_s3(plain in plain(s3_path()), placement in placement()) {
        agree(&plain, Service::S3, placement, SessionTokenMode::Include)?;
    }

    #[test]
    fn an_unsigned_header_changes_nothing(plain in plain(path()), placement in placement(), value in "[ -~]{0,12}", at in any::<prop::sample::Index>()) {
        let Some((mut request, _)) = theirs(&plain, Service::Standard, placement, SessionTokenMode::Include) else {
            return Err(TestCaseError::reject("aws-sigv4 refuses it"));
        };
        let (before, signature) = ours(&plain, &request, Service::Standard, SessionTokenMode::Include);
        let place = at.index(request.headers.len() + 1);
        request.headers.insert(place, HeaderField::new("X-Not-Signed", value));
        let (after, same) = ours(&plain, &request, Service::Standard, SessionTokenMode::Include);
        prop_assert_eq!(before.canonical_request_text, after.canonical_request_text);
        prop_assert_eq!(signature, same);
    }

    #[test]
    fn a_request_is_read_back(method in method(), path in path(), query in query(), absolute in any::<bool>(), (body, headers) in body_and_fields()) {
        let query = query.map(|query| format!("?{query}")).unwrap_or_default();
        let request = Request {
            method: method.into(),
            target: format!("{path}{query}").into(),
            origin: absolute.then(|| Origin { scheme: "https".into(), authority: HOST.into() }),
            headers,
            body: Body::Captured(body.into()),
        };
        prop_assert_eq!(Request::parse(&request.to_bytes()).unwrap().message, request);
    }

    #[test]
    fn a_response_is_read_back(status in 100..1000_u16, (body, headers) in body_and_fields()) {
        let response = Response { status, headers, body: Body::Captured(body.into()) };
        prop_assert_eq!(Response::parse(&response.to_bytes()).unwrap().message, response);
    }

    #[test]
    fn a_canonical_request_is_read_back(canonical in canonical_request()) {
        prop_assert_eq!(CanonicalRequest::parse(&canonical.to_bytes()).unwrap(), canonical);
    }

    #[test]
    fn a_string_to_sign_is_read_back(timestamp in timestamp(), scope in scope(), canonical_request_digest in digest()) {
        let string = StringToSign { timestamp, scope, canonical_request_digest };
        prop_assert_eq!(StringToSign::parse(&string.to_bytes()).unwrap(), string);
    }

    #[test]
    fn scopes_and_credentials_are_read_back(scope in scope(), id in "[A-Z0-9/]{0,8}[A-Z0-9]{1,20}") {
        prop_assert_eq!(CredentialScope::parse(&scope.to_bytes()).unwrap(), scope.clone());
        let credential = Credential { access_key_id: id.into(), scope };
        prop_assert_eq!(Credential::parse(&credential.to_bytes()).unwrap(), credential);
    }

    #[test]
    fn an_authorization_is_read_back(scope in scope(), id in "[A-Z0-9]{1,20}", names in vec("[a-z-]{1,8}", 1..4), signature in digest()) {
        let authorization = Authorization {
            algorithm: sigv4::ALGORITHM.into(),
            credential: [id.as_bytes(), b"/", &scope.to_bytes()].concat().into(),
            signed_headers: names.join(";").into(),
            signature: signature.to_string().into(),
        };
        prop_assert_eq!(Authorization::parse(&authorization.to_bytes()).unwrap(), authorization);
    }

    #[test]
    fn a_comparison_is_mirrored(
        left in (canonical_request(), timestamp(), scope()),
        right in (canonical_request(), timestamp(), scope()),
        same in any::<bool>(),
    ) {
        let string = |(canonical, timestamp, scope): &(CanonicalRequest, Timestamp, CredentialScope)| StringToSign {
            timestamp: *timestamp,
            scope: scope.clone(),
            canonical_request_digest: canonical.digest(),
        };
        let right = if same { (left.0.clone(), right.1, right.2) } else { right };
        let (left, right) = (side(&left.0, &string(&left)), side(&right.0, &string(&right)));
        for relation in [Relation::TwoRequests] {
            let (there, back) = (compare(&left, &right, relation), compare(&right, &left, relation));
            for (one, other) in there.stages.iter().zip(&back.stages) {
                prop_assert_eq!(one.stage, other.stage);
                let key = |part: &countersign::compare::Part, kind, left: &Option<BString>, right: &Option<BString>, at| {
                    format!("{part} {kind:?} {left:?} {right:?} {at}")
                };
                let ones: BTreeSet<String> = one.divergences().map(|d| key(&d.part, d.kind, &d.left, &d.right, d.at)).collect();
                let others: BTreeSet<String> = other.divergences().map(|d| key(&d.part, d.kind, &d.right, &d.left, d.at)).collect();
                prop_assert_eq!(ones, others);
            }
        }
    }

    #[test]
    fn no_reader_panics(bytes in vec(any::<u8>(), 0..400), head in prop::sample::select(vec![
        &b""[..], b"GET / HTTP/1.1\r\nHost: h\r\n", b"2019-09-12 DEBUG botocore.auth CanonicalRequest:\n",
        b"{\"__type\": \"InvalidSignatureException\", \"message\": \"", b"POST / HTTP/1.1\nAuthorization: AWS4-HMAC-SHA256 Credential=",
        b"<Error><Code>SignatureDoesNotMatch</Code>", b"AWS4-HMAC-SHA256\n20150830T123600Z\n",
        b"MainThread - botocore.endpoint - DEBUG - Sending http request: <AWSPreparedRequest stream_output=False, method=POST, url=https://",
    ])) {
        let input = [head, &bytes].concat();
        let _ = read_all(InputId(0), &mut input.as_slice());
    }

    #[test]
    fn no_reader_panics_on_text(text in "\\PC{0,200}", lines in vec("[ -~]{0,40}", 0..12)) {
        let input = format!("{text}\n{}", lines.join("\r\n"));
        let _ = read_all(InputId(0), &mut input.as_bytes());
    }
}

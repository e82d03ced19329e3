use bstr::{BStr, ByteSlice};

use crate::diagnose::{Check, Circumstance, Examination, Fix, Observation, Rule, RuleStage, Tier};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "presign-checksum-of-empty-body",
    summary: "the presigned URL holds the checksum of no body at all",
    stage: RuleStage::Payload,
    tier: Tier::B,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: r#"## What goes wrong
The AWS SDK for JavaScript from 3.729 on computes a checksum when it presigns an upload. There is no
body yet, so the URL holds the checksum of nothing (`AAAAAA==` for CRC32), and every real body is
refused.

## How it shows
400 with a checksum that does not match: *expected AAAAAA==, got …*

## How it is proved
The URL holds the checksum of nothing. Where the body was captured and is not empty, that is stated
by the request; without the body it is a suspicion.

## Fix
Presign with `requestChecksumCalculation: "WHEN_REQUIRED"`.

## Seen in
seaweedfs/seaweedfs#10216, localstack/localstack#12169, floci-io/floci#4188
"#,
    check: Check::Observe(observe),
    fix,
};

const ALGORITHM: &str = "x-amz-sdk-checksum-algorithm";

/// The checksums of nothing.
const OF_NOTHING: [(&str, &str); 5] = [
    ("x-amz-checksum-crc32", "AAAAAA=="),
    ("x-amz-checksum-crc32c", "AAAAAA=="),
    ("x-amz-checksum-crc64nvme", "AAAAAAAAAAA="),
    ("x-amz-checksum-sha1", "2jmj7l5rSw0yVb/vlWAYkK/YBwk="),
    (
        "x-amz-checksum-sha256",
        "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
    ),
];

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    let found = OF_NOTHING
        .iter()
        .find(|(name, value)| it.parameter(name).is_some_and(|text| text == *value));
    let Some((name, value)) = found.filter(|_| it.is_presigned() && !it.accepted()) else {
        return Vec::new();
    };
    let body = it.request().and_then(|request| request.body.bytes());
    let announced = it
        .header("content-length")
        .map(|length| length.trim() != b"0");
    let circumstance = match (body.is_some_and(|body| !body.is_empty()), announced) {
        (true, _) | (_, Some(true)) => Circumstance::Stated,
        // An upload of nothing is right.
        (false, Some(false)) => return Vec::new(),
        (false, None) => Circumstance::Suspected,
    };
    let pair = it.raw_pair(name).unwrap_or_default();
    vec![
        Observation::new(circumstance)
            .shows(*value, "no checksum, or that of the body")
            .named(*name)
            .at(it.locate(&pair)),
    ]
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    let fix = Fix::words("presign with requestChecksumCalculation: \"WHEN_REQUIRED\"");
    // Without a checksum, the name of its algorithm is refused.
    let names = parameter.into_iter().chain([ALGORITHM.into()]);
    let pairs = names.filter_map(|name| it.raw_pair(&name.to_str_lossy()));
    pairs.fold(fix, |fix, pair| {
        let at = it.locate(&pair);
        fix.edit(pair, "", at)
    })
}

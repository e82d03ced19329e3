use bstr::{BStr, ByteSlice};

use crate::diagnose::{Check, Circumstance, Examination, Fix, Observation, Rule, RuleStage, Tier};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "streaming-trailer-not-supported",
    summary: "the server may not know uploads with a trailer",
    stage: RuleStage::Payload,
    tier: Tier::A,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
Since early 2025 the AWS SDKs send a checksum behind the body, in a trailer
(`STREAMING-UNSIGNED-PAYLOAD-TRAILER`, `x-amz-trailer`). Many servers that stand in for Amazon S3 do
not know that.

## How it shows
It varies: `SignatureDoesNotMatch` (SeaweedFS), `MissingContentLength` (Storj),
`XAmzContentSHA256Mismatch`, *invalid header: x-amz-content-sha256* (s3s); `InvalidRequest`,
*Streaming trailer block is malformed* (s3-orchestrator).

## How it is proved
`x-amz-content-sha256` names a trailer, the host is none of AWS's, and the request was refused. That
is a suspicion; so is what such a server says of the header or the trailer by itself.

## Fix
Set `request_checksum_calculation = when_required` (environment:
`AWS_REQUEST_CHECKSUM_CALCULATION=when_required`), or bring the server up to date.

## Seen in
seaweedfs/seaweedfs#6517, storj/gateway-st#89, s3s-project/s3s#328, treeverse/lakeFS#7939
",
    check: Check::Observe(observe),
    fix,
};

/// What such servers answer; other refusals have other reasons.
const CODES: [&str; 9] = [
    "BadDigest",
    "IncompleteBody",
    "InvalidArgument",
    "InvalidDigest",
    "InvalidRequest",
    "MissingContentLength",
    "NotImplemented",
    "SignatureDoesNotMatch",
    "XAmzContentSHA256Mismatch",
];

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    let keyword = it.header("x-amz-content-sha256").map(|value| value.trim());
    let trailer = keyword
        .is_some_and(|value| value.starts_with(b"STREAMING-") && value.ends_with(b"-TRAILER"));
    let refused = it
        .refusal()
        .is_some_and(|refusal| CODES.iter().any(|code| refusal.code == *code));
    let Some(host) = it.foreign_host().filter(|_| trailer && refused) else {
        return Vec::new();
    };
    vec![
        Observation::new(Circumstance::Suspected)
            .at(it.header_place("x-amz-content-sha256"))
            .sign([host.as_slice(), b" is none of AWS's hosts"].concat()),
    ]
}

fn fix(_it: &Examination<'_>, _parameter: Option<&BStr>) -> Fix {
    Fix::words("set AWS_REQUEST_CHECKSUM_CALCULATION=when_required, or update the server")
}

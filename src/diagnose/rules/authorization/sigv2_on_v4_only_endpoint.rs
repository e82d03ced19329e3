use bstr::{BStr, BString, ByteSlice};

use crate::{
    diagnose::{
        AwsCheck, Check, Circumstance, Examination, Fix, Observation, Rule, RuleStage, Tier,
    },
    evidence::Statement,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "sigv2-on-v4-only-endpoint",
    summary: "the request is signed with Signature Version 2 where only version 4 is taken",
    stage: RuleStage::Authorization,
    tier: Tier::B,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
`Authorization: AWS KEY:signature`, or a query with `AWSAccessKeyId`, `Signature` and `Expires`, is
Signature Version 2. The regions of Amazon S3 that opened after January 2014 take version 4 alone.

## How it shows
Amazon S3 answers 400 `InvalidRequest`, *The authorization mechanism you have provided is not
supported. Please use AWS4-HMAC-SHA256.* Of an object that AWS KMS encrypts, in any region: 400
`InvalidArgument`, *Requests specifying Server Side Encryption with AWS KMS managed keys require AWS
Signature Version 4.*

## How it is proved
The service says so, and the request is signed in the old way. Without the answer, the host's region
is one that never took version 2. A `StringToSign` of the service that begins with the method is
version 2's.

## Fix
Sign with version 4: in boto3 `Config(signature_version='s3v4')`; in other clients look for a
setting of that name.

## Seen in
ocelotconsulting/node-acme-lambda#9, boto/boto3#39, aws/aws-sdk-js#1147, paws-r/paws#572,
s3fs-fuse/s3fs-fuse#915
",
    check: Check::Observe(observe),
    fix,
};

/// The regions of Amazon S3 that still take version 2.
///
/// Source: Amazon S3 User Guide, "Authenticating Requests (AWS Signature Version 2)".
const OLD_REGIONS: [&str; 9] = [
    "ap-northeast-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "eu-west-1",
    "sa-east-1",
    "us-east-1",
    "us-gov-west-1",
    "us-west-1",
    "us-west-2",
];

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    let Some(text) = version_2(it) else {
        return Vec::new();
    };
    let refused = it.says(&Statement::AlgorithmUnsupported(None));
    let circumstance = match (refused, it.passed(AwsCheck::Authorization)) {
        (true, _) => Circumstance::Stated,
        (false, false) if is_in_a_new_region(it) => Circumstance::Known,
        _ => return Vec::new(),
    };
    let observation = Observation::new(circumstance)
        .shows(text, "AWS4-HMAC-SHA256")
        .at(it.header_place("authorization"));
    vec![observation]
}

/// What marks the request as one of version 2.
fn version_2(it: &Examination<'_>) -> Option<BString> {
    let text = it.authorization_text().map(|text| text.trim());
    if text.is_some_and(|text| text.starts_with(b"AWS ")) {
        return Some("AWS".into());
    }
    let old = ["AWSAccessKeyId", "Signature"];
    old.iter()
        .all(|name| it.parameter(name).is_some())
        .then(|| "AWSAccessKeyId, Signature".into())
}

fn is_in_a_new_region(it: &Examination<'_>) -> bool {
    let facts = it.host_facts();
    let is_s3 = facts
        .matches
        .iter()
        .any(|found| found.service.signing_name() == "s3");
    let region = facts.region.as_deref();
    is_s3 && region.is_some_and(|region| !OLD_REGIONS.contains(&region))
}

fn fix(_it: &Examination<'_>, _parameter: Option<&BStr>) -> Fix {
    Fix::words("sign with Signature Version 4 (AWS4-HMAC-SHA256)")
}

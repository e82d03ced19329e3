use bstr::BStr;

use crate::{
    diagnose::{
        AwsCheck, Check, Circumstance, Examination, Fix, Observation, Rule, RuleStage, Tier,
    },
    evidence::Statement,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "presign-session-token-missing",
    summary: "temporary keys presigned the URL, and their session token is not in it",
    stage: RuleStage::Credentials,
    tier: Tier::A,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
Access key ids that begin with `ASIA` are those of temporary credentials, and are good only together
with their session token. The presigned URL has no `X-Amz-Security-Token`.

## How it shows
Amazon S3 answers 403 `InvalidAccessKeyId`, *The AWS Access Key Id you provided does not exist in
our records.*

## How it is proved
The key id begins with `ASIA` and there is no token in the query or among the headers.

## Fix
Give the signer all three parts of the credentials. Amazon S3 and most services want the token
signed with the other parameters; AWS IoT's MQTT over WebSocket wants it appended after signing.

## Seen in
uswitch/kiam#261, bradenmacdonald/s3-lite-client#50, minio/minio-js#829, brendanhay/amazonka#840,
boto/botocore#292
",
    check: Check::Observe(observe),
    fix,
};

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    let lacks = it.is_presigned() && it.has_temporary_key() && !it.has_session_token();
    if !lacks || it.passed(AwsCheck::SessionToken) {
        return Vec::new();
    }
    let id = it.access_key_id().unwrap_or_default();
    let mut observation = Observation::new(Circumstance::Stated)
        .shows(id.clone(), "X-Amz-Security-Token beside it")
        .at(it.locate(&id));
    if it.says(&Statement::CredentialsUnknown) {
        observation = observation.sign("the service does not know the key without its token");
    }
    vec![observation]
}

fn fix(_it: &Examination<'_>, _parameter: Option<&BStr>) -> Fix {
    Fix::words("presign with X-Amz-Security-Token among the parameters")
}

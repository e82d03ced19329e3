use bstr::{BStr, ByteSlice};

use crate::{
    diagnose::rules::payload::content_sha256_header_missing,
    diagnose::{Check, Circumstance, Examination, Fix, Observation, Rule, RuleStage, Tier},
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "aoss-content-sha256-missing",
    summary: "Amazon OpenSearch Serverless wants x-amz-content-sha256",
    stage: RuleStage::Payload,
    tier: Tier::A,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
Amazon OpenSearch Serverless (`aoss`) wants the header `x-amz-content-sha256`; the older service
(`es`) does not. Requests without a body work, those with one fail.

## How it shows
403, the header `X-Aoss-Response-Hint: X01:gw-helper-deny`, and *Customer authentication failed:
ResultDetail: { Code=InvalidSignature, …*

## How it is proved
The service is `aoss` and the header is not there. The service does not say that it is what it
misses, so it is a suspicion; so is an answer alone with `X-Aoss-Response-Hint: X01:gw-helper-deny`.

## Fix
Send the header with the body's hash, and sign it; do not sign `content-length`.

## Seen in
abutaha/aws-es-proxy#132, opensearch-project/opensearch-cli#72, aws/aws-sdk-php#3145, mhart/aws4#169
",
    check: Check::Observe(observe),
    fix,
};

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    if it.request().is_none() {
        return of_the_answer(it);
    }
    let is_aoss =
        it.signing_name() == "aoss" || it.host().is_some_and(|host| host.contains_str(".aoss."));
    let lacks = it.is_seen_whole() && it.header("x-amz-content-sha256").is_none();
    if !(is_aoss && lacks && it.is_signed_in_header()) || it.accepted() {
        return Vec::new();
    }
    let mut observation =
        Observation::new(Circumstance::Suspected).at(it.header_place("authorization"));
    if let Some(hint) = it
        .response()
        .and_then(|answer| answer.header("x-aoss-response-hint"))
    {
        observation =
            observation.sign([b"the answer has X-Aoss-Response-Hint: ".as_slice(), hint].concat());
    }
    vec![observation]
}

/// An answer alone: the gateway's own word for a request that it did not look at further.
fn of_the_answer(it: &Examination<'_>) -> Vec<Observation> {
    let hint = it
        .response()
        .and_then(|answer| answer.header("x-aoss-response-hint"))
        .filter(|hint| hint.contains_str("gw-helper-deny"));
    let observation = |hint: &BStr| {
        let sign = [b"the answer has X-Aoss-Response-Hint: ".as_slice(), hint].concat();
        Observation::new(Circumstance::Suspected).sign(sign)
    };
    hint.map(observation).into_iter().collect()
}

fn fix(it: &Examination<'_>, _parameter: Option<&BStr>) -> Fix {
    Fix::words("send x-amz-content-sha256 with the body's hash, and sign it").edit(
        "",
        content_sha256_header_missing::line(it),
        it.header_place("authorization"),
    )
}

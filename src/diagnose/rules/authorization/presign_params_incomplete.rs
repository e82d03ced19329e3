use bstr::{BStr, BString, ByteSlice};

use crate::{
    diagnose::stated::before_reencoding,
    diagnose::{
        AwsCheck, Check, Circumstance, Examination, Fix, Observation, Rule, RuleStage, Tier,
    },
    evidence::Statement,
    wire::target::parameter,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "presign-params-incomplete",
    summary: "the presigned URL lacks a parameter",
    stage: RuleStage::Authorization,
    tier: Tier::B,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
A presigned URL has six parameters: `X-Amz-Algorithm`, `X-Amz-Credential`, `X-Amz-Date`,
`X-Amz-Expires`, `X-Amz-SignedHeaders` and `X-Amz-Signature`. One is not there: the URL was cut at
an `&` (an unquoted URL in a shell), or the fields of a POST form were sent as a query.

## How it shows
Amazon S3 answers 400 `AuthorizationQueryParametersError`, *Query-string authentication version 4
requires the X-Amz-Algorithm, …*; other services *AWS query-string parameters must include '…'.*
Of a query in the form of Signature Version 2, Amazon S3 says 403 `AccessDenied`, *Query-string
authentication requires the Signature, Expires and AWSAccessKeyId parameters*.

## How it is proved
The service says so, or the parameters are counted. Services other than Amazon S3 take a query
without `X-Amz-Expires`.

## Fix
Use the whole URL, in quotes; or presign anew.

## Seen in
kaliber-scala/play-s3#73
",
    check: Check::Observe(observe),
    fix,
};

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    if it.passed(AwsCheck::Authorization) {
        return Vec::new();
    }
    let said = it.states(|statement| match statement {
        Statement::QueryParametersMissing(names) => Some(names.clone()),
        _ => None,
    });
    let in_header = it.header("authorization").is_some();
    let missing: Vec<BString> = match it.is_presigned() && !in_header {
        true => missing(it),
        false => Vec::new(),
    };
    let missing = match (missing.is_empty(), said) {
        (false, _) => missing,
        (true, Some(said)) => said,
        (true, None) => return Vec::new(),
    };
    let mut observation = Observation::new(Circumstance::Stated)
        .at(it.request().and_then(|request| it.locate(&request.target)));
    if !missing.is_empty() {
        observation = observation.named(bstr::join(", ", &missing));
    }
    if it.parameter("policy").is_some() {
        observation = observation.sign("the fields of a POST form stand in the query");
    }
    vec![observation]
}

fn missing(it: &Examination<'_>) -> Vec<BString> {
    let needed = if it.is_for_s3() { 6 } else { 5 };
    // What another layer of escapes hides is not missing.
    let query = it.request().and_then(|request| request.query());
    let plain = query.and_then(before_reencoding);
    let hidden = |name: &str| {
        let plain = plain.as_ref().map(|plain| plain.as_bstr());
        plain.is_some_and(|plain| parameter(plain, name).is_some())
    };
    PRESIGNED
        .iter()
        .take(needed)
        .filter(|name| it.parameter(name).is_none() && !hidden(name))
        .map(|name| (*name).into())
        .collect()
}

/// The parameters of a presigned query; services other than Amazon S3 do without the last.
const PRESIGNED: [&str; 6] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-SignedHeaders",
    "X-Amz-Signature",
    "X-Amz-Expires",
];

fn fix(_it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    match parameter {
        Some(names) => {
            Fix::words([b"use the whole URL, in quotes; it lacks ".as_slice(), names].concat())
        }
        None => Fix::words("use the whole URL, in quotes, or presign anew"),
    }
}

use bstr::{BStr, BString};

use crate::{
    diagnose::rules::header::earlier,
    diagnose::{Check, Draft, Examination, Fix, Rule, RuleStage, Tier, Variants},
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "content-length-signed",
    summary: "Content-Length was signed and is another one now",
    stage: RuleStage::Header,
    tier: Tier::B,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
The length of the body changes when somebody on the way compresses it or sends it in chunks, and
some services compute without it. Signing it is no mistake by itself: AWS's SDKs for Go do it in
calls that work.

## How it shows
403 `SignatureDoesNotMatch`; OpenSearch Serverless refuses it outright.

## How it is proved
The line is made as the signer's own canonical request, another capture of the request, or a
well-known default has it; then the canonical request hashes to the signer's digest, or the
signature comes out as sent.

## Fix
Leave `Content-Length` out of the signed headers.

## Seen in
opensearch-project/opensearch-js#356, mhart/aws4#120
",
    check: Check::Make(make),
    fix,
};

/// The length of the body, and none.
fn lengths(it: &Examination<'_>) -> Vec<BString> {
    let request = it.request();
    let body = request.and_then(|request| request.body.bytes());
    let decoded = request.and_then(|request| request.header("x-amz-decoded-content-length"));
    let mut lengths: Vec<BString> = vec!["0".into()];
    lengths.extend(body.map(|body| body.len().to_string().into()));
    lengths.extend(decoded.map(ToOwned::to_owned));
    lengths
}

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    let guesses = lengths(it);
    earlier::lines(&RULE, draft, it, "content-length", guesses, out);
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    Fix::undo(
        &RULE,
        it,
        parameter,
        "leave content-length out of the signed headers",
    )
}

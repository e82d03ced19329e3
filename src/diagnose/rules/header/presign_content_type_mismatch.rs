use bstr::BStr;

use crate::{
    diagnose::rules::header::{content_type_added_or_changed::types, earlier},
    diagnose::{Check, Draft, Examination, Fix, Rule, RuleStage, Tier, Variant, Variants},
    sigv4::Placement,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "presign-content-type-mismatch",
    summary: "another Content-Type was sent than the URL was presigned for",
    stage: RuleStage::Header,
    tier: Tier::A,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
The URL was presigned with `content-type` among `X-Amz-SignedHeaders`, and the upload has another
type: the one of the file, or the default of the HTTP library.

## How it shows
403 `SignatureDoesNotMatch` for the upload alone.

## How it is proved
The line is made as the signer's own canonical request, another capture of the request, or a
well-known default has it; then the canonical request hashes to the signer's digest, or the
signature comes out as sent.

## Fix
Send exactly the type that was signed, or do not sign it.

## Seen in
aws/aws-sdk-js#557, aws/aws-sdk-js#558, aws/aws-sdk-js#444, aws/aws-sdk-js#3326, boto/boto3#3708,
boto/boto3#1149, odysseyscience/react-s3-uploader#13
",
    check: Check::Make(make),
    fix,
};

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    let by_query = it
        .stated()
        .is_some_and(|stated| stated.placement == Placement::Query);
    let Some(now) = draft.header("content-type").filter(|_| by_query) else {
        return;
    };
    if it.attempt().shows_method() {
        earlier::lines(&RULE, draft, it, "content-type", types(now), out);
    } else {
        // Of a URL alone nobody knows what was sent with it.
        let mut lines = Variants::default();
        earlier::lines(&RULE, draft, it, "content-type", types(now), &mut lines);
        out.extend(lines.into_vec().into_iter().map(Variant::assumed));
    }
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    let words = "send the Content-Type that the URL was presigned for";
    match earlier::lacking(it, "content-type", parameter) {
        Some(line) => Fix::words(words).edit("", line, None),
        None => Fix::undo(&RULE, it, parameter, words),
    }
}

use bstr::BStr;

use crate::diagnose::{Check, Circumstance, Examination, Fix, Observation, Rule, RuleStage, Tier};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "sigv4a-with-v1-session-token",
    summary: "a session token of the global STS endpoint may sign for several regions",
    stage: RuleStage::Credentials,
    tier: Tier::B,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
Signature Version 4A is for several regions at once, and so is a session token of version 2. The
global endpoint `sts.amazonaws.com` gives tokens of version 1 unless the account says otherwise.

## How it shows
Amazon S3 answers 500 without a word on the cause.

## How it is proved
The request is signed with `AWS4-ECDSA-P256-SHA256`, has a session token, and the answer is 500.
That is a suspicion.

## Fix
Take the token from a regional endpoint (`sts.REGION.amazonaws.com`), or set the account's global
endpoint to tokens of version 2 in IAM.

## Seen in
Versent/saml2aws#913, aws/aws-sdk-net#3004
",
    check: Check::Observe(observe),
    fix,
};

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    let is_4a = it
        .stated()
        .is_some_and(|stated| stated.authorization.algorithm == "AWS4-ECDSA-P256-SHA256");
    let failed = it.response().is_some_and(|answer| answer.status == 500);
    if is_4a && failed && it.has_session_token() {
        return vec![Observation::new(Circumstance::Suspected)];
    }
    Vec::new()
}

fn fix(_it: &Examination<'_>, _parameter: Option<&BStr>) -> Fix {
    Fix::words("take the session token from a regional endpoint, sts.REGION.amazonaws.com")
}

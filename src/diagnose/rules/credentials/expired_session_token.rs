use bstr::BStr;

use crate::{
    diagnose::rules::credentials::presign_outlives_credentials,
    diagnose::{Check, Circumstance, Examination, Fix, Observation, Rule, RuleStage, Tier},
    evidence::Statement,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "expired-session-token",
    summary: "the time of the temporary credentials is over",
    stage: RuleStage::Credentials,
    tier: Tier::A,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
Temporary credentials have a lifetime of their own, from 15 minutes to 36 hours. It is over.

## How it shows
Amazon S3 answers `ExpiredToken`, *The provided token has expired.*; query and JSON services
`ExpiredToken` or `ExpiredTokenException`, *The security token included in the request is expired*;
Amazon EC2 400 `RequestExpired`, *Request has expired.*

## How it is proved
The service says so. Of EC2's message it is not known whether it speaks of the token or of the
clock; there it is a suspicion.

## Fix
Fetch the credentials anew (`aws sso login`, `aws sts assume-role`), and let the program fetch them
before they expire.

## Seen in
boto/boto3#2392, aws/aws-sdk-java#1443, bustle/aws-sudo#11
",
    check: Check::Observe(observe),
    fix,
};

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    if presign_outlives_credentials::outlived(it).is_some() {
        return Vec::new();
    }
    let code = it
        .refusal()
        .map(|refusal| refusal.code.clone())
        .unwrap_or_default();
    let circumstance = match it.says(&Statement::TokenExpired) {
        true => Circumstance::Stated,
        false if code == "RequestExpired" && it.has_session_token() => Circumstance::Suspected,
        false => return Vec::new(),
    };
    vec![Observation::new(circumstance)]
}

fn fix(_it: &Examination<'_>, _parameter: Option<&BStr>) -> Fix {
    Fix::words("fetch the temporary credentials anew, and sign with them")
}

use bstr::{BStr, BString, ByteSlice};

use crate::{
    diagnose::rules::authorization::loose::Loose,
    diagnose::{
        AwsCheck, Check, Circumstance, Examination, Fix, Observation, Rule, RuleStage, Tier,
    },
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "algorithm-unsupported",
    summary: "the algorithm is none that the service knows",
    stage: RuleStage::Authorization,
    tier: Tier::C,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: r#"## What goes wrong
The authorization begins with the algorithm, `AWS4-HMAC-SHA256` (or `AWS4-ECDSA-P256-SHA256` for
Signature Version 4A). The request has another word there: a typing error, lower case, or another
hash.

## How it shows
*Unsupported AWS 'algorithm': '…'*; Amazon S3 answers *Unsupported Authorization Type* or
*X-Amz-Algorithm only supports "AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256"*.

## How it is proved
The service says so, or the word stands in the request.

## Fix
Write `AWS4-HMAC-SHA256` in the authorization and as the first line of the string to sign.

## Seen in
mhart/dynalite (source), versity/versitygw (source)
"#,
    check: Check::Observe(observe),
    fix,
};

const KNOWN: [&str; 2] = ["AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"];

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    let stated = algorithm(it);
    let wrong = stated.filter(|algorithm| !KNOWN.iter().any(|known| algorithm == known));
    let Some(wrong) = wrong.filter(|_| !it.passed(AwsCheck::Authorization)) else {
        return Vec::new();
    };
    let observation = Observation::new(Circumstance::Stated)
        .shows(wrong.clone(), KNOWN[0])
        .at(it.locate(&wrong));
    vec![observation]
}

/// The algorithm, where the request is one of version 4 at all.
fn algorithm(it: &Examination<'_>) -> Option<BString> {
    let in_query = it.parameter("X-Amz-Algorithm");
    let in_header = || {
        let loose = Loose::of(it.authorization_text()?);
        let scheme = loose.scheme.trim_end_with(|c| c == ',');
        loose.is_version_4().then(|| scheme.into())
    };
    in_query.or_else(in_header)
}

fn fix(it: &Examination<'_>, _parameter: Option<&BStr>) -> Fix {
    let fix = Fix::words("write AWS4-HMAC-SHA256, there and in the string to sign");
    match algorithm(it) {
        Some(wrong) => fix.edit(wrong.clone(), KNOWN[0], it.locate(&wrong)),
        None => fix,
    }
}

use bstr::BStr;

use crate::{
    diagnose::{
        AwsCheck, Check, Circumstance, Examination, Fix, Observation, Rule, RuleStage, Tier,
    },
    evidence::Statement,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "two-auth-mechanisms",
    summary: "the request carries two signatures, one in the header and one in the query",
    stage: RuleStage::Authorization,
    tier: Tier::A,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
A request is signed in its `Authorization` header or in its query, never in both. Usually a client
followed a redirect to a presigned URL of Amazon S3 and took its `Authorization` header along.

## How it shows
Amazon S3 answers 400 `InvalidArgument`, *Only one auth mechanism allowed …*; JSON services answer
400 with *Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.*

## How it is proved
The service says so, or both stand in the request.

## Fix
Leave the `Authorization` header out where the URL is presigned; do not send it along when a
redirect leads to another host.

## Seen in
edgurgel/httpoison#262, request/request#860, open-policy-agent/opa#6728,
catalyst/moodle-tool_objectfs#303
",
    check: Check::Observe(observe),
    fix,
};

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    let in_query = ["X-Amz-Signature", "X-Amz-Algorithm"]
        .into_iter()
        .find(|name| it.parameter(name).is_some());
    let both = it.header("authorization").is_some() && in_query.is_some();
    if !(it.says(&Statement::SeveralSignatures) || both && !it.passed(AwsCheck::Mechanism)) {
        return Vec::new();
    }
    let mut observation =
        Observation::new(Circumstance::Stated).at(it.header_place("authorization"));
    if let Some(name) = in_query {
        observation = observation.shows(format!("Authorization and {name}"), name);
    }
    vec![observation]
}

fn fix(it: &Examination<'_>, _parameter: Option<&BStr>) -> Fix {
    let fix = Fix::words("leave the Authorization header out where the URL is presigned");
    match it.header_line("authorization") {
        Some(line) => fix.edit(line, "", it.header_place("authorization")),
        None => fix,
    }
}

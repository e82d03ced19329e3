use bstr::ByteSlice;

use crate::{
    diagnose::{
        Check, Circumstance, Examination, Fix, Need, Observation, Rule, RuleStage, Tier,
        rules::target::header,
    },
    evidence,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "web-page-instead-of-answer",
    summary: "the host answered with a web page and not as an API",
    stage: RuleStage::Target,
    tier: Tier::B,
    needs: &[Need::Request, Need::Response],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
The host took the request for a visitor's. Some hosts of AWS send to their web site what they do not
recognise as a call, and a proxy or a login page on the way answers in HTML too. The status may be
200, so that the call looks as if it had worked.

## How it shows
`Content-Type: text/html`, or a body that begins with `<!DOCTYPE html>` or `<html>`.

## How it is proved
The answer is HTML, and the catalogue knows the host as one of an API. Why it was not recognised is
another matter: most often the operation is missing or misspelled (`bare-target`).

## Fix
Look at the method, the path, `X-Amz-Target` and `Action` first: `countersign catalog HOST` tells
what the host wants. If they are right, look for a proxy.

## Seen in
`autoscaling.REGION.amazonaws.com` in 2019, called without the target's prefix
",
    check: Check::Observe(observe),
    fix: |it, _| {
        Fix::words(header::look_up(
            it,
            "name the operation as the host's service wants it",
        ))
    },
};

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    let page = it.response().is_some_and(evidence::is_web_page);
    // A bare target explains it, and has its own rule.
    let bare = header::value(it, "x-amz-target").is_some_and(|target| !target.contains(&b'.'));
    // A bucket's or an API's own pages are what was asked for.
    let resource = [
        "s3",
        "s3-website",
        "execute-api",
        "lambda-url",
        "opensearch-domain",
    ];
    let api = header::of_host(it);
    let serves_pages = api.iter().any(|service| resource.contains(&service.id()));
    if !page || bare || api.is_empty() || serves_pages {
        return Vec::new();
    }
    let answer = it
        .response()
        .and_then(|response| response.header("content-type"));
    let answer = answer.map_or("HTML".as_bytes().as_bstr(), |kind| kind.trim().as_bstr());
    vec![Observation::new(Circumstance::Suspected).shows(answer, "an API's answer")]
}

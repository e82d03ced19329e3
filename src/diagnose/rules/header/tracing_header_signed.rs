use bstr::{BStr, BString, ByteSlice};

use crate::{
    diagnose::rules::header::earlier,
    diagnose::{Check, Draft, Examination, Fix, Rule, RuleStage, Tier, Variants},
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "tracing-header-signed",
    summary: "a tracing header was signed and changed afterwards",
    stage: RuleStage::Header,
    tier: Tier::A,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
An agent for tracing puts `traceparent`, `x-amzn-trace-id` or its like on every request, some of
them again on a retry or at each hop. Here one is among the signed headers, and arrived with
another value, or twice.

## How it shows
`SignatureDoesNotMatch` or `InvalidSignatureException`, often from the second attempt on, while
the first works.

## How it is proved
The line is made as the signer's own canonical request, another capture of the request, or a
well-known default has it; then the canonical request hashes to the signer's digest, or the
signature comes out as sent.

## Fix
Leave tracing headers out of the signed headers, or have the agent set them before signing.

## Seen in
aws/aws-sdk-js#4472, open-telemetry/opentelemetry-js#3922,
open-telemetry/opentelemetry-js-contrib#1609, newrelic/newrelic-python-agent#1842,
SamVerschueren/got4aws#2
",
    check: Check::Make(make),
    fix,
};

fn guesses(name: &str, now: &BStr) -> Vec<BString> {
    let mut values: Vec<BString> = Vec::new();
    // Set twice: either of both.
    if let Some((first, _)) = now.split_once_str(",") {
        values.push(first.trim().into());
    }
    if let Some((_, last)) = now.rsplit_once_str(",") {
        values.push(last.trim().into());
    }
    match name {
        "traceparent" | "elastic-apm-traceparent" => {
            let flags = now.len().saturating_sub(2);
            let start = now.get(..flags).unwrap_or_default();
            values.extend(["00", "01"].map(|flag| [start, flag.as_bytes()].concat().into()));
        }
        "x-amzn-trace-id" => {
            let parts: Vec<&[u8]> = now.split_str(";").collect();
            values.extend((1..parts.len()).map(|count| parts[..count].join(&b';').into()));
            // A load balancer puts its own part before those that came.
            values.extend((1..parts.len()).map(|count| parts[count..].join(&b';').into()));
            values.push(now.replace("Sampled=1", "Sampled=0").into());
            values.push(now.replace("Sampled=0", "Sampled=1").into());
        }
        _ => {}
    }
    values
}

/// The headers that this is about.
const NAMES: [&str; 17] = [
    "traceparent",
    "tracestate",
    "x-amzn-trace-id",
    "baggage",
    "b3",
    "x-b3-traceid",
    "x-b3-spanid",
    "x-b3-sampled",
    "x-b3-parentspanid",
    "newrelic",
    "sentry-trace",
    "uber-trace-id",
    "elastic-apm-traceparent",
    "x-cloud-trace-context",
    "x-datadog-trace-id",
    "x-datadog-parent-id",
    "x-datadog-sampling-priority",
];

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    for name in NAMES {
        let Some(now) = draft.header(name) else {
            continue;
        };
        earlier::lines(&RULE, draft, it, name, guesses(name, now), out);
    }
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    Fix::undo(&RULE, it, parameter, "leave it out of the signed headers")
}

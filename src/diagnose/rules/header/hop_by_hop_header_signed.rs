use bstr::{BStr, BString};

use crate::{
    diagnose::rules::header::earlier,
    diagnose::{Check, Draft, Examination, Fix, Rule, RuleStage, Tier, Variants},
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "hop-by-hop-header-signed",
    summary: "a header that belongs to one connection only was signed",
    stage: RuleStage::Header,
    tier: Tier::B,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
`Connection`, `Transfer-Encoding`, `Expect`, `TE` and their kin are for the next hop alone: a
proxy drops them or sets its own. Here one is among the signed headers, and arrived with another
value than was signed.

## How it shows
`SignatureDoesNotMatch` or `InvalidSignatureException`, through a proxy or load balancer, or with
an HTTP library that sets them itself.

## How it is proved
The line is made as the signer's own canonical request, another capture of the request, or a
well-known default has it; then the canonical request hashes to the signer's digest, or the
signature comes out as sent.

## Fix
Leave such headers out of the signed headers.

## Seen in
aws/aws-cli#10123, aws/aws-sdk-java-v2#5895, smithy-lang/smithy-java#1268
",
    check: Check::Make(make),
    fix,
};

fn guesses(name: &str, _now: &BStr) -> Vec<BString> {
    earlier::texts(match name {
        "connection" => &["keep-alive", "close", "Keep-Alive", "Upgrade", "TE"],
        "proxy-connection" => &["keep-alive", "Keep-Alive", "close"],
        "expect" => &["100-continue", "100-Continue"],
        "keep-alive" => &["timeout=5", "timeout=60", "300"],
        "te" => &["trailers", "trailers, deflate"],
        "transfer-encoding" => &["chunked", "identity"],
        "upgrade" => &["websocket", "h2c"],
        _ => &[],
    })
}

/// The headers that this is about.
const NAMES: [&str; 9] = [
    "connection",
    "expect",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
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

use bstr::BStr;

use crate::{
    diagnose::rules::header::{earlier, host_change::without_port},
    diagnose::{Check, Draft, Examination, Fix, Rule, RuleStage, Tier, Variants},
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "host-port-dropped",
    summary: "the port of the Host header was not signed",
    stage: RuleStage::Header,
    tier: Tier::A,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
A service on a port of its own is called with `Host: name:port`, and that is what has to be
signed. The signer took the name alone.

## How it shows
403 `SignatureDoesNotMatch`, only with endpoints on their own port: MinIO, LocalStack, a tunnel.

## How it is proved
The mistake is made, and the canonical request hashes to the signer's digest, or the signature
comes out as sent.

## Fix
Sign the `Host` header exactly as it is sent.

## Seen in
tedder/requests-aws4auth#79, tedder/requests-aws4auth#81, aws/aws-sdk-java-v2#2725, mhart/aws4#21,
arcships/aimux#129
",
    check: Check::Make(make),
    fix,
};

fn make(draft: &Draft, _it: &Examination<'_>, out: &mut Variants<'_>) {
    let Some(host) = draft.header("host") else {
        return;
    };
    let name = without_port(host);
    if name != host {
        out.push(earlier::line(&RULE, draft, "host", Some(name)).of_change());
    }
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    Fix::undo(
        &RULE,
        it,
        parameter,
        "sign the host with its port, as it is sent",
    )
}

use bstr::{BStr, BString, ByteSlice};

use crate::{
    diagnose::rules::header::{earlier, host_change::without_port},
    diagnose::{Check, Draft, Examination, Fix, Rule, RuleStage, Tier, Variants},
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "host-default-port-signed",
    summary: "the default port was signed with the host and is not sent",
    stage: RuleStage::Header,
    tier: Tier::A,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
An endpoint is written with its port, as `https://host:443`. The signer signed `host:443`, and the
HTTP client leaves a default port out of the `Host` header.

## How it shows
403 `SignatureDoesNotMatch`; the canonical request that the service shows has the host without the
port.

## How it is proved
The mistake is made, and the canonical request hashes to the signer's digest, or the signature
comes out as sent.

## Fix
Write the endpoint without `:443` or `:80`, or strip a default port before signing.

## Seen in
aws/aws-cli#2883, s3tools/s3cmd#974, bradenmacdonald/s3-lite-client#6, aws/aws-sdk-go-v2#606,
minio/minio#9169
",
    check: Check::Make(make),
    fix,
};

fn make(draft: &Draft, _it: &Examination<'_>, out: &mut Variants<'_>) {
    let Some(host) = draft
        .header("host")
        .filter(|host| without_port(host) == *host)
    else {
        return;
    };
    for port in [":443", ":80"] {
        let signed = BString::from([host.as_bytes(), port.as_bytes()].concat());
        out.push(earlier::line(&RULE, draft, "host", Some(signed.as_bstr())));
    }
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    Fix::undo(
        &RULE,
        it,
        parameter,
        "leave the default port out of the host before signing",
    )
}

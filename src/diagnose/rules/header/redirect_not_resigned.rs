use bstr::{BStr, BString, ByteSlice};

use crate::{
    diagnose::rules::header::{
        earlier,
        host_change::{HostChange, between, of_s3},
    },
    diagnose::{Check, Draft, Examination, Fix, Rule, RuleStage, Slot, Tier, Variants},
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "redirect-not-resigned",
    summary: "another host was signed than was sent to, as where a redirect is followed unsigned",
    stage: RuleStage::Header,
    tier: Tier::B,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
A new bucket answers 307 with the host of its region, a site answers with or without `www.`. The
HTTP client followed the redirect by itself and sent the old signature, which covers the first
host.

## How it shows
307 `TemporaryRedirect`, then 403 `SignatureDoesNotMatch`.

## How it is proved
The line is made as the signer's own canonical request, another capture of the request, or a
well-known default has it; then the canonical request hashes to the signer's digest, or the
signature comes out as sent.

## Fix
Sign for the regional host from the start; do not follow redirects without signing again.

## Seen in
ansible-collections/community.aws#637, aws/aws-cli#2424, boto/boto3#1982, boto/boto3#1644,
aws/aws-sdk-ruby#133
",
    check: Check::Make(make),
    fix,
};

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    let Some(sent) = draft.header("host") else {
        return;
    };
    let mut hosts = it.other_values("host", sent);
    if let Some(bucket) = of_s3(sent) {
        let region = draft.get(Slot::ScopeRegion);
        let forms: [&[&[u8]]; 5] = [
            &[b"s3.amazonaws.com"],
            &[b"s3.", region, b".amazonaws.com"],
            &[b"s3-", region, b".amazonaws.com"],
            &[b"s3.dualstack.", region, b".amazonaws.com"],
            &[b"s3-external-1.amazonaws.com"],
        ];
        hosts.extend(
            forms
                .iter()
                .map(|form| [bucket.as_bytes(), &form.concat()].concat().into()),
        );
    }
    hosts.push(match sent.strip_prefix(b"www.") {
        Some(rest) => rest.into(),
        None => [b"www.", sent.as_bytes()].concat().into(),
    });
    let around = draft.around_header("host");
    let mut seen: Vec<BString> = Vec::new();
    for host in hosts {
        if between(host.as_bstr(), sent) == HostChange::Redirect && !seen.contains(&host) {
            out.push(earlier::variant(&RULE, &around, Some(host.as_bstr())).of_change());
            seen.push(host);
        }
    }
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    Fix::undo(
        &RULE,
        it,
        parameter,
        "sign again for the host that is called",
    )
}

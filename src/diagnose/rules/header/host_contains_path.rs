use bstr::{BStr, BString, ByteSlice};

use crate::{
    diagnose::rules::header::earlier,
    diagnose::{Check, Draft, Examination, Fix, Rule, RuleStage, Slot, Tier, Variants},
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "host-contains-path",
    summary: "the host was signed with a path or scheme in it",
    stage: RuleStage::Header,
    tier: Tier::C,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
An endpoint that has a path of its own (`https://localhost:8080/s3`) was taken for the host as a
whole, so the `host:` line has the path, or the scheme, in it.

## How it shows
403 `SignatureDoesNotMatch` for every call to such an endpoint.

## How it is proved
The mistake is made, and the canonical request hashes to the signer's digest, or the signature
comes out as sent.

## Fix
Split the endpoint into scheme, authority and path, and sign the authority as host.

## Seen in
s3tools/s3cmd#1366
",
    check: Check::Make(make),
    fix,
};

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    let Some(host) = draft.header("host").filter(|host| !host.is_empty()) else {
        return;
    };
    let path = it
        .request()
        .map_or(draft.get(Slot::CanonicalUri), |request| request.path());
    let first = path
        .get(1..)
        .and_then(|rest| rest.split_str("/").next())
        .unwrap_or_default();
    let mut texts: Vec<BString> = vec![
        [host.as_bytes(), path].concat().into(),
        [host.as_bytes(), b"/"].concat().into(),
        [b"https://", host.as_bytes()].concat().into(),
        [b"http://", host.as_bytes()].concat().into(),
        [b"https://", host.as_bytes(), b"/"].concat().into(),
    ];
    if !first.is_empty() {
        texts.push([host.as_bytes(), b"/", first].concat().into());
    }
    texts.extend(
        it.other_values("host", host)
            .into_iter()
            .filter(|value| value.contains(&b'/')),
    );
    let around = draft.around_header("host");
    let mut seen: Vec<BString> = Vec::new();
    for text in texts {
        if !seen.contains(&text) {
            out.push(earlier::variant(&RULE, &around, Some(text.as_bstr())));
            seen.push(text);
        }
    }
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    Fix::undo(&RULE, it, parameter, "sign the authority alone as host")
}

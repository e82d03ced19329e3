use bstr::{BStr, BString, ByteSlice};

use crate::{
    diagnose::{
        AwsCheck, Check, Circumstance, Examination, Fix, Observation, Rule, RuleStage, Tier,
    },
    evidence::Statement,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "host-not-signed",
    summary: "the host is not among the signed headers",
    stage: RuleStage::Authorization,
    tier: Tier::B,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
Every signature covers the header `host`. The list of signed headers is empty or lacks it.

## How it shows
*'Host' must be a 'SignedHeader' in the AWS Authorization.* (newer: *'Host' or ':authority' …*);
Amazon S3 answers *There were headers present in the request which were not signed*, with
`<HeadersNotSigned>host</HeadersNotSigned>`.

## How it is proved
The service says so, or the list stands in the request.

## Fix
Put `host` into the canonical headers and into the list, and sign again.

## Seen in
NetSPI/AWSSigner#3, brendanhay/amazonka#272, dacut/scratchstack-aws-signature (docs)
",
    check: Check::Observe(observe),
    fix,
};

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    // A list that was encoded twice is another mistake.
    if it.passed(AwsCheck::HostSigned) || it.lists_names_encoded() {
        return Vec::new();
    }
    let said = it.states(|statement| match statement {
        Statement::HeadersNotSigned(names) => Some(names.iter().any(|name| is_host(name))),
        _ => None,
    });
    let names = it.signed_names();
    let lacks = names
        .as_ref()
        .is_some_and(|names| !names.iter().any(|name| is_host(name)));
    if said != Some(true) && !lacks {
        return Vec::new();
    }
    let text = bstr::join(";", names.unwrap_or_default());
    let observation = Observation::new(Circumstance::Stated)
        .shows(text.clone(), with_host(&text))
        .at(it.locate(&text));
    vec![observation]
}

fn is_host(name: &[u8]) -> bool {
    name.eq_ignore_ascii_case(b"host") || name.eq_ignore_ascii_case(b":authority")
}

fn with_host(text: &[u8]) -> BString {
    let mut names: Vec<&[u8]> = text
        .split_str(";")
        .filter(|name| !name.is_empty())
        .collect();
    names.push(b"host");
    names.sort_unstable();
    bstr::join(";", names).into()
}

fn fix(it: &Examination<'_>, _parameter: Option<&BStr>) -> Fix {
    let fix = Fix::words("put host into the canonical headers and into the list, and sign again");
    let Some(stated) = it.stated() else {
        return fix;
    };
    let text = &stated.authorization.signed_headers;
    let line = |names: &[u8]| BString::from([b"SignedHeaders=", names].concat());
    let from = line(text);
    let at = it.locate(&from);
    fix.edit(from, line(&with_host(text)), at)
}

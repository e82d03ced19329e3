use bstr::{BStr, BString, ByteSlice};

use crate::{
    diagnose::{
        AwsCheck, Check, Circumstance, Examination, Fix, Observation, Rule, RuleStage, Tier,
    },
    evidence::Statement,
    sigv4::Placement,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "x-amz-header-not-signed",
    summary: "a header that has to be signed is not",
    stage: RuleStage::Header,
    tier: Tier::A,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
Every `x-amz-*` header of a request to Amazon S3 has to be among the signed headers. One was added
after signing: metadata, an ACL, a checksum or a key for encryption, often on a presigned upload.

## How it shows
403 `AccessDenied`, *There were headers present in the request which were not signed*, with
`HeadersNotSigned`.

## How it is proved
The service names the header; or it stands in a request to Amazon S3 and not in `SignedHeaders`.

## Fix
Give the header to the signer, or leave it off.

## Seen in
aws/aws-sdk-java#1680, aws/aws-sdk-js#896, aws/aws-sdk-js-v3#3906, brendanhay/amazonka#272,
minio/minio#16893
",
    check: Check::Observe(observe),
    fix,
};

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    let names = unsigned(it);
    let Some(first) = names.first() else {
        return Vec::new();
    };
    let observation = Observation::new(Circumstance::Stated)
        .named(bstr::join(", ", &names))
        .at(first.to_str().ok().and_then(|name| it.header_place(name)));
    vec![observation]
}

/// The headers, as the service names them, else as they can be seen.
fn unsigned(it: &Examination<'_>) -> Vec<BString> {
    let said = it.states(|statement| match statement {
        Statement::HeadersNotSigned(names) => Some(names.clone()),
        _ => None,
    });
    // The host, and a header that the service wants to be there, are other mistakes.
    let others = ["host", "x-amz-content-sha256"];
    if let Some(mut said) = said {
        said.retain(|name| {
            !others.iter().any(|other| name == other) || it.is_for_s3() && name == others[1]
        });
        return said;
    }
    let signed = it
        .signed_names()
        .filter(|_| it.is_for_s3() && !it.passed(AwsCheck::HostSigned));
    let (Some(signed), Some(request)) = (signed, it.request()) else {
        return Vec::new();
    };
    let mut names: Vec<BString> = request
        .headers
        .iter()
        .map(|field| BString::from(field.name.to_ascii_lowercase()))
        .filter(|name| name.starts_with(b"x-amz-") && !signed.contains(name))
        .collect();
    names.sort();
    names.dedup();
    names
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    let names = parameter.unwrap_or_default();
    let fix = Fix::words([b"give the signer ".as_slice(), names, b", or leave it off"].concat());
    let Some(stated) = it.stated() else {
        return fix;
    };
    let text = &stated.authorization.signed_headers;
    let all = text.split_str(";").chain(names.split_str(", "));
    let mut all: Vec<&[u8]> = all.filter(|name| !name.is_empty()).collect();
    all.sort_unstable();
    all.dedup();
    let glue: &str = match stated.placement {
        Placement::Header | Placement::Form => ";",
        Placement::Query => "%3B",
    };
    let from = bstr::join(glue, text.split_str(";"));
    let at = it.locate(&from);
    fix.edit(from, bstr::join(glue, all), at)
}

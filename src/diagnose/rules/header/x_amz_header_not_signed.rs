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
AWS's rules want the same of every service. Clients that leave `x-amz-target` unsigned get answers
all the same; of the time and the session token, that is not known.

## How it shows
403 `AccessDenied`, *There were headers present in the request which were not signed*, with
`HeadersNotSigned`.

## How it is proved
The service names the header; or it stands in a request to Amazon S3 and not in `SignedHeaders`. Of
other services it is a suspicion: none of them is known to say so.

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
    let (names, circumstance) = match unsigned(it) {
        names if names.is_empty() => (unsigned_elsewhere(it), Circumstance::Suspected),
        names => (names, Circumstance::Stated),
    };
    let Some(first) = names.first() else {
        return Vec::new();
    };
    let observation = Observation::new(circumstance)
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
        // One that Amazon S3 lists is there, and is not signed.
        let is_there = it.is_for_s3() || it.is_told_of_unsigned_headers();
        said.retain(|name| {
            !others.iter().any(|other| name == other) || is_there && name == others[1]
        });
        return said;
    }
    let signed = it
        .signed_names()
        .filter(|_| it.is_for_s3() && !it.passed(AwsCheck::HostSigned));
    signed.map_or_else(Vec::new, |signed| sent_beside(it, &signed))
}

/// The headers of a request to another service that its rules want signed, and that it may not
/// insist on: no service is known to say so.
fn unsigned_elsewhere(it: &Examination<'_>) -> Vec<BString> {
    const NAMES: [&str; 2] = ["x-amz-date", "x-amz-security-token"];
    let is_open = it.is_signed_in_header() && !it.is_for_s3() && it.is_at_aws();
    let signed = it.signed_names().filter(|_| is_open && !it.accepted());
    let mut names = signed.map_or_else(Vec::new, |signed| sent_beside(it, &signed));
    names.retain(|name| NAMES.iter().any(|own| name == own));
    names
}

/// The `x-amz-*` headers that the request has and its list of signed headers has not.
fn sent_beside(it: &Examination<'_>, signed: &[BString]) -> Vec<BString> {
    let fields = it
        .request()
        .into_iter()
        .flat_map(|request| &request.headers);
    let names = fields.map(|field| BString::from(field.name.to_ascii_lowercase()));
    let mut names: Vec<BString> = names
        .filter(|name| name.starts_with(b"x-amz-") && !signed.contains(name))
        .collect();
    names.sort();
    names.dedup();
    names
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    let names = parameter.unwrap_or_default();
    let has = |name: &str| names.split_str(", ").any(|own| own == name.as_bytes());
    let needed = has("x-amz-date") || has("x-amz-security-token");
    let or_not: &[u8] = if needed { b"" } else { b", or leave it off" };
    let fix = Fix::words([b"give the signer ".as_slice(), names, or_not].concat());
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

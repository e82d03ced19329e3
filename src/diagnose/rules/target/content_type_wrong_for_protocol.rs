use bstr::{BStr, BString, ByteSlice};

use crate::diagnose::{
    Check, Circumstance, Examination, Fix, Need, Observation, Rule, RuleStage, Tier,
    rules::target::header,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "content-type-wrong-for-protocol",
    summary: "Content-Type is not the one of the service's protocol",
    stage: RuleStage::Target,
    tier: Tier::B,
    needs: &[Need::Request],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
Services that read `X-Amz-Target` want the content type `application/x-amz-json-1.0` or `-1.1`; each
has one of the two. The request has another, such as `application/json` or the
`application/x-www-form-urlencoded` that HTTP clients add to a POST by themselves.

## How it shows
HTTP 400 or 404 with `UnknownOperationException`, or `SerializationException`.

## How it is proved
The catalogue has the protocol and its version for the operation that the target names. The other
version of the two is a suspicion only: many services take both.

## Fix
Set the header before signing; where it is signed, sign again.

## Seen in
aws/aws-sdk-net#1536, the source of mhart/dynalite
",
    check: Check::Observe(observe),
    fix,
};

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    let Some((stated, right)) = wrong(it) else {
        return Vec::new();
    };
    let circumstance = match stated
        .to_ascii_lowercase()
        .starts_with(b"application/x-amz-json-")
    {
        true => Circumstance::Suspected,
        false => Circumstance::Known,
    };
    let place = header::place(it, "content-type");
    vec![
        Observation::new(circumstance)
            .shows(stated, right.clone())
            .named(right)
            .at(place),
    ]
}

/// The content type as sent and the right one, where they differ; a browser's way in CBOR is none.
fn wrong(it: &Examination<'_>) -> Option<(BString, BString)> {
    let stated = header::value(it, "content-type")?;
    let right: Vec<String> = header::of_target(it)
        .filter_map(|one| one.service.content_type())
        .collect();
    let media = stated.split_str(";").next()?.trim();
    let is = |right: &String| media.eq_ignore_ascii_case(right.as_bytes());
    let first = right.first()?;
    (!right.iter().any(is)).then(|| (stated.to_owned(), first.as_str().into()))
}

fn fix(it: &Examination<'_>, right: Option<&BStr>) -> Fix {
    let edited = right.and_then(|right| {
        let from = header::line(it, "content-type")?;
        Some((from, header::line_with(it, "content-type", right)?))
    });
    match edited {
        Some((from, to)) => Fix::words("set the content type before signing; curl -d and many libraries send one of their own where none is set").edit(
            from,
            to,
            header::place(it, "content-type"),
        ),
        None => Fix::words("set the content type of the service's protocol before signing"),
    }
}

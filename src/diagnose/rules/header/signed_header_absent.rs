use bstr::{BStr, BString};

use crate::{
    diagnose::{Check, Circumstance, Examination, Fix, Observation, Rule, RuleStage, Tier},
    evidence::Statement,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "signed-header-absent",
    summary: "a signed header is not on the request",
    stage: RuleStage::Header,
    tier: Tier::B,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
The list of signed headers names one that the request does not have: the signer set it and the
program that sends could not (a browser forbids some), or a proxy took it away.

## How it shows
`IncompleteSignatureException`, *'accept' is named as a SignedHeader, but it does not exist in the
HTTP request.*

## How it is proved
The service names the header; or the request was seen as it travelled and lacks it.

## Fix
Send the header as it was signed, or take it from the list and sign again.

## Seen in
awslabs/aws-mobile-appsync-sdk-js#702
",
    check: Check::Observe(observe),
    fix,
};

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    let said = it.states(|statement| match statement {
        Statement::SignedHeaderAbsent(name) => Some(vec![name.clone()]),
        _ => None,
    });
    let own = || absent(it).filter(|_| !it.accepted());
    let names = said.or_else(own).unwrap_or_default();
    let Some(first) = names.first() else {
        return Vec::new();
    };
    let observation = Observation::new(Circumstance::Stated)
        .named(bstr::join(", ", &names))
        .at(it.locate(first));
    vec![observation]
}

/// Headers of the list that a request which was seen whole does not have.
fn absent(it: &Examination<'_>) -> Option<Vec<BString>> {
    // A date that is missing is another mistake; a length is added by whoever sends.
    const OTHERS: [&str; 5] = [
        "host",
        "x-amz-date",
        "date",
        "content-length",
        "transfer-encoding",
    ];
    let request = it.request().filter(|_| it.is_seen_whole())?;
    let names = it.signed_names()?.into_iter().filter(|name| {
        let other = name.starts_with(b":") || OTHERS.iter().any(|other| name == other);
        let has = request
            .headers
            .iter()
            .any(|field| field.name.eq_ignore_ascii_case(name));
        !other && !has
    });
    Some(names.collect())
}

fn fix(_it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    let names = parameter.unwrap_or_default();
    Fix::words(
        [
            b"send ".as_slice(),
            names,
            b" as it was signed, or sign without it",
        ]
        .concat(),
    )
}

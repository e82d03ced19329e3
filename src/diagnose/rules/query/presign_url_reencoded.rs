use bstr::{BStr, BString, ByteSlice};

use crate::{
    diagnose::rules::{escapes, query::line},
    diagnose::stated::before_reencoding,
    diagnose::{
        Check, Circumstance, Draft, Examination, Fix, Observation, Rule, RuleStage, Slot, Tier,
        Variants,
    },
    sigv4::{PathEncoding, Placement},
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "presign-url-reencoded",
    summary: "a presigned URL was encoded or escaped again after it was signed",
    stage: RuleStage::Query,
    tier: Tier::B,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
A library, a template or a mail program changed the URL: `%2F` became `%252F`, `&` became `&amp;`.
The service decodes once and finds other names and values than were signed.

## How it shows
400 `AuthorizationQueryParametersError`, *the Credential is mal-formed*, where the credential is
hit; else 403 `SignatureDoesNotMatch`.

## How it is proved
The URL itself shows it: a credential that still has `%2F` when it is decoded, or parameters
called `amp;X-Amz-…`. A URL that was pasted with `&amp;`, and not as part of a page, may have been
used so, or not: that is only suspected. Else one layer is taken off again, and the signature comes out as sent.

## Fix
Pass the URL on untouched: no template escaping in scripts, no second encoding.

## Seen in
localstack/localstack#10844, jumpstarter-dev/jumpstarter#662, s3tools/s3cmd#983,
TTLabs/EvaporateJS#491, aws/aws-sdk-java#1680
",
    check: Check::Both { observe, make },
    fix,
};

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    let Some(query) = it.request_or_hint().and_then(|request| request.query()) else {
        return Vec::new();
    };
    let Some(repaired) = before_reencoding(query) else {
        return is_pasted_escaped(it).then(pasted).into_iter().collect();
    };
    vec![
        Observation::new(Circumstance::Stated)
            .shows(query, repaired)
            .at(it.locate(query)),
    ]
}

/// Whether the URL was captured with HTML's escapes where no page called for them.
fn is_pasted_escaped(it: &Examination<'_>) -> bool {
    let mut requests = it.attempt().requests.iter();
    it.is_presigned()
        && requests
            .next()
            .is_some_and(|claim| claim.text.contains_str("&amp;X-Amz-"))
}

/// What is used may have been unescaped by then, so it is no more than possible.
fn pasted() -> Observation {
    Observation::new(Circumstance::Suspected)
        .sign("the URL was captured with &amp; for &, and not in a page of HTML or XML")
}

fn undo(text: &BStr) -> BString {
    escapes::map(text, |_, byte| (byte == b'%').then(|| b"%".to_vec()))
}

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    if it
        .stated()
        .is_none_or(|stated| stated.placement != Placement::Query)
    {
        return;
    }
    let (uri, line) = (
        draft.get(Slot::CanonicalUri),
        draft.get(Slot::CanonicalQuery),
    );
    let once = |text: &BStr| match escapes::is_encoded_twice(text) {
        true => undo(text),
        false => text.to_owned(),
    };
    let query = line::map(draft, once);
    let path = once(uri);
    let variant = |form: &str| RULE.variant().named(form);
    if query != line {
        out.push(variant("the query was encoded twice").with(Slot::CanonicalQuery, query.clone()));
    }
    if path != uri && it.recipe().path_encoding == PathEncoding::Once {
        out.push(variant("the path was encoded twice").with(Slot::CanonicalUri, path.clone()));
        if query != line {
            let both = variant("path and query were encoded twice").with(Slot::CanonicalUri, path);
            out.push(both.with(Slot::CanonicalQuery, query));
        }
    }
    let mut pairs = line::pairs(draft);
    pairs.retain(|pair| pair.name != "amp%3BX-Amz-Signature");
    for pair in &mut pairs {
        if let Some(name) = pair.name.strip_prefix(b"amp%3B") {
            pair.name = name.into();
        }
    }
    pairs.sort_by(|one, other| (&one.name, &one.value).cmp(&(&other.name, &other.value)));
    out.push(variant("& was escaped as &amp;").with(Slot::CanonicalQuery, line::join(&pairs)));
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    const WORDS: &str = "pass the URL on as it was signed";
    let query = it.request_or_hint().and_then(|request| request.query());
    match query.and_then(|query| Some((query, before_reencoding(query)?))) {
        Some((query, repaired)) => Fix::words(WORDS).edit(query, repaired, it.locate(query)),
        None if is_pasted_escaped(it) => {
            Fix::words(WORDS).edit("&amp;", "&", it.locate("&amp;".as_bytes()))
        }
        None => Fix::undo(&RULE, it, parameter, WORDS),
    }
}

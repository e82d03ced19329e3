use bstr::{BStr, BString, ByteSlice};

use crate::{
    diagnose::rules::authorization::loose::Loose,
    diagnose::{
        AwsCheck, Check, Circumstance, Examination, Fix, Observation, Rule, RuleStage, Tier,
    },
    evidence::{Statement, holds_mask, is_mask},
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "credential-not-five-parts",
    summary: "the credential lacks one of its five parts, or has more",
    stage: RuleStage::Authorization,
    tier: Tier::B,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: r#"## What goes wrong
`Credential` is the access key id, the date, the region, the service and `aws4_request`, with
slashes between. The request has fewer, or more: a part was forgotten, or the key id holds a slash. Or
the key id is empty: the signer got none.

## How it shows
400 `IncompleteSignature`, *Credential must have exactly 5 slash-delimited elements, e.g.
keyid/date/region/service/term, got '…'*; Amazon S3: *the Credential is mal-formed; expecting
"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".* or *a non-empty Access Key (AKID) must be provided
in the credential.*

## How it is proved
The service says so, or the parts are counted.

## Fix
Put the five parts together.

## Seen in
mhart/dynalite (source), deliciousbrains/wp-amazon-s3-and-cloudfront#460, krobertson/deb-s3#157,
anomalizer/ngx_aws_auth#30
"#,
    check: Check::Observe(observe),
    fix,
};

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    if it.passed(AwsCheck::Credential) {
        return Vec::new();
    }
    let said = it.states(|statement| match statement {
        Statement::CredentialMalformed(got) => Some(got.clone()),
        _ => None,
    });
    let own = credential(it).filter(|text| text.split_str("/").count() != wanted(it));
    // One that was cut, or taken out, may have had all.
    let own = own.filter(|text| !is_mask(text) && !holds_mask(text));
    // An escape that was never undone is another mistake: the URL was encoded twice.
    if credential(it).is_some_and(|text| text.contains_str("%2F")) {
        return Vec::new();
    }
    let Some(text) = own.or(said.clone().flatten()) else {
        let stated = said.map(|_| Observation::new(Circumstance::Stated));
        return stated.into_iter().collect();
    };
    let parts: Vec<&[u8]> = text.split_str("/").collect();
    // Where the value ends with it, the rest may stand on a line below.
    let ends = it
        .authorization_text()
        .is_some_and(|value| value.ends_with(&text));
    let circumstance = match said.is_none() && ends && parts.len() < wanted(it) {
        true => Circumstance::Suspected,
        false => Circumstance::Stated,
    };
    let mut observation = Observation::new(circumstance)
        .shows(text.clone(), right(it).unwrap_or_else(|| FORM.into()))
        .named(format!("{} parts", parts.len()))
        .at(it.locate(&text));
    if let Some(missing) = missing(&parts) {
        observation = observation.sign(missing);
    }
    vec![observation]
}

/// How many parts there are: a signature for all regions names none.
fn wanted(it: &Examination<'_>) -> usize {
    let algorithm = it.stated().map(|stated| &stated.authorization.algorithm);
    match algorithm.is_some_and(|algorithm| algorithm == "AWS4-ECDSA-P256-SHA256") {
        true => 4,
        false => 5,
    }
}

const FORM: &str = "KEY/YYYYMMDD/REGION/SERVICE/aws4_request";

fn credential(it: &Examination<'_>) -> Option<BString> {
    let in_query = it.parameter("X-Amz-Credential");
    let in_header = || {
        let loose = Loose::of(it.authorization_text()?);
        let credential = loose.credential()?.trim();
        loose.is_version_4().then(|| credential.into())
    };
    in_query.or_else(in_header)
}

/// Which part is not there, where that can be seen.
fn missing(parts: &[&[u8]]) -> Option<&'static str> {
    let is_date = |part: &&[u8]| part.len() == 8 && part.iter().all(u8::is_ascii_digit);
    if parts.len() >= 5 {
        return None;
    }
    if !parts.iter().any(is_date) {
        return Some("there is no date of eight digits");
    }
    if parts.last() != Some(&&b"aws4_request"[..]) {
        return Some("it does not end with aws4_request");
    }
    None
}

/// The credential that would be right, where every part of it is known.
fn right(it: &Examination<'_>) -> Option<BString> {
    let credential = credential(it)?;
    let id = credential.split_str("/").next()?;
    let time = it.stated()?.time()?;
    let expected = it.expected();
    let (region, service) = (expected.regions.first()?, expected.services.first()?);
    let parts: [&[u8]; 5] = [id, time.date(), region, service, b"aws4_request"];
    Some(parts.join(&b'/').into())
}

fn fix(it: &Examination<'_>, _parameter: Option<&BStr>) -> Fix {
    let fix = Fix::words("write KEY/YYYYMMDD/REGION/SERVICE/aws4_request");
    match (credential(it), right(it)) {
        (Some(text), Some(right)) if text == right => Fix::words(
            "the credential is right as captured, so the service got another: look for what escapes or encodes the URL once more on its way, as &amp; for & does",
        ),
        (Some(text), Some(right)) => fix.edit(text.clone(), right, it.locate(&text)),
        _ => fix,
    }
}

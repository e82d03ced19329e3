use bstr::{BStr, BString};

use crate::{
    diagnose::{
        Check, Circumstance, Draft, Examination, Fix, Observation, Rule, RuleStage, Slot, Tier,
        Variants,
    },
    evidence::Statement,
    sigv4::{PayloadHash, PayloadRule},
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "content-sha256-header-missing",
    summary: "x-amz-content-sha256 is not there",
    stage: RuleStage::Payload,
    tier: Tier::A,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
Amazon S3 and its kin want the header `x-amz-content-sha256` on every request that is signed in its
header: the hash of the body, or a keyword such as `UNSIGNED-PAYLOAD`. A signer made for other
services does not send it. Or it signs `UNSIGNED-PAYLOAD` and does not say so there, which
payload-hash-miswritten sees too, and is named beside this rule.

## How it shows
400 `InvalidRequest`, *Missing required header for this request: x-amz-content-sha256*.

## How it is proved
The service says so; or the request is for a host of Amazon S3, was seen as it travelled, and lacks
the header. With the keyword in the payload's place the canonical request hashes to the signer's digest,
or the signature comes out as sent.

## Fix
Send the header and sign it.

## Seen in
aws/aws-cli#2138, request/request#2708, curl/curl#8810, awslabs/aws-sdk-rust#291,
avi-wish/aws4-signature-php#1
",
    check: Check::Both { observe, make },
    fix,
};

const NAME: &str = "x-amz-content-sha256";

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    let said = it.says(&Statement::HeaderMissing(NAME.into()));
    let lacks = it.header(NAME).is_none() && it.is_seen_whole() && it.is_signed_in_header();
    let own = lacks
        && it.is_for_s3()
        && it.is_at_aws()
        && !signed(it)
        && it.header("authorization").is_some()
        && !it.accepted();
    let circumstance = match (said, own) {
        (true, _) => Circumstance::Stated,
        (false, true) => Circumstance::Known,
        (false, false) => return Vec::new(),
    };
    let mut observation = Observation::new(circumstance).at(it.header_place("authorization"));
    if let Some(hash) = hash(it) {
        observation = observation.named(hash);
    }
    vec![observation]
}

/// A keyword in the payload's place that only this header could state.
fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    let lacks = draft.header(NAME).is_none() && it.header(NAME).is_none();
    if lacks && it.recipe().payload == PayloadRule::Stated && it.is_signed_in_header() {
        let keyword = PayloadHash::UNSIGNED.text();
        out.push(RULE.variant().with(Slot::PayloadHash, keyword));
    }
}

/// Whether the list of signed headers has it: then it was taken away.
fn signed(it: &Examination<'_>) -> bool {
    it.signed_names()
        .is_some_and(|names| names.iter().any(|name| name == NAME))
}

/// What the header should hold: the body's hash.
pub(super) fn hash(it: &Examination<'_>) -> Option<BString> {
    let body = it.request()?.body.bytes()?;
    Some(PayloadHash::of(body).text())
}

/// The header as a line to add.
pub(super) fn line(it: &Examination<'_>) -> BString {
    let hash = hash(it).unwrap_or_else(|| PayloadHash::UNSIGNED.text());
    [b"x-amz-content-sha256: ".as_slice(), &hash]
        .concat()
        .into()
}

fn fix(it: &Examination<'_>, _parameter: Option<&BStr>) -> Fix {
    Fix::words("send x-amz-content-sha256, and sign it").edit(
        "",
        line(it),
        it.header_place("authorization"),
    )
}

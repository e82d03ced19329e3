use bstr::{BStr, BString, ByteSlice};

use crate::{
    diagnose::rules::payload::content_sha256_header_missing,
    diagnose::{
        Check, Circumstance, Draft, Examination, Fix, Observation, Rule, RuleStage, Slot, Tier,
        Variants,
    },
    evidence::{Statement, is_mask},
    sigv4::PayloadHash,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "x-amz-content-sha256-value-invalid",
    summary: "x-amz-content-sha256 is neither a hash nor a keyword",
    stage: RuleStage::Payload,
    tier: Tier::B,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
The header holds the SHA-256 of the body as 64 lower-case hex digits, or one of the keywords
(`UNSIGNED-PAYLOAD`, `STREAMING-AWS4-HMAC-SHA256-PAYLOAD` and their kin). The request has something
else: Base64, another hash, or a keyword that there is not.

## How it shows
Amazon S3 answers 400 `InvalidArgument`, *x-amz-content-sha256 must be UNSIGNED-PAYLOAD, …, or a
valid sha256 value.*

## How it is proved
The service says so, or the value stands in a request to Amazon S3. With the secret or the signer's
text it is signed as it stands: when signature or digest come out, this is the whole mistake. Hex digits in capitals may be
taken; there it is a suspicion.

## Fix
Send the hash in lower-case hex, or `UNSIGNED-PAYLOAD`.

## Seen in
versity/versitygw (source, which mirrors Amazon S3)
",
    check: Check::Both { observe, make },
    fix,
};

const NAME: &str = "x-amz-content-sha256";

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    let said = it.says(&Statement::PayloadHashMalformed);
    let value = it.header(NAME).map(|value| value.trim().as_bstr());
    let invalid = value.filter(|value| PayloadHash::parse(value).is_err());
    let masked = value.is_some_and(|value| is_mask(value));
    let own = invalid.is_some() && !masked && it.is_for_s3() && !it.accepted();
    // Another server may not know a keyword that Amazon S3 does: that is another mistake.
    let foreign = value.is_some_and(|value| value.starts_with(b"STREAMING-")) && invalid.is_none();
    if !(said && !foreign || own) {
        return Vec::new();
    }
    let is_hex = |value: &BStr| value.len() == 64 && value.iter().all(u8::is_ascii_hexdigit);
    let circumstance = match invalid.is_some_and(is_hex) && !said {
        true => Circumstance::Suspected,
        false => Circumstance::Stated,
    };
    let expected = right(it);
    vec![
        Observation::new(circumstance)
            .shows(value.unwrap_or_default(), expected)
            .at(it.header_place(NAME)),
    ]
}

/// The value as it is sent, signed as it is.
fn make(_draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    let value = it.header(NAME).map(|value| value.trim().as_bstr());
    let invalid = value.filter(|value| PayloadHash::parse(value).is_err());
    out.extend(invalid.map(|value| RULE.variant().with(Slot::PayloadHash, value)));
}

fn right(it: &Examination<'_>) -> BString {
    content_sha256_header_missing::hash(it).unwrap_or_else(|| PayloadHash::UNSIGNED.text())
}

fn fix(it: &Examination<'_>, _parameter: Option<&BStr>) -> Fix {
    let fix = Fix::words("send the hash of the body in lower-case hex, and sign again");
    match it.header_line(NAME) {
        Some(line) => fix.edit(
            line,
            content_sha256_header_missing::line(it),
            it.header_place(NAME),
        ),
        None => fix,
    }
}

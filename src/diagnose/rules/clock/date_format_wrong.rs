use bstr::{BStr, BString, ByteSlice};

use crate::{
    diagnose::{
        AwsCheck, Check, Circumstance, Examination, Fix, Observation, Rule, RuleStage, Tier,
    },
    evidence::Statement,
    sigv4::Timestamp,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "date-format-wrong",
    summary: "the signing time is not in ISO 8601's basic form",
    stage: RuleStage::Clock,
    tier: Tier::C,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: r#"## What goes wrong
`X-Amz-Date` is written `YYYYMMDDTHHMMSSZ`: eight digits, `T`, six digits, `Z`, always in UTC. The
request has dashes and colons, fractions of a second, an offset, or the form of the `Date` header.

## How it shows
400 `IncompleteSignatureException`, *Date must be in ISO-8601 'basic format'. Got '…'.*; Amazon S3:
*X-Amz-Date must be in the ISO8601 Long Format "yyyyMMdd'T'HHmmss'Z'"*.

## How it is proved
The service says so, or it stands in the request.

## Fix
Write the basic form, in the header (or parameter) and in the string to sign.

## Seen in
mhart/dynalite (source), minio/minio (source)
"#,
    check: Check::Observe(observe),
    fix,
};

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    let said = it.states(|statement| match statement {
        Statement::TimestampMalformed(got) => Some(got.clone()),
        _ => None,
    });
    let own = wrong(it).filter(|_| !it.passed(AwsCheck::DateFormat));
    let Some(text) = own.or(said.clone().flatten()) else {
        let stated = said.map(|_| Observation::new(Circumstance::Stated));
        return stated.into_iter().collect();
    };
    vec![
        Observation::new(Circumstance::Stated)
            .shows(
                text.clone(),
                right(&text).unwrap_or_else(|| "YYYYMMDDTHHMMSSZ".into()),
            )
            .at(it.locate(&text)),
    ]
}

/// The date as it stands in the request, where it has another form.
fn wrong(it: &Examination<'_>) -> Option<BString> {
    let header = || Some(it.header("x-amz-date")?.trim().into());
    let text: BString = it.parameter("X-Amz-Date").or_else(header)?;
    let signed = it.is_presigned()
        || it
            .authorization_text()
            .is_some_and(|text| text.trim().starts_with(b"AWS4"));
    (signed && Timestamp::parse(&text).is_err()).then_some(text)
}

/// The same time in the right form.
fn right(text: &[u8]) -> Option<BString> {
    Timestamp::parse_any(text).map(|time| time.as_bstr().into())
}

fn fix(it: &Examination<'_>, _parameter: Option<&BStr>) -> Fix {
    let fix = Fix::words("write YYYYMMDDTHHMMSSZ in UTC, there and in the string to sign");
    match wrong(it).and_then(|text| Some((right(&text)?, text))) {
        Some((right, text)) => fix.edit(text.clone(), right, it.locate(&text)),
        None => fix,
    }
}

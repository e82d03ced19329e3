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

/// The same time in the right form; `None` where the zone is not told.
fn right(text: &[u8]) -> Option<BString> {
    let time = Timestamp::parse_any(text).or_else(|| unpunctuated(text))?;
    Some(time.as_bstr().into())
}

/// A time in digits alone: with a fraction and no mark before it, without the `T`, or counted from
/// the start of 1970.
fn unpunctuated(text: &[u8]) -> Option<Timestamp> {
    const SECONDS: usize = 14;
    let (text, is_utc) = match text.strip_suffix(b"Z") {
        Some(text) => (text, true),
        None => (text, false),
    };
    let digits: Vec<u8> = match text.split_at_checked(8) {
        Some((date, [b'T', time @ ..])) => [date, time].concat(),
        _ => text.to_vec(),
    };
    let number = || digits.to_str().ok()?.parse::<i64>().ok();
    match digits.len() {
        _ if !digits.iter().all(u8::is_ascii_digit) => None,
        10 if !is_utc => Timestamp::of_unix(number()?),
        13 if !is_utc => Timestamp::of_unix(number()? / 1_000),
        SECONDS.. if is_utc => {
            let (date, time) = digits[..SECONDS].split_at(8);
            Timestamp::parse(&[date, b"T", time, b"Z"].concat()).ok()
        }
        _ => None,
    }
}

fn fix(it: &Examination<'_>, _parameter: Option<&BStr>) -> Fix {
    let fix = Fix::words("write YYYYMMDDTHHMMSSZ in UTC, there and in the string to sign");
    match wrong(it).and_then(|text| Some((right(&text)?, text))) {
        Some((right, text)) => fix.edit(text.clone(), right, it.locate(&text)),
        None => fix,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_in_digits_is_written_anew_where_its_zone_is_told() {
        let right = |text: &str| right(text.as_bytes()).map(|text| text.to_string());
        for text in [
            "20260901T120000123Z",
            "20260901T120000.123Z",
            "20260901120000Z",
            "1788264000",
            "1788264000123",
            "2026-09-01T14:00:00+02:00",
        ] {
            assert_eq!(right(text).as_deref(), Some("20260901T120000Z"), "{text}");
        }
        for text in [
            "20260901T120000",
            "20260901",
            "20261301T120000Z",
            "",
            "Z",
            "é",
        ] {
            assert_eq!(right(text), None, "{text}");
        }
    }
}

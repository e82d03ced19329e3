use bstr::{BStr, ByteSlice};

use crate::{
    diagnose::{Check, Circumstance, Examination, Fix, Observation, Rule, RuleStage, Tier},
    evidence::{Refusal, Statement},
    sigv4::Timestamp,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "presign-expired",
    summary: "the presigned URL was used after its time",
    stage: RuleStage::Clock,
    tier: Tier::B,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
A presigned URL is good for `X-Amz-Expires` seconds from `X-Amz-Date` on. It was used later.

## How it shows
Amazon S3 answers 403 `AccessDenied`, *Request has expired*, with `X-Amz-Expires`, `Expires` and
`ServerTime`.

## How it is proved
The service says so; or the clock of the answer (or the time given with `--at`) is later than date
and seconds together. Without a clock nothing is said: a URL from last year is not wrong because it
is read today.

## Fix
Presign anew, for longer where that is meant (at most 604800 seconds), or closer to its use.

## Seen in
versity/versitygw#2116
",
    check: Check::Observe(observe),
    fix,
};

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    let said = it.states(|statement| match statement {
        Statement::Expired { at, now } => Some((*at, *now)),
        _ => None,
    });
    let end = end(it);
    let is_presigned =
        it.is_presigned() || it.parameter("Expires").is_some() || it.request().is_none();
    let (circumstance, end, now) = match (said, end) {
        (Some((at, now)), end) if is_presigned => {
            if it
                .refusal()
                .is_some_and(|refusal| refusal.code == "RequestExpired")
            {
                return Vec::new();
            }
            let circumstance = match is_either(it) {
                true => Circumstance::Suspected,
                false => Circumstance::Stated,
            };
            (circumstance, at.or(end), now.or(it.clock()))
        }
        (None, Some(end)) if it.statements().is_empty() && !it.accepted() => {
            let Some(now) = it.clock().filter(|now| *now > end) else {
                return Vec::new();
            };
            (Circumstance::Suspected, Some(end), Some(now))
        }
        _ => return Vec::new(),
    };
    let pair = it.raw_pair("X-Amz-Expires");
    let mut observation = Observation::new(circumstance).at(pair.and_then(|pair| it.locate(&pair)));
    if let (Some(end), Some(now)) = (end, now) {
        observation = observation
            .shows(
                now.as_bstr(),
                [b"before ".as_slice(), end.as_bstr()].concat(),
            )
            .named(format!("over since {end}"));
    }
    if is_either(it) {
        observation = observation.sign(
            "Amazon S3 says it of a presigned URL, Amazon EC2 of a signing time that is too long past",
        );
    }
    vec![observation]
}

/// Whether there is the message alone, which two services have.
fn is_either(it: &Examination<'_>) -> bool {
    let has_code = |refusal: &Refusal| !refusal.code.is_empty() || !refusal.details.is_empty();
    it.request().is_none() && !it.refusal().is_some_and(has_code)
}

/// When the URL's time is over.
pub(in crate::diagnose::rules) fn end(it: &Examination<'_>) -> Option<Timestamp> {
    let date = Timestamp::parse(&it.parameter("X-Amz-Date")?).ok()?;
    let seconds = it.parameter("X-Amz-Expires")?.to_str().ok()?.parse().ok()?;
    date.plus(seconds)
}

fn fix(_it: &Examination<'_>, _parameter: Option<&BStr>) -> Fix {
    Fix::words("presign anew")
}

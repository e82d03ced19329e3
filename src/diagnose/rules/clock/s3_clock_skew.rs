use bstr::BStr;

use crate::{
    diagnose::rules::clock::clock_skew_behind::{unset, words, zone},
    diagnose::{Check, Circumstance, Examination, Fix, Observation, Rule, RuleStage, Tier},
    evidence::Statement,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "s3-clock-skew",
    summary: "the signing time is too far from the clock of Amazon S3, or of a server like it",
    stage: RuleStage::Clock,
    tier: Tier::A,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
Amazon S3 takes a signature for 15 minutes around its signing time. The signer's clock is wrong, it
takes local time for UTC, or a long upload sends parts that were signed at its start.

## How it shows
403 `RequestTimeTooSkewed`, *The difference between the request time and the current time is too
large.*, with `RequestTime`, `ServerTime` and `MaxAllowedSkewMilliseconds`.

## How it is proved
The answer has both clocks; the difference is computed from it. A difference of whole quarters of an
hour is a time zone.

## Fix
Set the clock (NTP), stamp in UTC, and sign each part just before it is sent.

## Seen in
aws/aws-sdk-php#612, versity/versitygw#1514, minio/minio-py#285, aws/aws-sdk-net#211
",
    check: Check::Observe(observe),
    fix,
};

/// What S3's refusal of a wrong clock is called.
pub(super) fn is_s3s(it: &Examination<'_>) -> bool {
    it.refusal()
        .is_some_and(|refusal| refusal.code == "RequestTimeTooSkewed")
}

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    if !is_s3s(it) {
        return Vec::new();
    }
    let skew = it.states(|statement| match statement {
        Statement::Skewed(skew) => Some(*skew),
        _ => None,
    });
    let Some(skew) = skew else {
        return vec![Observation::new(Circumstance::Stated)];
    };
    let mut observation = Observation::new(Circumstance::Stated)
        .shows(skew.signed.as_bstr(), skew.now.as_bstr())
        .named(words(skew.seconds()))
        .at(it.locate(skew.signed.as_bstr()));
    if let Some(sign) = unset(skew).map(ToOwned::to_owned).or(zone(skew.seconds())) {
        observation = observation.sign(sign);
    }
    vec![observation]
}

fn fix(_it: &Examination<'_>, _parameter: Option<&BStr>) -> Fix {
    Fix::words("set the clock (NTP), stamp in UTC, and sign just before sending")
}

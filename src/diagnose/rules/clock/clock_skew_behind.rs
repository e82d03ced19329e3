use bstr::{BStr, BString};

use crate::{
    diagnose::{
        Check, Circumstance, Examination, Fix, Observation, Rule, RuleStage, Tier,
        rules::clock::s3_clock_skew,
    },
    evidence::{Skew, Statement},
    sigv4::Placement,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "clock-skew-behind",
    summary: "the signing time is too long past for the service's clock",
    stage: RuleStage::Clock,
    tier: Tier::A,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
A signature is good for 5 minutes (15 on some services) around its signing time. The signer's clock
is slow, or the request waited between signing and sending.

## How it shows
*Signature expired: … is now earlier than … (… - 5 min.)*; JSON services answer 400
`InvalidSignatureException`, query services 403 `SignatureDoesNotMatch`.

## How it is proved
The message has both clocks; the difference is computed from it. Without a message, the answer's
`Date` header is compared with the signing time. Without either, nothing is said: a log from last
year is not expired because it is read today.

## Fix
Set the clock (NTP), or take the service's `Date` for the signing time; sign just before sending.

## Seen in
aws/aws-sdk-js#254, m0ngr31/kanzi#270, remind101/logspout-kinesis#21, basak/glacier-cli#36
",
    check: Check::Observe(|it| observe(it, Side::Behind)),
    fix,
};

/// Which side of the service's clock the signing time is on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Side {
    Behind,
    Ahead,
}

/// The widest window that a service allows, in seconds.
const WINDOW: i64 = 15 * 60;

pub(super) fn observe(it: &Examination<'_>, side: Side) -> Vec<Observation> {
    // Amazon S3 has words of its own for it, and a rule.
    let Some((skew, circumstance)) = skew(it).filter(|_| !s3_clock_skew::is_s3s(it)) else {
        return Vec::new();
    };
    let is_side = match side {
        Side::Behind => skew.seconds() < 0,
        Side::Ahead => skew.seconds() > 0,
    };
    if !is_side {
        return Vec::new();
    }
    let mut observation = Observation::new(circumstance)
        .shows(skew.signed.as_bstr(), skew.now.as_bstr())
        .named(words(skew.seconds()))
        .at(it.locate(skew.signed.as_bstr()));
    if let Some(sign) = unset(skew).map(ToOwned::to_owned).or(zone(skew.seconds())) {
        observation = observation.sign(sign);
    }
    vec![observation]
}

/// How far apart the clocks are: as the refusal states, else by the answer's date where that is
/// beyond every window.
fn skew(it: &Examination<'_>) -> Option<(Skew, Circumstance)> {
    let stated = it
        .statements()
        .iter()
        .find_map(|statement| match statement {
            Statement::Skewed(skew) => Some(*skew),
            _ => None,
        });
    if let Some(skew) = stated {
        return Some((skew, Circumstance::Stated));
    }
    let stated = it.stated()?;
    // A presigned URL is used long after it was signed, and has an expiry of its own.
    // Where no answer is at hand, there is a clock only if the reader gave one.
    let worked = it.response().is_some() && !it.attempt().failed();
    // A URL or a form is signed long before it is used.
    if stated.placement != Placement::Header || worked {
        return None;
    }
    let skew = Skew {
        signed: stated.time()?,
        now: it.clock()?,
    };
    (skew.seconds().abs() > WINDOW).then_some((skew, Circumstance::Suspected))
}

/// So many hours are told in days.
const MONTH: i64 = 30 * 24;

/// What is said of a signing time of a clock that starts in 1970 and was never set.
pub(super) fn unset(skew: Skew) -> Option<&'static str> {
    (skew.signed.year() == 1970)
        .then_some("a clock that says 1970 was not set since the machine started")
}

/// `5 minutes 3 seconds behind`.
pub(super) fn words(seconds: i64) -> BString {
    let side = if seconds < 0 { "behind" } else { "ahead" };
    let (hours, rest) = (seconds.abs() / 3600, seconds.abs() % 3600);
    if hours >= MONTH {
        return format!("{} days {side}", hours / 24).into();
    }
    let parts = [
        (hours, "hour"),
        (rest / 60, "minute"),
        (rest % 60, "second"),
    ];
    let parts = parts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, unit)| {
            let plural = if count == 1 { "" } else { "s" };
            format!("{count} {unit}{plural}")
        });
    format!("{} {side}", parts.collect::<Vec<_>>().join(" ")).into()
}

/// The offsets that are no whole hours, in minutes (the IANA time zone database, 2025).
const BROKEN: [i64; 10] = [-570, -210, -150, 210, 270, 330, 345, 390, 525, 570];

/// A skew that is just a time zone's offset.
pub(super) fn zone(seconds: i64) -> Option<String> {
    const QUARTER: i64 = 15 * 60;
    // Half a minute is lost between signing and the service's clock.
    let nearest = (seconds + seconds.signum() * QUARTER / 2) / QUARTER * QUARTER;
    let near = (seconds - nearest).abs() <= 30 && nearest != 0 && nearest.abs() <= 14 * 3600;
    let exists = nearest % 3600 == 0 || BROKEN.contains(&(nearest / 60));
    (near && exists).then(|| {
        let sign = if nearest > 0 { '+' } else { '-' };
        let (hours, minutes) = (nearest.abs() / 3600, nearest.abs() % 3600 / 60);
        format!(
            "that is just the offset of UTC{sign}{hours:02}:{minutes:02}: local time may have been signed as UTC"
        )
    })
}

pub(super) fn fix(_it: &Examination<'_>, _parameter: Option<&BStr>) -> Fix {
    Fix::words("set the clock (NTP), or sign with the time of the service's Date header")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_zone_is_recognised() {
        assert!(zone(9 * 3600 - 2).unwrap().contains("UTC+09:00"));
        assert!(zone(5 * 3600 + 1800).unwrap().contains("UTC+05:30"));
        assert!(zone(-(3 * 3600 + 1800)).unwrap().contains("UTC-03:30"));
        assert_eq!(zone(-(5 * 3600 + 1800)), None);
        assert_eq!(zone(-1800), None);
        assert_eq!(zone(-1078), None);
        assert_eq!(zone(400), None);
        assert_eq!(words(-431_640 * 3600), "17985 days behind");
        assert_eq!(words(-1078), "17 minutes 58 seconds behind");
    }
}

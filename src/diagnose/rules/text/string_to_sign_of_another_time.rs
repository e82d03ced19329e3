use bstr::{BStr, BString};

use crate::{
    diagnose::{Check, Draft, Examination, Fix, Rule, RuleStage, Slot, Tier, Variant, Variants},
    sigv4::Timestamp,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "string-to-sign-of-another-time",
    summary: "the string to sign has another time than the request",
    stage: RuleStage::Text,
    tier: Tier::C,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
The signer looked at its clock twice: once for `X-Amz-Date`, and once more for the second line of the
string to sign. When a second ends in between, the two differ. Or it wrote local time, or another day,
into one of them.

## How it shows
`SignatureDoesNotMatch` or `InvalidSignatureException`, now and then: the more often, the longer it
takes from one look to the other.

## How it is proved
The string to sign that the signer printed, or its line of `x-amz-date`, has another time, and comes
out with it; or with the secret, a time a few seconds off, or that of a time zone, gives the signature
that was sent.

## Fix
Look at the clock once, and use that text for `X-Amz-Date`, the scope's date and the string to sign.

## Seen in
no thread; a mistake of many first attempts, shown by mutation
",
    check: Check::Make(make),
    fix,
};

/// The line of the time in a string to sign, counted from 0.
const TIME: usize = 1;
/// How many seconds a signer may take from one look at its clock to the other.
const SECONDS: i64 = 5;
/// How many minutes local times are off UTC.
const WEST_TO_EAST: [i64; 35] = [
    -720, -660, -600, -570, -540, -480, -420, -360, -300, -240, -210, -180, -150, -120, -60, 60,
    120, 180, 210, 240, 270, 300, 330, 345, 360, 390, 420, 480, 525, 540, 570, 600, 630, 660, 720,
];

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    let Ok(stated) = Timestamp::parse(draft.get(Slot::Timestamp)) else {
        return;
    };
    if out.wants_alone() {
        out.extend(in_header(draft, it, stated));
    }
    if it.service_has_printed_line(TIME) {
        return;
    }
    let printed = it
        .printed_line(TIME)
        .and_then(|line| Timestamp::parse(line).ok());
    // The date alone, written as a time, is another rule's.
    let of_day =
        |time: &Timestamp| time.date() == stated.date() && time.as_bstr().ends_with(b"T000000Z");
    let printed = printed.filter(|time| !of_day(time));
    let near = seconds(stated);
    let minutes = WEST_TO_EAST.map(|minutes| minutes * 60).into_iter();
    let local = minutes.filter_map(|offset| stated.plus(offset));
    let mut seen: Vec<BString> = vec![stated.as_bstr().into()];
    for time in printed.into_iter().chain(near).chain(local) {
        let text = BString::from(time.as_bstr());
        if !seen.contains(&text) {
            seen.push(text.clone());
            out.push(
                RULE.variant()
                    .with(Slot::Timestamp, text.clone())
                    .named(text)
                    .alone(),
            );
        }
    }
}

/// The times so few seconds off.
fn seconds(stated: Timestamp) -> impl Iterator<Item = Timestamp> {
    let near = (1..=SECONDS).flat_map(|seconds| [seconds, -seconds]);
    near.filter_map(move |seconds| stated.plus(seconds))
}

/// The line of `x-amz-date` with the other look at the clock.
fn in_header(draft: &Draft, it: &Examination<'_>, stated: Timestamp) -> Vec<Variant> {
    // Of a header that was not captured nothing can be said.
    let Some(held) = draft
        .header("x-amz-date")
        .filter(|held| *held == stated.as_bstr())
    else {
        return Vec::new();
    };
    let printed = it.printed().and_then(|own| own.header("x-amz-date"));
    let printed = printed.and_then(|line| Timestamp::parse(line).ok());
    let around = draft.around_header("x-amz-date");
    let mut seen = vec![BString::from(held)];
    let mut variants = Vec::new();
    for time in printed.into_iter().chain(seconds(stated)) {
        if seen.iter().any(|own| *own == *time.as_bstr()) {
            continue;
        }
        seen.push(time.as_bstr().into());
        let lines = around.with(Some(time.as_bstr()));
        let form = [time.as_bstr(), &b" in the line of x-amz-date"[..]].concat();
        let variant = RULE.variant().with(Slot::CanonicalHeaders, lines);
        variants.push(variant.named(form).alone());
    }
    variants
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    Fix::undo(
        &RULE,
        it,
        parameter,
        "look at the clock once, and write that time into X-Amz-Date and the string to sign",
    )
}

use bstr::{BStr, BString};

use crate::{
    diagnose::{Check, Draft, Examination, Fix, Rule, RuleStage, Slot, Tier, Variants},
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
The string to sign that the signer printed has another time, and comes out with it; or with the
secret, a time a few seconds off gives the signature that was sent.

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

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    let Ok(stated) = Timestamp::parse(draft.get(Slot::Timestamp)) else {
        return;
    };
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
    let near = (1..=SECONDS).flat_map(|seconds| [seconds, -seconds]);
    let near = near.filter_map(|seconds| stated.plus(seconds));
    let mut seen: Vec<BString> = vec![stated.as_bstr().into()];
    for time in printed.into_iter().chain(near) {
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

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    Fix::undo(
        &RULE,
        it,
        parameter,
        "look at the clock once, and write that time into X-Amz-Date and the string to sign",
    )
}

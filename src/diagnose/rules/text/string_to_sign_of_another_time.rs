use bstr::{BStr, BString, ByteSlice};

use crate::{
    diagnose::{Check, Draft, Examination, Fix, Rule, RuleStage, Slot, Tier, Variant},
    evidence::Party,
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
string to sign. When a second ends in between, the two differ.

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

/// Times farther apart have another cause.
const MINUTE: i64 = 60;
/// How many seconds a signer may take from one look at its clock to the other.
const SECONDS: i64 = 5;

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Vec<Variant>) {
    let Ok(stated) = Timestamp::parse(draft.get(Slot::Timestamp)) else {
        return;
    };
    let printed = it.attempt().string_to_sign(Party::Signer);
    let printed = printed.and_then(|claim| claim.text.lines().nth(1));
    let printed = printed.and_then(|line| Timestamp::parse(line).ok());
    let printed = printed.filter(|time| time.since(stated).abs() < MINUTE);
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

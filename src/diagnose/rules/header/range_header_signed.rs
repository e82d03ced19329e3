use bstr::{BStr, ByteSlice};

use crate::{
    diagnose::rules::header::earlier,
    diagnose::{
        Check, Circumstance, Draft, Examination, Fix, Observation, Rule, RuleStage, Tier, Variants,
    },
    evidence::{Party, Statement},
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "range-header-signed",
    summary: "Range was signed and changed on the way",
    stage: RuleStage::Header,
    tier: Tier::B,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
A content delivery network asks for the parts of a file that it wants, or for the whole, whatever
the `Range` of the request was. Here `range` is among the signed headers.

## How it shows
403 `SignatureDoesNotMatch` through the network, only for calls with a range.

## How it is proved
The line is made as the signer's own canonical request, another capture of the request, or a
well-known default has it; then the canonical request hashes to the signer's digest, or the
signature comes out as sent.

Where the service shows the line without a value, it is a suspicion.

## Fix
Leave `Range` out of the signed headers.

## Seen in
mhart/aws4fetch#5, mhart/aws4fetch#39
",
    check: Check::Both { observe, make },
    fix,
};

/// A range that was signed, and reached the service empty.
fn observe(it: &Examination<'_>) -> Vec<Observation> {
    let text = it.artifact(Party::Service);
    let emptied = text.is_some_and(|text| text.lines().any(|line| line == b"range:"));
    if !(emptied && it.says(&Statement::SignatureDiffers)) {
        return Vec::new();
    }
    let sign = "range is among the signed headers, and what reached the service has no value";
    vec![Observation::new(Circumstance::Suspected).sign(sign)]
}

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    let guesses = earlier::texts(&["bytes=0-", "bytes=0-0", "bytes=0-1"]);
    earlier::lines(&RULE, draft, it, "range", guesses, out);
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    // To sign what reached the service is no way out: it is empty.
    let right = it.draft();
    if right.is_none_or(|draft| draft.header("range").is_none_or(|value| value.is_empty())) {
        return Fix::words("leave range out of the signed headers");
    }
    Fix::undo(
        &RULE,
        it,
        parameter,
        "leave range out of the signed headers",
    )
}

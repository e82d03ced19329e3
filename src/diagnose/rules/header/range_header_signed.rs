use bstr::BStr;

use crate::{
    diagnose::rules::header::earlier,
    diagnose::{Check, Draft, Examination, Fix, Rule, RuleStage, Tier, Variants},
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

## Fix
Leave `Range` out of the signed headers.

## Seen in
mhart/aws4fetch#5, mhart/aws4fetch#39
",
    check: Check::Make(make),
    fix,
};

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    let guesses = earlier::texts(&["bytes=0-", "bytes=0-0", "bytes=0-1"]);
    earlier::lines(&RULE, draft, it, "range", guesses, out);
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    Fix::undo(
        &RULE,
        it,
        parameter,
        "leave range out of the signed headers",
    )
}

use bstr::BStr;

use crate::{
    diagnose::rules::escapes,
    diagnose::{Check, Draft, Examination, Fix, Rule, RuleStage, Slot, Tier, Variants},
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "query-lowercase-hex",
    summary: "the escapes of the canonical query are in lower-case hex",
    stage: RuleStage::Query,
    tier: Tier::C,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
The hex digits of an escape are upper case in the canonical query: `%3A`, not `%3a`. The signer took
the query as it was sent, or from a library that writes lower case.

## How it shows
`SignatureDoesNotMatch` or `InvalidSignatureException`, only for calls with a parameter whose escape
has a letter.

## How it is proved
The mistake is made, and the canonical request hashes to the signer's digest, or the signature
comes out as sent.

## Fix
Decode the query and encode it again with upper-case hex digits.

## Seen in
curl/curl#11794; shown by mutation
",
    check: Check::Make(make),
    fix,
};

fn make(draft: &Draft, _it: &Examination<'_>, out: &mut Variants<'_>) {
    let query = draft.get(Slot::CanonicalQuery);
    let lower = escapes::map(query, |escape, _| Some(escape.to_ascii_lowercase()));
    if lower != *query {
        out.push(RULE.variant().with(Slot::CanonicalQuery, lower));
    }
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    Fix::undo(
        &RULE,
        it,
        parameter,
        "write the escapes of the query with upper-case hex digits",
    )
}

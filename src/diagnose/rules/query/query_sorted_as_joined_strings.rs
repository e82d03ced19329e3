use bstr::BStr;

use crate::{
    diagnose::rules::query::line,
    diagnose::{Check, Draft, Examination, Fix, Rule, RuleStage, Slot, Tier, Variants},
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "query-sorted-as-joined-strings",
    summary: "the query was sorted by whole name=value texts; names are sorted first",
    stage: RuleStage::Query,
    tier: Tier::A,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
The pairs are sorted by name, and by value only where the names are equal. The signer sorted the
texts `name=value`: then `id-type=` stands before `id=`, for `-` and `.` sort before `=`.

## How it shows
`SignatureDoesNotMatch` or `InvalidSignatureException`, only where one name begins with another
and goes on with a character before `=`: `q` and `q.parser`, `id` and `id-type`.

## How it is proved
The mistake is made, and the canonical request hashes to the signer's digest, or the signature
comes out as sent.

## Fix
Sort by encoded name, then by encoded value.

## Seen in
aws-amplify/amplify-js#3582, tedder/requests-aws4auth#21, mhart/aws4#103
",
    check: Check::Make(make),
    fix,
};

fn make(draft: &Draft, _it: &Examination<'_>, out: &mut Variants<'_>) {
    let mut pairs = line::pairs(draft);
    pairs.sort_by_key(line::Pair::text);
    out.push(
        RULE.variant()
            .with(Slot::CanonicalQuery, line::join(&pairs)),
    );
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    Fix::undo(
        &RULE,
        it,
        parameter,
        "sort the pairs by name first, and by value where names are equal",
    )
}

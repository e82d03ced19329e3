use bstr::{BStr, BString};

use crate::{
    diagnose::rules::query::line::{self, Pair},
    diagnose::{Check, Draft, Examination, Fix, Rule, RuleStage, Slot, Tier, Variants},
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "falsy-parameter-dropped",
    summary: "a parameter that is empty, 0 or false was left out of the signature",
    stage: RuleStage::Query,
    tier: Tier::C,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
The signer left parameters out whose value its language takes for false, and the HTTP library sent
them.

For a single such parameter query-parameter-added-later has the same effect, and each is named
beside the other.

## How it shows
`SignatureDoesNotMatch` or `InvalidSignatureException`, only for calls with a parameter that is
empty, `0` or `false`.

## How it is proved
The mistake is made, and the canonical request hashes to the signer's digest, or the signature
comes out as sent.

## Fix
Test for absence, not for falsehood, when the canonical query is put together.

## Seen in
aws/aws-sdk-php#1625
",
    check: Check::Make(make),
    fix,
};

fn make(draft: &Draft, _it: &Examination<'_>, out: &mut Variants<'_>) {
    let pairs = line::pairs(draft);
    let value = |pair: &Pair| pair.value.clone().unwrap_or_default();
    let forms: [(&str, &[&str]); 5] = [
        ("empty, 0 and false", &["", "0", "false"]),
        ("empty and 0", &["", "0"]),
        ("empty", &[""]),
        ("0", &["0"]),
        ("false", &["false", "False"]),
    ];
    let mut seen: Vec<BString> = Vec::new();
    for (form, values) in forms {
        let falsy = |pair: &&Pair| !values.iter().any(|own| value(pair) == *own);
        let left: Vec<Pair> = pairs.iter().filter(falsy).cloned().collect();
        let line = line::join(&left);
        if !seen.contains(&line) {
            seen.push(line.clone());
            let variant = RULE.variant().with(Slot::CanonicalQuery, line);
            out.push(variant.named(form).of_change());
        }
    }
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    Fix::undo(
        &RULE,
        it,
        parameter,
        "keep parameters that are empty, 0 or false in the canonical query",
    )
}

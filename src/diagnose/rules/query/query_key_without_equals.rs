use bstr::{BStr, BString};

use crate::{
    diagnose::rules::query::line::{self, Pair},
    diagnose::{Check, Draft, Examination, Fix, Rule, RuleStage, Slot, Tier, Variants},
    sigv4::encode,
    wire::target::{pairs, percent_decode},
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "query-key-without-equals",
    summary: "a parameter without a value was signed without its equals sign",
    stage: RuleStage::Query,
    tier: Tier::B,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
A parameter such as `acl` or `uploads` is sent without a value, and stands as `acl=` in the
canonical query. The signer left the equals sign out.

## How it shows
403 `SignatureDoesNotMatch`, only for calls with such a parameter.

## How it is proved
The mistake is made, and the canonical request hashes to the signer's digest, or the signature
comes out as sent.

## Fix
Write `name=` for every parameter without a value.

## Seen in
xcir/libvmod-awsrest#24
",
    check: Check::Make(make),
    fix,
};

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    let query = it.request().and_then(|request| request.query());
    let bare: Vec<BString> = pairs(query.unwrap_or_default())
        .filter(|raw| raw.value.is_none())
        .map(|raw| encode(&percent_decode(raw.name)))
        .collect();
    let mut push = |form: &str, chosen: &dyn Fn(&Pair) -> bool| {
        let strip = |mut pair: Pair| {
            if pair.is_empty() && chosen(&pair) {
                pair.value = None;
            }
            pair
        };
        let changed: Vec<Pair> = line::pairs(draft).into_iter().map(strip).collect();
        let line = line::join(&changed);
        out.push(RULE.variant().with(Slot::CanonicalQuery, line).named(form));
    };
    push("every empty value", &|_| true);
    push("those sent without one", &|pair| bare.contains(&pair.name));
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    Fix::undo(
        &RULE,
        it,
        parameter,
        "write name= for a parameter without a value",
    )
}

use bstr::BStr;

use crate::{
    diagnose::rules::query::line,
    diagnose::{Check, Draft, Examination, Fix, Rule, RuleStage, Slot, Tier, Variants},
    sigv4::encode,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "query-double-encoded",
    summary: "the query was percent-encoded twice",
    stage: RuleStage::Query,
    tier: Tier::B,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
Values that were encoded already were encoded again, all or one of them: `%3D` became `%253D`. The
canonical query is encoded once, for every service; only paths are encoded twice.

## How it shows
`SignatureDoesNotMatch` or `InvalidSignatureException`, only for calls with a parameter that needs
encoding.

## How it is proved
The mistake is made, and the canonical request hashes to the signer's digest, or the signature
comes out as sent.

## Fix
Decode the query of the wire before encoding it for the canonical request.

## Seen in
okigan/awscurl#216, curl/curl#16927, curl/curl#11794
",
    check: Check::Make(make),
    fix,
};

fn make(draft: &Draft, _it: &Examination<'_>, out: &mut Variants<'_>) {
    let line = line::map(draft, |text| encode(text));
    out.push(RULE.variant().with(Slot::CanonicalQuery, line));
    if !out.wants_alone() {
        return;
    }
    for (name, line) in line::each_alone(draft, |text| encode(text)) {
        let variant = RULE.variant().with(Slot::CanonicalQuery, line);
        out.push(variant.named([&name[..], b" alone"].concat()).alone());
    }
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    Fix::undo(
        &RULE,
        it,
        parameter,
        "encode names and values of the canonical query once",
    )
}

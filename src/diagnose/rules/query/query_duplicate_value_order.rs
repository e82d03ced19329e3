use bstr::{BStr, BString, ByteSlice};

use crate::{
    diagnose::rules::query::line::{self, Pair},
    diagnose::{Check, Draft, Examination, Fix, Rule, RuleStage, Slot, Tier, Variants},
    sigv4::encode,
    wire::target::percent_decode,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "query-duplicate-value-order",
    summary: "the values of a repeated parameter were signed in another order, or not all of them",
    stage: RuleStage::Query,
    tier: Tier::B,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
A parameter that occurs more than once is sorted by its values. The signer kept the order in which
they were sent, or put them otherwise, or kept only one of them.

## How it shows
`SignatureDoesNotMatch` or `InvalidSignatureException`, only for calls that repeat a parameter.

## How it is proved
The mistake is made, and the canonical request hashes to the signer's digest, or the signature
comes out as sent.

## Fix
Sort equal names by value, and send the values in that order.

## Seen in
aws/aws-sdk-go#1491, mhart/aws4#59, mhart/aws4#60
",
    check: Check::Make(make),
    fix,
};

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    let pairs = line::pairs(draft);
    let repeats = pairs.windows(2).any(|two| two[0].name == two[1].name);
    if !repeats {
        return;
    }
    let query = it
        .request()
        .and_then(|request| request.query())
        .unwrap_or_default();
    let sent: Vec<BString> = line::split(query)
        .iter()
        .map(|raw| {
            let value = raw.value.clone().unwrap_or_default();
            let value = encode(&percent_decode(&value.replace("+", " ")));
            [encode(&percent_decode(&raw.name)).as_bytes(), b"=", &value]
                .concat()
                .into()
        })
        .collect();
    let place = |pair: &Pair| sent.iter().position(|own| *own == pair.text());
    let sorted = |compare: &dyn Fn(&Pair, &Pair) -> std::cmp::Ordering| {
        let mut pairs = pairs.clone();
        pairs.sort_by(|one, other| one.name.cmp(&other.name).then(compare(one, other)));
        pairs
    };
    let kept = |backwards: bool| {
        let mut pairs = pairs.clone();
        if backwards {
            pairs.reverse();
        }
        let mut kept: Vec<Pair> = Vec::new();
        for pair in pairs {
            if kept.iter().all(|own| own.name != pair.name) {
                kept.push(pair);
            }
        }
        if backwards {
            kept.reverse();
        }
        kept
    };
    let forms = [
        (
            sorted(&|one, other| place(one).cmp(&place(other))),
            "in the order of the wire",
        ),
        (
            sorted(&|one, other| other.value.cmp(&one.value)),
            "backwards",
        ),
        (joined(&pairs, "%2C"), "joined with commas"),
        (
            joined(&pairs, ","),
            "joined with commas that are not encoded",
        ),
        (kept(false), "only the first"),
        (kept(true), "only the last"),
    ];
    let mut seen: Vec<BString> = Vec::new();
    for (pairs, form) in forms {
        let line = line::join(&pairs);
        if !seen.contains(&line) {
            seen.push(line.clone());
            out.push(RULE.variant().with(Slot::CanonicalQuery, line).named(form));
        }
    }
}

/// The values of each name in one, with commas between them.
fn joined(pairs: &[Pair], comma: &str) -> Vec<Pair> {
    let mut joined: Vec<Pair> = Vec::new();
    for pair in pairs {
        match joined.last_mut() {
            Some(last) if last.name == pair.name => {
                let own = pair.value.clone().unwrap_or_default();
                let held = last.value.clone().unwrap_or_default();
                last.value = Some([held.as_slice(), comma.as_bytes(), &own].concat().into());
            }
            _ => joined.push(pair.clone()),
        }
    }
    joined
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    let lost = parameter.is_some_and(|form| form.starts_with(b"only "));
    let words = match lost {
        true => "sign every value of a repeated parameter: a dictionary keeps one of them",
        false => "sort equal names by their values",
    };
    Fix::undo(&RULE, it, parameter, words)
}

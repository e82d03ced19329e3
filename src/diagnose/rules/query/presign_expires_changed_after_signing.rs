use std::collections::BTreeSet;

use bstr::{BStr, BString, ByteSlice};

use crate::{
    diagnose::rules::query::line::{self, Pair},
    diagnose::{Check, Draft, Examination, Fix, Rule, RuleStage, Slot, Tier, Variants},
    sigv4::Placement,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "presign-expires-changed-after-signing",
    summary: "X-Amz-Expires was changed in the URL after it was presigned",
    stage: RuleStage::Query,
    tier: Tier::C,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
How long a presigned URL is good for is one of its signed parameters. Somebody wrote a longer time
into a URL that had been made for a shorter one, or a template filled in one of its own.

## How it shows
`SignatureDoesNotMatch`; nothing tells of the expiry.

## How it is proved
The times that are usual, and the one in the signer's own canonical request, are put back one after
the other: the canonical request hashes to the signer's digest, or the signature comes out as sent.

## Fix
Presign anew for the time that is wanted.

## Seen in
no thread; shown by mutation
",
    check: Check::Make(make),
    fix,
};

const NAME: &str = "X-Amz-Expires";

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    let presigned = it
        .stated()
        .is_some_and(|stated| stated.placement == Placement::Query);
    let pairs = line::pairs(draft);
    let is_expiry = |pair: &Pair| pair.name.eq_ignore_ascii_case(NAME.as_bytes());
    let Some(at) = pairs.iter().position(is_expiry).filter(|_| presigned) else {
        return;
    };
    let near = USUAL.iter().flat_map(|time| [time - 1, *time, time + 1]);
    let mut times: BTreeSet<BString> = near.map(|time| time.to_string().into()).collect();
    let printed = it.signed_piece(Slot::CanonicalQuery).unwrap_or_default();
    let printed = line::split(printed.as_bstr()).into_iter().find(is_expiry);
    times.extend(printed.and_then(|pair| pair.value));
    for time in times {
        let mut pairs = pairs.clone();
        if let Some(pair) = pairs.get_mut(at) {
            pair.value = Some(time.clone());
        }
        let variant = RULE
            .variant()
            .with(Slot::CanonicalQuery, line::join(&pairs));
        out.push(variant.named(time).of_change().alone());
    }
}

/// Minutes, hours and days that URLs are presigned for.
const USUAL: [u32; 26] = [
    5, 10, 15, 30, 60, 120, 180, 300, 600, 900, 1_200, 1_800, 2_700, 3_600, 5_400, 7_200, 10_800,
    14_400, 18_000, 21_600, 28_800, 36_000, 43_200, 86_400, 172_800, 604_800,
];

fn fix(_it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    let signed = parameter.map_or(BString::from("as it was"), BString::from);
    let words = [
        &b"presign the URL anew for the time that is wanted, or send it with X-Amz-Expires="[..],
        &signed,
    ];
    Fix::words(words.concat())
}

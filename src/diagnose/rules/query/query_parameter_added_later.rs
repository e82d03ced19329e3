use bstr::{BStr, BString, ByteSlice};

use crate::{
    diagnose::rules::query::line::{self, Pair},
    diagnose::{Check, Draft, Examination, Fix, Rule, RuleStage, Slot, Tier, Variants},
    wire::target::percent_decode,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "query-parameter-added-later",
    summary: "a parameter was added to the query after it was signed",
    stage: RuleStage::Query,
    tier: Tier::B,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
Every parameter of the query is part of the signature but `X-Amz-Signature` itself. One was put on
the URL after signing: an `x-id`, a tracking parameter, a cache buster.

Where the parameter is empty, `0` or `false`, falsy-parameter-dropped has the same effect and is
named beside this rule.

## How it shows
`SignatureDoesNotMatch` or `InvalidSignatureException`; the canonical request that the service
shows has a parameter that the signer's has not.

## How it is proved
The mistake is made, and the canonical request hashes to the signer's digest, or the signature
comes out as sent.

## Fix
Add parameters before signing.

## Seen in
aws/aws-sdk-java-v2#3689, boto/boto3#4627
",
    check: Check::Make(make),
    fix,
};

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    // What stands behind the path was not left out, but moved.
    let moved = it.signed_piece(Slot::CanonicalUri);
    if moved.is_some_and(|uri| uri.contains(&b'?')) {
        return;
    }
    let pairs = line::pairs(draft);
    let mut names: Vec<&BString> = pairs.iter().map(|pair| &pair.name).collect();
    names.dedup();
    // The session token has rules of its own.
    names.retain(|name| percent_decode(name) != "X-Amz-Security-Token");
    let mut push = |left: Vec<Pair>, form: BString| {
        let line = line::join(&left);
        let variant = RULE.variant().with(Slot::CanonicalQuery, line);
        out.push(variant.named(form).of_change());
    };
    for name in &names {
        let left = pairs.iter().filter(|pair| pair.name != **name);
        push(left.cloned().collect(), percent_decode(name));
    }
    let all = names.len();
    names.retain(|name| !line::presigns(&percent_decode(name)));
    if names.len() < all {
        push(Vec::new(), "the whole query".into());
    }
    if names.len() > 1 {
        let left = pairs.iter().filter(|pair| !names.contains(&&pair.name));
        push(left.cloned().collect(), "all".into());
    }
    // What the signer's own canonical request lacks.
    let Some(signed) = it.signed_piece(Slot::CanonicalQuery) else {
        return;
    };
    let signed = line::split(signed.as_bstr());
    let lacking: Vec<&Pair> = pairs.iter().filter(|pair| !signed.contains(pair)).collect();
    let lacking: Vec<BString> = lacking
        .iter()
        .map(|pair| percent_decode(&pair.name))
        .collect();
    let added =
        |name: &BString| !line::presigns(name) && it.parameter(&name.to_str_lossy()).is_some();
    if signed.iter().all(|pair| pairs.contains(pair))
        && lacking.len() > 1
        && lacking.iter().all(added)
    {
        push(signed, lacking.join(&b", "[..]).into());
    }
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    Fix::undo(
        &RULE,
        it,
        parameter,
        "sign the request with all its parameters",
    )
}

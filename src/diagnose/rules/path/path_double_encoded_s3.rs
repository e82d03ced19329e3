use bstr::BStr;

use crate::{
    diagnose::{Check, Draft, Examination, Fix, Rule, RuleStage, Slot, Tier, Variants},
    sigv4::{PathEncoding, encode_path},
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "path-double-encoded-s3",
    summary: "the path was percent-encoded twice; S3 encodes it once",
    stage: RuleStage::Path,
    tier: Tier::A,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
Amazon S3 and its kin want the path encoded once in the canonical request. The signer encoded it a
second time, as all other services want it: `%20` became `%2520`.

## How it shows
403 `SignatureDoesNotMatch`, only for keys with characters that need encoding; plain keys work.

## How it is proved
The mistake is made, and the canonical request hashes to the signer's digest, or the signature
comes out as sent.

## Fix
Encode the key once for Amazon S3 (botocore and smithy: `disableDoubleEncoding`).

## Seen in
chimera-nas/chimera#702, s3s-project/s3s#13, source-cooperative/data.source.coop#176,
curl/curl#16927
",
    check: Check::Make(make),
    fix,
};

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    if it.recipe().path_encoding == PathEncoding::Once {
        let twice = encode_path(draft.get(Slot::CanonicalUri));
        out.push(RULE.variant().with(Slot::CanonicalUri, twice));
    }
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    Fix::undo(
        &RULE,
        it,
        parameter,
        "encode the path once in the canonical request",
    )
}

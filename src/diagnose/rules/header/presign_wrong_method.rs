use bstr::BStr;

use crate::{
    diagnose::{Check, Draft, Examination, Fix, Rule, RuleStage, Slot, Tier, Variants},
    sigv4::Placement,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "presign-wrong-method",
    summary: "the URL was presigned for another method",
    stage: RuleStage::Header,
    tier: Tier::A,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
The method is part of what is signed: a URL for `GET` cannot be used with `HEAD`, one for `PUT`
not with `POST`.

## How it shows
403 `SignatureDoesNotMatch`; the first line of the canonical request that the service shows is not
the method that the URL was made for.

## How it is proved
The mistake is made, and the canonical request hashes to the signer's digest, or the signature
comes out as sent.

## Fix
Presign one URL for each method; in place of `HEAD` ask for one byte with `GET` and `Range:
bytes=0-0`.

## Seen in
minio/minio#6146, adobe/S3Mock#125, aws/aws-sdk-js#457, aws/aws-sdk-java-v2#5473,
streamio/streamio-ffmpeg#236
",
    check: Check::Make(make),
    fix,
};

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    if it
        .stated()
        .is_none_or(|stated| stated.placement != Placement::Query)
    {
        return;
    }
    let is_known = it.attempt().shows_method() || it.service_text().is_some();
    for method in ["GET", "PUT", "POST", "HEAD", "DELETE", "OPTIONS", "PATCH"] {
        if *draft.get(Slot::Method) != method {
            let variant = RULE.variant().with(Slot::Method, method).named(method);
            out.push(match is_known {
                true => variant.of_change(),
                false => variant.assumed(),
            });
        }
    }
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    Fix::undo(
        &RULE,
        it,
        parameter,
        "use the method that the URL was presigned for, or presign for this one",
    )
}

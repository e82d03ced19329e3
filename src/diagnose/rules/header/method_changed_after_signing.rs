use bstr::{BStr, ByteSlice};

use crate::{
    diagnose::{Check, Draft, Examination, Fix, Rule, RuleStage, Slot, Stated, Tier, Variants},
    sigv4::Placement,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "method-changed-after-signing",
    summary: "another method was signed than was sent",
    stage: RuleStage::Header,
    tier: Tier::B,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
The method in capitals is the first line of the canonical request. The request was signed for one
method and sent with another, as a client does that turns a request with a body into `POST` or
follows a redirect with `GET`; or the signer wrote the method in lower case, or with a space
behind it.

## How it shows
403 `SignatureDoesNotMatch`; the first line of the canonical request that the service shows is not
the signer's.

## How it is proved
The mistake is made, and the canonical request hashes to the signer's digest, or the signature
comes out as sent.

## Fix
Sign the method that is sent, in capitals.

## Seen in
no thread; a mistake of many first attempts, shown by mutation
",
    check: Check::Make(make),
    fix,
};

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    let sent = draft.get(Slot::Method);
    let lower = sent.to_ascii_lowercase();
    if lower != sent.as_bytes() {
        out.push(RULE.variant().with(Slot::Method, lower).named("lower case"));
    }
    if out.wants_alone() {
        let spaced = [sent.as_bytes(), b" "].concat();
        let variant = RULE.variant().with(Slot::Method, spaced);
        out.push(variant.named("a space behind it").alone());
    }
    // A presigned URL for another method is presign-wrong-method.
    let presigned = |stated: &Stated| stated.placement == Placement::Query;
    if it.stated().is_some_and(presigned) {
        return;
    }
    for method in ["GET", "PUT", "POST", "HEAD", "DELETE", "OPTIONS", "PATCH"] {
        if *sent != method {
            out.push(
                RULE.variant()
                    .with(Slot::Method, method)
                    .named(method)
                    .of_change(),
            );
        }
    }
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    Fix::undo(
        &RULE,
        it,
        parameter,
        "sign the method that is sent, in capitals",
    )
}

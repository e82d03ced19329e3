use bstr::{BStr, ByteSlice};

use crate::diagnose::{Check, Draft, Examination, Fix, Rule, RuleStage, Slot, Tier, Variants};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "query-space-as-plus",
    summary: "a space in the query was signed as +; it must be %20",
    stage: RuleStage::Query,
    tier: Tier::A,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
Form encoders write a space as `+`. The canonical query has `%20` for it, however the query is
sent; a `+` on the wire is a space to the service. Clients that send `+` and sign `%20` work.

## How it shows
`SignatureDoesNotMatch` or `InvalidSignatureException`, only for calls with a space in a
parameter.

## How it is proved
The mistake is made, and the canonical request hashes to the signer's digest, or the signature
comes out as sent.

## Fix
Encode a space as `%20` and a plus as `%2B` in the canonical query.

## Seen in
aws/aws-sdk-go#220, saleweaver/python-amazon-sp-api#405, bryanjos/aws_auth#22, mhart/aws4fetch#83,
inreachventures/aws-signing-request-interceptor#34
",
    check: Check::Make(make),
    fix,
};

fn make(draft: &Draft, _it: &Examination<'_>, out: &mut Variants<'_>) {
    let line = draft.get(Slot::CanonicalQuery).replace("%20", "+");
    out.push(RULE.variant().with(Slot::CanonicalQuery, line));
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    Fix::undo(
        &RULE,
        it,
        parameter,
        "write %20 for each space of the canonical query",
    )
}

use bstr::{BStr, ByteSlice};

use crate::diagnose::{Check, Draft, Examination, Fix, Rule, RuleStage, Slot, Tier, Variants};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "path-trailing-slash",
    summary: "the path was signed with a slash at its end and sent without, or the other way round",
    stage: RuleStage::Path,
    tier: Tier::B,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
`/orders` and `/orders/` are two paths. A framework, a router or a proxy added or dropped the last slash
between signing and sending, or the signer did before.

## How it shows
`SignatureDoesNotMatch` or `InvalidSignatureException`, only for some paths; the canonical request that
the service shows has the other form.

## How it is proved
The mistake is made, and the canonical request hashes to the signer's digest, or the signature
comes out as sent.

## Fix
Sign the path just as it is sent.

## Seen in
no thread; a mistake of many first attempts, shown by mutation
",
    check: Check::Make(make),
    fix,
};

fn make(draft: &Draft, _it: &Examination<'_>, out: &mut Variants<'_>) {
    let uri = draft.get(Slot::CanonicalUri);
    if uri.len() < 2 {
        return;
    }
    let (text, form) = match uri.strip_suffix(b"/") {
        Some(front) => (front.to_vec(), "without the last slash"),
        None => ([uri.as_bytes(), b"/"].concat(), "with a slash more"),
    };
    let variant = RULE.variant().with(Slot::CanonicalUri, text);
    out.push(variant.named(form).of_change());
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    Fix::undo(&RULE, it, parameter, "sign the path just as it is sent")
}

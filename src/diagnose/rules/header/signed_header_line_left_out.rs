use bstr::{BStr, BString, ByteSlice};

use crate::diagnose::{Check, Draft, Examination, Fix, Rule, RuleStage, Slot, Tier, Variants};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "signed-header-line-left-out",
    summary: "a signed header has no line among the canonical headers, or one without its value",
    stage: RuleStage::Header,
    tier: Tier::B,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
Each name in the list of signed headers has its line among the canonical headers, and each line its
name in the list. The signer named `host`, `content-type` or an `x-amz-*` header and wrote no line for
it, or one without a value: Go and Python keep the host apart from the other headers, where it is not
found.

For the session token session-token-missing-or-stale has the same effect, and is named beside this rule;
for the content type content-type-added-or-changed, of a presigned URL presign-content-type-mismatch; for
`x-k8s-aws-id` eks-token-header-unsigned.

## How it shows
`SignatureDoesNotMatch` or `InvalidSignatureException`, for every call that has the header.

## How it is proved
The mistake is made, and the canonical request hashes to the signer's digest, or the signature
comes out as sent.

## Fix
Write lines and list from one and the same collection of headers.

## Seen in
no thread; a mistake of many first attempts, shown by mutation
",
    check: Check::Make(make),
    fix,
};

fn make(draft: &Draft, _it: &Examination<'_>, out: &mut Variants<'_>) {
    // Headers that others add and drop have rules of their own.
    let own = |name: &BStr| {
        ["host", "content-type", "x-k8s-aws-id"]
            .iter()
            .any(|own| name == own)
            || name.starts_with(b"x-amz-")
    };
    let names = draft
        .header_lines()
        .map(|(name, _)| name)
        .filter(|name| own(name));
    for name in names {
        let text = name.to_str_lossy();
        let around = draft.around_header(&text);
        let mut push = |value: Option<&[u8]>, form: BString| {
            let lines = around.with(value);
            let variant = RULE.variant().with(Slot::CanonicalHeaders, lines);
            out.push(variant.named(form));
        };
        push(None, name.into());
        push(
            Some(b""),
            [name.as_bytes(), b" without its value"].concat().into(),
        );
    }
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    Fix::undo(
        &RULE,
        it,
        parameter,
        "write a line for each name in the list of signed headers",
    )
}

use bstr::{BStr, BString, ByteSlice};

use crate::{
    diagnose::rules::header::earlier,
    diagnose::{Check, Draft, Examination, Fix, Rule, RuleStage, Tier, Variants},
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "user-agent-signed",
    summary: "User-Agent was signed and changed afterwards",
    stage: RuleStage::Header,
    tier: Tier::B,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
Proxies and HTTP libraries add their own name to `User-Agent`, or set it after signing. Here it is
among the signed headers. Signing it is no mistake by itself, as long as nobody changes it.

## How it shows
`SignatureDoesNotMatch` or `InvalidSignatureException`; in the canonical request that the service
shows the `user-agent` line differs.

## How it is proved
The line is made as the signer's own canonical request, another capture of the request, or a
well-known default has it; then the canonical request hashes to the signer's digest, or the
signature comes out as sent.

## Fix
Leave `User-Agent` out of the signed headers.

## Seen in
aws/aws-sdk-cpp#323, aws/aws-sdk-net#4050, aws/aws-sdk-go#4662
",
    check: Check::Make(make),
    fix,
};

/// The value up to each space, for what is added stands behind.
fn beginnings(draft: &Draft) -> Vec<BString> {
    let now = draft.header("user-agent").unwrap_or_default();
    let spaces = now.find_iter(" ").collect::<Vec<_>>();
    let cut = |at: &usize| now.get(..*at).map(BString::from);
    spaces.iter().rev().take(12).filter_map(cut).collect()
}

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    let guesses = beginnings(draft);
    earlier::lines(&RULE, draft, it, "user-agent", guesses, out);
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    Fix::undo(
        &RULE,
        it,
        parameter,
        "leave user-agent out of the signed headers",
    )
}

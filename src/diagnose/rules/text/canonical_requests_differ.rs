use bstr::BStr;

use crate::diagnose::{Check, Examination, Fix, LeftOver, Rule, RuleStage, Tier};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "canonical-requests-differ",
    summary: "the service computes other strings than the signer, in a way that no other rule explains",
    stage: RuleStage::Text,
    tier: Tier::B,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
The signer hashed another text than the service: it put its canonical request together in a way of
its own, or something between both changed the request.

## How it shows
`SignatureDoesNotMatch` or `InvalidSignatureException` with the strings that the service computed.
They differ from the signer's in parts that no mistake known here accounts for.

## How it is proved
The service states its strings. Beside the signer's own, as it printed them or as they give the
signature that was sent, each part that differs is named; where the request as captured gives what
the service has, the signer is at fault, and where it does not, the request was changed on its way.
Without the signer's strings, those that the request as captured gives stand in their place.
Without the service's strings, the signer's are held against those that the request as captured
gives. While the strings differ, nothing is said of the key.

## Fix
Let the signer write the parts that are named as the service has them, or keep what changes the
request away from what is signed.

## Seen in
docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
",
    check: Check::LeftOver(LeftOver::Strings),
    fix,
};

fn fix(_it: &Examination<'_>, _parameter: Option<&BStr>) -> Fix {
    Fix::words("let the signer write its canonical request as the service does")
}

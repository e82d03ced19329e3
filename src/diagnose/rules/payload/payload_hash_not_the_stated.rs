use bstr::BStr;

use crate::{
    diagnose::{Check, Draft, Examination, Fix, Rule, RuleStage, Slot, Tier, Variants},
    sigv4::{PayloadRule, Placement, Sha256Digest},
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "payload-hash-not-the-stated",
    summary: "another payload hash was signed than the service takes for this request",
    stage: RuleStage::Payload,
    tier: Tier::B,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
Where a request carries `x-amz-content-sha256`, its value is the last line of the canonical request,
letter for letter. The signer sent one value and signed another: the hash of the body and
`UNSIGNED-PAYLOAD`, or the hash of no body. A presigned URL carries no such header: for Amazon S3
the line is `UNSIGNED-PAYLOAD`, for every other service the hash of the body, which of a GET is the
hash of nothing. The signer took the one for the other.

## How it shows
S3 answers 403 `SignatureDoesNotMatch`; the last line of the canonical request that it shows is the
value of the header, or `UNSIGNED-PAYLOAD` for a presigned URL.

## How it is proved
The mistake is made, and the canonical request hashes to the signer's digest, or the signature
comes out as sent.

## Fix
Take one value, and use it for the header and for the last line of the canonical request. Presign
with `UNSIGNED-PAYLOAD` for Amazon S3, and with the hash of the body for other services.

## Seen in
no thread; a mistake of many first attempts, shown by mutation
",
    check: Check::Make(make),
    fix,
};

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    let stated = draft.get(Slot::PayloadHash);
    let sent = it.header_values("x-amz-content-sha256");
    if !sent.iter().any(|value| value == stated) && !is_unstated(it) {
        return;
    }
    let body = it.request().and_then(|request| request.body.bytes());
    let hash = |text: &[u8]| Sha256Digest::of(text).to_string();
    let forms = [
        (Some(UNSIGNED.to_owned()), UNSIGNED),
        (body.map(hash), "the hash of the body"),
        (Some(hash(b"")), "the hash of no body"),
    ];
    let mut seen: Vec<String> = Vec::new();
    for (text, form) in forms {
        let Some(text) = text.filter(|text| stated != text.as_str() && !seen.contains(text)) else {
            continue;
        };
        seen.push(text.clone());
        out.push(
            RULE.variant()
                .with(Slot::PayloadHash, text)
                .named(form)
                .of_change(),
        );
    }
}

const UNSIGNED: &str = "UNSIGNED-PAYLOAD";

/// Whether it is a presigned URL that leaves the payload hash to what its service takes.
fn is_unstated(it: &Examination<'_>) -> bool {
    let is_presigned = it
        .stated()
        .is_some_and(|stated| stated.placement == Placement::Query);
    is_presigned && it.header("x-amz-content-sha256").is_none()
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    let words = match (is_unstated(it), it.recipe().payload) {
        (false, _) => "sign the value that x-amz-content-sha256 states",
        (true, PayloadRule::Stated) => {
            "end the canonical request of a presigned URL for Amazon S3 in UNSIGNED-PAYLOAD"
        }
        (true, _) => {
            "end the canonical request of this presigned URL in the hash of the body; only Amazon S3 takes UNSIGNED-PAYLOAD there"
        }
    };
    Fix::undo(&RULE, it, parameter, words)
}

use bstr::BStr;

use crate::{
    diagnose::{Check, Draft, Examination, Fix, Rule, RuleStage, Slot, Tier, Variant},
    sigv4::Sha256Digest,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "payload-hash-not-the-stated",
    summary: "another payload hash was signed than x-amz-content-sha256 states",
    stage: RuleStage::Payload,
    tier: Tier::B,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
Where a request carries `x-amz-content-sha256`, its value is the last line of the canonical request,
letter for letter. The signer sent one value and signed another: the hash of the body and
`UNSIGNED-PAYLOAD`, or the hash of no body.

## How it shows
S3 answers 403 `SignatureDoesNotMatch`; the last line of the canonical request that it shows is the
value of the header.

## How it is proved
The mistake is made, and the canonical request hashes to the signer's digest, or the signature
comes out as sent.

## Fix
Take one value, and use it for the header and for the last line of the canonical request.

## Seen in
no thread; a mistake of many first attempts, shown by mutation
",
    check: Check::Make(make),
    fix,
};

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Vec<Variant>) {
    let stated = draft.get(Slot::PayloadHash);
    let sent = it.header_values("x-amz-content-sha256");
    if !sent.iter().any(|value| value == stated) {
        return;
    }
    let body = it.request().and_then(|request| request.body.bytes());
    let hash = |text: &[u8]| Sha256Digest::of(text).to_string();
    let forms = [
        (Some("UNSIGNED-PAYLOAD".to_owned()), "UNSIGNED-PAYLOAD"),
        (body.map(hash), "the hash of the body"),
        (Some(hash(b"")), "the hash of no body"),
    ];
    let mut seen: Vec<String> = Vec::new();
    for (text, form) in forms {
        let Some(text) = text.filter(|text| stated != text.as_str() && !seen.contains(text)) else {
            continue;
        };
        seen.push(text.clone());
        out.push(RULE.variant().with(Slot::PayloadHash, text).named(form));
    }
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    Fix::undo(
        &RULE,
        it,
        parameter,
        "sign the value that x-amz-content-sha256 states",
    )
}

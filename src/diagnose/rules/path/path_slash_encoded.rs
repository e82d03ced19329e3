use bstr::{BStr, ByteSlice};

use crate::diagnose::{Check, Draft, Examination, Fix, Rule, RuleStage, Slot, Tier, Variants};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "path-slash-encoded",
    summary: "the slashes of the path were percent-encoded",
    stage: RuleStage::Path,
    tier: Tier::B,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
Each segment of a path is encoded for itself; the slashes between them stay. The signer gave the whole
path, or the whole key of an object, to a function that encodes `/` as `%2F`.

## How it shows
`SignatureDoesNotMatch` or `InvalidSignatureException`, only for paths of several segments.

## How it is proved
The mistake is made, and the canonical request hashes to the signer's digest, or the signature
comes out as sent.

## Fix
Split the path at its slashes, encode each segment, and join them with slashes.

## Seen in
no thread; a mistake of many first attempts, shown by mutation
",
    check: Check::Make(make),
    fix,
};

fn make(draft: &Draft, _it: &Examination<'_>, out: &mut Variants<'_>) {
    let uri = draft.get(Slot::CanonicalUri);
    let encoded = |text: &[u8]| text.replace("/", "%2F");
    let Some(behind) = uri.strip_prefix(b"/") else {
        return;
    };
    let mut push = |text: Vec<u8>, form: &str| {
        if text != uri.as_bytes() {
            out.push(RULE.variant().with(Slot::CanonicalUri, text).named(form));
        }
    };
    push([b"/", &encoded(behind)[..]].concat(), "all but the first");
    push(encoded(uri), "every slash");
    // A key behind the name of a bucket.
    if let Some(at) = behind.find_byte(b'/') {
        let (bucket, key) = behind.split_at(at);
        let key = key.get(1..).unwrap_or_default();
        push(
            [b"/", bucket, b"/", &encoded(key)[..]].concat(),
            "all but the first two",
        );
    }
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    Fix::undo(
        &RULE,
        it,
        parameter,
        "encode each segment of the path and leave the slashes between them",
    )
}

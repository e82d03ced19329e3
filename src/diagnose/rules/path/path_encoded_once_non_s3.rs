use bstr::{BStr, BString};

use crate::{
    diagnose::{Check, Draft, Examination, Fix, Rule, RuleStage, Slot, Tier, Variants},
    sigv4::{PathEncoding, normalize},
    wire::target::percent_decode,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "path-encoded-once-non-s3",
    summary: "the path was percent-encoded once; this service wants it encoded twice",
    stage: RuleStage::Path,
    tier: Tier::A,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
Every service but Amazon S3 takes the path as it stands on the wire, where it is encoded once, and
encodes it again for the canonical request: `%20` becomes `%2520`. The signer used the path of the
wire.

## How it shows
`SignatureDoesNotMatch` or `InvalidSignatureException`, only for paths that need encoding: those
with spaces, colons, parentheses, or ARNs in them.

## How it is proved
The mistake is made, and the canonical request hashes to the signer's digest, or the signature comes
out as sent.

## Fix
Percent-encode the path of the wire once more, `%` included, before it goes into the canonical
request. What is sent stays as it is.

## Seen in
brendanhay/amazonka#529, aws/aws-sdk-js#853, awslabs/aws-c-auth#162, aws/aws-sdk-java-v2#3154,
okigan/awscurl#216
",
    check: Check::Make(make),
    fix,
};

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    if it.recipe().path_encoding == PathEncoding::Twice {
        out.push(RULE.variant().with(Slot::CanonicalUri, once(draft, it)));
    }
}

/// The canonical URI with one layer of encoding fewer; the wire's own normalized path where it is
/// at hand, for a signer who forgets the second layer has just that.
fn once(draft: &Draft, it: &Examination<'_>) -> BString {
    let uri = draft.get(Slot::CanonicalUri);
    match it.request() {
        Some(request) if crate::sigv4::canonical_uri(request.path(), it.recipe()) == uri => {
            normalize(request.path())
        }
        _ => percent_decode(uri),
    }
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    let words = "encode the path once more in the canonical request; send it as it is";
    Fix::undo(&RULE, it, parameter, words)
}

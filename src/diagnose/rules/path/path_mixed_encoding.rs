use bstr::BStr;

use crate::{
    diagnose::rules::escapes,
    diagnose::{Check, Draft, Examination, Fix, Rule, RuleStage, Slot, Tier, Variants},
    sigv4::{PathEncoding, canonical_uri, normalize},
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "path-mixed-encoding",
    summary: "a path that is encoded in part was taken for one that is encoded",
    stage: RuleStage::Path,
    tier: Tier::B,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
The path on the wire has some characters as `%XX` and others plainly. The signer took it for
encoded because it holds a `%XX`, and signed it as it stands; the service decodes it and encodes
all of it anew.

Where every reserved character is plain, path-reserved-chars-unencoded gives the same text and is
named beside this rule.

## How it shows
403 `SignatureDoesNotMatch`, only for paths that mix both.

## How it is proved
The mistake is made, and the canonical request hashes to the signer's digest, or the signature
comes out as sent.

## Fix
Decode the path, then encode all of it; or send it wholly encoded.

## Seen in
apache/trafficserver#12802, curl/curl#7600
",
    check: Check::Make(make),
    fix,
};

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    let Some(request) = it.request() else { return };
    let path = request.path();
    let uri = draft.get(Slot::CanonicalUri);
    if canonical_uri(path, it.recipe()) != uri || !path.contains(&b'%') {
        return;
    }
    let text = match it.recipe().path_encoding {
        PathEncoding::Once => path.to_owned(),
        PathEncoding::Twice => escapes::encode_the_rest(&normalize(path)),
    };
    out.push(RULE.variant().with(Slot::CanonicalUri, text));
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    Fix::undo(
        &RULE,
        it,
        parameter,
        "decode the path first and then encode all of it",
    )
}

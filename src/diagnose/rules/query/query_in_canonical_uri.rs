use bstr::{BStr, BString, ByteSlice};

use crate::{
    diagnose::{Check, Draft, Examination, Fix, Rule, RuleStage, Slot, Tier, Variants},
    sigv4::Placement,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "query-in-canonical-uri",
    summary: "the query stands behind the path in the canonical request",
    stage: RuleStage::Query,
    tier: Tier::B,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
Path and query have a line each. The signer put path, question mark and query on the line of the path,
and left the line of the query empty or filled it as well.

## How it shows
`SignatureDoesNotMatch` or `InvalidSignatureException`, only for calls with a query.

## How it is proved
The mistake is made, and the canonical request hashes to the signer's digest, or the signature
comes out as sent.

## Fix
Write the path alone on the second line, the canonical query on the third.

## Seen in
no thread; a mistake of many first attempts, shown by mutation
",
    check: Check::Make(make),
    fix,
};

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    let query = draft.get(Slot::CanonicalQuery);
    let uri = draft.get(Slot::CanonicalUri);
    for (mark, form) in [
        ("?", "a question mark behind the path"),
        ("/?", "a slash and a question mark"),
    ] {
        let text = [uri.as_bytes(), mark.as_bytes()].concat();
        out.push(RULE.variant().with(Slot::CanonicalUri, text).named(form));
    }
    if query.is_empty() {
        return;
    }
    let mut texts: Vec<(BString, &str)> = vec![(query.to_owned(), "")];
    // The query of a presigned URL was not whole yet when it was signed.
    let presigned = it
        .stated()
        .is_some_and(|stated| stated.placement == Placement::Query);
    let sent = it.request().and_then(|request| request.query());
    if let Some(sent) = sent.filter(|sent| *sent != query && !presigned) {
        texts.push((sent.to_owned(), ", as sent"));
    }
    for (text, how) in texts {
        let line: BString = [uri.as_bytes(), b"?", &text].concat().into();
        let variant = |form: String| {
            RULE.variant()
                .with(Slot::CanonicalUri, line.clone())
                .named(form)
        };
        out.push(variant(format!("on the path's line alone{how}")).with(Slot::CanonicalQuery, ""));
        out.push(variant(format!("on both lines{how}")));
    }
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    Fix::undo(&RULE, it, parameter, "leave the query off the path's line")
}

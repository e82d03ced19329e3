use bstr::BStr;

use crate::diagnose::{Check, Draft, Examination, Fix, Rule, RuleStage, Slot, Tier, Variants};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "path-left-out",
    summary: "the path was left out of the canonical request",
    stage: RuleStage::Path,
    tier: Tier::B,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
The second line of the canonical request is the whole path of the request; `/` stands there only
where the path is empty. The signer always wrote `/`, or nothing at all.

## How it shows
`SignatureDoesNotMatch` or `InvalidSignatureException`; with `/`, only for calls with a path, so that
listing works and reading an object does not.

## How it is proved
The mistake is made, and the canonical request hashes to the signer's digest, or the signature
comes out as sent.

## Fix
Sign the path of the request, encoded as the service wants it.

## Seen in
no thread; a mistake of many first attempts, shown by mutation
",
    check: Check::Make(make),
    fix,
};

fn make(draft: &Draft, _it: &Examination<'_>, out: &mut Variants<'_>) {
    let uri = draft.get(Slot::CanonicalUri);
    for (text, form) in [("/", "a slash alone"), ("", "an empty line")] {
        if *uri != text {
            out.push(
                RULE.variant()
                    .with(Slot::CanonicalUri, text)
                    .named(form)
                    .of_change(),
            );
        }
    }
    let bare = uri.strip_prefix(b"/").filter(|bare| !bare.is_empty());
    if let Some(bare) = bare {
        let form = "without the slash in front";
        out.push(
            RULE.variant()
                .with(Slot::CanonicalUri, bare)
                .named(form)
                .of_change(),
        );
    }
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    Fix::undo(&RULE, it, parameter, "sign the path of the request")
}

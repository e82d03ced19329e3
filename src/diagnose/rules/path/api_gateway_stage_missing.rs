use bstr::{BStr, ByteSlice};

use crate::{
    diagnose::rules::path::segments::behind,
    diagnose::{Check, Draft, Examination, Fix, Rule, RuleStage, Slot, Tier, Variants},
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "api-gateway-stage-missing",
    summary: "the canonical path lacks the stage of the API",
    stage: RuleStage::Path,
    tier: Tier::C,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
An API of API Gateway is called at `/{stage}/{resource}`, and the stage is part of the path that
is signed. The signer left it out, or the other way about: a domain name of one's own maps the
stage away, and it was signed.

## How it shows
403 `InvalidSignatureException` from execute-api; the path in the canonical request that the
service shows begins with the stage.

## How it is proved
The mistake is made, and the canonical request hashes to the signer's digest, or the signature
comes out as sent.

## Fix
Sign the whole path as it is sent, the stage included.

## Seen in
docs.aws.amazon.com: IAM User Guide, Troubleshoot Signature Version 4 signing for AWS API requests
",
    check: Check::Make(make),
    fix,
};

/// Names that stages often have.
const STAGES: [&str; 8] = [
    "prod",
    "production",
    "dev",
    "test",
    "stage",
    "staging",
    "v1",
    "default",
];

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    if draft.get(Slot::ScopeService) != "execute-api" {
        return;
    }
    let uri = draft.get(Slot::CanonicalUri);
    let host = draft.header("host").unwrap_or_default();
    if host.contains_str(".execute-api.") {
        let path = behind(uri, 1).unwrap_or_else(|| "/".into());
        out.push(
            RULE.variant()
                .with(Slot::CanonicalUri, path)
                .named("left out")
                .of_change(),
        );
        return;
    }
    // A guess is made on the path as it is sent, and on no other mistake's.
    if !it.has_right_piece(draft, Slot::CanonicalUri) {
        return;
    }
    for stage in STAGES {
        let stage = format!("/{stage}");
        if uri.starts_with(stage.as_bytes()) {
            // It is sent.
            continue;
        }
        let path = [stage.as_bytes(), uri].concat();
        let name = format!("{stage} signed and not sent");
        out.push(
            RULE.variant()
                .with(Slot::CanonicalUri, path)
                .named(name)
                .of_change(),
        );
    }
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    Fix::undo(
        &RULE,
        it,
        parameter,
        "sign the whole path as it is sent, the stage included",
    )
}

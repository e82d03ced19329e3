use bstr::{BStr, BString, ByteSlice};

use crate::{
    diagnose::rules::scope::parts,
    diagnose::{
        AwsCheck, Check, Circumstance, Draft, Examination, Fix, Observation, Rule, RuleStage, Slot,
        Tier, Variants,
    },
    evidence::Statement,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "scope-terminator-wrong",
    summary: "the credential scope does not end with aws4_request",
    stage: RuleStage::Scope,
    tier: Tier::C,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: r#"## What goes wrong
The last part of the credential scope is `aws4_request`, also for Signature Version 4A. The request
has another.

## How it shows
*Credential should be scoped with a valid terminator: 'aws4_request', not '…'.*; Amazon S3:
*incorrect terminal "…". This endpoint uses "aws4_request".*

## How it is proved
The service says so, or it stands in the request. With the secret: a key that was derived with that
text at its end gives the signature that was sent.

## Fix
Write `aws4_request`, in the scope and as the last message of the signing key's derivation.

## Seen in
mhart/dynalite (source), versity/versitygw (source)
"#,
    check: Check::Both { observe, make },
    fix,
};

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    let said = it.says(&Statement::TerminatorDiffers);
    let own = wrong(it).filter(|_| said || !it.passed(AwsCheck::Scope));
    if !said && own.is_none() {
        return Vec::new();
    }
    let mut observation = Observation::new(Circumstance::Stated).at(parts::place(it));
    if let Some(own) = own {
        observation = observation.shows(own, "aws4_request");
    }
    vec![observation]
}

/// The key may have been derived with the same text at its end, or with the right one.
fn make(_draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    if let Some(own) = wrong(it) {
        out.push(RULE.variant().with(Slot::KeyTerminator, own));
    }
}

fn wrong(it: &Examination<'_>) -> Option<BString> {
    let scope = it.stated()?.authorization.scope();
    let parts: Vec<&[u8]> = scope.split_str("/").collect();
    match parts[..] {
        // A carriage return behind it is the line's own mistake.
        [_, _, _, last] if last.trim_end() != b"aws4_request" => Some(last.into()),
        _ => None,
    }
}

fn fix(it: &Examination<'_>, _parameter: Option<&BStr>) -> Fix {
    parts::fix(it, 3, Some("aws4_request".into()))
}

use bstr::{BStr, BString};

use crate::diagnose::{
    AwsCheck, Check, Circumstance, Draft, Examination, Fix, Known, Observation, Rule, RuleStage,
    Slot, Tier, Variant, Variants, rules::scope::parts,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "wrong-service-in-scope",
    summary: "the credential scope names another service than the one that is called",
    stage: RuleStage::Scope,
    tier: Tier::A,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
The third part of the credential scope is the service's signing name. The request has another: the
first label of the host, the name of the SDK's client, or a default such as `execute-api`. Host and
signing name differ for 103 of 481 services.

## How it shows
JSON services answer 400 `InvalidSignatureException`, query services 403 `SignatureDoesNotMatch`,
with *Credential should be scoped to correct service: '…'*. Amazon S3 answers
`AuthorizationHeaderMalformed`.

## How it is proved
The message names the right service. Without it, the catalogue knows the signing name of the host,
the target or the action. With the secret the signature is recomputed in the scope as stated: when
it comes out as sent, this is the whole mistake.

## Fix
Put the signing name into the scope: in the string to sign, in `Credential=`, and in the derivation
of the signing key.

## Seen in
aws/aws-sdk-ruby#431, disneystreaming/smithy4s#1568, JuliaCloud/AWS.jl#334,
cllunsford/aws-signing-proxy#25, arnemolland/sigv4#15
",
    check: Check::Both { observe, make },
    fix,
};

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    let Some((stated, right)) = wrong(it) else {
        return Vec::new();
    };
    let circumstance = match it.expected().service_known {
        Known::Service => Circumstance::Stated,
        _ => Circumstance::Known,
    };
    let observation = Observation::new(circumstance)
        .shows(stated.clone(), right.clone())
        .named(right)
        .at(parts::place(it));
    vec![observation]
}

/// The service in the scope and the right one, where they differ.
pub(super) fn wrong(it: &Examination<'_>) -> Option<(BString, BString)> {
    let stated = it.scope_part(2)?;
    let right = it.expected().service(stated);
    // A scope that the service took is right, whatever the catalogue has.
    let known = it.expected().service_known != Known::Unknown && !it.passed(AwsCheck::Scope);
    (right != stated && known).then(|| (stated.to_owned(), right))
}

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    let stated = it
        .stated()
        .and_then(|stated| stated.scope_part(2))
        .unwrap_or_default();
    // What stands in the scope if that is wrong; else the names that are often taken for it.
    let right = draft.get(Slot::ScopeService);
    let names: Vec<BString> = if stated != right && !stated.is_empty() {
        vec![stated.to_owned()]
    } else {
        vec!["execute-api".into()]
    };
    for name in names {
        out.push(variant(&RULE, &name).named(right));
    }
}

/// A scope and a signing key for another service.
pub(super) fn variant(rule: &'static Rule, service: &BString) -> Variant {
    rule.variant()
        .with(Slot::ScopeService, service.clone())
        .with(Slot::KeyService, service.clone())
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    parts::fix(it, 2, parameter)
}

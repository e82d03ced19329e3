use bstr::{BStr, BString};

use crate::diagnose::{
    AwsCheck, Check, Draft, Examination, Fix, Observation, Rule, RuleStage, Tier, Variants,
    rules::scope::{parts, region_literal_wrong},
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "region-in-scope-not-the-hosts",
    summary: "the scope's region is not the region of the host",
    stage: RuleStage::Scope,
    tier: Tier::A,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
A host of one region is called with another region in the credential scope: a default region was
left in the signer, or the host was copied from an example.

## How it shows
JSON services answer 400 `InvalidSignatureException`, query services 403 `SignatureDoesNotMatch`,
with *Credential should be scoped to a valid region, not '…'.*

## How it is proved
The catalogue knows the host as one of a region, and the scope has another. With the secret the
signature is recomputed in the scope as stated: when it comes out as sent, this is the whole
mistake.

## Fix
Use the host's region in the scope and in the signing key, or call the host of the scope's region.

## Seen in
cloud-custodian/cloud-custodian#2218, rusoto/rusoto#1870
",
    check: Check::Both { observe, make },
    fix,
};

/// Services whose regions are another rule's.
const OTHERS: [&str; 3] = ["s3", "sts", "s3express"];

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    let Some((stated, right)) = wrong(it) else {
        return Vec::new();
    };
    vec![
        Observation::new(parts::region_known(it))
            .shows(stated, right.clone())
            .named(right)
            .at(parts::place(it)),
    ]
}

fn wrong(it: &Examination<'_>) -> Option<(BString, BString)> {
    let stated = it.scope_part(1)?;
    let right = it.expected().region(stated);
    // A text that is no region at all is another mistake.
    let is_region = !region_literal_wrong::is_no_region(stated);
    (applies(it) && is_region && right != stated && !it.passed(AwsCheck::Scope))
        .then(|| (stated.to_owned(), right))
}

/// Whether the host is one of a region, of a service that no other rule speaks for.
fn applies(it: &Examination<'_>) -> bool {
    let best = it.expected().best();
    best.is_some_and(|best| {
        let regional = best.host.as_ref().is_some_and(|host| host.region.is_some());
        regional && !OTHERS.contains(&best.service.signing_name())
    })
}

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    let stated = it.stated().and_then(|stated| stated.scope_part(1));
    let is_region = stated.is_none_or(|stated| !region_literal_wrong::is_no_region(stated));
    if applies(it) && is_region {
        parts::regions(&RULE, draft, it, &["us-east-1"], out);
    }
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    parts::fix(it, 1, parameter)
}

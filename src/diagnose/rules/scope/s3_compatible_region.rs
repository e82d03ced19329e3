use bstr::BStr;

use crate::{
    diagnose::rules::scope::parts,
    diagnose::{Check, Circumstance, Examination, Fix, Observation, Rule, RuleStage, Tier},
    evidence::Statement,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "s3-compatible-region",
    summary: "the server wants a region name of its own",
    stage: RuleStage::Scope,
    tier: Tier::B,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
Servers that stand in for Amazon S3 have their own word for the region in the scope: Garage wants
`garage`, Cloudflare R2 `auto`, SwiftStack `US`, each unless set otherwise.

## How it shows
Garage: *Authorization header malformed, unexpected scope: 20251215/us-east-1/s3/aws4_request*;
SwiftStack: *the region 'us-east-1' is wrong; expecting 'US'*.

## How it is proved
The server says so, and the host is none of AWS's.

## Fix
Set the region of the client to the server's word.

## Seen in
PhantomPhoton/S3-Compatible#28, directus/directus#22834, versity/versitygw#1990,
shieldproject/shield#465
",
    check: Check::Observe(observe),
    fix,
};

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    if it.is_at_aws() {
        return Vec::new();
    }
    let said = it.states(|statement| match statement {
        Statement::ScopeUnexpected(_) => Some(None),
        Statement::RegionShouldBe {
            expected: Some(region),
            ..
        } => Some(Some(region.clone())),
        _ => None,
    });
    let Some(expected) = said else {
        return Vec::new();
    };
    let actual = it
        .stated()
        .and_then(|stated| stated.scope_part(1))
        .unwrap_or_default();
    let mut observation = Observation::new(Circumstance::Stated).at(parts::place(it));
    match expected {
        Some(region) => observation = observation.shows(actual, region.clone()).named(region),
        None => {
            observation = observation
                .shows(actual, "the region that the server is set to")
                .sign("the message is Garage's, whose region is garage unless set otherwise");
        }
    }
    vec![observation]
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    match parameter {
        Some(right) => parts::fix(it, 1, Some(right)),
        None => Fix::words("set the client's region to the server's (Garage: s3_region)"),
    }
}

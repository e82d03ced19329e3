use bstr::BStr;

use crate::{
    diagnose::{Check, Circumstance, Examination, Fix, Observation, Rule, RuleStage, Tier},
    evidence::Statement,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "optin-region-key-unknown",
    summary: "the key may not be known in this region, which has to be enabled first",
    stage: RuleStage::Credentials,
    tier: Tier::B,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
Regions that opened after March 2019 are off until an account enables them, and do not take the
session tokens of the global endpoint `sts.amazonaws.com`.

## How it shows
JSON services answer 400 `UnrecognizedClientException`, query services 403 `InvalidClientTokenId`,
*The security token included in the request is invalid*; the same key works in other regions.

## How it is proved
The service does not know the credentials, and the region is one of those. That is a suspicion: the
key may be wrong everywhere.

## Fix
Enable the region for the account; take session tokens from `sts.REGION.amazonaws.com`.

## Seen in
ekristen/aws-nuke#774
",
    check: Check::Observe(observe),
    fix,
};

/// Regions that have to be enabled.
///
/// Source: AWS Account Management Reference Guide, "Enable or disable AWS Regions".
const REGIONS: [&str; 17] = [
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-south-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-west-1",
    "eu-central-2",
    "eu-south-1",
    "eu-south-2",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
];

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    let region = it.stated().and_then(|stated| stated.scope_part(1));
    let region = region.filter(|region| REGIONS.iter().any(|own| region == own));
    // A token that is not there at all, or is none, explains the answer by itself.
    let lacks = it.has_temporary_key() && !it.has_session_token();
    let Some(region) = region.filter(|_| it.says(&Statement::CredentialsUnknown) && !lacks) else {
        return Vec::new();
    };
    if !it.is_at_aws() {
        return Vec::new();
    }
    vec![
        Observation::new(Circumstance::Suspected)
            .named(region)
            .at(it.locate(region)),
    ]
}

fn fix(_it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    let region = parameter.unwrap_or_default();
    Fix::words(
        [
            b"enable ".as_slice(),
            region,
            b" for the account, or take the session token from sts.",
            region,
            b".amazonaws.com",
        ]
        .concat(),
    )
}

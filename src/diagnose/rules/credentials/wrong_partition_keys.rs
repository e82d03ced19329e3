use bstr::BStr;

use crate::{
    diagnose::{Check, Circumstance, Examination, Fix, Observation, Rule, RuleStage, Tier},
    evidence::Statement,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "wrong-partition-keys",
    summary: "the keys may be of another partition",
    stage: RuleStage::Credentials,
    tier: Tier::B,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
AWS in China, AWS GovCloud (US) and the other partitions have accounts and keys of their own. Keys
of one are not known in another.

## How it shows
`UnrecognizedClientException` or `InvalidClientTokenId`, *The security token included in the request
is invalid*; `InvalidAccessKeyId` of Amazon S3.

## How it is proved
The service does not know the credentials, and the host is one of a partition other than `aws`. That
is a suspicion: a key id does not say where it is from.

## Fix
Use the keys of an account in that partition, or the hosts of the keys' own.

## Seen in
boto/botocore#1775
",
    check: Check::Observe(observe),
    fix,
};

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    let lacks = it.has_temporary_key() && !it.has_session_token();
    let partition = it
        .host_facts()
        .partition
        .filter(|partition| partition.name() != "aws");
    let unknown = it.says(&Statement::CredentialsUnknown) && !lacks;
    let Some(partition) = partition.filter(|_| unknown) else {
        return Vec::new();
    };
    vec![Observation::new(Circumstance::Suspected).named(partition.name())]
}

fn fix(_it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    let partition = parameter.unwrap_or_default();
    Fix::words(
        [
            b"use keys of an account in the partition ".as_slice(),
            partition,
        ]
        .concat(),
    )
}

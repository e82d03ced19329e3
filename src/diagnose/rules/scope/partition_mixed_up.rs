use bstr::{BStr, BString, ByteSlice};

use crate::{
    catalog::{self, Partition},
    diagnose::{Check, Circumstance, Examination, Fix, Need, Observation, Rule, RuleStage, Tier},
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "partition-mixed-up",
    summary: "the host has a region of one partition and the ending of another",
    stage: RuleStage::Scope,
    tier: Tier::C,
    needs: &[Need::Request],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
A partition is a set of regions with DNS endings, accounts and keys of its own: hosts in China end
in `amazonaws.com.cn`, those of the European Sovereign Cloud in `amazonaws.eu`. The host was put
together from a region of one and the ending of another.

## How it shows
The name does not resolve, or a host of the wrong partition refuses the key: `InvalidClientTokenId`,
`UnrecognizedClientException`.

## How it is proved
The catalogue has each region's partition, and each partition's endings.

## Fix
Use the ending of the region's partition. Keys of one partition are unknown in all others.

## Seen in
Keys of the wrong partition: boto/botocore#1775. For the host alone no report is at hand.
",
    check: Check::Observe(observe),
    fix,
};

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    let Some((host, right)) = wrong(it) else {
        return Vec::new();
    };
    let at = it.locate(&host);
    vec![
        Observation::new(Circumstance::Known)
            .shows(host, right.clone())
            .named(right)
            .at(at),
    ]
}

/// The host, and the same with the ending of its region's partition.
fn wrong(it: &Examination<'_>) -> Option<(BString, BString)> {
    let host = it.request_or_hint()?.host()?;
    let facts = it.host_facts();
    let of_suffix = facts.partition?;
    let of_region = catalog::partition_of_region(facts.region.as_deref()?)?;
    if facts.is_known() || of_suffix == of_region {
        return None;
    }
    let right = endings(of_suffix)
        .zip(endings(of_region))
        .find_map(|(wrong, right)| {
            let body = host.strip_suffix(wrong.as_bytes())?;
            Some(BString::from([body, right.as_bytes()].concat()))
        })?;
    Some((host.to_owned(), right))
}

fn endings(partition: Partition) -> impl Iterator<Item = &'static str> {
    [partition.suffix(), partition.dualstack_suffix()].into_iter()
}

fn fix(it: &Examination<'_>, right: Option<&BStr>) -> Fix {
    match (wrong(it), right) {
        (Some((host, _)), Some(right)) => {
            let at = it.locate(&host);
            Fix::words("send it to the host of the region's own partition, and sign that host")
                .edit(host, right.as_bytes(), at)
        }
        _ => Fix::default(),
    }
}

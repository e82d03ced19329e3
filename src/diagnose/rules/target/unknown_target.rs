use bstr::{BStr, BString, ByteSlice};

use crate::{
    catalog,
    diagnose::{
        Check, Circumstance, Examination, Fix, Need, Observation, Rule, RuleStage, Tier,
        rules::target::header,
    },
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "unknown-target",
    summary: "X-Amz-Target names nothing that the service has",
    stage: RuleStage::Target,
    tier: Tier::B,
    needs: &[Need::Request],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
`X-Amz-Target` has a prefix that no service has, or a prefix that is right and an operation that the
service does not have. The prefix is seldom the service's name, and part of it may be a date:
`DynamoDB_20120810`.

## How it shows
HTTP 400 with `com.amazon.coral.service#UnknownOperationException`, or 404 with
`<UnknownOperationException/>`.

## How it is proved
The catalogue has the prefix of each service that has one. An operation that is not in it may be
newer than the catalogue, and is a suspicion only. The name that is nearest to it is offered.

## Fix
Write the target as the catalogue has it: `countersign catalog SERVICE OPERATION`. Sign again, the
header is part of the signature.

## Seen in
soto-project/soto#580, aws/aws-sdk-go#3689, aws/aws-sdk-net#1536
",
    check: Check::Observe(observe),
    fix,
};

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    let Some(target) = header::value(it, "x-amz-target") else {
        return Vec::new();
    };
    let Some(dot) = target.rfind_byte(b'.') else {
        return Vec::new();
    };
    if !catalog::operation_by_target(target).is_empty() {
        return Vec::new();
    }
    let prefix = target.get(..dot).unwrap_or_default();
    let has_prefix = |service: &catalog::Service| {
        service
            .target_prefix()
            .is_some_and(|known| known.as_bytes() == prefix)
    };
    let hosts = header::of_host(it);
    let circumstance = match catalog::services().any(|service| has_prefix(&service)) {
        true => Circumstance::Suspected,
        // A host that is none of AWS may serve what it likes.
        false if hosts.is_empty() => return Vec::new(),
        false => Circumstance::Known,
    };
    let mut observation = Observation::new(circumstance);
    observation.actual = Some(target.to_owned());
    observation.expected = right(&hosts, target.get(dot + 1..).unwrap_or_default());
    observation.parameter.clone_from(&observation.expected);
    vec![observation.at(header::place(it, "x-amz-target"))]
}

/// The target of the host's service that has an operation of this name, in any case, or of the
/// name that is nearest to it.
fn right(hosts: &[catalog::Service], name: &[u8]) -> Option<BString> {
    let operations = || {
        let all = hosts.iter().flat_map(|service| service.operations());
        all.filter(|operation| operation.target().is_some())
    };
    let named = operations().find(|one| one.name().as_bytes().eq_ignore_ascii_case(name));
    let near = || {
        let names = operations().map(|operation| operation.name());
        let name = catalog::nearest(name.to_str().ok()?, names)?;
        operations().find(|operation| operation.name() == name)
    };
    let operation = named.or_else(near)?;
    operation.target().map(BString::from)
}

fn fix(it: &Examination<'_>, right: Option<&BStr>) -> Fix {
    let edited = right.and_then(|right| {
        let from = header::line(it, "x-amz-target")?;
        Some((from, header::line_with(it, "x-amz-target", right)?))
    });
    match edited {
        Some((from, to)) => Fix::words("write the target as the service has it, and sign again")
            .edit(from, to, header::place(it, "x-amz-target")),
        None => Fix::words(header::look_up(it, "look the target up")),
    }
}

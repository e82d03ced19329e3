use bstr::{BStr, BString, ByteSlice};

use crate::{
    catalog,
    diagnose::{
        AwsCheck, Check, Circumstance, Examination, Fix, Observation, Rule, RuleStage, Tier,
    },
    evidence::Statement,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "unknown-target",
    summary: "the service has no such operation",
    stage: RuleStage::Target,
    tier: Tier::B,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
Services that speak JSON find the operation by `X-Amz-Target`. It is not there, its prefix or its
operation is none that the service knows, or the request is no `POST`. Query services find it by
`Action` and `Version`.

## How it shows
JSON services answer 400 `UnknownOperationException`, or 404 `<UnknownOperationException/>`; query
services 400 `InvalidAction`, *Could not find operation … for version …*.

## How it is proved
The service says so. Without its answer, a target that the catalogue does not have is a suspicion:
the service may be newer than the catalogue.

## Fix
Write the target as the catalogue has it: `countersign catalog OPERATION`.

## Seen in
soto-project/soto#580, aws/aws-sdk-go#3689, aws/aws-sdk-net#1536, mhart/dynalite (source)
",
    check: Check::Observe(observe),
    fix,
};

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    if it.passed(AwsCheck::Target) {
        return Vec::new();
    }
    let said = it.states(|statement| match statement {
        Statement::OperationNotInVersion { operation, version } => Some(
            Observation::new(Circumstance::Stated)
                .named(bstr::join(" in version ", [operation, version])),
        ),
        _ => None,
    });
    let refused = it.says(&Statement::OperationUnknown);
    let own = said.or_else(|| match target(it) {
        Some(target) => of_target(it, target, refused),
        None => without_target(it, refused),
    });
    own.into_iter().collect()
}

fn target<'a>(it: &Examination<'a>) -> Option<&'a BStr> {
    let value = it.request_or_hint()?.header("x-amz-target")?;
    Some(value.trim().as_bstr())
}

fn of_target(it: &Examination<'_>, target: &BStr, refused: bool) -> Option<Observation> {
    // A name without a prefix is another mistake.
    let is_bare = !target.contains_str(".");
    let is_known = !catalog::operation_by_target(target).is_empty();
    let at_aws = it.is_at_aws() || refused;
    if is_bare || !at_aws {
        return None;
    }
    if is_known {
        let method = &it.request_or_hint()?.method;
        return (refused && *method != "POST").then(|| {
            Observation::new(Circumstance::Stated)
                .shows(method.clone(), "POST")
                .sign("the target is right, and the method is not POST")
        });
    }
    let circumstance = match refused {
        true => Circumstance::Stated,
        false => Circumstance::Suspected,
    };
    let observation = Observation::new(circumstance).at(it.header_place("x-amz-target"));
    Some(match nearest(target) {
        Some(near) => observation.shows(target, near.clone()).named(near),
        None => observation.shows(target, "a target that the catalogue has"),
    })
}

fn without_target(it: &Examination<'_>, refused: bool) -> Option<Observation> {
    let request = it.request()?;
    let kind = request.header("content-type").unwrap_or_default();
    let is_json = kind.trim_start().starts_with(b"application/x-amz-json-");
    (is_json && (refused || it.is_at_aws() && it.is_seen_whole())).then(|| {
        let circumstance = match refused {
            true => Circumstance::Stated,
            false => Circumstance::Known,
        };
        Observation::new(circumstance)
            .sign("the request is of the JSON protocol and has no X-Amz-Target")
            .at(it.header_place("content-type"))
    })
}

/// The target of the same prefix whose operation is spelt most like it.
fn nearest(target: &[u8]) -> Option<BString> {
    let (prefix, name) = target.rsplit_once_str(".")?;
    let all = catalog::services().filter(|service| {
        service
            .target_prefix()
            .is_some_and(|own| own.as_bytes() == prefix)
    });
    all.flat_map(catalog::Service::operations)
        .map(|operation| (distance(operation.name().as_bytes(), name), operation))
        .filter(|(distance, _)| *distance <= 3)
        .min_by_key(|(distance, operation)| (*distance, operation.name()))
        .and_then(|(_, operation)| operation.target())
        .map(Into::into)
}

/// How many letters have to be changed, added or dropped.
fn distance(one: &[u8], other: &[u8]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, a) in one.iter().enumerate() {
        let mut before = at;
        let mut next = vec![at + 1];
        for (b, up) in other.iter().zip(row.iter().skip(1)) {
            let change = before + usize::from(a != b);
            let left = next.last().copied().unwrap_or_default();
            next.push(change.min(up + 1).min(left + 1));
            before = *up;
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    let (Some(target), Some(right)) = (target(it), parameter) else {
        return Fix::words("send a POST with a target that the service has, and sign again");
    };
    let line = |value: &BStr| [b"X-Amz-Target: ".as_slice(), value].concat();
    Fix::words("write the target that the service has, and sign again").edit(
        line(target),
        line(right),
        it.header_place("x-amz-target"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typing_error_finds_its_operation() {
        let near = nearest(b"DynamoDB_20120810.ListTabels").unwrap();
        assert_eq!(near, "DynamoDB_20120810.ListTables");
        assert_eq!(nearest(b"DynamoDB_20120810.Nothing"), None);
        assert_eq!(distance(b"abc", b"abd"), 1);
    }
}

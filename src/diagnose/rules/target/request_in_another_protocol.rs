use crate::{
    catalog::{self, Protocol, Service},
    diagnose::{
        Check, Circumstance, Examination, Fix, Need, Observation, Rule, RuleStage, Tier,
        rules::target::header,
    },
    wire::target::parameter,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "request-in-another-protocol",
    summary: "the request is written in a protocol that the host's service does not speak",
    stage: RuleStage::Target,
    tier: Tier::C,
    needs: &[Need::Request],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
A form with `Action` and `Version` goes to a service that reads `X-Amz-Target` and JSON, or the
reverse. The two families look alike from outside (all POST to `/`), and neither understands the
other. Some services speak both, and SQS did in turn: forms up to botocore 1.34.88 (April 2024).

## How it shows
`UnknownOperationException`, `MissingAction`, or `InvalidAction`.

## How it is proved
The catalogue has the protocols of every service that has the host, those of earlier years among
them.

## Fix
Write the request as the service wants it: `countersign catalog HOST` tells protocol, content type
and targets.

## Seen in
Calls written by hand after another service's example; no report is at hand.
",
    check: Check::Observe(observe),
    fix: |it, _| {
        Fix::words(header::look_up(
            it,
            "write the request in the service's own protocol",
        ))
    },
};

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    let hosts = header::of_host(it);
    if hosts.is_empty() {
        return Vec::new();
    }
    let target = header::value(it, "x-amz-target");
    let (written, wanted) = match target {
        Some(target) if !target.is_empty() => ("X-Amz-Target", Protocol::Json),
        None if has_action(it) => ("Content-Type", Protocol::Query),
        _ => return Vec::new(),
    };
    if hosts.iter().any(|service| speaks(*service, wanted)) {
        return Vec::new();
    }
    let spoken: Vec<&str> = hosts
        .iter()
        .flat_map(|one| one.protocols())
        .map(Protocol::name)
        .collect();
    let Some(right) = spoken.first() else {
        return Vec::new();
    };
    // A target that is right for another service is another mistake, and has its own rule.
    if header::of_target(it).next().is_some() {
        return Vec::new();
    }
    vec![
        Observation::new(Circumstance::Known)
            .shows(wanted.name(), *right)
            .at(header::place(it, written)),
    ]
}

/// Whether the body is a form with an `Action`.
fn has_action(it: &Examination<'_>) -> bool {
    let form = header::value(it, "content-type").is_some_and(|kind| {
        kind.to_ascii_lowercase()
            .starts_with(b"application/x-www-form-urlencoded")
    });
    let body = it
        .request_or_hint()
        .and_then(|request| request.body.bytes());
    form && body.is_some_and(|body| parameter(body, "Action").is_some())
}

/// Whether the service speaks the protocol, or did in earlier years.
fn speaks(service: Service, protocol: Protocol) -> bool {
    let like = |one: Protocol| match one {
        Protocol::Ec2 => Protocol::Query,
        other => other,
    };
    let earlier = catalog::history().any(|one| {
        one.service() == service.id()
            && one.fact() == "protocol"
            && one.value().as_bytes() == protocol.name().as_bytes()
    });
    earlier || service.protocols().any(|one| like(one) == protocol)
}

use bstr::{BStr, BString, ByteSlice};

use crate::diagnose::{
    Check, Circumstance, Examination, Fix, Need, Observation, Rule, RuleStage, Tier,
    rules::target::header,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "target-of-another-service",
    summary: "X-Amz-Target names an operation of another service than the host serves",
    stage: RuleStage::Target,
    tier: Tier::B,
    needs: &[Need::Request],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
The target is right, but it is sent to a host of another service: the host was copied from another
call, or guessed from the service's name. Neither service knows the request.

## How it shows
`UnknownOperationException`, or a scope message of the service whose host it is.

## How it is proved
The catalogue has the target's service and the host's services, those of earlier years among them,
and they differ.

## Fix
Send it to a host of the target's service, and sign that host; or write the target of the host's
service.

## Seen in
soto-project/soto#580
",
    check: Check::Observe(observe),
    fix,
};

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    let hosts = header::of_host(it);
    let wanted: Vec<_> = header::of_target(it).map(|one| one.service).collect();
    let Some(service) = wanted.first() else {
        return Vec::new();
    };
    if hosts.is_empty() || wanted.iter().any(|service| hosts.contains(service)) {
        return Vec::new();
    }
    let host = it
        .request_or_hint()
        .and_then(|request| request.host())
        .unwrap_or_default();
    let region = it
        .stated()
        .and_then(|stated| stated.scope_part(1))
        .unwrap_or_default();
    let right = service.hosts(&region.to_str_lossy()).into_iter().next();
    let mut observation = Observation::new(Circumstance::Known).at(it.locate(host));
    observation.actual = Some(host.to_owned());
    observation.expected = right.map(|right| BString::from(right.host));
    observation.parameter.clone_from(&observation.expected);
    vec![observation]
}

fn fix(it: &Examination<'_>, right: Option<&BStr>) -> Fix {
    let host = it.request_or_hint().and_then(|request| request.host());
    match (host, right) {
        (Some(host), Some(right)) => Fix::words("send it to the target's own host, and sign that")
            .edit(host, right.as_bytes(), it.locate(host)),
        _ => Fix::words("send it to a host of the target's service, and sign that"),
    }
}

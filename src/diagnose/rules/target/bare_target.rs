use bstr::{BStr, BString, ByteSlice};

use crate::{
    catalog,
    diagnose::{Check, Circumstance, Examination, Fix, Need, Observation, Rule, RuleStage, Tier},
    evidence::Span,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "bare-target",
    summary: "X-Amz-Target lacks the service's prefix",
    stage: RuleStage::Target,
    tier: Tier::A,
    needs: &[Need::Request],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
Services that speak JSON read the operation from the header `X-Amz-Target`. Its value is the
service's prefix, a dot, and the operation's name. The request has the name alone. The prefix is
seldom the service's name: that of AWS Auto Scaling plans is
`AnyScaleScalingPlannerFrontendService`.

## How it shows
HTTP 400 with `UnknownOperationException`, or a web page in place of an API's answer (seen on
`autoscaling.REGION.amazonaws.com` in 2019): what the host does not recognise as a call to an API
goes to its web site.

## How it is proved
The catalogue knows every operation of every service. A value without a dot that is an operation's
name is wrong by itself. 485 names occur in more than one service; the host, the scope or the other
request decides which is meant. Where they do not, all are listed.

## Fix
Write the full target, and sign again: the header is part of the signature.

## Seen in
The case that this tool was made for: AWS Auto Scaling plans, called without an SDK.
",
    check: Check::Observe(observe),
    fix,
};

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    let Some(bare) = it.bare_target() else {
        return Vec::new();
    };
    let found = targets(it, bare);
    if found.is_empty() {
        return Vec::new();
    }
    let expected = BString::from(bstr::join(" or ", &found));
    let mut observation = Observation::new(Circumstance::Known)
        .shows(bare, expected)
        .at(place(it, bare));
    if let [target] = &found[..] {
        observation = observation.named(target.clone());
    }
    if it.response().is_some_and(crate::evidence::is_web_page) {
        observation = observation.sign("that is why a web page came back and not an API's answer");
    }
    vec![observation]
}

/// The full targets that the name can stand for: those of the other request, of the service that
/// the scope or the host names, else of all that have such an operation.
fn targets(it: &Examination<'_>, bare: &BStr) -> Vec<BString> {
    let theirs = it
        .theirs()
        .and_then(|theirs| theirs.request_or_hint()?.header("x-amz-target"));
    let same = |target: &&BStr| {
        let parted = target.rsplit_once_str(".");
        parted.is_some_and(|(_, name)| name == bare)
    };
    if let Some(target) = theirs.filter(same) {
        return vec![target.to_owned()];
    }
    let all = catalog::targets_of_operation(bare);
    let text = |operation: &catalog::Operation| operation.target().map(BString::from);
    let scoped = it
        .stated()
        .and_then(|stated| stated.scope_part(2))
        .unwrap_or_default();
    let by_scope = || {
        all.iter()
            .filter(|operation| operation.signing_name() == scoped)
    };
    let hosts = || {
        it.expected()
            .candidates
            .iter()
            .filter(|candidate| candidate.host.is_some())
    };
    let by_host = || {
        let is_at = |operation: &&catalog::Operation| {
            hosts().any(|candidate| candidate.service == operation.service())
        };
        all.iter().filter(is_at).collect::<Vec<_>>()
    };
    let mut found: Vec<BString> = by_scope().filter_map(text).collect();
    if found.is_empty() {
        found = by_host().into_iter().filter_map(text).collect();
    }
    if found.is_empty() {
        found = all.iter().filter_map(text).collect();
    }
    found.sort();
    found.dedup();
    found
}

fn place(it: &Examination<'_>, bare: &BStr) -> Option<Span> {
    it.request_or_hint()?
        .headers
        .iter()
        .find(|field| field.is("x-amz-target"))
        .and_then(|field| it.locate(&[&field.name[..], b": ", bare].concat()))
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    let Some(bare) = it.bare_target() else {
        return Fix::default();
    };
    match parameter {
        Some(target) => {
            let line = |value: &BStr| BString::from([b"X-Amz-Target: ", value.as_bytes()].concat());
            Fix::words("write the full target, and sign again").edit(
                line(bare),
                line(target),
                place(it, bare),
            )
        }
        None => {
            let found = targets(it, bare);
            let shown = bstr::join(", ", found.iter().take(8));
            Fix::words(BString::from(
                [
                    &b"write the full target of the service that is meant: "[..],
                    &shown,
                ]
                .concat(),
            ))
        }
    }
}

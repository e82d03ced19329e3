use bstr::{BStr, BString, ByteSlice};

use crate::{
    diagnose::rules::header::{
        earlier,
        host_change::{HostChange, between},
    },
    diagnose::{Check, Draft, Examination, Fix, Rule, RuleStage, Slot, Tier, Variants},
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "reverse-proxy-rewrote-host",
    summary: "another Host was signed than was sent, as where a proxy changes it",
    stage: RuleStage::Header,
    tier: Tier::A,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
The host is always signed. The request was signed for one host and sent with another: the program
called another URL than it signed, or a reverse proxy passed the request on with a name of its own
choice as `Host` (nginx does so by default with `proxy_pass`), and the service computes with that.

## How it shows
403 `SignatureDoesNotMatch`, through the proxy only. MinIO and Ceph show no canonical request;
where a service does, the `host:` line differs and nothing else.

## How it is proved
The line is made as the signer's own canonical request, another capture of the request, or a
well-known default has it; then the canonical request hashes to the signer's digest, or the
signature comes out as sent. `X-Forwarded-Host` and `Forwarded` tell the host as it came.

## Fix
Sign for the host that is called. Behind a proxy, let it pass the host on as it came (nginx: `proxy_set_header Host $http_host;`, Apache:
`ProxyPreserveHost On`), or sign for the name behind the proxy.

## Seen in
minio/minio#1315, minio/minio#8624, minio/minio#11218, minio/minio#7736, minio/minio#5222,
usnistgov/dioptra#347
",
    check: Check::Make(make),
    fix,
};

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    let Some(sent) = draft.header("host") else {
        return;
    };
    let mut hosts = it.other_values("host", sent);
    for request in it.witnesses() {
        for name in ["x-forwarded-host", "x-original-host", "x-host"] {
            let told = request
                .header(name)
                .and_then(|value| value.split_str(",").next());
            hosts.extend(told.map(|host| BString::from(host.trim())));
        }
        let forwarded = request.header("forwarded");
        hosts.extend(forwarded.and_then(|value| {
            let part = value
                .split_str(";")
                .find_map(|part| part.trim().strip_prefix(b"host="))?;
            Some(BString::from(part.trim_with(|byte| byte == '"')))
        }));
        hosts.extend(
            request
                .origin
                .as_ref()
                .map(|origin| origin.authority.clone()),
        );
    }
    // Of the scope that is right for the host as sent, and of the scope as stated.
    let stated = |at: usize| it.stated()?.scope_part(at).map(ToOwned::to_owned);
    let own = [Slot::ScopeRegion, Slot::ScopeService].map(|slot| draft.get(slot).to_owned());
    let [region, service] = own.clone();
    let scopes = [
        own,
        [stated(1).unwrap_or(region), stated(2).unwrap_or(service)],
    ];
    for [region, service] in scopes {
        let regional = [&service[..], b".", &region, b".amazonaws.com"].concat();
        hosts.push(regional.into());
        hosts.push([&service[..], b".amazonaws.com"].concat().into());
    }
    let around = draft.around_header("host");
    let hosts = hosts.iter().map(|host| host.as_bstr());
    let mut seen: Vec<&BStr> = Vec::new();
    for host in hosts.chain(USUAL.map(BStr::new)) {
        let other = between(host, sent) == HostChange::Other;
        if other && !host.is_empty() && !seen.contains(&host) {
            out.push(earlier::variant(&RULE, &around, Some(host)).of_change());
            seen.push(host);
        }
    }
    if !out.wants_alone() {
        return;
    }
    let dotted = [sent.as_bytes(), b"."].concat();
    for host in TUNNELS.map(BStr::new).into_iter().chain([dotted.as_bstr()]) {
        if between(host, sent) == HostChange::Other && !seen.contains(&host) {
            let variant = earlier::variant(&RULE, &around, Some(host));
            out.push(variant.of_change().alone());
        }
    }
}

/// Where the near end of a tunnel is for many.
const TUNNELS: [&str; 9] = [
    "127.0.0.1",
    "localhost:443",
    "localhost:4566",
    "localhost:8000",
    "localhost:8080",
    "localhost:8182",
    "localhost:8443",
    "localhost:9200",
    "host.docker.internal:4566",
];

/// Names that are behind many proxies.
const USUAL: [&str; 4] = [
    "localhost",
    "localhost:9000",
    "127.0.0.1:9000",
    "minio:9000",
];

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    let right = it.draft();
    let arrived = right.as_ref().and_then(|draft| draft.header("host"));
    let arrived = arrived.unwrap_or(BStr::new("the host that arrives"));
    let words = format!(
        "sign for {arrived}; or let a proxy in between pass the Host on as it came (nginx: proxy_set_header Host $http_host;)"
    );
    Fix::undo(&RULE, it, parameter, words)
}

use serde::Serialize;

use crate::report::{CatalogAnswer, EarlierAnswer, HostAnswer, OperationAnswer, ServiceAnswer};

#[derive(Serialize)]
pub(super) struct Catalog<'a> {
    botocore: &'static str,
    matches: Vec<Service<'a>>,
    suggestions: &'a [String],
}

impl<'a> Catalog<'a> {
    pub(super) fn of(answer: &'a CatalogAnswer) -> Self {
        Self {
            botocore: answer.botocore,
            matches: answer.matches.iter().map(Service::of).collect(),
            suggestions: &answer.suggestions,
        }
    }
}

#[derive(Serialize)]
struct Service<'a> {
    service: &'static str,
    title: &'static str,
    service_id: &'static str,
    aliases: &'a [&'static str],
    signing_names: &'a [&'static str],
    endpoint_prefix: Option<&'static str>,
    protocols: &'a [&'static str],
    json_version: Option<&'static str>,
    api_version: Option<&'static str>,
    target_prefix: Option<&'static str>,
    content_type: Option<&'a str>,
    auth: &'static str,
    fixed_region: Option<&'static str>,
    until: Option<&'a str>,
    source: Option<&'static str>,
    host: Option<Host<'a>>,
    hosts: Vec<Host<'a>>,
    operations: Vec<Operation<'a>>,
    earlier: Vec<Earlier<'a>>,
    because: &'a str,
}

impl<'a> Service<'a> {
    fn of(answer: &'a ServiceAnswer) -> Self {
        Self {
            service: answer.service,
            title: answer.title,
            service_id: answer.service_id,
            aliases: &answer.aliases,
            signing_names: &answer.signing_names,
            endpoint_prefix: answer.endpoint_prefix,
            protocols: &answer.protocols,
            json_version: answer.json_version,
            api_version: answer.api_version,
            target_prefix: answer.target_prefix,
            content_type: answer.content_type.as_deref(),
            auth: answer.auth,
            fixed_region: answer.fixed_region,
            until: answer.until.as_deref(),
            source: answer.source,
            host: answer.host.as_ref().map(Host::of),
            hosts: answer.hosts.iter().map(Host::of).collect(),
            operations: answer.operations.iter().map(Operation::of).collect(),
            earlier: answer.earlier.iter().map(Earlier::of).collect(),
            because: &answer.because,
        }
    }
}

#[derive(Serialize)]
struct Host<'a> {
    host: &'a str,
    region: Option<&'a str>,
    signing_region: Option<&'a str>,
    kind: &'static str,
    until: Option<&'a str>,
    source: Option<&'static str>,
}

impl<'a> Host<'a> {
    fn of(answer: &'a HostAnswer) -> Self {
        Self {
            host: &answer.host,
            region: answer.region.as_deref(),
            signing_region: answer.signing_region.as_deref(),
            kind: answer.kind,
            until: answer.until.as_deref(),
            source: answer.source,
        }
    }
}

#[derive(Serialize)]
struct Operation<'a> {
    name: &'static str,
    target: Option<&'a str>,
    method: &'static str,
    uri: &'a str,
    auth: &'static str,
    payload: &'static str,
    signing_name: &'static str,
    host_prefix: Option<&'static str>,
}

impl<'a> Operation<'a> {
    fn of(answer: &'a OperationAnswer) -> Self {
        Self {
            name: answer.name,
            target: answer.target.as_deref(),
            method: answer.method,
            uri: &answer.uri,
            auth: answer.auth,
            payload: answer.payload,
            signing_name: answer.signing_name,
            host_prefix: answer.host_prefix,
        }
    }
}

#[derive(Serialize)]
struct Earlier<'a> {
    fact: &'static str,
    value: &'static str,
    years: &'a str,
}

impl<'a> Earlier<'a> {
    fn of(answer: &'a EarlierAnswer) -> Self {
        Self {
            fact: answer.fact,
            value: answer.value,
            years: &answer.years,
        }
    }
}

use crate::{
    catalog::{
        self, Earlier, HostMatch, HostName, Match, Operation, Origin, Payload, Protocol, Service,
    },
    report::{
        Answer, Block, Document, EarlierAnswer, HostAnswer, Mark, OperationAnswer, ServiceAnswer,
        Text, answer::CatalogAnswer,
    },
};

/// What to tell of the services that some words name.
#[derive(Clone, Copy, Debug)]
pub struct CatalogReport<'a> {
    /// The services.
    pub matches: &'a [Match],
    /// What to ask for instead, where there are none.
    pub suggestions: &'a [catalog::Suggestion],
    /// Which operations to tell.
    pub operations: Operations,
}

/// Which operations are told.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Operations {
    /// Those that the words name.
    Named,
    /// All of the service's.
    All,
}

/// Tells what the catalogue has.
#[must_use]
pub fn catalog(report: &CatalogReport<'_>) -> Document {
    let matches = report.matches.iter();
    let answer = CatalogAnswer {
        botocore: catalog::VERSION,
        matches: matches
            .map(|found| service(found, report.operations))
            .collect(),
        suggestions: report
            .suggestions
            .iter()
            .map(|near| near.words.clone())
            .collect(),
    };
    let mut blocks = Vec::new();
    for (at, service) in answer.matches.iter().enumerate() {
        if at > 0 {
            blocks.push(Block::Blank);
        }
        page(service, &mut blocks);
    }
    if answer.matches.is_empty() {
        blocks.push(Block::Headline(Text::plain(
            "Nothing is known by these words.",
        )));
        if !answer.suggestions.is_empty() {
            let near = answer.suggestions.join(", ");
            let words = Text::plain("Did you mean ")
                .and(Mark::Strong, near)
                .and(Mark::Plain, "?");
            blocks.push(Block::Paragraph(0, words));
        }
    }
    let mut document = Document::new(Answer::Catalog(answer));
    document.blocks = blocks;
    document
}

fn service(found: &Match, operations: Operations) -> ServiceAnswer {
    let service = found.service;
    let named = match operations {
        Operations::Named => found.operations.clone(),
        Operations::All => service.operations().collect(),
    };
    let earlier = catalog::history().filter(|one| one.service() == service.id());
    ServiceAnswer {
        service: service.id(),
        title: service.title(),
        service_id: service.service_id(),
        aliases: service.aliases().collect(),
        signing_names: service.signing_names().collect(),
        endpoint_prefix: service.endpoint_prefix(),
        protocols: service.protocols().map(Protocol::name).collect(),
        json_version: service.json_version(),
        api_version: service.api_version(),
        target_prefix: service.target_prefix(),
        content_type: service.content_type(),
        auth: service.auth().name(),
        fixed_region: service.fixed_region(),
        until: service.era().until.map(catalog::Release::words),
        source: match service.origin() {
            Origin::Model => None,
            Origin::ByHand(source) => Some(source),
        },
        host: found.host.as_ref().map(asked),
        hosts: found.hosts.iter().map(host).collect(),
        operations: named.into_iter().map(operation).collect(),
        earlier: earlier
            .filter(|one| one.fact() != "host")
            .filter_map(otherwise)
            .collect(),
        because: found.because.clone(),
    }
}

fn host(host: &HostName) -> HostAnswer {
    HostAnswer {
        host: host.host.clone(),
        region: Some(host.region.clone()),
        signing_region: host.signing_region.clone(),
        kind: host.kind.name(),
        until: host.era.until.map(catalog::Release::words),
        source: host.source,
    }
}

fn asked(host: &HostMatch) -> HostAnswer {
    HostAnswer {
        host: host.name.clone(),
        region: host.region.clone(),
        signing_region: host.signing_region.clone(),
        kind: host.kind.name(),
        until: host.era.until.map(catalog::Release::words),
        source: host.source,
    }
}

fn operation(operation: Operation) -> OperationAnswer {
    let path = operation
        .cbor_path()
        .filter(|_| speaks_only_cbor(operation.service()));
    OperationAnswer {
        name: operation.name(),
        target: operation.target(),
        method: operation.method(),
        uri: path.unwrap_or_else(|| operation.uri().to_owned()),
        auth: operation.auth().name(),
        payload: match operation.payload() {
            Payload::Signed => "signed",
            Payload::Unsigned | Payload::Streaming => "unsigned",
        },
        signing_name: operation.signing_name(),
        host_prefix: operation.host_prefix(),
    }
}

fn speaks_only_cbor(service: Service) -> bool {
    service
        .protocols()
        .all(|protocol| protocol == Protocol::RpcV2Cbor)
}

fn otherwise(one: Earlier) -> Option<EarlierAnswer> {
    let years = one.era().words()?;
    Some(EarlierAnswer {
        fact: one.fact(),
        value: one.value(),
        years,
    })
}

fn page(service: &ServiceAnswer, blocks: &mut Vec<Block>) {
    let title = Text::marked(Mark::Rule, service.service)
        .and(Mark::Plain, ": ")
        .and(Mark::Strong, service.title);
    blocks.push(Block::Headline(title));
    blocks.push(Block::Table(facts(service)));
    let region = service
        .hosts
        .first()
        .and_then(|host| host.region.as_deref())
        .unwrap_or_default();
    if !service.hosts.is_empty() {
        blocks.push(Block::Blank);
        blocks.push(Block::Heading(Text::marked(
            Mark::Strong,
            format!("Hosts in {region}"),
        )));
        blocks.push(Block::Table(service.hosts.iter().map(host_row).collect()));
    }
    if !service.operations.is_empty() {
        blocks.push(Block::Blank);
        blocks.push(Block::Heading(Text::marked(Mark::Strong, "Operations")));
        blocks.push(Block::Table(
            service.operations.iter().map(operation_row).collect(),
        ));
    }
}

fn facts(service: &ServiceAnswer) -> Vec<(Text, Text)> {
    let mut rows = Vec::new();
    let mut row = |name: &str, words: String| {
        if !words.is_empty() {
            rows.push((Text::plain(format!("  {name}")), Text::plain(words)));
        }
    };
    row("found by", service.because.clone());
    row("signing name", service.signing_names.join(", "));
    row(
        "signs for",
        service
            .fixed_region
            .map(|at| format!("{at}, always"))
            .unwrap_or_default(),
    );
    row(
        "target prefix",
        service.target_prefix.unwrap_or_default().to_owned(),
    );
    row("auth", service.auth.to_owned());
    row("protocol", service.protocols.join(", "));
    row(
        "content type",
        service.content_type.clone().unwrap_or_default(),
    );
    row(
        "API version",
        service.api_version.unwrap_or_default().to_owned(),
    );
    row(
        "endpoint prefix",
        service.endpoint_prefix.unwrap_or_default().to_owned(),
    );
    row("also called", service.aliases.join(", "));
    row(
        "closed",
        service
            .until
            .as_ref()
            .map(|at| format!("up to {at}"))
            .unwrap_or_default(),
    );
    row("source", service.source.unwrap_or_default().to_owned());
    for one in service.earlier.iter().filter(|one| one.fact != "service") {
        row(
            &one.fact.replace('-', " "),
            format!("{} {}", one.value, one.years),
        );
    }
    rows
}

fn host_row(host: &HostAnswer) -> (Text, Text) {
    let mut words = Text::plain(host.kind);
    match &host.signing_region {
        Some(region) if host.region.as_ref() != Some(region) => {
            words = words.and(Mark::Plain, format!(", signs for {region}"));
        }
        _ => {}
    }
    if let Some(until) = &host.until {
        words = words.and(Mark::Plain, format!(", up to {until}"));
    }
    (Text::plain("  ").and(Mark::Expected, &host.host), words)
}

fn operation_row(operation: &OperationAnswer) -> (Text, Text) {
    let mut words = Text::plain(format!("{} {}", operation.method, operation.uri));
    if let Some(target) = &operation.target {
        words = words
            .and(Mark::Plain, "; X-Amz-Target: ")
            .and(Mark::Expected, target);
    }
    if operation.auth != "sigv4" {
        words = words.and(Mark::Plain, format!("; auth {}", operation.auth));
    }
    if operation.payload != "signed" {
        words = words.and(Mark::Plain, "; payload unsigned");
    }
    if let Some(prefix) = operation.host_prefix {
        words = words.and(Mark::Plain, format!("; {prefix} before the host"));
    }
    (Text::plain("  ").and(Mark::Strong, operation.name), words)
}

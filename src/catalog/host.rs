//! From a host to the services that it can be.

use std::cell::RefCell;

use bstr::{BStr, BString, ByteSlice};
use memchr::memmem;

use super::{
    era::{self, Era},
    hosts_of::{self, HostKind, kind_of_word},
    partition::{Partition, partition_of_region, partitions},
    pattern,
    service::{self, Service},
    table::{self, HOSTS, PATTERNS, SERVICES},
};

/// What the catalogue knows of a host. Without matches the host is unknown, and that is said.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct HostFacts {
    /// The partition whose DNS suffix the host has.
    pub partition: Option<Partition>,
    /// The region among the host's labels; its name may be of no known region.
    pub region: Option<String>,
    /// Every service that the host can be; those that hold now first.
    pub matches: Vec<HostMatch>,
}

/// One service that a host can be.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct HostMatch {
    /// The host itself, in lower case and without a port.
    pub name: String,
    /// The service.
    pub service: Service,
    /// The kind of host that it is for the service.
    pub kind: HostKind,
    /// The region among the host's labels; `None` for a global host.
    pub region: Option<String>,
    /// The region in the credential scope; `None` where the host leaves it open, and where the
    /// scope has none (SigV4A).
    pub signing_region: Option<String>,
    /// The partition.
    pub partition: Option<Partition>,
    /// When it was so.
    pub era: Era,
    /// What stands before the host for some operations: `data-`, an account id with its dot.
    pub prefix: Option<String>,
    /// The pattern that the host has in the table: `{bucket+}.s3.{region}.{suffix}`.
    pub pattern: &'static str,
    /// The source, for hosts that no rule set has.
    pub source: Option<&'static str>,
}

thread_local! {
    /// The hosts that were asked for last: an examination asks for its own again and again.
    static ASKED: RefCell<Vec<(BString, HostFacts)>> = const { RefCell::new(Vec::new()) };
}

/// So many are kept.
const KEPT: usize = 4;

/// What the catalogue knows of a host, with or without its port.
pub fn host(host: &BStr) -> HostFacts {
    let held = |asked: &Vec<(BString, HostFacts)>| {
        let same = asked.iter().find(|(own, _)| own == host);
        same.map(|(_, facts)| facts.clone())
    };
    ASKED.with_borrow(held).unwrap_or_else(|| {
        let facts = look_up(host);
        ASKED.with_borrow_mut(|asked| {
            asked.truncate(KEPT - 1);
            asked.insert(0, (host.to_owned(), facts.clone()));
        });
        facts
    })
}

fn look_up(host: &BStr) -> HostFacts {
    let mut facts = HostFacts::default();
    let Ok(text) = host.to_str() else {
        return facts;
    };
    let text = text.trim().to_ascii_lowercase();
    let text = match text.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => &text,
    };
    let text = text.strip_suffix('.').unwrap_or(text);
    (facts.partition, facts.region) = place(text);
    of_tables(text, &mut facts);
    of_patterns(text, &mut facts);
    if let Some(inner) = without_vpc_endpoint(text) {
        of_tables(&inner, &mut facts);
        of_patterns(&inner, &mut facts);
        for found in &mut facts.matches {
            found.kind = HostKind::VpcEndpoint;
        }
    }
    for found in &mut facts.matches {
        text.clone_into(&mut found.name);
    }
    if let Some(first) = facts.matches.first() {
        facts.partition = first.partition.or(facts.partition);
        facts.region = first.region.clone().or(facts.region);
    }
    facts
        .matches
        .sort_by_key(|found| (!found.era.holds_now(), found.prefix.is_some()));
    facts
}

impl HostFacts {
    /// Whether any service is known to have this host, now or in earlier years.
    pub fn is_known(&self) -> bool {
        !self.matches.is_empty()
    }

    /// The matches that hold now.
    pub fn current(&self) -> impl Iterator<Item = &HostMatch> {
        self.matches.iter().filter(|found| found.era.holds_now())
    }
}

/// The partition by region and suffix, and the region among the labels.
fn place(host: &str) -> (Option<Partition>, Option<String>) {
    let region = host
        .split('.')
        .find(|label| partition_of_region(label).is_some());
    let of_region = region.and_then(partition_of_region);
    let of_suffix = partitions().find(|partition| endings(*partition, host).next().is_some());
    let shared = of_region.filter(|partition| endings(*partition, host).next().is_some());
    (
        shared.or(of_suffix),
        region.filter(|_| of_suffix.is_some()).map(str::to_owned),
    )
}

/// The host without a suffix of the partition, and the mark that stands for it.
fn endings(
    partition: Partition,
    host: &str,
) -> impl Iterator<Item = (&str, &'static str)> + use<'_> {
    [
        (partition.suffix(), "{suffix}"),
        (partition.dualstack_suffix(), "{dual}"),
    ]
    .into_iter()
    .filter_map(move |(suffix, mark)| {
        let body = host.strip_suffix(suffix)?;
        body.ends_with('.').then_some((body, mark))
    })
}

/// What the generated tables have of a host: spelled as patterns, it is looked up in them.
fn of_tables(host: &str, facts: &mut HostFacts) {
    let regions: Vec<(&str, Partition)> = host
        .split('.')
        .filter_map(|label| partition_of_region(label).map(|partition| (label, partition)))
        .collect();
    for (prefix, rest) in splits(host) {
        for partition in partitions() {
            let here = regions.iter().find(|(_, known)| *known == partition);
            if here.is_none() && !regions.is_empty() {
                continue;
            }
            let region = here.map(|(label, _)| *label);
            for (body, mark) in endings(partition, rest) {
                of_spelling(prefix, &format!("{body}{mark}"), region, partition, facts);
            }
            if region.is_some() {
                of_spelling(prefix, rest, region, partition, facts);
            }
        }
    }
}

/// The host as it is, and without what some service's operations put before it.
fn splits(host: &str) -> Vec<(Option<&str>, &str)> {
    let mut found = vec![(None, host)];
    let labels = host
        .match_indices(['.', '-'])
        .take(4)
        .filter_map(|(at, separator)| {
            let (prefix, rest) = host.split_at(at + separator.len());
            let known = memmem::find(SERVICES.as_bytes(), prefix.as_bytes()).is_some();
            let account = prefix.strip_suffix('.').is_some_and(pattern::is_account);
            (known || account).then_some((Some(prefix), rest))
        });
    found.extend(labels);
    found
}

fn of_spelling(
    prefix: Option<&str>,
    literal: &str,
    region: Option<&str>,
    partition: Partition,
    facts: &mut HostFacts,
) {
    let mut spellings = vec![(None, literal.to_owned())];
    if let Some(region) = region {
        let labels: Vec<&str> = literal
            .split('.')
            .map(|label| if label == region { "{region}" } else { label })
            .collect();
        spellings.insert(0, (Some(region), labels.join(".")));
    }
    for (in_pattern, spelling) in spellings {
        let place = Place {
            spelling: &spelling,
            in_pattern,
            region,
            partition,
        };
        in_hosts(prefix, place, facts);
        in_history(prefix, place, facts);
        if let Some(account) = prefix.filter(|prefix| is_account_prefix(prefix)) {
            let spelling = format!("{{account}}.{spelling}");
            let before = facts.matches.len();
            in_hosts(
                None,
                Place {
                    spelling: &spelling,
                    ..place
                },
                facts,
            );
            for found in facts.matches.iter_mut().skip(before) {
                found.prefix = Some(account.to_owned());
            }
        }
    }
}

/// A host as a pattern would spell it, and where it is.
#[derive(Clone, Copy)]
struct Place<'a> {
    spelling: &'a str,
    /// The region for which `{region}` stands in the spelling.
    in_pattern: Option<&'a str>,
    /// The region among the labels.
    region: Option<&'a str>,
    partition: Partition,
}

fn is_account_prefix(prefix: &str) -> bool {
    prefix.strip_suffix('.').is_some_and(pattern::is_account)
}

fn in_hosts(prefix: Option<&str>, place: Place<'_>, facts: &mut HostFacts) {
    let Place {
        spelling,
        in_pattern,
        region,
        partition,
    } = place;
    // Braces are on every line of the table: what stands before them is found faster.
    const LONG_ENOUGH: usize = 4;
    let plain = spelling.split('{').next().unwrap_or_default();
    let sought = match plain.len() {
        LONG_ENOUGH.. => plain,
        _ => spelling,
    };
    let needle = format!(" {sought}");
    for at in memmem::find_iter(HOSTS.as_bytes(), needle.as_bytes()) {
        let line = table::line_at(HOSTS, at);
        let mut words = line.split(' ');
        let kind = words.next().unwrap_or_default();
        let Some(pattern) = words.nth(1).filter(|word| *word == spelling) else {
            continue;
        };
        let found = table::section_key(HOSTS, at).and_then(service::exact);
        let Some(service) = found else { continue };
        let Some(prefix) = prefix_of(service, prefix) else {
            continue;
        };
        // The line must be the one that counts there: for the region, or for any of a global host.
        let asked: Vec<&str> = match in_pattern {
            Some(region) => vec![region],
            None => partition.regions().collect(),
        };
        let signing = asked.into_iter().find_map(|region| {
            let entry = hosts_of::entry(service, kind, region, partition)?;
            (entry.pattern == spelling).then(|| hosts_of::signing_region(service, entry, region))
        });
        let Some(signing) = signing else { continue };
        let kind = match kind_of_word(kind) {
            HostKind::Standard if region.is_none() => HostKind::Global,
            kind => kind,
        };
        push(
            facts,
            HostMatch {
                name: String::new(),
                service,
                kind,
                region: region.map(str::to_owned),
                signing_region: signing,
                partition: Some(partition),
                era: service.era(),
                prefix,
                pattern,
                source: None,
            },
        );
    }
}

fn in_history(prefix: Option<&str>, place: Place<'_>, facts: &mut HostFacts) {
    let Place {
        spelling,
        in_pattern,
        region,
        partition,
    } = place;
    for earlier in era::history_of_host(spelling) {
        if !earlier.is_in(in_pattern, partition) {
            continue;
        }
        let Some(service) = service::exact(earlier.service()) else {
            continue;
        };
        let Some(prefix) = prefix_of(service, prefix) else {
            continue;
        };
        let asked = region.unwrap_or(partition.global_region());
        let signing = hosts_of::entry(service, "standard", asked, partition)
            .and_then(|entry| hosts_of::signing_region(service, entry, asked));
        push(
            facts,
            HostMatch {
                name: String::new(),
                service,
                kind: HostKind::Legacy,
                region: region.map(str::to_owned),
                signing_region: signing,
                partition: Some(partition),
                era: earlier.era(),
                prefix,
                pattern: earlier.value(),
                source: None,
            },
        );
    }
}

/// Whether the service's operations put this before its hosts: `Some(None)` for nothing at all.
fn prefix_of(service: Service, prefix: Option<&str>) -> Option<Option<String>> {
    let Some(prefix) = prefix else {
        return Some(None);
    };
    let known = service.host_prefixes().any(|known| match known {
        "{AccountId}." => is_account_prefix(prefix),
        known => known == prefix,
    });
    known.then(|| Some(prefix.to_owned()))
}

fn of_patterns(host: &str, facts: &mut HostFacts) {
    for line in table::lines(PATTERNS) {
        let pattern = table::column(line, 0).unwrap_or_default();
        let Some(filled) = pattern::matches(pattern, host) else {
            continue;
        };
        let found = table::column(line, 2).and_then(service::exact);
        let Some(service) = found else { continue };
        // What has no region of its own is of the partition `aws` alone.
        if table::column(line, 3) == Some("?")
            && filled
                .partition
                .is_some_and(|partition| partition.name() != "aws")
        {
            continue;
        }
        // The tables know it better.
        if facts
            .matches
            .iter()
            .any(|known| known.service == service && known.era.holds_now())
        {
            continue;
        }
        let signing = table::column(line, 3).and_then(|text| match text {
            "{region}" => filled.region.clone(),
            "?" => None,
            text => Some(text.to_owned()),
        });
        push(
            facts,
            HostMatch {
                name: String::new(),
                service,
                kind: kind_of_word(table::column(line, 1).unwrap_or_default()),
                region: filled.region,
                signing_region: signing,
                partition: filled.partition,
                era: Era::NOW,
                prefix: None,
                pattern,
                source: table::column(line, 4),
            },
        );
    }
}

fn push(facts: &mut HostFacts, found: HostMatch) {
    let known = facts.matches.iter().any(|known| {
        known.service == found.service && known.prefix == found.prefix && known.era == found.era
    });
    if !known {
        facts.matches.push(found);
    }
}

/// `vpce-….sqs.us-east-1.vpce.amazonaws.com` as the host that the endpoint stands for.
fn without_vpc_endpoint(host: &str) -> Option<String> {
    let labels: Vec<&str> = host.split('.').collect();
    let end = labels.iter().rposition(|label| *label == "vpce")?;
    let start = labels.iter().position(|label| label.starts_with("vpce-"))?;
    let kept = labels
        .iter()
        .enumerate()
        .filter(|(at, _)| *at != start && *at != end);
    Some(kept.map(|(_, label)| *label).collect::<Vec<_>>().join("."))
}

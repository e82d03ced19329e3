//! From a host to the services that it can be.

use bstr::{BStr, ByteSlice};
use memchr::memmem;

use super::{
    era::{self, Era},
    hosts_of::{self, HostKind, kind_of_word},
    partition::{Partition, partition_of_region, partitions},
    pattern,
    service::{self, Service},
    table::{self, HOSTS, PATTERNS},
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
    /// The source, for hosts that no rule set has.
    pub source: Option<&'static str>,
}

/// What the catalogue knows of a host, with or without its port.
pub fn host(host: &BStr) -> HostFacts {
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
    let Some((partition, region)) = place(text) else {
        of_patterns(text, &mut facts);
        return facts;
    };
    facts.partition = Some(partition);
    facts.region = region;
    of_tables(text, &mut facts);
    of_patterns(text, &mut facts);
    if let Some(inner) = without_vpc_endpoint(text) {
        of_tables(&inner, &mut facts);
        of_patterns(&inner, &mut facts);
        for found in &mut facts.matches {
            found.kind = HostKind::VpcEndpoint;
        }
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

/// The partition by suffix and region, and the region among the labels.
fn place(host: &str) -> Option<(Partition, Option<String>)> {
    let ending = |partition: &Partition| {
        let suffixes = [partition.suffix(), partition.dualstack_suffix()];
        suffixes.into_iter().any(|suffix| under(host, suffix))
    };
    let region = host.split(['.']).find_map(|label| {
        let spellings = [
            Some(label),
            label.strip_prefix("s3-"),
            label.strip_prefix("s3-website-"),
        ];
        spellings
            .into_iter()
            .flatten()
            .find_map(|word| partition_of_region(word).map(|partition| (partition, word)))
    });
    match region {
        Some((partition, word)) if ending(&partition) => Some((partition, Some(word.to_owned()))),
        _ => partitions()
            .find(ending)
            .map(|partition| (partition, region.map(|(_, word)| word.to_owned()))),
    }
}

fn under(host: &str, suffix: &str) -> bool {
    host.strip_suffix(suffix)
        .is_some_and(|rest| rest.ends_with('.'))
}

/// What the generated tables have of a host: spelled as patterns, it is looked up in them.
fn of_tables(host: &str, facts: &mut HostFacts) {
    for (prefix, rest) in splits(host) {
        for partition in partitions() {
            for (suffix, mark) in [
                (partition.suffix(), "{suffix}"),
                (partition.dualstack_suffix(), "{dual}"),
            ] {
                if under(rest, suffix) {
                    let body = rest.strip_suffix(suffix).unwrap_or_default();
                    of_body(prefix, body, mark, partition, facts);
                }
            }
        }
    }
}

/// The host as it is, and without what operations put before it.
fn splits(host: &str) -> Vec<(Option<&str>, &str)> {
    let mut found = vec![(None, host)];
    if let Some((label, rest)) = host.split_once('.') {
        found.push((Some(label), rest));
        if let Some((second, rest)) = rest.split_once('.') {
            found.push((host.get(..label.len() + 1 + second.len()), rest));
        }
    }
    for (at, _) in host.match_indices('-').take(3) {
        let (prefix, rest) = host.split_at(at + 1);
        if !prefix.contains('.') {
            found.push((Some(prefix), rest));
        }
    }
    found
}

fn of_body(
    prefix: Option<&str>,
    body: &str,
    mark: &str,
    partition: Partition,
    facts: &mut HostFacts,
) {
    let labels: Vec<&str> = body.trim_end_matches('.').split('.').collect();
    let regions: Vec<&str> = labels
        .iter()
        .copied()
        .filter(|label| partition_of_region(label) == Some(partition))
        .collect();
    let mut spellings = vec![(None, format!("{body}{mark}"))];
    for region in &regions {
        let spelled: Vec<&str> = labels
            .iter()
            .map(|label| if label == region { "{region}" } else { label })
            .collect();
        spellings.push((Some(*region), format!("{}.{mark}", spelled.join("."))));
    }
    for (region, spelling) in spellings {
        let label_region = regions.first().copied();
        in_hosts(prefix, &spelling, region, label_region, partition, facts);
        in_history(prefix, &spelling, region, label_region, partition, facts);
        if let Some(rest) = prefix.filter(|label| pattern::is_account(label)) {
            let spelling = format!("{{account}}.{spelling}");
            in_hosts(None, &spelling, region, label_region, partition, facts);
            let last = facts.matches.last_mut();
            if let Some(found) = last.filter(|found| found.kind == HostKind::Account) {
                found.prefix = Some(format!("{rest}."));
            }
        }
    }
}

fn in_hosts(
    prefix: Option<&str>,
    spelling: &str,
    region: Option<&str>,
    label_region: Option<&str>,
    partition: Partition,
    facts: &mut HostFacts,
) {
    let needle = format!(" {spelling}");
    for at in memmem::find_iter(HOSTS.as_bytes(), needle.as_bytes()) {
        let line = table::line_at(HOSTS, at);
        let mut words = line.split(' ');
        let kind = words.next().unwrap_or_default();
        if words.nth(1) != Some(spelling) {
            continue;
        }
        let found = table::section_key(HOSTS, at).and_then(service::exact);
        let Some(service) = found else { continue };
        let Some(prefix) = prefix_of(service, prefix) else {
            continue;
        };
        // The line must be the one that counts there: for the region, or for any of a global host.
        let asked: Vec<&str> = match region {
            Some(region) => vec![region],
            None => partition.regions().collect(),
        };
        let signing = asked.into_iter().find_map(|region| {
            let entry = hosts_of::entry(service, kind, region, partition)?;
            (entry.pattern == spelling).then(|| entry.signing_region(region))
        });
        let Some(signing) = signing else { continue };
        let kind = match kind_of_word(kind) {
            HostKind::Standard if label_region.is_none() => HostKind::Global,
            kind => kind,
        };
        push(
            facts,
            HostMatch {
                service,
                kind,
                region: label_region.map(str::to_owned),
                signing_region: signing,
                partition: Some(partition),
                era: Era::NOW,
                prefix,
                source: None,
            },
        );
    }
}

fn in_history(
    prefix: Option<&str>,
    spelling: &str,
    region: Option<&str>,
    label_region: Option<&str>,
    partition: Partition,
    facts: &mut HostFacts,
) {
    for earlier in era::history().filter(|earlier| earlier.fact() == "host") {
        if earlier.value() != spelling || !earlier.is_in(region, partition) {
            continue;
        }
        let Some(service) = service::exact(earlier.service()) else {
            continue;
        };
        let Some(prefix) = prefix_of(service, prefix) else {
            continue;
        };
        let asked = region.or(label_region).unwrap_or(partition.global_region());
        let signing = hosts_of::entry(service, "standard", asked, partition)
            .and_then(|entry| entry.signing_region(asked));
        push(
            facts,
            HostMatch {
                service,
                kind: HostKind::Legacy,
                region: label_region.map(str::to_owned),
                signing_region: signing,
                partition: Some(partition),
                era: earlier.era(),
                prefix,
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
    let known = service
        .host_prefixes()
        .any(|known| match known.strip_suffix('.') {
            Some(label) if label.starts_with('{') => match label {
                "{AccountId}" => pattern::is_account(prefix),
                _ => !prefix.contains('.') && !prefix.ends_with('-'),
            },
            Some(label) => label == prefix,
            None => known == prefix,
        });
    let dot = if prefix.ends_with('-') { "" } else { "." };
    known.then(|| Some(format!("{prefix}{dot}")))
}

fn of_patterns(host: &str, facts: &mut HostFacts) {
    for line in table::lines(PATTERNS) {
        let pattern = table::column(line, 0).unwrap_or_default();
        let Some(filled) = pattern::matches(pattern, host) else {
            continue;
        };
        let found = table::column(line, 2).and_then(service::exact);
        let Some(service) = found else { continue };
        let signing = table::column(line, 3).and_then(|text| match text {
            "{region}" => filled.region.clone(),
            text => Some(text.to_owned()),
        });
        push(
            facts,
            HostMatch {
                service,
                kind: kind_of_word(table::column(line, 1).unwrap_or_default()),
                region: filled.region,
                signing_region: signing,
                partition: filled.partition,
                era: Era::NOW,
                prefix: None,
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

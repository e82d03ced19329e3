//! From a service to its hosts.

use super::{
    era::{self, Era},
    operation::Auth,
    partition::{Partition, partition_of_region, partitions},
    pattern,
    service::Service,
    table::{self, HOSTS, PATTERNS},
};

/// What kind of host a host is.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum HostKind {
    /// What clients use unless told otherwise.
    Standard,
    /// As [`HostKind::Standard`], for a service that has one host for all regions.
    Global,
    /// With cryptography validated under FIPS 140.
    Fips,
    /// For IPv4 and IPv6.
    Dualstack,
    /// Both at once.
    FipsDualstack,
    /// With the account's id before it.
    Account,
    /// Of one resource, or of a data plane that no service model carries.
    DataPlane,
    /// Reached through an interface VPC endpoint.
    VpcEndpoint,
    /// What clients used in earlier years, or a spelling that has been kept since.
    Legacy,
}

/// One host of a service.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct HostName {
    /// The host; names that only the caller knows stand in braces (`{bucket}`).
    pub host: String,
    /// The region it was asked for.
    pub region: String,
    /// The region in the credential scope; `None` where the scope has none (SigV4A).
    pub signing_region: Option<String>,
    /// The kind.
    pub kind: HostKind,
    /// When it was so.
    pub era: Era,
    /// Where it comes from, for hosts that no rule set has.
    pub source: Option<&'static str>,
}

/// One line of the table of hosts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Entry {
    pub(super) pattern: &'static str,
    signing: &'static str,
}

/// The service's hosts in one region, the standard one first, those of earlier years last.
pub(super) fn hosts(service: Service, region: &str) -> Vec<HostName> {
    let Some(partition) = partition_of_region(region) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let mut words: Vec<&str> = Vec::new();
    for line in table::section(HOSTS, service.id()).lines() {
        let word = line.split(' ').next().unwrap_or_default();
        if !words.contains(&word) {
            words.push(word);
        }
    }
    for word in words {
        let Some(entry) = entry(service, word, region, partition) else {
            continue;
        };
        let kind = kind_of_word(word);
        let host = pattern::fill(entry.pattern, region, partition);
        let kind = match kind {
            HostKind::Standard if !has_region(&host) => HostKind::Global,
            other => other,
        };
        let prefixes = service
            .host_prefixes()
            .filter(|_| kind != HostKind::Account);
        for prefix in prefixes.chain(["_"]) {
            let host = format!("{}{host}", prefix.trim_matches('_'));
            if found
                .iter()
                .any(|known: &HostName| known.host == host && known.kind == kind)
            {
                continue;
            }
            found.push(HostName {
                host,
                region: region.to_owned(),
                signing_region: signing_region(service, entry, region),
                kind,
                era: service.era(),
                source: None,
            });
        }
    }
    let here = |line: &&'static str| match table::column(line, 3) {
        Some("?") => partition.name() == "aws",
        Some(fixed) if fixed != "{region}" => partition_of_region(fixed) == Some(partition),
        _ => true,
    };
    let mut lines: Vec<&'static str> = table::lines(PATTERNS)
        .filter(|line| of(line, 2, service))
        .filter(here)
        .collect();
    // Those of one region first, as the tables have it.
    lines.sort_by_key(|line| table::column(line, 3) != Some("{region}"));
    for line in lines {
        let pattern = table::column(line, 0).unwrap_or_default();
        let signing = table::column(line, 3);
        found.push(HostName {
            host: pattern::fill(pattern, region, partition).replace('+', ""),
            region: region.to_owned(),
            signing_region: signing.map(|text| {
                if text == "?" {
                    region.to_owned()
                } else {
                    text.replace("{region}", region)
                }
            }),
            kind: kind_of_word(table::column(line, 1).unwrap_or_default()),
            era: Era::NOW,
            source: table::column(line, 4),
        });
    }
    for earlier in era::history_of(service.id()).filter(|earlier| earlier.fact() == "host") {
        let Some(value) = earlier.host_in(region, partition) else {
            continue;
        };
        found.push(HostName {
            host: pattern::fill(value, region, partition),
            region: region.to_owned(),
            signing_region: found.first().and_then(|first| first.signing_region.clone()),
            kind: HostKind::Legacy,
            era: earlier.era(),
            source: None,
        });
    }
    found
}

/// The region in the scope; `None` where there is no scope, or no region in it.
pub(super) fn signing_region(service: Service, entry: Entry, region: &str) -> Option<String> {
    let scoped = service.auth() == Auth::SigV4 && entry.signing != "*";
    scoped.then(|| entry.signing.replace("{region}", region))
}

/// The region of every scope in the `aws` partition, where the client's region does not count.
pub(super) fn fixed_region(service: Service) -> Option<&'static str> {
    let partition = partitions().find(|partition| partition.name() == "aws")?;
    let here = entry(service, "standard", "us-west-2", partition)?;
    let there = entry(service, "standard", "eu-west-1", partition)?;
    let fixed = here.signing != "{region}" && here.signing != "*" && here.signing == there.signing;
    fixed.then_some(here.signing)
}

/// The most special of the lines for this kind of host: for the region, the partition, all.
pub(super) fn entry(
    service: Service,
    kind: &str,
    region: &str,
    partition: Partition,
) -> Option<Entry> {
    let mut best: Option<(u8, Entry)> = None;
    for line in table::section(HOSTS, service.id()).lines() {
        let mut words = line.split(' ');
        if words.next() != Some(kind) {
            continue;
        }
        let rank = match words.next() {
            Some(scope) if scope == region => 3,
            Some(scope) if scope == partition.name() => 2,
            Some("*") => 1,
            _ => continue,
        };
        let entry = Entry {
            pattern: words.next().unwrap_or("-"),
            signing: words.next().unwrap_or("{region}"),
        };
        if best.is_none_or(|(known, _)| known < rank) {
            best = Some((rank, entry));
        }
    }
    best.map(|(_, entry)| entry)
        .filter(|entry| entry.pattern != "-")
}

impl HostKind {
    /// The name in the tables and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Global => "global",
            Self::Fips => "fips",
            Self::Dualstack => "dualstack",
            Self::FipsDualstack => "fips-dualstack",
            Self::Account => "account",
            Self::DataPlane => "data-plane",
            Self::VpcEndpoint => "vpc-endpoint",
            Self::Legacy => "legacy",
        }
    }
}

/// The kind that a word of the tables names; what follows a slash says which of the kind.
pub(super) fn kind_of_word(word: &str) -> HostKind {
    let kind = word.split('/').next().unwrap_or(word);
    [
        HostKind::Standard,
        HostKind::Global,
        HostKind::Fips,
        HostKind::Dualstack,
        HostKind::FipsDualstack,
        HostKind::Account,
        HostKind::Legacy,
    ]
    .into_iter()
    .find(|known| known.name() == kind)
    .unwrap_or(HostKind::DataPlane)
}

/// Whether a label of the host is a region.
pub(super) fn has_region(host: &str) -> bool {
    host.split('.')
        .any(|label| partition_of_region(label).is_some())
}

fn of(line: &'static str, column: usize, service: Service) -> bool {
    table::column(line, column) == Some(service.id())
}

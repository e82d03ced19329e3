//! From the words of a question to the services that they name: `countersign catalog WORDS...`.

use bstr::BStr;

use super::{
    host::{self, HostMatch},
    hosts_of::HostName,
    lookup::{self, Lookup},
    operation::{self, Operation},
    partition::partition_of_region,
    service::{self, Service, services},
};

/// One service that the words name.
#[derive(Clone, Debug)]
pub struct Match {
    /// The service.
    pub service: Service,
    /// Its hosts in the region asked for, the standard one first.
    pub hosts: Vec<HostName>,
    /// What a host among the words is to the service.
    pub host: Option<HostMatch>,
    /// The operations that the words name.
    pub operations: Vec<Operation>,
    /// Why it is a match.
    pub because: String,
}

/// The region whose hosts are told if none is asked for.
const DEFAULT_REGION: &str = "us-east-1";

/// The services that the words name, the best first: an id, an alias, a signing name, an endpoint
/// prefix, a target or its prefix, an operation, a host or a URL, or several of them together.
///
/// Words that name operations narrow those that name services; two services are two matches.
/// None is guessed: for words that name nothing there is [`suggest`](super::suggest).
pub fn find<W: AsRef<str>>(words: &[W], region: Option<&str>) -> Vec<Match> {
    let words: Vec<&str> = words
        .iter()
        .map(AsRef::as_ref)
        .filter(|word| !word.is_empty())
        .collect();
    let named_region = words
        .iter()
        .copied()
        .find(|word| partition_of_region(word).is_some());
    let region = region.or(named_region);
    let words: Vec<&str> = words
        .into_iter()
        .filter(|word| Some(*word) != named_region)
        .collect();
    let phrase = words.join(" ");
    let mut found: Vec<Match> = Vec::new();
    if words.len() > 1 {
        found = by_name(&phrase)
            .map(|(service, why)| plain(service, why))
            .collect();
    }
    if found.is_empty() {
        found = of_words(&words);
    }
    for found in &mut found {
        let of_host = found.host.as_ref().and_then(|host| host.region.clone());
        let region = region.map(str::to_owned).or(of_host);
        let region = region.as_deref().unwrap_or(DEFAULT_REGION);
        found.hosts = found.service.hosts(region);
    }
    found
}

fn of_words(words: &[&str]) -> Vec<Match> {
    let mut named: Vec<Match> = Vec::new();
    let mut operations: Vec<Vec<(Operation, String)>> = Vec::new();
    for word in words {
        // A later word that is an operation of a service already named is meant as that.
        if named
            .iter()
            .any(|known| known.service.operation(word).is_some())
        {
            operations.push(of_operation_word(word));
            continue;
        }
        let services = of_service_word(word);
        if !services.is_empty() {
            for service in services {
                if !named.iter().any(|known| known.service == service.service) {
                    named.push(service);
                }
            }
            continue;
        }
        operations.push(of_operation_word(word));
    }
    if operations.is_empty() {
        return named;
    }
    if named.is_empty() {
        // Without a service the operations' services are the matches, and each word must be there.
        for (operation, why) in operations.first().into_iter().flatten() {
            if !named
                .iter()
                .any(|known| known.service == operation.service())
            {
                named.push(plain(operation.service(), why.clone()));
            }
        }
    }
    named.retain_mut(|found| {
        operations.iter().all(|named| {
            let mut here = named
                .iter()
                .filter(|(one, _)| one.service() == found.service);
            let Some((operation, _)) = here.next() else {
                return false;
            };
            found.operations.push(*operation);
            true
        })
    });
    named
}

/// What a word names as a service: a host, a URL, a target, or one of the service's own names.
fn of_service_word(word: &str) -> Vec<Match> {
    let address = word.split_once("://").map_or(word, |(_, rest)| rest);
    let (name, path) = match address.find('/') {
        Some(at) => address.split_at(at),
        None => (address, ""),
    };
    let facts = host::host(BStr::new(name));
    if facts.is_known() {
        return of_host(name, path);
    }
    let targets = operation::operation_by_target(word.as_bytes());
    if !targets.is_empty() {
        let of_target = |operation: Operation| Match {
            operations: vec![operation],
            ..plain(operation.service(), "X-Amz-Target".to_owned())
        };
        return targets.into_iter().map(of_target).collect();
    }
    by_name(word)
        .map(|(service, why)| plain(service, why))
        .collect()
}

fn of_host(name: &str, path: &str) -> Vec<Match> {
    let evidence = Lookup {
        host: Some(BStr::new(name)),
        path: Some(BStr::new(path)).filter(|path| !path.is_empty()),
        ..Lookup::default()
    };
    let mut found: Vec<Match> = Vec::new();
    for candidate in lookup::lookup(&evidence) {
        let because = candidate.because_words();
        match found
            .iter_mut()
            .find(|known| known.service == candidate.service)
        {
            Some(known) => known.operations.extend(candidate.operation),
            None => found.push(Match {
                host: candidate.host,
                operations: candidate.operation.into_iter().collect(),
                ..plain(candidate.service, because)
            }),
        }
    }
    found
}

/// The services of this name, the nearest kind of name first, each once.
fn by_name(word: &str) -> impl Iterator<Item = (Service, String)> {
    let wanted = service::folded(word);
    let mut ranked: Vec<(usize, Service, String)> = services()
        .filter_map(|service| {
            let (rank, why) = named(service, word, &wanted)?;
            Some((rank, service, why))
        })
        .collect();
    ranked.sort_by_key(|(rank, service, _)| (*rank, service.id()));
    ranked.into_iter().map(|(_, service, why)| (service, why))
}

fn named(service: Service, word: &str, wanted: &str) -> Option<(usize, String)> {
    let is = |known: &str| !wanted.is_empty() && service::folds_to(known, wanted);
    if service.id() == word {
        return Some((0, "service".to_owned()));
    }
    if is(service.id()) || is(service.service_id()) || is(service.title()) {
        return Some((1, format!("service {}", service.title())));
    }
    if service.aliases().any(is) {
        return Some((1, format!("alias {word}")));
    }
    if let Some(name) = service.signing_names().find(|name| is(name)) {
        return Some((2, format!("signing name {name}")));
    }
    if let Some(prefix) = service.target_prefix().filter(|prefix| is(prefix)) {
        return Some((2, format!("target prefix {prefix}")));
    }
    let prefix = service.endpoint_prefix().filter(|prefix| is(prefix))?;
    Some((3, format!("endpoint prefix {prefix}")))
}

fn of_operation_word(word: &str) -> Vec<(Operation, String)> {
    let exact = operation::operations_named(word.as_bytes());
    let found = if exact.is_empty() {
        lookup::operations_like(word)
    } else {
        exact
    };
    found
        .into_iter()
        .map(|one| (one, format!("operation {}", one.name())))
        .collect()
}

fn plain(service: Service, because: String) -> Match {
    Match {
        service,
        hosts: Vec::new(),
        host: None,
        operations: Vec::new(),
        because,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(words: &[&str]) -> Vec<&'static str> {
        find(words, None)
            .into_iter()
            .map(|found| found.service.id())
            .collect()
    }

    #[test]
    fn words_name_services() {
        assert_eq!(ids(&["autoscaling-plans"]), ["autoscaling-plans"]);
        assert_eq!(ids(&["Auto", "Scaling", "Plans"]), ["autoscaling-plans"]);
        assert_eq!(
            ids(&["autoscaling-plans", "DescribeScalingPlans"]),
            ["autoscaling-plans"]
        );
        assert_eq!(ids(&["DescribeScalingPlans"]), ["autoscaling-plans"]);
        assert_eq!(ids(&["describe-scaling-plans"]), ["autoscaling-plans"]);
        assert_eq!(
            ids(&["ses"]),
            ["ses", "mailmanager", "pinpoint-email", "sesv2"]
        );
        assert_eq!(ids(&["s3api"])[0], "s3");
        assert!(ids(&["ec2", "DescribeScalingPlans"]).is_empty());
        assert!(ids(&["no-such-service"]).is_empty());
        assert!(ids(&[]).is_empty());
    }

    #[test]
    fn a_host_names_its_services_and_its_region() {
        let found = find(&["https://autoscaling.ap-northeast-1.amazonaws.com/"], None);
        let ids: Vec<&str> = found.iter().map(|found| found.service.id()).collect();
        assert_eq!(
            ids,
            [
                "autoscaling",
                "application-autoscaling",
                "autoscaling-plans"
            ]
        );
        assert_eq!(
            found[2].hosts[0].host,
            "autoscaling-plans.ap-northeast-1.amazonaws.com"
        );
        assert!(
            found[2]
                .because
                .contains("up to botocore 1.13.25 (November 2019)")
        );
    }
}

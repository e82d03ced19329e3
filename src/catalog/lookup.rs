//! From what a request shows to the services and operations that it can be, ranked, with reasons.

use bstr::{BStr, ByteSlice};
use memchr::memmem;

use super::{
    host::{self, HostMatch},
    operation::{self, Operation},
    service::{self, Protocol, Service, services},
    table::{self, OPERATIONS},
    uri,
};

/// What a request shows of the service that it is for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lookup<'a> {
    /// The host, with or without its port.
    pub host: Option<&'a BStr>,
    /// The value of `X-Amz-Target`.
    pub target: Option<&'a BStr>,
    /// `Action` of the form or the query.
    pub action: Option<&'a BStr>,
    /// `Version` of the form or the query.
    pub version: Option<&'a BStr>,
    /// The method.
    pub method: Option<&'a BStr>,
    /// The path as it was sent, with or without its query.
    pub path: Option<&'a BStr>,
}

/// One service, and perhaps one of its operations, that a request can be for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Candidate {
    /// The service.
    pub service: Service,
    /// The operation, where the evidence names one.
    pub operation: Option<Operation>,
    /// What the host is to the service; `None` where it is none of its hosts.
    pub host: Option<HostMatch>,
    /// Why it is a candidate; at least one reason, the strongest first.
    pub because: Vec<Reason>,
}

/// Why a service is a candidate; the strongest first.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Reason {
    /// `X-Amz-Target` is the operation's.
    Target,
    /// The path is that of the operation in RPC v2 CBOR.
    CborPath,
    /// `Action` and `Version` are the operation's.
    ActionAndVersion,
    /// What stands before the dot of `X-Amz-Target` is the service's; the operation is not known.
    TargetPrefix,
    /// The host is one of the service's.
    Host,
    /// The host was one of the service's in earlier years.
    HostEarlier,
    /// Method and path are the operation's.
    Path,
    /// `X-Amz-Target` has no prefix, and the service has an operation of that name.
    BareTarget,
    /// `Action` is an operation of the service; `Version` is missing or another.
    Action,
}

impl Reason {
    /// The reason in words, fit for "because …".
    pub fn words(self) -> &'static str {
        match self {
            Self::Target => "X-Amz-Target names the operation",
            Self::CborPath => "the path names the operation",
            Self::ActionAndVersion => "Action and Version name the operation",
            Self::TargetPrefix => "the prefix of X-Amz-Target is the service's",
            Self::Host => "the host is the service's",
            Self::HostEarlier => "the host was the service's in earlier years",
            Self::Path => "method and path fit the operation",
            Self::BareTarget => "the service has an operation of the name in X-Amz-Target",
            Self::Action => "the service has an operation of the name in Action",
        }
    }

    fn weight(self) -> u32 {
        match self {
            Self::Target | Self::CborPath => 16,
            Self::ActionAndVersion => 12,
            Self::TargetPrefix => 10,
            Self::Host => 8,
            Self::HostEarlier => 6,
            Self::Path => 4,
            Self::BareTarget => 3,
            Self::Action => 2,
        }
    }
}

impl Candidate {
    /// The reasons in words: `the host is the service's; method and path fit the operation`.
    pub fn because_words(&self) -> String {
        let years = self.host.as_ref().and_then(|host| host.era.words());
        let words: Vec<String> = self
            .because
            .iter()
            .map(|reason| match (reason, &years) {
                (Reason::HostEarlier, Some(years)) => format!("the host was the service's {years}"),
                _ => reason.words().to_owned(),
            })
            .collect();
        words.join("; ")
    }

    /// What the evidence speaks for it; a service that AWS has closed gives way to one it has not.
    fn weight(&self) -> u32 {
        let reasons: u32 = self.because.iter().map(|reason| reason.weight()).sum();
        reasons * 2 + u32::from(self.service.era().holds_now())
    }
}

/// Every service and operation that the evidence can be of, the best supported first.
///
/// Candidates that are supported equally stand side by side, in order of their ids: [`best`] gives
/// all of those at the top, and more than one there means that the evidence does not decide.
pub fn lookup(evidence: &Lookup<'_>) -> Vec<Candidate> {
    let mut found: Vec<Candidate> = Vec::new();
    if let Some(target) = evidence.target {
        of_target(target, &mut found);
    }
    if let Some(action) = evidence.action {
        of_action(action, evidence.version, &mut found);
    }
    if let Some(path) = evidence.path {
        of_cbor_path(path, &mut found);
    }
    if let Some(name) = evidence.host {
        of_host(name, &mut found);
    }
    if let Some(path) = evidence.path {
        of_path(evidence.method, path, &mut found);
    }
    for candidate in &mut found {
        candidate.because.sort();
    }
    found.sort_by(|one, other| {
        let key = |candidate: &Candidate| {
            (
                candidate.service.id(),
                candidate.operation.map_or("", Operation::name),
            )
        };
        other
            .weight()
            .cmp(&one.weight())
            .then_with(|| key(one).cmp(&key(other)))
    });
    found
}

/// The candidates that are supported best: one if the evidence decides, several if it does not.
pub fn best(candidates: &[Candidate]) -> &[Candidate] {
    let top = candidates.first().map_or(0, Candidate::weight);
    let end = candidates
        .iter()
        .position(|c| c.weight() < top)
        .unwrap_or(candidates.len());
    candidates.get(..end).unwrap_or_default()
}

fn of_target(target: &BStr, found: &mut Vec<Candidate>) {
    let exact = operation::operation_by_target(target);
    for operation in &exact {
        add(found, operation.service(), Some(*operation), Reason::Target);
    }
    match target.rfind_byte(b'.') {
        Some(dot) if exact.is_empty() => {
            let prefix = target.get(..dot).unwrap_or_default();
            for service in service::by_target_prefix(prefix) {
                add(found, service, None, Reason::TargetPrefix);
            }
        }
        Some(_) => {}
        None => {
            for operation in operation::targets_of_operation(target) {
                add(
                    found,
                    operation.service(),
                    Some(operation),
                    Reason::BareTarget,
                );
            }
        }
    }
}

fn of_action(action: &BStr, version: Option<&BStr>, found: &mut Vec<Candidate>) {
    for operation in operation::operations_named(action) {
        let Some((_, known)) = operation.action() else {
            continue;
        };
        let reason = match version {
            Some(version) if version.as_bytes() == known.as_bytes() => Reason::ActionAndVersion,
            _ => Reason::Action,
        };
        add(found, operation.service(), Some(operation), reason);
    }
}

fn of_cbor_path(path: &BStr, found: &mut Vec<Candidate>) {
    let Some(rest) = path.strip_prefix(b"/service/") else {
        return;
    };
    let Some(at) = memmem::find(rest, b"/operation/") else {
        return;
    };
    let name = rest.get(at + b"/operation/".len()..).unwrap_or_default();
    for operation in operation::operations_named(name) {
        if operation
            .cbor_path()
            .is_some_and(|known| known.as_bytes() == path.as_bytes())
        {
            add(
                found,
                operation.service(),
                Some(operation),
                Reason::CborPath,
            );
        }
    }
}

/// The host supports every candidate that it is a host of, and its services besides.
fn of_host(name: &BStr, found: &mut Vec<Candidate>) {
    for matched in host::host(name).matches {
        let reason = match matched.era.holds_now() {
            true => Reason::Host,
            false => Reason::HostEarlier,
        };
        let known = found
            .iter()
            .any(|candidate| candidate.service == matched.service);
        if !known {
            add(found, matched.service, None, reason);
        }
        for candidate in found.iter_mut().filter(|c| c.service == matched.service) {
            if candidate.host.is_none() {
                candidate.host = Some(matched.clone());
                if !candidate.because.contains(&reason) {
                    candidate.because.push(reason);
                }
            }
        }
    }
}

/// Method and path decide among the services of the host; without any, among all REST services.
fn of_path(method: Option<&BStr>, path: &BStr, found: &mut Vec<Candidate>) {
    if found.is_empty() {
        for service in services() {
            for operation in fitting(service, None, method, path) {
                add(found, service, Some(operation), Reason::Path);
            }
        }
        return;
    }
    let open: Vec<Candidate> = found
        .iter()
        .filter(|candidate| candidate.operation.is_none())
        .cloned()
        .collect();
    for candidate in open {
        let host = candidate.host.as_ref();
        let mut fits = fitting(candidate.service, host, method, path);
        if let Some(prefix) = host.and_then(|host| host.prefix.as_deref()) {
            fits.retain(|operation| {
                operation
                    .host_prefix()
                    .is_none_or(|own| own == prefix || own.contains('{'))
            });
        }
        for (at, operation) in fits.into_iter().enumerate() {
            let mut named = candidate.clone();
            named.operation = Some(operation);
            named.because.push(Reason::Path);
            match found.iter_mut().find(|known| **known == candidate) {
                Some(place) if at == 0 => *place = named,
                _ => found.push(named),
            }
        }
    }
}

/// The operations of the service that fit best.
fn fitting(
    service: Service,
    host: Option<&HostMatch>,
    method: Option<&BStr>,
    path: &BStr,
) -> Vec<Operation> {
    let rest = service.speaks(Protocol::RestJson) || service.speaks(Protocol::RestXml);
    if !rest {
        return Vec::new();
    }
    let bucket_in_host = host.is_some_and(|host| host.pattern.starts_with("{bucket"));
    let mut best: Vec<(uri::Fit, Operation)> = Vec::new();
    for operation in service.operations() {
        if method.is_some_and(|method| method.as_bytes() != operation.method().as_bytes()) {
            continue;
        }
        let template = match operation.uri().strip_prefix("/{Bucket}") {
            Some(rest) if bucket_in_host => rest,
            _ => operation.uri(),
        };
        let Some(fit) = uri::fit(template, path) else {
            continue;
        };
        match best.first() {
            Some((known, _)) if *known > fit => {}
            Some((known, _)) if *known == fit => best.push((fit, operation)),
            _ => best = vec![(fit, operation)],
        }
    }
    best.into_iter().map(|(_, operation)| operation).collect()
}

fn add(found: &mut Vec<Candidate>, service: Service, operation: Option<Operation>, reason: Reason) {
    let known = found.iter_mut().find(|known| {
        known.service == service && (known.operation == operation || operation.is_none())
    });
    match known {
        Some(known) => known.because.push(reason),
        None => found.push(Candidate {
            service,
            operation,
            host: None,
            because: vec![reason],
        }),
    }
}

/// The services that have an operation of this name, spelled as the AWS CLI does or in any case.
pub(super) fn operations_like(name: &str) -> Vec<Operation> {
    let wanted = service::folded(name);
    let mut found = Vec::new();
    let mut section: Option<Service> = None;
    for line in table::lines(OPERATIONS) {
        if let Some(id) = line
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
        {
            section = service::exact(id);
            continue;
        }
        let known = line.split(' ').next().unwrap_or_default();
        if known.len() == wanted.len() && known.eq_ignore_ascii_case(&wanted) {
            found.extend(section.and_then(|service| service.operation(known)));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(evidence: &Lookup<'_>) -> Vec<String> {
        best(&lookup(evidence))
            .iter()
            .map(|candidate| {
                let operation = candidate.operation.map_or("-", Operation::name);
                format!("{} {operation}", candidate.service.id())
            })
            .collect()
    }

    #[test]
    fn the_target_says_which_service_of_the_old_host_it_is() {
        let evidence = Lookup {
            host: Some("autoscaling.ap-northeast-1.amazonaws.com".into()),
            target: Some("AnyScaleScalingPlannerFrontendService.DescribeScalingPlans".into()),
            ..Lookup::default()
        };
        assert_eq!(ids(&evidence), ["autoscaling-plans DescribeScalingPlans"]);
        let first = &lookup(&evidence)[0];
        assert_eq!(
            first.because_words(),
            "X-Amz-Target names the operation; \
             the host was the service's up to botocore 1.13.25 (November 2019)"
        );
    }

    #[test]
    fn the_version_tells_load_balancers_apart() {
        let mut evidence = Lookup {
            host: Some("elasticloadbalancing.us-east-1.amazonaws.com".into()),
            action: Some("DescribeLoadBalancers".into()),
            version: Some("2015-12-01".into()),
            ..Lookup::default()
        };
        assert_eq!(ids(&evidence), ["elbv2 DescribeLoadBalancers"]);
        evidence.version = None;
        let both = ["elb DescribeLoadBalancers", "elbv2 DescribeLoadBalancers"];
        assert_eq!(ids(&evidence), both);
    }

    #[test]
    fn the_path_decides_on_a_shared_host() {
        let evidence = Lookup {
            host: Some("maps.geo.us-east-1.amazonaws.com".into()),
            method: Some("GET".into()),
            path: Some("/v2/static/map.png".into()),
            ..Lookup::default()
        };
        assert_eq!(ids(&evidence), ["geo-maps GetStaticMap"]);
    }

    #[test]
    fn a_bucket_in_the_host_is_not_in_the_path() {
        let evidence = Lookup {
            host: Some("my.bucket.s3.eu-west-1.amazonaws.com".into()),
            method: Some("GET".into()),
            path: Some("/?list-type=2".into()),
            ..Lookup::default()
        };
        assert_eq!(ids(&evidence), ["s3 ListObjectsV2"]);
    }

    #[test]
    fn the_cbor_path_names_the_operation() {
        let path = "/service/GraniteServiceVersion20100801/operation/PutMetricData";
        let evidence = Lookup {
            path: Some(path.into()),
            ..Lookup::default()
        };
        assert_eq!(ids(&evidence), ["cloudwatch PutMetricData"]);
    }

    #[test]
    fn an_unknown_host_says_nothing() {
        let evidence = Lookup {
            host: Some("localhost:4566".into()),
            ..Lookup::default()
        };
        assert!(lookup(&evidence).is_empty());
    }
}

//! The catalogue against what botocore was seen to sign: `catalog/*.csv`, made once by letting
//! botocore 1.43.11 sign a request for each operation and looking at what it would have sent.

#![expect(clippy::unwrap_used, reason = "these are tests")]

use bstr::BStr;
use countersign::catalog::{self, Auth, HostKind, Lookup, Payload, Protocol};

/// Rows where the catalogue rightly says something else than the CSV, each with the reason.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    ("codecatalyst", "host_us_east_1", BEARER),
    ("codecatalyst", "host_us_west_2", BEARER),
    ("codecatalyst", "host_fips", BEARER),
    ("codecatalyst", "host_dualstack", BEARER),
    (
        "servicediscovery",
        "host_dualstack",
        "the host for both was the standard one until 1.44",
    ),
    ("signin", "signed_region_us_east_1", SIGNIN),
    ("signin", "signed_region_us_west_2", SIGNIN),
];

const SIGNIN: &str = "in 1.43.11 it had one operation, unsigned; since then most are signed";

/// How many names more than one service with a target prefix has; 476 in botocore 1.44.5.
const AMBIGUOUS: usize = 485;

const BEARER: &str = "nothing was seen, because it wants a bearer token; its rule set has hosts";

struct Row {
    names: Vec<String>,
    cells: Vec<String>,
}

impl Row {
    fn get(&self, name: &str) -> &str {
        let at = self.names.iter().position(|known| known == name).unwrap();
        self.cells.get(at).map_or("", String::as_str)
    }
}

fn rows(text: &str) -> Vec<Row> {
    let mut lines = text.lines().map(cells);
    let names = lines.next().unwrap();
    lines
        .map(|cells| Row {
            names: names.clone(),
            cells,
        })
        .collect()
}

fn cells(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            _ => cells.last_mut().unwrap().push(c),
        }
    }
    cells
}

/// Collects what differs, so that a run shows all of it.
#[derive(Default)]
struct Differences(Vec<String>);

impl Differences {
    fn check(&mut self, service: &str, what: &str, expected: &str, actual: &str) {
        let excepted = EXCEPTIONS
            .iter()
            .any(|(id, part, _)| *id == service && *part == what);
        match (expected == actual, excepted) {
            (true, false) | (false, true) => {}
            (true, true) => self
                .0
                .push(format!("{service} {what}: no longer an exception")),
            (false, false) => {
                self.0.push(format!(
                    "{service} {what}: expected {expected:?}, found {actual:?}"
                ));
            }
        }
    }

    fn none(self) {
        assert!(
            self.0.is_empty(),
            "{} differences\n{}",
            self.0.len(),
            self.0.join("\n")
        );
    }
}

/// Names that only the caller knows, written alike on both sides.
fn plain(host: &str) -> String {
    let mut out = String::new();
    let host = host
        .replace("<label>", "{}")
        .replace("xxx.", "{}.")
        .replace("123456789012", "{}");
    let mut inside = false;
    for c in host.chars() {
        match c {
            '{' => inside = true,
            '}' => {
                inside = false;
                out.push_str("{}");
            }
            c if !inside => out.push(c),
            _ => {}
        }
    }
    out
}

const STANDARD: &[HostKind] = &[HostKind::Standard, HostKind::Global];

#[test]
fn every_service_is_as_it_was_seen() {
    let mut differences = Differences::default();
    let rows = rows(include_str!("catalog/services.csv"));
    assert_eq!(rows.len(), 424);
    for row in &rows {
        let id = row.get("service_id");
        let Some(service) = catalog::service(id) else {
            panic!("no service {id}")
        };
        let mut check = |what: &str, actual: &str| {
            differences.check(id, what, &plain(row.get(what)), actual);
        };
        check("service_id", service.id());
        check("serviceId", service.service_id());
        check("apiVersion", service.api_version().unwrap_or_default());
        check(
            "endpointPrefix",
            service.endpoint_prefix().unwrap_or_default(),
        );
        if !row.get("observed_signing_name").is_empty() {
            check("observed_signing_name", service.signing_name());
        }
        check(
            "observed_target_prefixes",
            service.target_prefix().unwrap_or_default(),
        );
        let protocols: Vec<&str> = service.protocols().map(Protocol::name).collect();
        let protocol = protocols
            .iter()
            .find(|known| **known == row.get("protocol"));
        check("protocol", protocol.unwrap_or(&""));
        for (region, kinds, host_column, region_column) in [
            (
                "us-east-1",
                STANDARD,
                "host_us_east_1",
                "signed_region_us_east_1",
            ),
            (
                "us-west-2",
                STANDARD,
                "host_us_west_2",
                "signed_region_us_west_2",
            ),
            ("us-east-1", &[HostKind::Fips], "host_fips", ""),
            ("us-east-1", &[HostKind::Dualstack], "host_dualstack", ""),
        ] {
            let seen = plain(row.get(host_column));
            let hosts = service.hosts(region);
            let mut hosts = hosts.iter().filter(|host| kinds.contains(&host.kind));
            let first = hosts.clone().next();
            let found = hosts.find(|host| plain(&host.host) == seen).or(first);
            check(
                host_column,
                &found.map(|found| plain(&found.host)).unwrap_or_default(),
            );
            if !region_column.is_empty() {
                let signing = found.and_then(|found| found.signing_region.clone());
                check(region_column, &signing.unwrap_or_default());
            }
        }
        check(
            "global_fixed_region",
            service.fixed_region().map_or("", |_| "yes"),
        );
    }
    differences.none();
}

#[test]
fn every_host_finds_its_service() {
    let mut missing = Vec::new();
    for row in rows(include_str!("catalog/services.csv")) {
        let id = row.get("service_id");
        for column in [
            "host_us_east_1",
            "host_us_west_2",
            "host_fips",
            "host_dualstack",
        ] {
            let host = row
                .get(column)
                .replace("<label>", "123456789012")
                .replace("xxx.", "bucket.");
            if host.is_empty() {
                continue;
            }
            let facts = catalog::host(BStr::new(&host));
            let known = |found: &catalog::HostMatch| {
                found.service.id() == id && found.era == found.service.era()
            };
            if !facts.matches.iter().any(known) {
                missing.push(format!("{id} {host}: {:?}", facts.matches));
            }
        }
    }
    assert!(
        missing.is_empty(),
        "{} missing\n{}",
        missing.len(),
        missing.join("\n")
    );
}

/// Hosts of one resource, and the signing name that their own documentation gives.
const DATA_PLANES: &[(&str, &str)] = &[
    ("abc123.execute-api.us-east-1.amazonaws.com", "execute-api"),
    ("search-logs-abc.us-east-1.es.amazonaws.com", "es"),
    ("abc123.us-east-1.aoss.amazonaws.com", "aoss"),
    ("abc123.lambda-url.us-east-1.on.aws", "lambda"),
    ("abc123-ats.iot.us-east-1.amazonaws.com", "iotdevicegateway"),
    (
        "service-0a1b.7d67968.vpc-lattice-svcs.us-east-1.on.aws",
        "vpc-lattice-svcs",
    ),
    (
        "db.cluster-abc123.us-east-1.neptune.amazonaws.com",
        "neptune-db",
    ),
    ("db.cluster-abc123.us-east-1.rds.amazonaws.com", "rds-db"),
    ("kafka.us-east-1.amazonaws.com", "kafka-cluster"),
    ("aps-workspaces.us-east-1.amazonaws.com", "aps"),
    ("abc123.appsync-api.us-east-1.amazonaws.com", "appsync"),
    ("123456789012.ddb.us-east-1.amazonaws.com", "dynamodb"),
    ("bucket.s3.dualstack.us-east-1.amazonaws.com", "s3"),
    ("bucket.s3-accelerate.amazonaws.com", "s3"),
    ("s3-us-west-2.amazonaws.com", "s3"),
    (
        "bucket--use1-az4--x-s3.s3express-use1-az4.us-east-1.amazonaws.com",
        "s3express",
    ),
    (
        "point-123456789012.s3-object-lambda.us-east-1.amazonaws.com",
        "s3-object-lambda",
    ),
    (
        "mfzwi23gnjvgw.mrap.accesspoint.s3-global.amazonaws.com",
        "s3",
    ),
];

#[test]
fn hosts_of_single_resources_are_known() {
    let signs = |found: &catalog::HostMatch, name: &str| {
        let mut names = found.service.signing_names();
        names.any(|own| own == name)
    };
    let missing: Vec<_> = DATA_PLANES
        .iter()
        .filter(|(host, name)| {
            let facts = catalog::host(BStr::new(host));
            !facts.matches.iter().any(|found| signs(found, name))
        })
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn shared_hosts_name_all_their_services() {
    for row in rows(include_str!("catalog/shared_hosts.csv")) {
        let facts = catalog::host(BStr::new(row.get("host")));
        for group in row.get("signing_name=services").split("; ") {
            let (name, services) = group.split_once('=').unwrap();
            for id in services.split(',') {
                let found = facts.current().find(|found| found.service.id() == id);
                let found = found.unwrap_or_else(|| panic!("{} is not {id}", row.get("host")));
                if found.service.auth() != Auth::SigV2 {
                    let mut names = found.service.signing_names();
                    assert!(names.any(|known| known == name), "{id}: {name}");
                }
            }
        }
    }
}

/// Operations where the catalogue rightly says something else than what was seen.
const OPERATION_EXCEPTIONS: &[(&str, &str, &str, &str)] = &[
    (
        "account-access-runtime",
        "*",
        "seen",
        "it wants a bearer token, as codecatalyst does",
    ),
    (
        "s3",
        "WriteGetObjectResponse",
        "look-up",
        "its host is one of S3 Object Lambda, where all is signed for s3-object-lambda",
    ),
    (
        "signin",
        "CreateOAuth2TokenWithTokenExchange",
        "auth",
        "the model says none, the rule set SigV4; botocore signs it",
    ),
    (
        "codecatalyst",
        "*",
        "seen",
        "it wants a bearer token, which botocore refuses to do without",
    ),
    (
        "s3",
        "*",
        "region",
        "`bucket.s3.amazonaws.com` leaves the region to the bucket",
    ),
    (
        "s3",
        "WriteGetObjectResponse",
        "payload",
        "the model says unsigned; without a body both are",
    ),
    (
        "cloudsearchdomain",
        "Search",
        "method",
        "the model says GET; botocore sends it as POST",
    ),
    (
        "cloudsearchdomain",
        "Search",
        "look-up",
        "as POST its path is that of no operation",
    ),
];

/// One operation as botocore sent it.
struct Seen<'a> {
    service: &'a str,
    name: &'a str,
    fields: [&'a str; 9],
}

/// `catalog/operations.tsv`: a section for each service, `=` for what stands in the line above.
fn seen(text: &str) -> Vec<Seen<'_>> {
    let mut service = "";
    let mut last = [""; 9];
    let mut all = Vec::new();
    for line in text.lines() {
        if let Some(id) = line.strip_prefix('[') {
            service = id.trim_end_matches(']');
            continue;
        }
        let (name, rest) = line.split_once('\t').unwrap();
        let mut fields = [""; 9];
        for (at, field) in rest.split('\t').enumerate() {
            fields[at] = if field == "=" { last[at] } else { field };
        }
        if fields[0] != "-" {
            last = fields;
        }
        all.push(Seen {
            service,
            name,
            fields,
        });
    }
    all
}

#[test]
fn every_operation_is_as_it_was_seen() {
    let mut differences = Vec::new();
    let mut used = Vec::new();
    let all = seen(include_str!("catalog/operations.tsv"));
    assert_eq!(all.len(), 20_027);
    for one in &all {
        let service = catalog::service(one.service).unwrap();
        let operation = service.operation(one.name);
        let operation = operation.unwrap_or_else(|| panic!("no {} {}", one.service, one.name));
        let mut check = |what: &'static str, expected: &str, actual: &str| {
            if expected == actual {
                return;
            }
            let excepted = OPERATION_EXCEPTIONS.iter().position(|(id, name, part, _)| {
                *id == one.service && (*name == "*" || *name == one.name) && *part == what
            });
            match excepted {
                Some(at) => used.push(at),
                None => differences.push(format!(
                    "{} {} {what}: expected {expected:?}, found {actual:?}",
                    one.service, one.name
                )),
            }
        };
        let [
            method,
            path,
            host,
            how,
            name,
            region,
            prefix,
            content_type,
            digest,
        ] = one.fields;
        if method == "-" {
            check("seen", "yes", path);
            continue;
        }
        check("method", method, operation.method());
        let auth = match operation.auth() {
            Auth::SigV4 => "AWS4-HMAC-SHA256",
            Auth::SigV4a => "AWS4-ECDSA-P256-SHA256",
            other => other.name(),
        };
        check("auth", how, auth);
        if how.starts_with("AWS4") {
            check("signing name", name, operation.signing_name());
        }
        let target = operation.target().unwrap_or_default();
        let spoken = service.protocols().next().unwrap();
        let rpc = [Protocol::Json, Protocol::Query, Protocol::Ec2].contains(&spoken);
        if rpc {
            let seen = if prefix == "-" {
                String::new()
            } else {
                format!("{prefix}.{}", one.name)
            };
            check("target", &seen, &target);
            check(
                "content type",
                content_type,
                &service.content_type().unwrap_or_default(),
            );
        } else {
            check("target", prefix, "-");
        }
        let payload = match digest {
            "UNSIGNED-PAYLOAD" => Payload::Unsigned,
            "STREAMING-UNSIGNED-PAYLOAD-TRAILER" => Payload::Streaming,
            _ => Payload::Signed,
        };
        check("payload", payload.name(), operation.payload().name());

        let action = operation.action().filter(|_| rpc && prefix == "-");
        let evidence = Lookup {
            host: Some(host.into()),
            target: Some(BStr::new(&target)).filter(|target| rpc && !target.is_empty()),
            action: action.map(|(action, _)| action.into()),
            version: action.map(|(_, version)| version.into()),
            method: Some(method.into()),
            path: Some(path.into()),
        };
        let candidates = catalog::lookup(&evidence);
        let found: Vec<String> = catalog::best(&candidates)
            .iter()
            .map(|c| {
                format!(
                    "{} {}",
                    c.service.id(),
                    c.operation.map_or("-", |o| o.name())
                )
            })
            .collect();
        let wanted = format!("{} {}", one.service, one.name);
        let named = if found.contains(&wanted) {
            &wanted
        } else {
            &found.join(", ")
        };
        check("look-up", &wanted, named);
        let of_host = candidates
            .iter()
            .find(|c| c.service == service)
            .and_then(|c| c.host.clone());
        let found = of_host.map(|host| host.signing_region.unwrap_or("-".to_owned()));
        if how == "AWS4-HMAC-SHA256" {
            check("region", region, &found.unwrap_or_default());
        }
    }
    used.sort_unstable();
    used.dedup();
    assert!(
        differences.is_empty(),
        "{}\n{}",
        differences.len(),
        differences.join("\n")
    );
    assert_eq!(
        used.len(),
        OPERATION_EXCEPTIONS.len(),
        "an exception is none any more"
    );
}

/// A host of the service that no other service's bare operation shares, if it has one.
fn standard_host(service: catalog::Service) -> String {
    let hosts = service.hosts("us-west-2");
    hosts
        .iter()
        .find(|host| host.era.holds_now())
        .map(|host| host.host.clone())
        .unwrap()
}

/// A rule's page, on one line.
fn page(id: &str) -> String {
    let mut rules = countersign::diagnose::rules::rules().iter();
    let rule = rules.find(|rule| rule.id == id).unwrap();
    rule.page.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn the_pages_count_the_hosts_that_mislead() {
    let mut all = 0;
    let mut misled = 0;
    for service in catalog::services() {
        let hosts = service.hosts("us-east-1");
        let Some(host) = hosts.iter().find(|host| STANDARD.contains(&host.kind)) else {
            continue;
        };
        all += 1;
        let label = host.host.split_once('.').map_or("", |(label, _)| label);
        if service.signing_names().all(|name| name != label) {
            misled += 1;
        }
    }
    let said = format!("{misled} of {all} services");
    for id in ["host-label-is-not-signing-name", "wrong-service-in-scope"] {
        assert!(page(id).contains(&said), "{id}: {said}");
    }
}

#[test]
fn an_ambiguous_bare_target_is_answered_by_the_host_or_with_all() {
    let mut names: Vec<&str> = Vec::new();
    for service in catalog::services() {
        names.extend(
            service
                .operations()
                .filter(|o| o.target().is_some())
                .map(|o| o.name()),
        );
    }
    names.sort_unstable();
    names.dedup();
    let open = |name: &str| {
        let mut all = catalog::targets_of_operation(name.as_bytes());
        all.retain(|operation| operation.service().era().holds_now());
        all
    };
    names.retain(|name| open(name).len() > 1);
    assert_eq!(names.len(), AMBIGUOUS);
    let said = format!("{AMBIGUOUS} names occur in more than one service");
    assert!(page("bare-target").contains(&said), "{said}");
    for name in names {
        let all = open(name);
        let bare = Lookup {
            target: Some(name.into()),
            ..Lookup::default()
        };
        let found = catalog::lookup(&bare);
        let best: Vec<_> = catalog::best(&found)
            .iter()
            .filter_map(|c| c.operation)
            .collect();
        assert_eq!(best, all, "{name} without a host");
        for operation in &all {
            let host = standard_host(operation.service());
            let found = catalog::lookup(&Lookup {
                host: Some(BStr::new(&host)),
                ..bare
            });
            let best: Vec<_> = catalog::best(&found)
                .iter()
                .filter_map(|c| c.operation)
                .collect();
            assert!(best.contains(operation), "{name} at {host}");
            // Only services that share the host may stand beside it.
            for other in best {
                let shared = catalog::host(BStr::new(&host));
                let mut known = shared.current();
                assert!(
                    known.any(|m| m.service == other.service()),
                    "{name} at {host}"
                );
            }
        }
    }
}

#[test]
fn what_was_otherwise_is_dated() {
    let mut wrong = Vec::new();
    let rows = rows(include_str!("catalog/services_history.csv"));
    for pair in rows.windows(2) {
        let [old, new] = pair else { continue };
        let id = old.get("service");
        if id != new.get("service") {
            continue;
        }
        let signing = |row: &Row| match row.get("signingName") {
            "" => row.get("endpointPrefix").to_owned(),
            name => name.to_owned(),
        };
        for (fact, was, is) in [
            (
                "endpoint-prefix",
                old.get("endpointPrefix").to_owned(),
                new.get("endpointPrefix"),
            ),
            ("signing-name", signing(old), &signing(new)),
        ] {
            let found = catalog::history().find(|earlier| {
                earlier.service() == id && earlier.fact() == fact && earlier.value() == was
            });
            let until = found.and_then(|earlier| earlier.era().until);
            let dated = until.is_some_and(|until| {
                version(old.get("first_seen_in_botocore")) <= version(until.version)
                    && version(until.version) < version(new.get("first_seen_in_botocore"))
            });
            if (was != is) != dated {
                wrong.push(format!("{id} {fact} {was}: {until:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn version(text: &str) -> Vec<u32> {
    text.split('.').map(|part| part.parse().unwrap()).collect()
}

//! Operations: one line each, in their service's section of the table.

use memchr::memmem;

use super::{
    service::{self, Protocol, Service},
    table::{self, OPERATIONS},
};

/// One operation of a service; a cheap handle on its line of the table.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Operation {
    service: Service,
    line: &'static str,
}

/// How an operation is authenticated.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Auth {
    /// `AWS4-HMAC-SHA256`.
    SigV4,
    /// `AWS4-ECDSA-P256-SHA256`: no region in the scope, a region set in a header.
    SigV4a,
    /// Signature Version 2 (SimpleDB).
    SigV2,
    /// A bearer token.
    Bearer,
    /// Nothing: the operation must not need a signature.
    None,
}

/// What the signature says of the body, as botocore sends the operation by default.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Payload {
    /// Its SHA-256.
    Signed,
    /// `UNSIGNED-PAYLOAD`.
    Unsigned,
    /// `STREAMING-UNSIGNED-PAYLOAD-TRAILER`; the SHA-256 and `UNSIGNED-PAYLOAD` are right as well.
    Streaming,
}

/// The operations of one service, in order of their names.
pub(super) fn of(service: Service) -> impl Iterator<Item = Operation> {
    table::section(OPERATIONS, service.id())
        .lines()
        .map(move |line| Operation { service, line })
}

/// Every operation of this bare name, in order of the services' ids.
pub fn operations_named(name: &[u8]) -> Vec<Operation> {
    if name.is_empty() || !name.iter().all(u8::is_ascii_alphanumeric) {
        return Vec::new();
    }
    let needle = [b"\n".as_slice(), name, b" "].concat();
    memmem::find_iter(OPERATIONS.as_bytes(), &needle)
        .filter_map(|at| {
            let service = service::exact(table::section_key(OPERATIONS, at + 1)?)?;
            Some(Operation {
                service,
                line: table::line_at(OPERATIONS, at + 1),
            })
        })
        .collect()
}

/// Every operation of this bare name whose service has a target prefix.
///
/// Services that speak RPC v2 CBOR alone are among them: they take no `X-Amz-Target`, but a bare
/// one may be meant for them.
pub fn targets_of_operation(name: &[u8]) -> Vec<Operation> {
    let mut found = operations_named(name);
    found.retain(|operation| operation.service().target_prefix().is_some());
    found
}

/// The operations of exactly this `X-Amz-Target`: none, one, or (Timestream) one per service.
pub fn operation_by_target(target: &[u8]) -> Vec<Operation> {
    let Some(dot) = target.iter().rposition(|byte| *byte == b'.') else {
        return Vec::new();
    };
    let (prefix, name) = target.split_at(dot);
    let Some(name) = name.get(1..).and_then(|name| str::from_utf8(name).ok()) else {
        return Vec::new();
    };
    let services = service::by_target_prefix(prefix);
    services
        .filter_map(|service| service.operation(name))
        .collect()
}

impl Operation {
    /// The service that has the operation.
    pub fn service(self) -> Service {
        self.service
    }

    /// The operation's name.
    pub fn name(self) -> &'static str {
        self.word(0)
    }

    /// The HTTP method.
    pub fn method(self) -> &'static str {
        self.word(1)
    }

    /// The URI with its labels: `/2013-04-01/hostedzone/{Id}`; `/` where it does not name the
    /// operation.
    pub fn uri(self) -> &'static str {
        self.word(2)
    }

    /// The whole `X-Amz-Target`; `None` where the protocol has none.
    pub fn target(self) -> Option<String> {
        let prefix = self
            .service
            .target_prefix()
            .filter(|_| self.service.speaks(Protocol::Json))?;
        Some(format!("{prefix}.{}", self.name()))
    }

    /// The `Action` and the `Version` of the form; `None` where the protocol has none.
    pub fn action(self) -> Option<(&'static str, &'static str)> {
        let speaks = self.service.speaks(Protocol::Query) || self.service.speaks(Protocol::Ec2);
        Some((self.name(), self.service.api_version().filter(|_| speaks)?))
    }

    /// The path in RPC v2 CBOR; `None` where the service does not speak it.
    pub fn cbor_path(self) -> Option<String> {
        let prefix = self
            .service
            .target_prefix()
            .filter(|_| self.service.speaks(Protocol::RpcV2Cbor))?;
        Some(format!("/service/{prefix}/operation/{}", self.name()))
    }

    /// How the operation is authenticated.
    pub fn auth(self) -> Auth {
        self.tag("auth=")
            .map_or_else(|| self.service.auth(), Auth::parse)
    }

    /// What the signature says of the body by default.
    pub fn payload(self) -> Payload {
        match self.tag("payload=") {
            Some("unsigned") => Payload::Unsigned,
            Some("streaming") => Payload::Streaming,
            _ => Payload::Signed,
        }
    }

    /// The name under which the operation is signed.
    pub fn signing_name(self) -> &'static str {
        self.tag("name=")
            .unwrap_or_else(|| self.service.signing_name())
    }

    /// What the operation puts before the host: `data-`, `{AccountId}.`.
    pub fn host_prefix(self) -> Option<&'static str> {
        self.tag("prefix=")
    }

    fn word(self, index: usize) -> &'static str {
        self.line.split(' ').nth(index).unwrap_or_default()
    }

    fn tag(self, name: &str) -> Option<&'static str> {
        self.line
            .split(' ')
            .skip(3)
            .find_map(|word| word.strip_prefix(name))
    }
}

impl Auth {
    /// The name in the table and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::SigV4 => "sigv4",
            Self::SigV4a => "sigv4a",
            Self::SigV2 => "sigv2",
            Self::Bearer => "bearer",
            Self::None => "none",
        }
    }

    pub(super) fn parse(name: &str) -> Self {
        [Self::SigV4a, Self::SigV2, Self::Bearer, Self::None]
            .into_iter()
            .find(|auth| auth.name() == name)
            .unwrap_or(Self::SigV4)
    }
}

impl Payload {
    /// The name in the table and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Signed => "signed",
            Self::Unsigned => "unsigned",
            Self::Streaming => "streaming",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_finds_its_operation() {
        let found =
            operation_by_target(b"AnyScaleScalingPlannerFrontendService.DescribeScalingPlans");
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].service().id(), "autoscaling-plans");
        assert_eq!(found[0].method(), "POST");
        assert_eq!(
            found[0].service().content_type().unwrap(),
            "application/x-amz-json-1.1"
        );
        assert!(operation_by_target(b"DescribeScalingPlans").is_empty());
        assert!(operation_by_target(b"NoSuchService.DescribeScalingPlans").is_empty());
    }

    #[test]
    fn a_bare_name_finds_all_its_services() {
        let services: Vec<&str> = targets_of_operation(b"DescribeScalingPolicies")
            .into_iter()
            .map(|operation| operation.service().id())
            .collect();
        assert_eq!(services, ["application-autoscaling", "gamelift"]);
    }
}

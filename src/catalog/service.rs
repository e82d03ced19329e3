//! A service: its names, protocols and defaults, one line of the table.

use memchr::memmem;

use super::{
    era::{self, Earlier, Era},
    hosts_of::{self, HostName},
    operation::{self, Auth, Operation},
    recipe::recipe_for_signing_name,
    table::{self, SERVICES, SERVICES_BY_HAND},
};
use crate::sigv4::Recipe;

/// One service, or one data plane of a service; a cheap handle on its line of the table.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Service {
    line: &'static str,
}

/// Where the catalogue has a service from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Origin {
    /// A service model of botocore.
    Model,
    /// No model carries it; kept by hand, and this is the source.
    ByHand(&'static str),
}

/// How a service writes its requests.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Protocol {
    /// `X-Amz-Target` names the operation, the body is JSON.
    Json,
    /// `Action` and `Version` in a form name the operation.
    Query,
    /// As [`Protocol::Query`], with EC2's own serialization.
    Ec2,
    /// Method and path name the operation, the body is JSON.
    RestJson,
    /// Method and path name the operation, the body is XML.
    RestXml,
    /// The path `/service/NAME/operation/NAME` names the operation, the body is CBOR.
    RpcV2Cbor,
}

/// The service of this id, alias or service id, whatever the case of its letters.
pub fn service(name: &str) -> Option<Service> {
    exact(name).or_else(|| {
        let wanted = folded(name);
        services().find(|service| {
            std::iter::once(service.id())
                .chain([service.service_id(), service.title()])
                .chain(service.aliases())
                .any(|known| folds_to(known, &wanted))
        })
    })
}

/// The service of exactly this id.
pub(super) fn exact(id: &str) -> Option<Service> {
    table::line_of(SERVICES, id)
        .or_else(|| table::line_of(SERVICES_BY_HAND, id))
        .map(|line| Service { line })
}

/// Every service with a model, then the data planes that no model carries; each in order of ids.
pub fn services() -> impl Iterator<Item = Service> {
    table::lines(SERVICES)
        .chain(table::lines(SERVICES_BY_HAND))
        .map(|line| Service { line })
}

/// The services whose targets begin with this, up to the last dot.
pub(super) fn by_target_prefix(prefix: &[u8]) -> impl Iterator<Item = Service> {
    let column = [b"\t", prefix, b"\t"].concat();
    let lines = [SERVICES, SERVICES_BY_HAND].map(|table| -> Vec<&str> {
        let places = memmem::find_iter(table.as_bytes(), &column);
        places.map(|at| table::line_at(table, at)).collect()
    });
    let mut lines = lines.concat();
    lines.dedup();
    let services = lines.into_iter().map(|line| Service { line });
    services.filter(move |service| {
        let known = service.target_prefix();
        known.is_some_and(|known| known.as_bytes() == prefix)
    })
}

/// The services that sign under exactly this name.
pub fn by_signing_name(name: &str) -> impl Iterator<Item = Service> {
    services().filter(move |service| service.signing_names().any(|known| known == name))
}

impl Service {
    /// The id: botocore's, as in `boto3.client("autoscaling-plans")`.
    pub fn id(self) -> &'static str {
        self.column(0).unwrap_or_default()
    }

    /// The model's service id, as SDKs have it: `Auto Scaling Plans`.
    pub fn service_id(self) -> &'static str {
        self.column(1).unwrap_or_else(|| self.id())
    }

    /// The service's full name.
    pub fn title(self) -> &'static str {
        self.column(2).unwrap_or_else(|| self.id())
    }

    /// The API version of the model: `2018-01-06`.
    pub fn api_version(self) -> Option<&'static str> {
        self.column(3)
    }

    /// The endpoint prefix of the model; not a signing name, though often equal to it.
    pub fn endpoint_prefix(self) -> Option<&'static str> {
        self.column(4)
    }

    /// The names under which requests are signed; that of most operations first.
    pub fn signing_names(self) -> impl Iterator<Item = &'static str> {
        self.list(5)
    }

    /// The name under which most operations are signed.
    pub fn signing_name(self) -> &'static str {
        self.signing_names().next().unwrap_or_default()
    }

    /// The protocols that the service speaks; the one that botocore speaks first.
    pub fn protocols(self) -> impl Iterator<Item = Protocol> {
        self.list(6).filter_map(Protocol::parse)
    }

    /// Whether the service speaks this protocol.
    pub fn speaks(self, protocol: Protocol) -> bool {
        self.protocols().any(|known| known == protocol)
    }

    /// The version in `application/x-amz-json-1.1`; `None` where no operation has a target.
    pub fn json_version(self) -> Option<&'static str> {
        self.column(7).filter(|_| self.speaks(Protocol::Json))
    }

    /// What stands before the dot in `X-Amz-Target`.
    pub fn target_prefix(self) -> Option<&'static str> {
        self.column(8)
    }

    /// How most of the operations are authenticated.
    pub fn auth(self) -> Auth {
        self.column(9).map_or(Auth::SigV4, Auth::parse)
    }

    /// What operations put before the host: `data-`, `{AccountId}.`.
    pub(super) fn host_prefixes(self) -> impl Iterator<Item = &'static str> {
        self.list(10)
    }

    /// The other names: the service id with hyphens, the AWS CLI's name, the abbreviation.
    pub fn aliases(self) -> impl Iterator<Item = &'static str> {
        self.list(11)
    }

    /// Where the catalogue has the service from.
    pub fn origin(self) -> Origin {
        self.column(12).map_or(Origin::Model, Origin::ByHand)
    }

    /// When botocore had the service; [`Era::NOW`] for all but those that AWS has closed.
    pub fn era(self) -> Era {
        let closed = era::history_of(self.id()).find(|earlier| earlier.fact() == "service");
        closed.map_or(Era::NOW, Earlier::era)
    }

    /// The `Content-Type` of a request in the service's own protocol.
    pub fn content_type(self) -> Option<String> {
        Some(match self.protocols().next()? {
            Protocol::Json => format!("application/x-amz-json-{}", self.json_version()?),
            Protocol::Query | Protocol::Ec2 => {
                "application/x-www-form-urlencoded; charset=utf-8".to_owned()
            }
            Protocol::RestJson => "application/json".to_owned(),
            Protocol::RestXml => "application/xml".to_owned(),
            Protocol::RpcV2Cbor => "application/cbor".to_owned(),
        })
    }

    /// The operations, in order of their names; none for a data plane.
    pub fn operations(self) -> impl Iterator<Item = Operation> {
        operation::of(self)
    }

    /// The operation of exactly this name.
    pub fn operation(self, name: &str) -> Option<Operation> {
        self.operations().find(|operation| operation.name() == name)
    }

    /// What the service wants of its signatures.
    pub fn recipe(self) -> Recipe {
        recipe_for_signing_name(self.signing_name())
    }

    /// The hosts of one region, the standard one first.
    pub fn hosts(self, region: &str) -> Vec<HostName> {
        hosts_of::hosts(self, region)
    }

    /// The region in every credential scope of the service in the `aws` partition, whatever the
    /// client's region; `None` where the client's region counts.
    pub fn fixed_region(self) -> Option<&'static str> {
        hosts_of::fixed_region(self)
    }

    fn column(self, index: usize) -> Option<&'static str> {
        table::column(self.line, index)
    }

    fn list(self, index: usize) -> impl Iterator<Item = &'static str> {
        self.column(index)
            .into_iter()
            .flat_map(|text| text.split(','))
    }
}

impl Protocol {
    /// The protocol's name in the models.
    pub fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Query => "query",
            Self::Ec2 => "ec2",
            Self::RestJson => "rest-json",
            Self::RestXml => "rest-xml",
            Self::RpcV2Cbor => "smithy-rpc-v2-cbor",
        }
    }

    fn parse(name: &str) -> Option<Self> {
        [
            Self::Json,
            Self::Query,
            Self::Ec2,
            Self::RestJson,
            Self::RestXml,
            Self::RpcV2Cbor,
        ]
        .into_iter()
        .find(|protocol| protocol.name() == name)
    }
}

/// Letters and digits alone, in lower case: `Auto Scaling Plans` and `auto-scaling-plans` agree.
pub(super) fn folded(name: &str) -> String {
    letters(name).map(char::from).collect()
}

/// Whether a name is that of the folded text; nothing is allocated to tell.
pub(super) fn folds_to(name: &str, folded: &str) -> bool {
    letters(name).eq(folded.bytes())
}

fn letters(name: &str) -> impl Iterator<Item = u8> + '_ {
    name.bytes()
        .filter(u8::is_ascii_alphanumeric)
        .map(|byte| byte.to_ascii_lowercase())
}

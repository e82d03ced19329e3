/// What the catalogue has of some words.
#[derive(Clone, Debug)]
pub struct CatalogAnswer {
    /// The version of botocore that its tables are of.
    pub botocore: &'static str,
    /// The services that the words name, the best first.
    pub matches: Vec<ServiceAnswer>,
    /// What to ask for instead, where they name none.
    pub suggestions: Vec<String>,
}

/// A service.
#[derive(Clone, Debug)]
pub struct ServiceAnswer {
    /// Its id.
    pub service: &'static str,
    /// Its full name.
    pub title: &'static str,
    /// The id that SDKs have.
    pub service_id: &'static str,
    /// Its other names.
    pub aliases: Vec<&'static str>,
    /// The names under which its requests are signed.
    pub signing_names: Vec<&'static str>,
    /// What its hosts are named after.
    pub endpoint_prefix: Option<&'static str>,
    /// The protocols that it speaks.
    pub protocols: Vec<&'static str>,
    /// The version of its JSON.
    pub json_version: Option<&'static str>,
    /// The version of its API.
    pub api_version: Option<&'static str>,
    /// What stands before the dot in `X-Amz-Target`.
    pub target_prefix: Option<&'static str>,
    /// The content type of its requests.
    pub content_type: Option<String>,
    /// How most of its operations are authenticated.
    pub auth: &'static str,
    /// The region that it signs for whatever the client's is.
    pub fixed_region: Option<&'static str>,
    /// The last release of botocore that had it, in words.
    pub until: Option<String>,
    /// Where it is from, if no model has it.
    pub source: Option<&'static str>,
    /// The host among the words, and what it is to the service.
    pub host: Option<HostAnswer>,
    /// Its hosts.
    pub hosts: Vec<HostAnswer>,
    /// The operations that the words name.
    pub operations: Vec<OperationAnswer>,
    /// What was otherwise in earlier years.
    pub earlier: Vec<EarlierAnswer>,
    /// Why it is a match.
    pub because: String,
}

/// A host.
#[derive(Clone, Debug)]
pub struct HostAnswer {
    /// The host.
    pub host: String,
    /// The client's region; that among the labels of a host that was asked for.
    pub region: Option<String>,
    /// The region in the scope.
    pub signing_region: Option<String>,
    /// The kind's id.
    pub kind: &'static str,
    /// The last release of botocore that had it, in words.
    pub until: Option<String>,
    /// Where it is from, if no rule set has it.
    pub source: Option<&'static str>,
}

/// An operation.
#[derive(Clone, Debug)]
pub struct OperationAnswer {
    /// Its name.
    pub name: &'static str,
    /// Its whole `X-Amz-Target`.
    pub target: Option<String>,
    /// Its method.
    pub method: &'static str,
    /// Its URI with the labels in braces; in RPC v2 CBOR alone, the path.
    pub uri: String,
    /// How it is authenticated.
    pub auth: &'static str,
    /// Whether its body is signed by default.
    pub payload: &'static str,
    /// The name under which it is signed.
    pub signing_name: &'static str,
    /// What it puts before the host.
    pub host_prefix: Option<&'static str>,
}

/// A fact that was otherwise.
#[derive(Clone, Debug)]
pub struct EarlierAnswer {
    /// Which: `signing-name`, `endpoint-prefix`, `protocol` ….
    pub fact: &'static str,
    /// What it was.
    pub value: &'static str,
    /// When, in words.
    pub years: String,
}

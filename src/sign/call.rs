use bstr::{BString, ByteSlice};

use super::{SignError, form};
use crate::{
    catalog::{self, HostKind, Operation, Protocol, Service},
    sigv4::{encode, encode_path},
    wire::{Body, HeaderField, Origin, Request},
};

/// A call of an operation, as the user names it.
#[derive(Clone, Debug)]
pub struct Call<'a> {
    /// The service, by any of its names.
    pub service: &'a str,
    /// The operation, spelled as in the API or as in the AWS CLI.
    pub operation: &'a str,
    /// The region of the host.
    pub region: Option<&'a str>,
    /// The body.
    pub body: GivenBody,
    /// What stands in the braces of the operation's path and host.
    pub labels: &'a [(String, String)],
}

/// The body of a call, as the user gives it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum GivenBody {
    /// None: what the protocol has for nothing.
    Nothing,
    /// These bytes.
    Bytes(Vec<u8>),
    /// A body that is kept elsewhere and is not empty.
    Elsewhere,
}

/// Builds the request that calls an operation, unsigned: host, method, target and content type
/// come from the catalogue, the body is the user's.
///
/// # Errors
/// When the catalogue has no such operation, or something that its path needs is not given.
pub fn call(call: &Call<'_>) -> Result<Request, SignError> {
    let service = catalog::service(call.service).ok_or_else(|| {
        unknown(
            format!("there is no service {}", call.service),
            call.service,
        )
    })?;
    let operation = operation(service, call.operation)?;
    form::refuse_other_schemes(operation)?;
    let host = host(service, operation, call)?;
    let protocol = protocol(service)
        .ok_or_else(|| SignError::new(format!("{} has no protocol", service.id())))?;
    let mut headers = vec![HeaderField::new("Host", host.clone())];
    let mut target: BString = "/".into();
    let body = match protocol {
        Protocol::Json => {
            let kind = service.content_type().unwrap_or_default();
            headers.push(HeaderField::new("Content-Type", kind));
            let full = operation.target().unwrap_or_default();
            headers.push(HeaderField::new("X-Amz-Target", full));
            call.body.or(b"{}")
        }
        Protocol::Query | Protocol::Ec2 => {
            let kind = "application/x-www-form-urlencoded; charset=utf-8";
            headers.push(HeaderField::new("Content-Type", kind));
            form_body(operation, &call.body)?
        }
        Protocol::RestJson | Protocol::RestXml => {
            target = path(operation, call)?;
            let body = call.body.or(b"");
            let empty = body.bytes().is_some_and(<[u8]>::is_empty);
            if let Some(kind) = service.content_type().filter(|_| !empty) {
                headers.push(HeaderField::new("Content-Type", kind));
            }
            body
        }
        Protocol::RpcV2Cbor => {
            target = operation.cbor_path().unwrap_or_default().into();
            headers.push(HeaderField::new("Content-Type", "application/cbor"));
            headers.push(HeaderField::new("Smithy-Protocol", "rpc-v2-cbor"));
            headers.push(HeaderField::new("Accept", "application/cbor"));
            // RFC 8949: a map without entries.
            call.body.or(b"\xa0")
        }
    };
    let method = match protocol {
        Protocol::RestJson | Protocol::RestXml => operation.method(),
        _ => "POST",
    };
    Ok(Request {
        method: method.into(),
        target,
        origin: Some(Origin {
            scheme: "https".into(),
            authority: host.into(),
        }),
        headers,
        body,
    })
}

/// A protocol that people can write by hand, before one that they cannot.
fn protocol(service: Service) -> Option<Protocol> {
    let mut spoken: Vec<Protocol> = service.protocols().collect();
    spoken.sort_by_key(|protocol| {
        // A target needs its version; without one the service does not speak JSON that way.
        let mute = *protocol == Protocol::Json && service.json_version().is_none();
        *protocol == Protocol::RpcV2Cbor || mute
    });
    spoken.first().copied()
}

fn operation(service: Service, name: &str) -> Result<Operation, SignError> {
    let folded = |name: &str| name.replace(['-', '_'], "").to_ascii_lowercase();
    let wanted = folded(name);
    service
        .operation(name)
        .or_else(|| {
            service
                .operations()
                .find(|operation| folded(operation.name()) == wanted)
        })
        .ok_or_else(|| unknown(format!("{} has no operation {name}", service.id()), name))
}

fn unknown(message: String, word: &str) -> SignError {
    let near: Vec<String> = catalog::suggest(&[word])
        .into_iter()
        .map(|near| near.words)
        .collect();
    match near.is_empty() {
        true => SignError::new(message).hint("look it up: countersign catalog WORDS"),
        false => SignError::new(message).hint(format!("did you mean {}?", near.join(", "))),
    }
}

fn host(service: Service, operation: Operation, call: &Call<'_>) -> Result<String, SignError> {
    let region = call.region.or(service.fixed_region()).ok_or_else(|| {
        SignError::new(format!("{} wants a region", service.id()))
            .hint("give it with --region, or set AWS_REGION")
    })?;
    let prefix = operation.host_prefix().unwrap_or_default();
    let hosts = service.hosts(region);
    let standard = hosts.iter().find(|host| {
        matches!(host.kind, HostKind::Standard | HostKind::Global)
            && (prefix.is_empty() || !host.host.starts_with(prefix))
    });
    let standard = standard.or_else(|| hosts.first()).ok_or_else(|| {
        SignError::new(format!(
            "the catalogue knows no host of {} in {region}",
            service.id()
        ))
        .hint("give one with --url or --endpoint-url")
    })?;
    let host = format!("{prefix}{}", standard.host);
    fill(&host, call, operation, |value| value.into()).map(|host| host.to_str_lossy().into_owned())
}

fn path(operation: Operation, call: &Call<'_>) -> Result<BString, SignError> {
    let uri = operation.uri();
    let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
    let mut target = fill(path, call, operation, encode)?;
    if !query.is_empty() {
        target.push(b'?');
        target.extend_from_slice(query.as_bytes());
    }
    Ok(target)
}

/// Puts the labels' values into their braces; of one that ends in `+`, slashes stay.
fn fill(
    template: &str,
    call: &Call<'_>,
    operation: Operation,
    encoded: impl Fn(&[u8]) -> BString,
) -> Result<BString, SignError> {
    let mut out = BString::default();
    let mut rest = template;
    while let Some((before, behind)) = rest.split_once('{') {
        let (name, after) = behind.split_once('}').unwrap_or((behind, ""));
        let bare = name.trim_end_matches('+');
        let value = call
            .labels
            .iter()
            .find(|(own, _)| own.eq_ignore_ascii_case(bare))
            .map(|(_, value)| value.as_bytes())
            .ok_or_else(|| {
                SignError::new(format!(
                    "{} {} has {{{bare}}} in {template}",
                    operation.service().id(),
                    operation.name()
                ))
                .hint(format!("give it with --label {bare}=VALUE"))
            })?;
        out.extend_from_slice(before.as_bytes());
        match name.ends_with('+') {
            true => out.extend_from_slice(&encode_path(value)),
            false => out.extend_from_slice(&encoded(value)),
        }
        rest = after;
    }
    out.extend_from_slice(rest.as_bytes());
    Ok(out)
}

impl GivenBody {
    fn or(&self, nothing: &[u8]) -> Body {
        match self {
            Self::Nothing => Body::Captured(nothing.into()),
            Self::Bytes(bytes) => Body::Captured(bytes.clone().into()),
            Self::Elsewhere => Body::NotCaptured,
        }
    }
}

/// `Action` and `Version`, and then what the user gives.
fn form_body(operation: Operation, given: &GivenBody) -> Result<Body, SignError> {
    let Some(own) = given.or(b"").bytes().map(BString::from) else {
        return Err(SignError::new(format!(
            "the body of {} is a form, whose first fields are added here",
            operation.name()
        ))
        .hint("give it whole: --url and --header, or in less than a megabyte"));
    };
    let Some((action, version)) = operation.action() else {
        return Ok(Body::Captured(own));
    };
    if own.starts_with(b"Action=") || own.contains_str("&Action=") {
        return Ok(Body::Captured(own));
    }
    let mut form = BString::from(format!("Action={action}&Version={version}"));
    if !own.is_empty() {
        form.push(b'&');
        form.extend_from_slice(&own);
    }
    Ok(Body::Captured(form))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built(
        service: &str,
        operation: &str,
        labels: &[(&str, &str)],
    ) -> Result<Request, SignError> {
        let labels: Vec<(String, String)> = labels
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        call(&Call {
            service,
            operation,
            region: Some("eu-west-1"),
            body: GivenBody::Nothing,
            labels: &labels,
        })
    }

    #[test]
    fn each_protocol_names_its_operation() {
        let json = built("autoscaling-plans", "describe-scaling-plans", &[]).unwrap();
        assert_eq!(
            json.host().unwrap(),
            "autoscaling-plans.eu-west-1.amazonaws.com"
        );
        assert_eq!(
            json.header("x-amz-target").unwrap(),
            "AnyScaleScalingPlannerFrontendService.DescribeScalingPlans"
        );
        let query = built("sts", "GetCallerIdentity", &[]).unwrap();
        assert_eq!(
            query.body.bytes().unwrap(),
            b"Action=GetCallerIdentity&Version=2011-06-15"
        );
        let rest = built("s3", "PutObject", &[("Bucket", "b"), ("Key", "a b/+c")]).unwrap();
        assert_eq!(
            (rest.method.as_bstr(), rest.target.as_bstr()),
            ("PUT".into(), "/b/a%20b/%2Bc".into())
        );
    }

    #[test]
    fn what_is_missing_is_named() {
        assert!(
            built("s3", "GetObject", &[])
                .unwrap_err()
                .hint
                .unwrap()
                .contains("--label Bucket=VALUE")
        );
        assert!(
            built("dynamodbb", "x", &[])
                .unwrap_err()
                .hint
                .unwrap()
                .contains("dynamodb")
        );
        assert!(
            built("sso", "GetRoleCredentials", &[])
                .unwrap_err()
                .message
                .contains("wants no signature")
        );
    }
}

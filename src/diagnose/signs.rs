//! Signs that speak for a finding and for no other: who stands between signer and service, and
//! which client signs a path so.

use bstr::{BStr, BString, ByteSlice};

use crate::{
    diagnose::{Diagnosis, Examination, Finding, RuleStage, Slot},
    evidence::Party,
    sigv4::{PathEncoding, encode_path, normalize},
};

/// Adds the signs that the evidence has to the findings that they speak for.
pub(super) fn add(it: &Examination<'_>, diagnosis: &mut Diagnosis) {
    let signed = diagnosis
        .signed
        .as_ref()
        .map(|draft| draft.get(Slot::CanonicalUri).to_owned());
    let signed = signed.or_else(|| it.signed_piece(Slot::CanonicalUri));
    for finding in &mut diagnosis.findings {
        let signs = match finding.rule.stage {
            RuleStage::Path => {
                let signers = signed.as_ref().and_then(|uri| signers(it, uri.as_bstr()));
                signers.into_iter().chain(passed(it, finding)).collect()
            }
            RuleStage::Header => passed(it, finding),
            _ => Vec::new(),
        };
        finding.exhibit.signs.extend(signs);
    }
}

/// A header or a value that only one kind of box writes.
struct Trace {
    /// The header's name.
    name: &'static str,
    /// What its value holds, in lower case; empty where the name alone tells it.
    holds: &'static str,
    /// Who writes it.
    by: &'static str,
}

const fn trace(name: &'static str, holds: &'static str, by: &'static str) -> Trace {
    Trace { name, holds, by }
}

/// What front ends, caches, proxies and agents leave on a request or its answer.
///
/// Sources: each product's own documentation of its headers; the values of `accept-encoding` as
/// services showed them (siderolabs/talos-backup#64, rclone/rclone#6670).
const TRACES: [Trace; 38] = [
    trace("cf-ray", "", "Cloudflare"),
    trace("cf-connecting-ip", "", "Cloudflare"),
    trace("cdn-loop", "cloudflare", "Cloudflare"),
    trace("server", "cloudflare", "Cloudflare"),
    trace("accept-encoding", "gzip(gfe)", "Google's front end"),
    trace("via", "1.1 google", "Google's load balancer"),
    trace("x-cloud-trace-context", "", "Google's front end"),
    trace("x-amz-cf-id", "", "Amazon CloudFront"),
    trace("via", "cloudfront", "Amazon CloudFront"),
    trace("user-agent", "amazon cloudfront", "Amazon CloudFront"),
    trace("x-amzn-trace-id", "self=", "a load balancer of AWS"),
    trace("x-amzn-vpce-id", "", "a VPC endpoint"),
    trace("x-amzn-vpc-id", "", "a VPC endpoint"),
    trace("host", ".vpce.amazonaws.com", "a VPC endpoint"),
    trace("x-envoy-external-address", "", "Envoy"),
    trace("x-envoy-original-path", "", "Envoy"),
    trace("x-envoy-attempt-count", "", "Envoy"),
    trace("x-envoy-expected-rq-timeout-ms", "", "Envoy"),
    trace("x-envoy-upstream-service-time", "", "Envoy"),
    trace("x-nginx-proxy", "", "nginx"),
    trace("server", "nginx", "nginx"),
    trace("host", "_upstream", "nginx"),
    trace("server", "openresty", "nginx"),
    trace("x-varnish", "", "Varnish"),
    trace("via", "varnish", "Varnish"),
    trace("fastly-ff", "", "Fastly"),
    trace("fastly-client-ip", "", "Fastly"),
    trace("x-served-by", "cache-", "Fastly"),
    trace("akamai-origin-hop", "", "Akamai"),
    trace("via", "akamai", "Akamai"),
    trace("via", "squid", "Squid"),
    trace("via", "zscaler", "Zscaler"),
    trace("x-azure-ref", "", "Azure Front Door"),
    trace("newrelic", "", "New Relic's agent"),
    trace("x-datadog-trace-id", "", "Datadog's agent"),
    trace("elastic-apm-traceparent", "", "Elastic's agent"),
    trace("sentry-trace", "", "Sentry's agent"),
    trace("uber-trace-id", "", "Jaeger's agent"),
];

/// Who was seen between signer and service, each named once with what tells it. Of a finding about
/// one header, what is written into that header comes first.
fn passed(it: &Examination<'_>, finding: &Finding) -> Vec<BString> {
    let parameter = finding.parameter.clone().unwrap_or_default();
    let header = parameter.strip_prefix(b"no ").unwrap_or(&parameter);
    let about = header.split_str(":").next().unwrap_or_default().trim();
    let about = BString::from(about.to_ascii_lowercase());
    // Only a header or a path that somebody changed tells of somebody in between.
    let is_path = parameter.starts_with(b"/");
    let is_header = about.to_str().is_ok_and(|name| is_signed(it, name));
    if !is_path && !is_header {
        return Vec::new();
    }
    let mut told: Vec<(bool, &str, BString)> = Vec::new();
    for trace in &TRACES {
        let places: [(&str, Vec<BString>); 3] = [
            ("request", request_values(it, trace.name)),
            (
                "request that the service saw",
                service_values(it, trace.name),
            ),
            ("answer", answer_values(it, trace.name)),
        ];
        let holds = |value: &BString| value.to_ascii_lowercase().contains_str(trace.holds);
        let seen = places.iter().find(|(_, values)| values.iter().any(holds));
        let Some((place, _)) = seen.filter(|_| !told.iter().any(|(_, by, _)| *by == trace.by))
        else {
            continue;
        };
        let what = match trace.holds {
            "" => trace.name.to_owned(),
            _ => format!("{} in {}", trace.holds, trace.name),
        };
        let sentence = format!("the {place} went through {}, which wrote {what}", trace.by);
        let sentence = sentence.replace("the answer went through", "the answer came through");
        told.push((about != trace.name, trace.by, sentence.into()));
    }
    told.sort_by_key(|(other, _, _)| *other);
    told.into_iter().map(|(_, _, sentence)| sentence).collect()
}

/// Whether the request signs a header of that name.
fn is_signed(it: &Examination<'_>, name: &str) -> bool {
    let names = it.stated().map(|stated| stated.signed_headers());
    names.is_some_and(|names| names.names().any(|own| *own == name))
}

fn request_values(it: &Examination<'_>, name: &str) -> Vec<BString> {
    let request = it.request();
    let fields = request.into_iter().flat_map(|request| &request.headers);
    let values = fields
        .filter(|field| field.is(name))
        .map(|field| field.value.clone());
    values.collect()
}

fn answer_values(it: &Examination<'_>, name: &str) -> Vec<BString> {
    let value = it.response().and_then(|answer| answer.header(name));
    // What the host itself writes into every answer tells of nobody in between.
    let own = it.is_at_aws() && ["x-amz-cf-id", "via", "server"].contains(&name);
    value
        .filter(|_| !own)
        .map(ToOwned::to_owned)
        .into_iter()
        .collect()
}

/// A header's line in the canonical request that the service shows.
fn service_values(it: &Examination<'_>, name: &str) -> Vec<BString> {
    let text = it.artifact(Party::Service).unwrap_or_default();
    let value = text.lines().find_map(|line| {
        let (own, value) = line.split_once_str(":")?;
        (own == name.as_bytes()).then(|| value.into())
    });
    value.into_iter().collect()
}

/// How signers that are in use write the path of a request, where they differ: seen with
/// `/a//b/../c%20d` and with the AWS signing test suite.
struct Habit {
    /// The signers.
    of: &'static str,
    /// For which services.
    path_encoding: PathEncoding,
    /// The canonical URI that they make of a path.
    write: fn(&BStr) -> BString,
}

const HABITS: [Habit; 7] = [
    Habit {
        of: "botocore, AWS's SDKs for Rust and JavaScript, the CRT and aws4",
        path_encoding: PathEncoding::Twice,
        write: |path| encode_path(&normalize(path)),
    },
    Habit {
        of: "awscurl, AWS's SDK for Go and Ruby's aws-sigv4",
        path_encoding: PathEncoding::Twice,
        write: |path| encode_path(path),
    },
    Habit {
        of: "curl",
        path_encoding: PathEncoding::Twice,
        write: |path| encode_path(&without_dots(path)),
    },
    Habit {
        of: "signers made for Amazon S3",
        path_encoding: PathEncoding::Twice,
        write: ToOwned::to_owned,
    },
    Habit {
        of: "botocore, AWS's SDKs and aws4",
        path_encoding: PathEncoding::Once,
        write: ToOwned::to_owned,
    },
    Habit {
        of: "requests-aws4auth and aws4fetch",
        path_encoding: PathEncoding::Once,
        write: |path| normalize(path),
    },
    Habit {
        of: "awscurl, aws-requests-auth and httpie-aws-authv4",
        path_encoding: PathEncoding::Once,
        write: |path| encode_path(path),
    },
];

/// Which signers write the path of this request as it was signed; `None` where all of them do, or
/// none does.
fn signers(it: &Examination<'_>, signed: &BStr) -> Option<BString> {
    let path = it.request()?.path();
    let own = HABITS
        .iter()
        .filter(|habit| habit.path_encoding == it.recipe().path_encoding);
    let (same, other): (Vec<&Habit>, Vec<&Habit>) =
        own.partition(|habit| (habit.write)(path) == signed);
    let names: Vec<&str> = same.iter().map(|habit| habit.of).collect();
    if names.is_empty() || other.is_empty() {
        return None;
    }
    Some(format!("that is how this path is written by {}", names.join(", ")).into())
}

/// The path without its dot segments, and with its empty ones.
fn without_dots(path: &BStr) -> BString {
    let mut kept: Vec<&[u8]> = Vec::new();
    let mut segments = path.split_str("/").skip(1).peekable();
    while let Some(segment) = segments.next() {
        let last = segments.peek().is_none();
        match segment {
            b"." => kept.extend(last.then_some(&b""[..])),
            b".." => {
                kept.pop();
                kept.extend(last.then_some(&b""[..]));
            }
            _ => kept.push(segment),
        }
    }
    [b"/", kept.join(&b'/').as_slice()].concat().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signers_differ_as_was_seen() {
        let path = BStr::new("/a//b/../c%20d");
        let written: Vec<BString> = HABITS.iter().map(|habit| (habit.write)(path)).collect();
        let expected = [
            "/a/c%2520d",
            "/a//b/../c%2520d",
            "/a//c%2520d",
            "/a//b/../c%20d",
            "/a//b/../c%20d",
            "/a/c%20d",
            "/a//b/../c%2520d",
        ];
        assert_eq!(written, expected);
    }

    #[test]
    fn dots_go_and_empty_segments_stay() {
        for (path, expected) in [
            ("/", "/"),
            ("//", "//"),
            ("/a/./b", "/a/b"),
            ("/a/..", "/"),
            ("/a//..", "/a/"),
            ("/..", "/"),
        ] {
            assert_eq!(without_dots(path.into()), expected, "{path}");
        }
    }
}

//! What the rules foresee of a request that is signed right and may fail all the same.

use bstr::ByteSlice;

use super::Terms;
use crate::{
    diagnose::{Evidence, Examination, observed},
    evidence::Case,
    sigv4::{PayloadRule, Recipe, SignedHeaders},
    wire::Request,
};

/// Something that the service, or something on the way, may not take.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Warning {
    /// The id of the rule that would fire.
    pub rule: &'static str,
    /// What is foreseen, without a full stop.
    pub summary: String,
    /// What to do, without a full stop.
    pub fix: String,
}

/// The longest time that the services take for a presigned URL.
///
/// Source: `X-Amz-Expires` in the Amazon S3 API Reference, "Authenticating Requests: Using Query
/// Parameters".
const WEEK: u64 = 604_800;

pub(super) fn warnings(
    request: &Request,
    signed: &SignedHeaders,
    recipe: &Recipe,
    service: &[u8],
    expires: Option<u64>,
    terms: &Terms<'_>,
) -> Vec<Warning> {
    let mut found = Vec::new();
    if let Some(seconds) = expires {
        of_expiry(seconds, terms, &mut found);
    }
    of_headers(request, signed, &mut found);
    let stated = signed.names().any(|name| name == "x-amz-content-sha256");
    if expires.is_none() && recipe.payload != PayloadRule::Signed && !stated {
        let rule = match service {
            b"aoss" => "aoss-content-sha256-missing",
            _ => "content-sha256-header-missing",
        };
        found.push(Warning {
            rule,
            summary: "x-amz-content-sha256 is not among the signed headers".to_owned(),
            fix: "sign x-amz-content-sha256 too".to_owned(),
        });
    }
    of_rules(request, &mut found);
    found
}

/// What the rules that need no key and no answer find in the signed request.
fn of_rules(request: &Request, found: &mut Vec<Warning>) {
    let case = Case::of(request.clone());
    let attempt = case.last_attempt().cloned().unwrap_or_default();
    let it = Examination::new(Evidence::of(&case, &attempt));
    for finding in observed(&it) {
        if !found.iter().any(|held| held.rule == finding.rule.id) {
            found.push(Warning {
                rule: finding.rule.id,
                summary: finding.rule.summary.to_owned(),
                fix: finding.fix.words.to_str_lossy().into_owned(),
            });
        }
    }
}

fn of_expiry(seconds: u64, terms: &Terms<'_>, found: &mut Vec<Warning>) {
    if seconds > WEEK {
        found.push(Warning {
            rule: "presign-expires-too-long",
            summary: format!("{seconds} seconds are more than seven days"),
            fix: "use --expires 604800 or less".to_owned(),
        });
    }
    let end = i64::try_from(seconds)
        .ok()
        .and_then(|seconds| terms.timestamp.plus(seconds));
    let summary = match (terms.credentials.expires, end) {
        (Some(own), Some(end)) if own < end => {
            Some(format!("the URL is good until {end}, its key until {own}"))
        }
        (None, _) if terms.credentials.session_token.is_some() => {
            Some("the URL ends with its session token, whenever that is".to_owned())
        }
        _ => None,
    };
    if let Some(summary) = summary {
        found.push(Warning {
            rule: "presign-outlives-credentials",
            summary,
            fix: "sign with a long-lived key, or for a shorter time".to_owned(),
        });
    }
}

fn of_headers(request: &Request, signed: &SignedHeaders, found: &mut Vec<Warning>) {
    const FORWARDING: [&str; 9] = [
        "connection",
        "via",
        "forwarded",
        "x-real-ip",
        "x-amzn-trace-id",
        "transfer-encoding",
        "te",
        "cf-connecting-ip",
        "cf-ray",
    ];
    for name in signed.names() {
        let shown = name.to_str_lossy();
        let rule = match shown.as_ref() {
            "user-agent" => "user-agent-signed",
            "accept-encoding" => "proxy-changed-accept-encoding",
            other if FORWARDING.contains(&other) || other.starts_with("x-forwarded-") => {
                "signed-forwarding-headers"
            }
            _ => continue,
        };
        found.push(Warning {
            rule,
            summary: format!("{shown} is signed, and proxies may change it"),
            fix: "leave it out of --signed-headers".to_owned(),
        });
    }
    let foreign = request
        .headers
        .iter()
        .find(|field| !field.value.is_ascii() && signed.names().any(|name| named(field, name)));
    if let Some(field) = foreign {
        found.push(Warning {
            rule: "non-ascii-header-value",
            summary: format!("{} holds bytes that are not ASCII", field.name),
            fix: "encode the value in ASCII, as RFC 2047 has it or percent-encoded".to_owned(),
        });
    }
}

fn named(field: &crate::wire::HeaderField, name: &[u8]) -> bool {
    field.name.eq_ignore_ascii_case(name)
}

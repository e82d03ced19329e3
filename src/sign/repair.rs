//! What a request got wrong beside its signature: what the rules see, and a host of earlier years.

use bstr::{BStr, BString, ByteSlice};

use super::{Change, Terms, change, query::is_of_signature};
use crate::{
    catalog::{Candidate, HostKind},
    diagnose::{Evidence, Examination, Expected, corrected, observed},
    evidence::Case,
    wire::{
        Origin, Request,
        target::{pairs, parameter, percent_decode},
    },
};

/// Changes what the rules find wrong in the request itself, as far as they say what is right.
pub(super) fn by_rules(request: &mut Request, terms: &Terms<'_>, changes: &mut Vec<Change>) {
    let attempt = terms.captured.cloned().unwrap_or_default();
    let attempt = attempt.with_request(request.clone());
    let case = Case::of(request.clone());
    let it = Examination::new(Evidence::of(&case, &attempt));
    let right = corrected(request, &observed(&it));
    state(request, &right, changes);
    *request = right;
}

/// Says what differs between a request and what it is corrected to.
fn state(held: &Request, right: &Request, changes: &mut Vec<Change>) {
    let mut differs = |part: &str, from: Option<&BStr>, to: Option<&BStr>| {
        if from != to {
            changes.push(Change {
                part: part.to_owned(),
                from: from.map(ToOwned::to_owned),
                to: to.map(ToOwned::to_owned),
            });
        }
    };
    differs("host", held.host(), right.host());
    for (from, to) in held.headers.iter().zip(&right.headers) {
        if !from.is("host") {
            let name = from.name.to_str_lossy();
            differs(&name, Some(from.value.as_bstr()), Some(to.value.as_bstr()));
        }
    }
    let (from, to) = (held.query(), right.query());
    let names = |query: Option<&BStr>| -> Vec<BString> {
        let pairs = pairs(query.unwrap_or_default().as_bytes());
        pairs.map(|pair| percent_decode(pair.name)).collect()
    };
    let escaped = |query: Option<&BStr>| {
        query.is_some_and(|query| query.contains_str("&amp;") || query.contains_str("&amp%3B"))
    };
    if escaped(from) && !escaped(to) {
        return differs("query", Some("&amp;".into()), Some("&".into()));
    }
    // Of the signature's own parameters only the expiry is kept.
    let kept =
        |name: &&BString| name.eq_ignore_ascii_case(b"X-Amz-Expires") || !is_of_signature(name);
    for name in names(from).iter().filter(kept) {
        let name = name.to_str_lossy();
        let value = |query: Option<&BStr>| parameter(query.unwrap_or_default(), &name);
        let (from, to) = (value(from), value(to));
        differs(
            &name,
            from.as_ref().map(|text| text.as_bstr()),
            to.as_ref().map(|text| text.as_bstr()),
        );
    }
}

/// Sends the request to the host of today, where its own is that of earlier years.
pub(super) fn host_of_today(request: &mut Request, expected: &Expected, changes: &mut Vec<Change>) {
    if expected.host_era().is_none() {
        return;
    }
    let Some(Candidate { service, host, .. }) = expected.best() else {
        return;
    };
    let region = host.as_ref().and_then(|host| host.region.clone());
    let hosts = service.hosts(&region.unwrap_or_default());
    let today = hosts.into_iter().find(|host| {
        matches!(host.kind, HostKind::Standard | HostKind::Global) && !host.host.contains('{')
    });
    if let Some(today) = today {
        let scheme = request
            .origin
            .as_ref()
            .map_or("https".into(), |origin| origin.scheme.clone());
        let origin = Origin {
            scheme,
            authority: today.host.into(),
        };
        move_to(request, origin, changes);
    }
}

/// Sends the request elsewhere.
pub(super) fn move_to(request: &mut Request, origin: Origin, changes: &mut Vec<Change>) {
    let held = request.host().map(ToOwned::to_owned);
    let to = origin.authority.clone();
    if held.as_ref().is_some_and(|held| *held != to) {
        changes.push(Change {
            part: "host".to_owned(),
            from: held,
            to: Some(to.clone()),
        });
    }
    if request.header("host").is_some() {
        change::set(request, "Host", to.as_bstr(), &mut Vec::new());
    }
    request.origin = Some(origin);
}

/// Puts a path before the request's own.
pub(super) fn prefix(request: &mut Request, prefix: &BStr) {
    let prefix = prefix.strip_suffix(b"/").unwrap_or(prefix);
    request.target = BString::from([prefix, &request.target].concat());
}

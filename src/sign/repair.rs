//! What a capture got wrong beside its signature: the target, and a host of earlier years.

use bstr::{BStr, BString, ByteSlice};

use super::{Change, change};
use crate::{
    catalog::{Candidate, HostKind, Reason, best},
    diagnose::Expected,
    wire::{Origin, Request},
};

/// Makes a bare `X-Amz-Target` full, where one operation is supported best.
pub(super) fn full_target(
    request: &mut Request,
    expected: &Expected,
    changes: &mut Vec<Change>,
) -> bool {
    let Some(bare) = request.header("x-amz-target").map(|value| value.trim()) else {
        return false;
    };
    let [only] = best(&expected.candidates) else {
        return false;
    };
    let full = only.operation.and_then(|operation| operation.target());
    match full {
        Some(full) if !bare.contains(&b'.') && only.because.contains(&Reason::BareTarget) => {
            change::set(request, "X-Amz-Target", full.as_str().into(), changes);
            true
        }
        _ => false,
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

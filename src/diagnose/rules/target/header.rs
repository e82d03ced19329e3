use bstr::{BStr, BString, ByteSlice};

use crate::{
    catalog::{Candidate, Reason, Service},
    diagnose::Examination,
    evidence::Span,
};

/// A header's value without the white space around it.
pub(super) fn value<'a>(it: &Examination<'a>, name: &str) -> Option<&'a BStr> {
    Some(it.request_or_hint()?.header(name)?.trim().as_bstr())
}

/// Where a header stands.
pub(super) fn place(it: &Examination<'_>, name: &str) -> Option<Span> {
    let field = it
        .request_or_hint()?
        .headers
        .iter()
        .find(|field| field.is(name))?;
    let value = BStr::new(field.value.trim());
    it.locate(&[&field.name[..], b": ", value].concat())
}

/// A header's line as it stands in the request.
pub(super) fn line(it: &Examination<'_>, name: &str) -> Option<BString> {
    let field = it
        .request_or_hint()?
        .headers
        .iter()
        .find(|field| field.is(name))?;
    Some([&field.name[..], b": ", field.value.trim()].concat().into())
}

/// The same line with another value.
pub(super) fn line_with(it: &Examination<'_>, name: &str, value: &[u8]) -> Option<BString> {
    let field = it
        .request_or_hint()?
        .headers
        .iter()
        .find(|field| field.is(name))?;
    Some([&field.name[..], b": ", value].concat().into())
}

/// Advice, with the command that tells what the request's host wants.
pub(super) fn look_up(it: &Examination<'_>, advice: &str) -> String {
    let host = it.request_or_hint().and_then(|request| request.host());
    // A host is what was captured: only one that a shell takes as it stands is put into a command.
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:".contains(&byte);
    let host = host.filter(|host| host.first().is_some_and(u8::is_ascii_alphanumeric));
    let host = host.filter(|host| host.bytes().all(plain));
    let host = host.map_or_else(|| "HOST".into(), |host| host.to_str_lossy());
    format!("{advice}: countersign catalog {host}")
}

/// The services that have the request's host now, or had it; none for a host that is unknown.
pub(super) fn of_host(it: &Examination<'_>) -> Vec<Service> {
    let mut found: Vec<Service> = Vec::new();
    let candidates = it
        .expected()
        .candidates
        .iter()
        .filter(|one| one.host.is_some());
    for service in candidates.map(|one| one.service) {
        if !found.contains(&service) {
            found.push(service);
        }
    }
    found
}

/// The candidates of which the evidence names the operation by its full target.
pub(super) fn of_target<'a>(it: &'a Examination<'_>) -> impl Iterator<Item = &'a Candidate> {
    let exact = |one: &&Candidate| one.because.contains(&Reason::Target);
    it.expected().candidates.iter().filter(exact)
}

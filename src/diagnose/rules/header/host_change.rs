//! What became of a host between signer and service.

use bstr::{BStr, ByteSlice};

use crate::diagnose::examination::is_repeated;

/// How the host that was signed and the one that arrived are related.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum HostChange {
    /// Equal, or sent twice.
    None,
    /// They differ by the port alone.
    Port,
    /// The signed one holds a path.
    Path,
    /// Both are names of one place: of Amazon S3, or with and without `www.`.
    Redirect,
    /// One names a bucket that the other does not.
    Bucket,
    /// Any other.
    Other,
}

/// Tells how two hosts are related.
pub(super) fn between(signed: &BStr, sent: &BStr) -> HostChange {
    if signed.trim() == sent.trim() || is_repeated(signed, sent) {
        HostChange::None
    } else if signed.contains(&b'/') {
        HostChange::Path
    } else if without_port(signed) == without_port(sent) {
        HostChange::Port
    } else if of_s3(signed).is_some_and(|bucket| of_s3(sent) == Some(bucket))
        || without_www(signed) == without_www(sent)
    {
        HostChange::Redirect
    } else if is_bucket_of(signed, sent) || is_bucket_of(sent, signed) {
        HostChange::Bucket
    } else {
        HostChange::Other
    }
}

/// Whether one host is the other with a bucket before it, or with Amazon S3 behind it.
fn is_bucket_of(one: &BStr, other: &BStr) -> bool {
    let rest = one.strip_suffix(other.as_bytes());
    let own_name = one.strip_prefix(other.as_bytes());
    rest.is_some_and(|rest| rest.ends_with(b"."))
        || own_name.is_some_and(|rest| rest.starts_with(b".s3"))
}

/// A host without its port.
pub(super) fn without_port(host: &BStr) -> &BStr {
    match host.rsplit_once_str(":") {
        Some((name, port)) if !port.is_empty() && port.iter().all(u8::is_ascii_digit) => {
            name.as_bstr()
        }
        _ => host,
    }
}

fn without_www(host: &BStr) -> &[u8] {
    host.strip_prefix(b"www.").unwrap_or(host)
}

/// The bucket in a host of Amazon S3, with its dot; empty in one that holds none.
pub(super) fn of_s3(host: &BStr) -> Option<&BStr> {
    let mut at = 0;
    let labels = host.split(|byte| *byte == b'.').map(|label| {
        let own = at;
        at += label.len() + 1;
        (own, label)
    });
    let labels: Vec<(usize, &[u8])> = labels
        .filter(|(_, label)| label.starts_with(b"s3"))
        .collect();
    let named =
        |(at, label): &&(usize, &[u8])| *label == b"s3" || *at == 0 && label.starts_with(b"s3-");
    let older = |(_, label): &&(usize, &[u8])| label.starts_with(b"s3-");
    let (at, _) = *labels
        .iter()
        .find(named)
        .or_else(|| labels.iter().find(older))?;
    let amazon = host.contains_str(".amazonaws.com");
    amazon.then(|| host.get(..at).unwrap_or_default().as_bstr())
}

use bstr::{BStr, BString, ByteSlice};

use crate::{
    catalog::HostKind,
    diagnose::{Diagnosis, Examination, Slot},
    evidence::{Note, Party, is_cut, is_mask},
    sigv4::{ChunkedBody, Sha256Digest, Timestamp, checksum},
    wire::METHODS,
};

/// What is to know of a request and is no mistake.
#[must_use]
pub fn notes(it: &Examination<'_>, diagnosis: &Diagnosis) -> Vec<Note> {
    let compared = it.theirs().is_some_and(|theirs| host(theirs) != host(it));
    former_host(it, compared)
        .into_iter()
        .chain(shared_host(it))
        .chain(scrubbed(it))
        .chain(masked(it))
        .chain(completed(it))
        .chain(of_version_2(it))
        .chain(of_another(it, diagnosis))
        .chain(trailers(it))
        .chain(other_method(it, diagnosis))
        .chain(validity(it))
        .collect()
}

fn host(it: &Examination<'_>) -> Option<BString> {
    it.request_or_hint()?.host().map(ToOwned::to_owned)
}

/// From when to when a presigned URL is good, where nothing tells when it was used.
fn validity(it: &Examination<'_>) -> Option<Note> {
    let stated = it.stated().filter(|_| it.clock().is_none())?;
    let seconds: i64 = stated.expires.as_ref()?.to_str().ok()?.parse().ok()?;
    let from = stated.time()?;
    let to = from.plus(seconds)?;
    let message = format!(
        "The URL is good from {from} to {to}: --at TIME, or --at now, tells whether it was used in time"
    );
    Some(Note {
        span: it.locate(stated.timestamp.as_ref()?)?,
        message: message.into(),
    })
}

/// A host that the service had in earlier years: right for a request of those years, and worth a
/// note for one of today, or beside one that names another host.
fn former_host(it: &Examination<'_>, compared: bool) -> Option<Note> {
    let era = it.expected().host_era()?;
    let until = era.until?;
    let of_its_day = it
        .stated()
        .and_then(|stated| stated.time())
        .is_some_and(|time| {
            let last = Timestamp::parse_any(format!("{}T23:59:59Z", until.day).as_bytes());
            last.is_some_and(|last| time <= last)
        });
    if of_its_day && !compared {
        return None;
    }
    let best = it.expected().best()?;
    let host = host(it)?;
    let region = best.host.as_ref()?.region.clone()?;
    let now = best
        .service
        .hosts(&region)
        .into_iter()
        .find(|host| host.kind == HostKind::Standard)?;
    let message = format!(
        "{} was the host of {} {}; now it is {}",
        host.to_str_lossy(),
        best.service.id(),
        era.words()?,
        now.host
    );
    Some(Note {
        message: message.into(),
        span: it.locate(&host).or_else(|| it.case().span())?,
    })
}

/// A URL that is right for another method than the one that was assumed.
fn other_method(it: &Examination<'_>, diagnosis: &Diagnosis) -> Option<Note> {
    let method = diagnosis.signed.as_ref()?.get(Slot::Method);
    let signed = diagnosis.signed.as_ref()?;
    let is_url = !it.attempt().shows_method();
    let kind = signed
        .header("content-type")
        .filter(|kind| !kind.is_empty());
    let is_other = method != it.request()?.method;
    let message = match kind.filter(|_| is_url) {
        Some(kind) => format!(
            "the URL was presigned for {method} with Content-Type: {}: it works with no other",
            kind.to_str_lossy()
        ),
        None if is_url && is_other => {
            format!("the URL was presigned for {method}: it works with no other method")
        }
        None => return None,
    };
    Some(Note {
        message: message.into(),
        span: it.case().span()?,
    })
}

/// A capture that can prove less than the one it was made of.
fn scrubbed(it: &Examination<'_>) -> Option<Note> {
    let message = "a secret was taken out of what was signed (SCRUBBED-…): its digest and its signature are those with the secret, and cannot be recomputed";
    it.attempt().is_scrubbed().then_some(Note {
        message: message.into(),
        span: it.case().span()?,
    })
}

/// Signed headers whose values stand elsewhere in the evidence alone.
fn completed(it: &Examination<'_>) -> Option<Note> {
    let names = it.completed_headers();
    if names.is_empty() {
        return None;
    }
    let message = format!(
        "the capture does not show {} as it was sent; the value that was signed stands elsewhere in the evidence, and is taken from there",
        bstr::join(", ", names).to_str_lossy()
    );
    Some(Note {
        message: message.into(),
        span: it.case().span()?,
    })
}

/// A service that checked a signature of the old version takes that version; what it signs begins
/// with the method.
fn of_version_2(it: &Examination<'_>) -> Option<Note> {
    let string = it.refusal()?.detail("StringToSign")?;
    let first = string.trim_start().lines().next()?;
    let is_method = METHODS.iter().any(|method| *first == *method.as_bytes());
    is_method.then_some(())?;
    let message = "the string to sign that the service computed is of Signature Version 2: method, Content-MD5, Content-Type, date, headers and resource, each as it arrived; compare every line with your own, Content-Type first";
    Some(Note {
        message: message.into(),
        span: it.locate(string).or_else(|| it.case().span())?,
    })
}

/// A string to sign over another canonical request than the one that stands beside it, where no
/// mistake explains it.
fn of_another(it: &Examination<'_>, diagnosis: &Diagnosis) -> Option<Note> {
    let text = it.artifact(Party::Signer)?;
    let string = it.attempt().string_to_sign(Party::Signer)?;
    let digest = string.parsed.as_ref().ok()?.canonical_request_digest;
    let explained = !diagnosis.findings.is_empty() || diagnosis.signed.is_some();
    if explained || digest == Sha256Digest::of(text) {
        return None;
    }
    let message = "the string to sign does not hold the hash of the canonical request beside it: a paste changed one of them, or the signer hashed another";
    Some(Note {
        message: message.into(),
        span: string.span.clone(),
    })
}

/// A signature that cannot be recomputed, for it is not there whole.
fn masked(it: &Examination<'_>) -> Option<Note> {
    let signature = &it.stated()?.authorization.signature;
    let message = match (is_mask(signature), is_cut(signature)) {
        (true, _) => {
            "the signature is masked, so nothing can be proven by it: capture the request without a mask"
        }
        (_, true) => {
            "the signature has fewer than 64 digits, so nothing can be proven by it: capture the request whole"
        }
        _ => return None,
    };
    Some(Note {
        message: message.into(),
        span: it.locate(signature).or_else(|| it.case().span())?,
    })
}

/// A host whose signing name cannot be told from what the request shows.
fn shared_host(it: &Examination<'_>) -> Option<Note> {
    let stated = it.stated()?.scope_part(2)?;
    let names = &it.expected().services;
    if names.len() < 2 || names.iter().any(|name| name == stated) {
        return None;
    }
    let host = host(it)?;
    let message = format!(
        "{} serves several services; the signing name is one of {}",
        host.to_str_lossy(),
        bstr::join(", ", names).to_str_lossy()
    );
    Some(Note {
        message: message.into(),
        span: it.locate(&host).or_else(|| it.case().span())?,
    })
}

/// Trailers of an upload in chunks that state another checksum than its bytes have.
fn trailers(it: &Examination<'_>) -> Vec<Note> {
    let keyword = it.header("x-amz-content-sha256").map(|value| value.trim());
    let chunked = keyword.is_some_and(|value| value.starts_with(b"STREAMING-"));
    let body = it.request().and_then(|request| request.body.bytes());
    let body = body.filter(|_| chunked);
    let Some(body) = body.and_then(|body| ChunkedBody::parse(body).ok()) else {
        return Vec::new();
    };
    let data: Vec<u8> = body
        .chunks
        .iter()
        .flat_map(|chunk| chunk.data)
        .copied()
        .collect();
    let note = |(name, value): &(&BStr, &BStr)| {
        let right = checksum(name, &data).filter(|right| *right != value.as_bytes())?;
        let right = right.as_bstr();
        Some(Note {
            message: format!("the trailer {name} is {value}, and that of the body is {right}")
                .into(),
            span: it.locate(value).or_else(|| it.case().span())?,
        })
    };
    body.trailer.fields.iter().filter_map(note).collect()
}

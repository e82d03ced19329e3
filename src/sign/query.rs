//! The query of a presigned URL: an older signature taken out, and the new one put in.

use bstr::BString;

use super::{Change, Terms};
use crate::{
    sigv4::{Placement, Presigned, encode},
    wire::{
        Request,
        target::{RawPair, pairs, percent_decode},
    },
};

/// Whether a parameter of this name belongs to a signature.
pub(super) fn is_of_signature(name: &[u8]) -> bool {
    const NAMES: [&str; 9] = [
        "x-amz-algorithm",
        "x-amz-credential",
        "x-amz-date",
        "x-amz-expires",
        "x-amz-region-set",
        "x-amz-signedheaders",
        "x-amz-security-token",
        "x-amz-content-sha256",
        "x-amz-signature",
    ];
    NAMES
        .iter()
        .any(|own| name.eq_ignore_ascii_case(own.as_bytes()))
}

/// Takes an older signature out of the query.
pub(super) fn strip_query(
    request: &mut Request,
    before: Option<&Presigned>,
    placement: Placement,
    terms: &Terms<'_>,
    changes: &mut Vec<Change>,
) {
    let (Some(before), Some(query)) = (before, request.query()) else {
        return;
    };
    let kept: Vec<Vec<u8>> = pairs(query)
        .filter(|pair| !is_of_signature(&percent_decode(pair.name)))
        .map(RawPair::to_bytes)
        .collect();
    let mut target = request.path().to_vec();
    if !kept.is_empty() {
        target.push(b'?');
        target.extend_from_slice(&kept.join(&b"&"[..]));
    }
    request.target = target.into();
    let date = terms.timestamp.as_bstr();
    if placement == Placement::Query && before.date.as_ref().is_some_and(|held| held != date) {
        changes.push(Change {
            part: "X-Amz-Date".to_owned(),
            from: before.date.clone(),
            to: Some(date.into()),
        });
    }
    // The token is compared to say that it was replaced.
    let own = terms.credentials.session_token.as_ref();
    let own = own.map(|token| BString::from(token.expose()));
    if before.session_token.is_some() && before.session_token != own {
        changes.push(Change {
            part: "X-Amz-Security-Token".to_owned(),
            from: before.session_token.clone(),
            to: own,
        });
    }
}

pub(super) fn add_to_query(request: &mut Request, parameters: &[(&str, BString)]) {
    for (name, value) in parameters {
        let separator: &[u8] = match request.query() {
            None => b"?",
            Some(query) if query.is_empty() => b"",
            Some(_) => b"&",
        };
        let piece = [separator, name.as_bytes(), b"=", &encode(value)].concat();
        request.target.extend_from_slice(&piece);
    }
}

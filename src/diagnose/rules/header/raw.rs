//! Header values as they were sent.

use bstr::{BStr, BString, ByteSlice};

use crate::diagnose::{Draft, Examination};

/// The values of all fields of one name, as they stand.
pub(super) fn values<'a>(it: &Examination<'a>, name: &BStr) -> Vec<&'a BStr> {
    let fields = it
        .request()
        .map_or(&[][..], |request| request.headers.as_slice());
    fields
        .iter()
        .filter(|field| field.name.eq_ignore_ascii_case(name))
        .map(|field| field.value.as_bstr())
        .collect()
}

/// The header lines with each value of the wire changed; a line that is another mistake's already
/// is kept.
pub(super) fn with_each(
    draft: &Draft,
    it: &Examination<'_>,
    change: impl Fn(&BStr) -> BString,
) -> BString {
    draft.with_headers(|name, held| {
        let values = values(it, name);
        let right: Vec<BString> = values
            .iter()
            .map(|value| crate::sigv4::canonical_value(value).into_owned())
            .collect();
        let own = !values.is_empty() && right.join(&b","[..]) == held.as_bytes();
        let changed: Vec<BString> = values.iter().map(|value| change(value)).collect();
        own.then(|| changed.join(&b","[..]).into())
    })
}

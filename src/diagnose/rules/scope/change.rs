use bstr::{BStr, ByteSlice};

use crate::{
    diagnose::{Examination, Fix},
    evidence::Span,
};

/// Where the scope stands in the request.
pub(super) fn place(it: &Examination<'_>) -> Option<Span> {
    it.locate(it.stated()?.authorization.scope())
}

/// A part of the scope put right, counted from 0.
pub(super) fn part(it: &Examination<'_>, at: usize, right: Option<&BStr>) -> Fix {
    let (Some(stated), Some(right)) = (it.stated(), right) else {
        return Fix::default();
    };
    let scope = stated.authorization.scope();
    let mut parts: Vec<&[u8]> = scope.split_str("/").collect();
    if let Some(part) = parts.get_mut(at) {
        *part = right;
    }
    Fix::words("change it in the string to sign, in Credential= and in the signing key").edit(
        scope,
        parts.join(&b'/'),
        place(it),
    )
}

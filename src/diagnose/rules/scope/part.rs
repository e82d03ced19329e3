use bstr::{BString, ByteSlice};

use crate::{
    diagnose::{Examination, Fix},
    evidence::Span,
};

/// The place of the scope in the request.
pub(super) fn place(it: &Examination<'_>) -> Option<Span> {
    it.locate(it.stated()?.authorization.scope())
}

/// The scope with another text in one of its parts, counted from 0; in a query as it is encoded
/// there.
pub(super) fn fix(it: &Examination<'_>, at: usize, right: &[u8]) -> Fix {
    let words = "change it in the string to sign, in Credential= and in the signing key";
    let Some(stated) = it.stated() else {
        return Fix::words(words);
    };
    let scope = stated.authorization.scope();
    let mut parts: Vec<&[u8]> = scope.split_str("/").collect();
    if let Some(part) = parts.get_mut(at) {
        *part = right;
    }
    let raw = it
        .raw_pair("X-Amz-Credential")
        .is_some_and(|pair| pair.contains_str("%2F"));
    let text = |parts: &[&[u8]]| match raw {
        true => BString::from(bstr::join("%2F", parts)),
        false => BString::from(bstr::join("/", parts)),
    };
    let from = text(&scope.split_str("/").collect::<Vec<_>>());
    let span = it.locate(&from);
    Fix::words(words).edit(from, text(&parts), span)
}

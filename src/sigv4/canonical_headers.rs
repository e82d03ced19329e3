use std::borrow::Cow;

use bstr::{BStr, BString, ByteSlice};

use crate::{sigv4::SignedHeaders, wire::Request};

/// One line of the canonical headers, without its line feed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CanonicalHeader {
    /// The name in lower case.
    pub name: BString,
    /// The values of all fields of that name, each trimmed and its runs of spaces made one, joined
    /// by `,` in the order of the wire.
    pub value: BString,
}

/// Derives the canonical header lines for `signed`, each with the indices of the fields it came
/// from; none for a `host` that the capture has from its URL alone, and for an absent header,
/// whose line is empty.
///
/// Source: "Create a canonical request" in the IAM User Guide.
pub(super) fn canonical_headers(
    request: &Request,
    signed: &SignedHeaders,
) -> (Vec<CanonicalHeader>, Vec<Vec<usize>>) {
    let mut lines = Vec::with_capacity(12);
    let mut provenance = Vec::with_capacity(12);
    for name in signed.names() {
        let mut value = Vec::new();
        let mut from = Vec::with_capacity(1);
        for (index, field) in request.headers.iter().enumerate() {
            if field.name.len() != name.len() || !field.name.eq_ignore_ascii_case(name) {
                continue;
            }
            if !from.is_empty() {
                value.push(b',');
            }
            value.extend_from_slice(&canonical_value(field.value.as_bstr()));
            from.push(index);
        }
        if from.is_empty() && name == "host" {
            value.extend_from_slice(request.host().unwrap_or_default());
        }
        lines.push(CanonicalHeader {
            name: name.into(),
            value: value.into(),
        });
        provenance.push(from);
    }
    (lines, provenance)
}

/// Trims a header value and makes each run of spaces one space; a folded line counts as a space.
///
/// Source: "Create a canonical request" in the IAM User Guide ("trim and collapse"); that only
/// spaces are meant, not tabs: aws-sigv4 1.6.4, `trim_all`.
#[must_use]
pub fn canonical_value(value: &BStr) -> Cow<'_, BStr> {
    let unfolded = match value.find_byte(b'\n') {
        None => Cow::Borrowed(value),
        Some(_) => Cow::Owned(BString::from(unfold(value))),
    };
    let space = |byte: char| byte == ' ';
    // Most values have no space at all.
    let doubled = |text: &[u8]| text.contains(&b' ') && text.windows(2).any(|pair| pair == b"  ");
    match unfolded {
        Cow::Borrowed(value) => {
            let trimmed = value.trim_with(space);
            if doubled(trimmed) {
                Cow::Owned(collapse(trimmed))
            } else {
                Cow::Borrowed(trimmed.as_bstr())
            }
        }
        Cow::Owned(value) => Cow::Owned(collapse(value.trim_with(space))),
    }
}

fn unfold(value: &[u8]) -> Vec<u8> {
    let pieces: Vec<&[u8]> = value.lines().map(|line| line.trim()).collect();
    pieces.join(&b' ')
}

fn collapse(value: &[u8]) -> BString {
    let mut out = Vec::with_capacity(value.len());
    for &byte in value {
        if byte != b' ' || out.last() != Some(&b' ') {
            out.push(byte);
        }
    }
    out.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trims_and_collapses_spaces_only() {
        let value = |text: &'static str| canonical_value(text.into()).into_owned();
        assert_eq!(value("  a   b\t c  "), "a b\t c");
        assert_eq!(
            value("value1\n  value2\n\t value3 "),
            "value1 value2 value3"
        );
    }
}

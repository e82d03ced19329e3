use bstr::BString;

use crate::{
    sigv4::percent::{Slash, encode_into, is_unreserved},
    wire::target::{RawPair, pairs, percent_decode},
};

/// One pair of the canonical query: name and value, decoded from the wire and encoded anew.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct CanonicalQueryPair {
    /// The name, percent-encoded.
    pub name: BString,
    /// The value, percent-encoded; empty where the wire had none.
    pub value: BString,
}

impl CanonicalQueryPair {
    /// Encodes a plain name and value.
    #[must_use]
    pub fn encode(name: &[u8], value: &[u8]) -> Self {
        Self {
            name: encoded(name),
            value: encoded(value),
        }
    }

    fn of(raw: RawPair<'_>) -> Self {
        Self {
            name: reencoded(raw.name),
            value: reencoded(raw.value.unwrap_or_default()),
        }
    }
}

/// Derives the pairs of the canonical query line from a raw query, sorted by encoded name and
/// then by encoded value, each with the index of the raw pair it came from.
///
/// A `+` on the wire is a space; a name without `=` gets one; a pair whose decoded name is in
/// `omitted` is left out.
///
/// Source: "Create a canonical request" in the IAM User Guide; aws-sigv4 1.6.4,
/// `canonical_request.rs`, for `+`.
pub(super) fn canonical_query(query: &[u8], omitted: &[&str]) -> Vec<(CanonicalQueryPair, usize)> {
    let mut out: Vec<_> = pairs(query)
        .enumerate()
        .filter(|(_, raw)| {
            omitted.is_empty() || {
                let name = percent_decode(raw.name);
                !omitted
                    .iter()
                    .any(|omitted| name.eq_ignore_ascii_case(omitted.as_bytes()))
            }
        })
        .map(|(index, raw)| (CanonicalQueryPair::of(raw), index))
        .collect();
    out.sort();
    out
}

/// Writes the canonical query line.
pub(super) fn write(out: &mut Vec<u8>, pairs: &[CanonicalQueryPair]) {
    for (index, pair) in pairs.iter().enumerate() {
        if index > 0 {
            out.push(b'&');
        }
        out.extend_from_slice(&pair.name);
        out.push(b'=');
        out.extend_from_slice(&pair.value);
    }
}

fn encoded(text: &[u8]) -> BString {
    let mut out = Vec::with_capacity(text.len() + 8);
    encode_into(&mut out, text, Slash::Encoded);
    out.into()
}

fn reencoded(raw: &[u8]) -> BString {
    // As most names and values are: decoded and encoded again they are the same.
    if is_unreserved(raw) {
        return raw.into();
    }
    let mut plain = raw.to_vec();
    plain
        .iter_mut()
        .filter(|byte| **byte == b'+')
        .for_each(|byte| *byte = b' ');
    encoded(&percent_decode(&plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorts_by_name_then_value_and_remembers_where_from() {
        let read = canonical_query(
            b"q.parser=1&q=b&q=a&acl&q=a+b%2b&X-Amz-Signature=0",
            &["X-Amz-Signature"],
        );
        let mut line = Vec::new();
        let (pairs, from): (Vec<_>, Vec<_>) = read.into_iter().unzip();
        write(&mut line, &pairs);
        assert_eq!(BString::from(line), "acl=&q=a&q=a%20b%2B&q=b&q.parser=1");
        assert_eq!(from, [3, 2, 4, 1, 0]);
    }
}

//! A request target taken apart, never put right.

use bstr::{BStr, BString, ByteSlice};

/// Splits a target at its first question mark into the raw path and the raw query.
#[must_use]
pub fn split(target: &[u8]) -> (&BStr, Option<&BStr>) {
    match target.split_once_str("?") {
        Some((path, query)) => (path.as_bstr(), Some(query.as_bstr())),
        None => (target.as_bstr(), None),
    }
}

/// One raw name and value of a query; the value is `None` where there is no equals sign.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RawPair<'a> {
    /// The name as it stands.
    pub name: &'a BStr,
    /// The value as it stands.
    pub value: Option<&'a BStr>,
}

impl RawPair<'_> {
    /// The pair as it stands.
    #[must_use]
    pub fn to_bytes(self) -> Vec<u8> {
        match self.value {
            Some(value) => [self.name.as_bytes(), b"=", value.as_bytes()].concat(),
            None => self.name.to_vec(),
        }
    }
}

/// The raw pairs of a query, in their order, with repeats; empty pieces are passed over.
pub fn pairs(query: &[u8]) -> impl Iterator<Item = RawPair<'_>> {
    query
        .split_str("&")
        .filter(|piece| !piece.is_empty())
        .map(|piece| match piece.split_once_str("=") {
            Some((name, value)) => RawPair {
                name: name.as_bstr(),
                value: Some(value.as_bstr()),
            },
            None => RawPair {
                name: piece.as_bstr(),
                value: None,
            },
        })
}

/// The decoded value of the first pair whose decoded name is `name`, in any case.
#[must_use]
pub fn parameter(query: &[u8], name: &str) -> Option<BString> {
    pairs(query)
        .find(|pair| percent_decode(pair.name).eq_ignore_ascii_case(name.as_bytes()))
        .map(|pair| percent_decode(pair.value.unwrap_or_default()))
}

/// Undoes percent-encoding; a `%` that no two hex digits follow stays, and so does `+`.
#[must_use]
pub fn percent_decode(text: &[u8]) -> BString {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, tail)) = rest.split_first() {
        let decoded = match tail {
            [high, low, ..] if byte == b'%' => hex_value(*high).zip(hex_value(*low)),
            _ => None,
        };
        match decoded {
            Some((high, low)) => {
                out.push(high << 4 | low);
                rest = tail.get(2..).unwrap_or_default();
            }
            None => {
                out.push(byte);
                rest = tail;
            }
        }
    }
    out.into()
}

/// The value of a hex digit.
#[must_use]
pub fn hex_value(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_order_repeats_and_missing_equals_signs() {
        let read: Vec<_> = pairs(b"b=1&a&b=&&=x")
            .map(|pair| (pair.name, pair.value))
            .collect();
        let (b, a): (&BStr, &BStr) = ("b".into(), "a".into());
        let expected = [
            (b, Some("1".into())),
            (a, None),
            (b, Some("".into())),
            ("".into(), Some("x".into())),
        ];
        assert_eq!(read, expected);
    }

    #[test]
    fn decodes_what_is_encoded_and_nothing_else() {
        assert_eq!(percent_decode(b"a%2fb%zz%4+%"), "a/b%zz%4+%");
        assert_eq!(
            parameter(b"a=1&X-Amz-Date=2%3D", "x-amz-date").unwrap(),
            "2="
        );
    }
}

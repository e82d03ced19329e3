use bstr::{BStr, BString, ByteSlice};

use crate::wire::{
    HeaderField,
    escape::{Literal, python_repr},
};

/// A value in the repr of a Python dict or list, as far as requests need it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Value<'a> {
    /// The repr of bytes or text.
    Text(BString),
    /// A dict, in its order.
    Dict(Vec<(Value<'a>, Value<'a>)>),
    /// Anything else, as it stands: a number, `None`, a list, `<_io.BufferedReader …>`.
    Other(&'a BStr),
}

impl<'a> Value<'a> {
    /// A dict as header fields, in its order; nothing else has any.
    pub(super) fn header_fields(&self) -> Vec<HeaderField> {
        let Self::Dict(pairs) = self else {
            return Vec::new();
        };
        pairs
            .iter()
            .map(|(name, value)| HeaderField::new(name.plain(), value.plain()))
            .collect()
    }

    /// The value behind a key.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        let Self::Dict(pairs) = self else { return None };
        let wanted = |name: &Value<'_>| matches!(name, Value::Text(name) if name == key);
        pairs
            .iter()
            .find(|(name, _)| wanted(name))
            .map(|(_, value)| value)
    }

    /// The text, where it is one.
    pub(super) fn text(&self) -> Option<&BStr> {
        match self {
            Self::Text(text) => Some(text.as_bstr()),
            _ => None,
        }
    }

    /// The value as a header or a form would have it: a text's bytes, a number's digits.
    pub(super) fn plain(&self) -> BString {
        match self {
            Self::Text(text) => text.clone(),
            Self::Other(text) => (*text).into(),
            Self::Dict(_) => BString::default(),
        }
    }
}

/// No dict that a client prints is nested deeper.
const DEPTH: usize = 32;

/// Reads the value at the front of `text`; gives it and how many bytes it took. A value that is
/// cut gives what is there.
pub(super) fn value(text: &[u8]) -> (Value<'_>, usize) {
    at_depth(text, 0)
}

fn at_depth(text: &[u8], depth: usize) -> (Value<'_>, usize) {
    if let Some(literal) = python_repr(text) {
        return adjacent(text, literal);
    }
    if text.starts_with(b"{") && depth < DEPTH {
        return dict(text, depth);
    }
    let length = other(text);
    (
        Value::Other(text.get(..length).unwrap_or(text).trim().as_bstr()),
        length,
    )
}

/// A literal with those right behind it: `pprint` breaks a long one into several.
fn adjacent(text: &[u8], first: Literal) -> (Value<'_>, usize) {
    let mut bytes = first.bytes;
    let mut at = first.length;
    loop {
        let next = at + blanks(text.get(at..));
        let Some(literal) = text.get(next..).and_then(python_repr) else {
            return (Value::Text(bytes), at);
        };
        bytes.extend_from_slice(&literal.bytes);
        at = next + literal.length;
    }
}

fn dict(text: &[u8], depth: usize) -> (Value<'_>, usize) {
    let mut pairs = Vec::new();
    let mut at = 1;
    loop {
        at += blanks(text.get(at..));
        match text.get(at) {
            None => break,
            Some(b'}') => {
                at += 1;
                break;
            }
            Some(b',') => {
                at += 1;
                continue;
            }
            Some(_) => {}
        }
        let (key, length) = at_depth(text.get(at..).unwrap_or_default(), depth + 1);
        at += length + blanks(text.get(at + length..));
        if text.get(at) != Some(&b':') {
            // No key: step over what cannot be one, so that every turn moves on.
            at += usize::from(length == 0);
            continue;
        }
        at += 1 + blanks(text.get(at + 1..));
        let (value, length) = at_depth(text.get(at..).unwrap_or_default(), depth + 1);
        at += length;
        pairs.push((key, value));
    }
    (Value::Dict(pairs), at.min(text.len()))
}

fn blanks(text: Option<&[u8]>) -> usize {
    let text = text.unwrap_or_default();
    text.iter()
        .position(|byte| !matches!(byte, b' ' | b'\n'))
        .unwrap_or(text.len())
}

/// How far something that is neither text nor dict reaches: to the comma, colon or bracket that
/// ends it, past the brackets it opens and the literals it holds.
fn other(text: &[u8]) -> usize {
    let mut open = 0_usize;
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        match byte {
            b'(' | b'[' | b'<' | b'{' => open += 1,
            b')' | b']' | b'>' | b'}' if open > 0 => open -= 1,
            b',' | b':' | b'}' | b')' | b']' if open == 0 => break,
            b'\'' | b'"' => {
                let literal = text.get(at..).and_then(python_repr);
                at += literal.map_or(1, |literal| literal.length);
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_clients_print() {
        let text = br"{'headers': {'X-Amz-Target': b'A.B', 'Content-Length': '2', 'n': 2}, 'body': <_io.BufferedReader name='a, b'>, 'x': ['y', {'z': 1}], 'm': 'POST'} rest";
        let (read, length) = value(text);
        assert_eq!(&text[length..], b" rest");
        let headers = read.get("headers").unwrap();
        assert_eq!(headers.get("X-Amz-Target").unwrap().text().unwrap(), "A.B");
        assert_eq!(headers.get("n").unwrap().plain(), "2");
        assert_eq!(
            read.get("body").unwrap().plain(),
            "<_io.BufferedReader name='a, b'>"
        );
        assert_eq!(read.get("m").unwrap().text().unwrap(), "POST");
    }

    #[test]
    fn what_is_cut_gives_what_is_there() {
        for text in ["{'a': 'b", "{'a': ", "{'a'", "{,,:", "{{{", "{: : :"] {
            let (_, length) = value(text.as_bytes());
            assert_eq!(length, text.len(), "{text}");
        }
    }
}

//! Objects as JSON and `util.inspect` write them, in their order.

use bstr::{BStr, BString, ByteSlice};

use crate::wire::escape::{Literal, any_quoted, python_repr};

/// A value, as far as requests need it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Value {
    /// A quoted text; pieces joined by `+` are one.
    Text(BString),
    /// An object, in its order, with repeats.
    Object(Vec<(BString, Value)>),
    /// An array, or what is shown like one.
    List(Vec<Value>),
    /// A number, `null`, `undefined`, `<Buffer 7b 7d>`, `[Object]`: as it stands.
    Plain(BString),
}

impl Value {
    /// The value behind a key.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        let Self::Object(pairs) = self else {
            return None;
        };
        pairs
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value)
    }

    /// The text, where it is one.
    pub(super) fn text(&self) -> Option<&BStr> {
        match self {
            Self::Text(text) => Some(text.as_bstr()),
            _ => None,
        }
    }

    /// The text of a field.
    pub(super) fn text_of(&self, key: &str) -> Option<&BStr> {
        self.get(key).and_then(Self::text)
    }

    /// A number's value.
    pub(super) fn number(&self) -> Option<u64> {
        match self {
            Self::Plain(digits) | Self::Text(digits) => digits.to_str().ok()?.parse().ok(),
            _ => None,
        }
    }

    /// The items of a list; none of anything else.
    pub(super) fn items(&self) -> &[Self] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }

    /// The fields of an object; none of anything else.
    pub(super) fn fields(&self) -> &[(BString, Self)] {
        match self {
            Self::Object(pairs) => pairs,
            _ => &[],
        }
    }

    /// A value as a header has it: a text's bytes, a number's digits.
    pub(super) fn plain(&self) -> Option<BString> {
        match self {
            Self::Text(text) => Some(text.clone()),
            Self::Plain(text) if text.first().is_some_and(u8::is_ascii_digit) => Some(text.clone()),
            _ => None,
        }
    }

    /// Bytes that are shown as numbers: `{"type":"Buffer","data":[60,63]}`, `{"0":123,"1":125}`,
    /// `[ 123, 125 ]`, `<Buffer 7b 7d>`; `None` where some are left out.
    pub(super) fn bytes(&self) -> Option<BString> {
        let byte = |value: &Self| u8::try_from(value.number()?).ok();
        let listed = |items: &[Self]| items.iter().map(byte).collect::<Option<Vec<u8>>>();
        match self {
            Self::Text(_) => None,
            Self::List(items) => listed(items).map(BString::from),
            Self::Object(_) if self.get("data").is_some() => listed(self.get("data")?.items())
                .filter(|_| matches!(self.get("data"), Some(Self::List(_))))
                .map(BString::from),
            Self::Object(pairs) => {
                let mut out = Vec::with_capacity(pairs.len());
                for (at, (name, value)) in pairs.iter().enumerate() {
                    let index: usize = name.to_str().ok()?.parse().ok()?;
                    out.push(byte(value).filter(|_| index == at)?);
                }
                (!out.is_empty()).then(|| out.into())
            }
            Self::Plain(text) => {
                let digits = text.strip_prefix(b"<Buffer ")?.strip_suffix(b">")?;
                crate::wire::escape::hex_pairs(digits)
            }
        }
    }
}

/// No object that a client prints is nested deeper.
const DEPTH: usize = 48;

/// Reads the value at the front of `text`; gives it and how many bytes it took. A value that is
/// cut gives what is there.
pub(super) fn value(text: &[u8]) -> (Value, usize) {
    at_depth(text, 0)
}

fn at_depth(text: &[u8], depth: usize) -> (Value, usize) {
    let start = blanks(text);
    let rest = text.get(start..).unwrap_or_default();
    if let Some(literal) = quoted(rest) {
        let (text, length) = joined(rest, literal);
        return (Value::Text(text), start + length);
    }
    let name = class(rest);
    let body = rest.get(name..).unwrap_or_default();
    let (value, length) = match body.first() {
        Some(b'{') if depth < DEPTH => object(body, depth),
        Some(b'[') if depth < DEPTH && !is_named(body) => list(body, depth),
        _ => {
            let length = other(rest);
            let text = rest.get(..length).unwrap_or(rest).trim();
            return (Value::Plain(text.into()), start + length);
        }
    };
    (value, start + name + length)
}

/// A literal, of Python's bytes as well.
fn quoted(text: &[u8]) -> Option<Literal> {
    any_quoted(text).or_else(|| python_repr(text.strip_prefix(b"b").and(Some(text))?))
}

/// A literal with those that `+` joins to it, or that stand right behind it, as Python's `pprint`
/// breaks a long one.
fn joined(text: &[u8], first: Literal) -> (BString, usize) {
    let mut bytes = first.bytes;
    let mut at = first.length;
    loop {
        let mut next = at + blanks(text.get(at..).unwrap_or_default());
        if text.get(next) == Some(&b'+') {
            next += 1 + blanks(text.get(next + 1..).unwrap_or_default());
        }
        let Some(literal) = text.get(next..).and_then(quoted) else {
            return (bytes, at);
        };
        bytes.extend_from_slice(&literal.bytes);
        at = next + literal.length;
    }
}

/// How long the name of a class before a bracket is, with the blank behind it: `HttpRequest {`,
/// `Uint8Array(2) [`, `[Object: null prototype] {`, `Object [AxiosHeaders] {`, `<ref *1> Socket {`.
fn class(text: &[u8]) -> usize {
    const LONGEST: usize = 80;
    let head = text.get(..LONGEST).unwrap_or(text);
    if let Some(number) = head.strip_prefix(b"<ref *") {
        let end = number.find("> ").map(|end| end + b"<ref *".len() + 2);
        let named = end.map(|end| (end, text.get(end..).unwrap_or_default()));
        return named.map_or(0, |(end, named)| end + unreferenced_class(named));
    }
    unreferenced_class(text)
}

fn unreferenced_class(text: &[u8]) -> usize {
    const LONGEST: usize = 80;
    let head = text.get(..LONGEST).unwrap_or(text);
    if let Some(rest) = head.strip_prefix(b"[") {
        let end = rest.find("] {").filter(|end| {
            let name = rest.get(..*end).unwrap_or_default();
            name.iter()
                .all(|byte| byte.is_ascii_alphanumeric() || b": ".contains(byte))
        });
        return end.map_or(0, |end| end + 3);
    }
    let name = |byte: &u8| byte.is_ascii_alphanumeric() || b"_$()<> .:".contains(byte);
    let length = head.iter().take_while(|byte| name(byte)).count();
    let named = head
        .first()
        .is_some_and(|byte| byte.is_ascii_uppercase() || *byte == b'_');
    let rest = head.get(length..).unwrap_or_default();
    // The tag of a class stands between its name and the bracket.
    let tagged = rest.strip_prefix(b"[").and_then(|tag| tag.find("] {"));
    match (tagged, rest.first()) {
        (Some(tag), _) if named && rest.get(1..=tag).is_some_and(is_word) => length + tag + 3,
        (_, Some(b'{' | b'[')) if named => length,
        _ => 0,
    }
}

fn is_word(text: &[u8]) -> bool {
    text.iter()
        .all(|byte| byte.is_ascii_alphanumeric() || b"_$ ".contains(byte))
}

/// Whether a bracket holds a name in place of a value: `[Object]`, `[Function: x]`, `[Getter]`.
fn is_named(text: &[u8]) -> bool {
    let names: [&[u8]; 8] = [
        b"[Object",
        b"[Array",
        b"[Function",
        b"[Getter",
        b"[Circular",
        b"[Symbol",
        b"[Async",
        b"[class",
    ];
    names.iter().any(|name| text.starts_with(name))
}

fn object(text: &[u8], depth: usize) -> (Value, usize) {
    let mut pairs = Vec::new();
    let mut at = 1;
    loop {
        at += blanks(text.get(at..).unwrap_or_default());
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
        let rest = text.get(at..).unwrap_or_default();
        let (key, length) = match any_quoted(rest) {
            Some(literal) => (literal.bytes, literal.length),
            None => {
                let end = rest.find_byteset(":,}\n").unwrap_or(rest.len());
                (rest.get(..end).unwrap_or_default().trim().into(), end)
            }
        };
        at += length;
        at += blanks(text.get(at..).unwrap_or_default());
        if text.get(at) != Some(&b':') {
            // No key: step over what cannot be one, so that every turn moves on.
            at += usize::from(length == 0);
            continue;
        }
        let (value, length) = at_depth(text.get(at + 1..).unwrap_or_default(), depth + 1);
        at += 1 + length;
        pairs.push((key, value));
    }
    (Value::Object(pairs), at.min(text.len()))
}

fn list(text: &[u8], depth: usize) -> (Value, usize) {
    let mut items = Vec::new();
    let mut at = 1;
    loop {
        at += blanks(text.get(at..).unwrap_or_default());
        match text.get(at) {
            None => break,
            Some(b']') => {
                at += 1;
                break;
            }
            Some(b',') => {
                at += 1;
                continue;
            }
            Some(_) => {}
        }
        let (value, length) = at_depth(text.get(at..).unwrap_or_default(), depth + 1);
        at += length.max(1);
        items.push(value);
    }
    (Value::List(items), at.min(text.len()))
}

fn blanks(text: &[u8]) -> usize {
    let blank = |byte: &u8| byte.is_ascii_whitespace();
    text.iter().take_while(|byte| blank(byte)).count()
}

/// How far something that is neither text, object nor list reaches: to the comma or bracket that
/// ends it, past the brackets it opens and the literals it holds.
fn other(text: &[u8]) -> usize {
    let mut open = 0_usize;
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        match byte {
            b'(' | b'[' | b'<' | b'{' => open += 1,
            b')' | b']' | b'>' | b'}' if open > 0 => open -= 1,
            b',' | b'}' | b')' | b']' if open == 0 => break,
            b'\n' if open == 0 && at > 0 => break,
            b'\'' | b'"' => {
                let literal = text.get(at..).and_then(any_quoted);
                at += literal.map_or(1, |literal| literal.length);
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    at
}

/// Follows brackets and literals line by line, to know when an object that began is over.
#[derive(Clone, Debug, Default)]
pub(super) struct Balance {
    open: usize,
    quote: Option<u8>,
}

impl Balance {
    /// Takes in a line; says whether everything that was opened is closed, and where in the line.
    pub(super) fn push(&mut self, line: &[u8]) -> Option<usize> {
        let mut escaped = false;
        for (at, &byte) in line.iter().enumerate() {
            if let Some(quote) = self.quote {
                match byte {
                    _ if escaped => escaped = false,
                    b'\\' => escaped = true,
                    _ if byte == quote => self.quote = None,
                    // Only a template goes on over a line break.
                    b'\n' if quote != b'`' => self.quote = None,
                    _ => {}
                }
                continue;
            }
            match byte {
                b'"' | b'`' | b'\'' => self.quote = Some(byte),
                b'{' | b'[' => self.open += 1,
                b'}' | b']' => {
                    self.open = self.open.saturating_sub(1);
                    if self.open == 0 {
                        return Some(at + 1);
                    }
                }
                _ => {}
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Value {
        let (read, length) = value(text.as_bytes());
        assert_eq!(length, text.len(), "{text}");
        read
    }

    #[test]
    fn reads_what_node_prints() {
        let text = "HttpRequest {\n  method: 'GET',\n  port: undefined,\n  query: { 'list-type': '2', prefix: 'a b' },\n  x: [Object: null prototype] { 'a-b': [ 'c', 2 ] },\n  o: [Object],\n  body: Uint8Array(2) [ 123, 125 ],\n  b: <Buffer 7b 7d>,\n  s: 'one\\n' +\n    'two',\n  f: [Function: f]\n}";
        let read = read(text);
        assert_eq!(read.text_of("method").unwrap(), "GET");
        assert_eq!(read.get("port").unwrap(), &Value::Plain("undefined".into()));
        let query = read.get("query").unwrap();
        assert_eq!(query.fields()[1].0, "prefix");
        assert_eq!(read.get("body").unwrap().bytes().unwrap(), "{}");
        assert_eq!(read.get("b").unwrap().bytes().unwrap(), "{}");
        assert_eq!(read.text_of("s").unwrap(), "one\ntwo");
        let items = read.get("x").and_then(|x| x.get("a-b")).unwrap().items();
        assert_eq!(items.len(), 2);
        assert_eq!(read.get("o").unwrap(), &Value::Plain("[Object]".into()));
    }

    #[test]
    fn reads_what_pprint_breaks() {
        let read = read(
            "{'data': b'{\"a\": 1}',\n 'headers': {'Authorization': 'AWS4-HMAC-SHA256 '\n                              'Credential=a'}}",
        );
        assert_eq!(read.text_of("data").unwrap(), "{\"a\": 1}");
        let headers = read.get("headers").unwrap();
        let value = headers.text_of("Authorization").unwrap();
        assert_eq!(value, "AWS4-HMAC-SHA256 Credential=a");
    }

    #[test]
    fn reads_json_in_its_order() {
        let read = read(r#"{"b":1,"a":{"type":"Buffer","data":[60,63]},"c":"\u0026\n","a":null}"#);
        let names: Vec<&BString> = read.fields().iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["b", "a", "c", "a"]);
        assert_eq!(read.get("a").unwrap().bytes().unwrap(), "<?");
        assert_eq!(read.text_of("c").unwrap(), "&\n");
    }

    #[test]
    fn what_is_cut_gives_what_is_there() {
        for text in [
            "{a: 'b",
            "{a: ",
            "{a",
            "{,,:",
            "{{{",
            "[[[",
            "{: : :",
            "[{]}",
            "{'a': 'b' +",
        ] {
            value(text.as_bytes());
        }
        let cut = value(b"[ 1, ... 3 more items ]").0;
        assert_eq!(cut.bytes(), None);
    }

    #[test]
    fn a_balance_is_found_in_lines() {
        let mut balance = Balance::default();
        assert_eq!(balance.push(b"x { a: '}',\n"), None);
        assert_eq!(balance.push(b"b: [ \"]\\\"\" ],\n"), None);
        assert_eq!(balance.push(b"} rest"), Some(1));
    }
}

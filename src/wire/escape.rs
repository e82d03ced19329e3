//! The ways in which programs print bytes, undone.
//!
//! Each function takes the text behind the opening quote and gives the bytes, and how many bytes
//! of the text they took with the closing quote. A literal that is cut gives what is there.

use bstr::{BString, ByteSlice};

use super::target::hex_value;

/// How well a text survived on its way into the capture.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Fidelity {
    /// White space, quotes or case may have changed, or the text was put together from parts.
    Reflowed,
    /// Undone from an escape that loses nothing: a Python repr, JSON, hex, XML.
    Unescaped,
    /// The very bytes.
    Exact,
}

/// Bytes that were undone from a literal.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Literal {
    /// The bytes that the literal stands for.
    pub bytes: BString,
    /// How many bytes of the text the literal took, with its quotes.
    pub length: usize,
    /// Whether the closing quote is there.
    pub closed: Closed,
}

/// Whether a literal's closing quote was found.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Closed {
    /// The closing quote is there.
    Whole,
    /// The text ended first.
    Cut,
}

/// Undoes a Python `repr` of bytes or text at the front of `text`: `b'…'`, `'…'`, `"…"`.
///
/// Source: CPython 3.11, `Objects/bytesobject.c` and `Objects/unicodeobject.c`.
#[must_use]
pub fn python_repr(text: &[u8]) -> Option<Literal> {
    let prefix = usize::from(text.first().is_some_and(|byte| matches!(byte, b'b' | b'u')));
    let quote = *text
        .get(prefix)
        .filter(|byte| matches!(byte, b'\'' | b'"'))?;
    Some(literal(text, prefix + 1, quote))
}

/// Undoes a double-quoted literal at the front of `text` as JSON, Go's `%q`, Rust's and Ruby's
/// `Debug` and Java's strings write it.
#[must_use]
pub fn double_quoted(text: &[u8]) -> Option<Literal> {
    text.starts_with(b"\"").then(|| literal(text, 1, b'"'))
}

/// Undoes a literal in single, double or back quotes at the front of `text`, as JavaScript writes
/// it.
#[must_use]
pub fn any_quoted(text: &[u8]) -> Option<Literal> {
    let quote = *text
        .first()
        .filter(|byte| matches!(byte, b'\'' | b'"' | b'`'))?;
    Some(literal(text, 1, quote))
}

/// Undoes backslash escapes in all of `text`; there is no quote to look for.
#[must_use]
pub fn unescape(text: &[u8]) -> BString {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        at += if byte == b'\\' {
            escape(text, at, &mut out)
        } else {
            push(&mut out, byte)
        };
    }
    out.into()
}

/// Undoes XML's five named entities and its numeric ones, once; anything else stays.
#[must_use]
pub fn xml_text(text: &[u8]) -> BString {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        let entity = (byte == b'&')
            .then(|| entity(text.get(at..).unwrap_or_default()))
            .flatten();
        at += match entity {
            Some((character, length)) => {
                out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                length
            }
            None => push(&mut out, byte),
        };
    }
    out.into()
}

/// Undoes pairs of hex digits that single spaces or line breaks part, as in S3's
/// `CanonicalRequestBytes`; `None` when anything else stands among them.
#[must_use]
pub fn hex_pairs(text: &[u8]) -> Option<BString> {
    let mut out = Vec::with_capacity(text.len() / 3);
    for pair in text.fields() {
        let [high, low] = pair else { return None };
        out.push(hex_value(*high)? << 4 | hex_value(*low)?);
    }
    Some(out.into())
}

/// Undoes Base64 of either alphabet, with or without its padding; `None` when anything else stands
/// in it.
#[must_use]
pub fn base64(text: &[u8]) -> Option<BString> {
    let text = text.trim_end_with(|character| character == '=');
    let mut out = Vec::with_capacity(text.len() * 3 / 4);
    let (mut held, mut bits) = (0_u32, 0);
    for byte in text.iter().filter(|byte| !byte.is_ascii_whitespace()) {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        held = (held << 6 | u32::from(value)) & 0xffff;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push(u8::try_from(held >> bits & 0xff).ok()?);
        }
    }
    Some(out.into())
}

/// Undoes quoted-printable, as mail has it: `=3D`, and a `=` at the end of a line.
#[must_use]
pub fn quoted_printable(text: &[u8]) -> BString {
    let text = text.replace("=\r\n", "").replace("=\n", "");
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_slice();
    while let Some((&byte, tail)) = rest.split_first() {
        let decoded = match tail {
            [high, low, ..] if byte == b'=' => hex_value(*high).zip(hex_value(*low)),
            _ => None,
        };
        let (byte, taken) = match decoded {
            Some((high, low)) => (high << 4 | low, 2),
            None => (byte, 0),
        };
        out.push(byte);
        rest = tail.get(taken..).unwrap_or_default();
    }
    out.into()
}

fn literal(text: &[u8], start: usize, quote: u8) -> Literal {
    let mut out = Vec::new();
    let mut at = start;
    while let Some(&byte) = text.get(at) {
        if byte == quote {
            return Literal {
                bytes: out.into(),
                length: at + 1,
                closed: Closed::Whole,
            };
        }
        at += if byte == b'\\' {
            escape(text, at, &mut out)
        } else {
            push(&mut out, byte)
        };
    }
    Literal {
        bytes: out.into(),
        length: text.len(),
        closed: Closed::Cut,
    }
}

fn push(out: &mut Vec<u8>, byte: u8) -> usize {
    out.push(byte);
    1
}

/// Undoes the escape at `at`, where a backslash stands; gives its length.
fn escape(text: &[u8], at: usize, out: &mut Vec<u8>) -> usize {
    let Some(&kind) = text.get(at + 1) else {
        return push(out, b'\\');
    };
    let simple = match kind {
        b'n' => Some(b'\n'),
        b'r' => Some(b'\r'),
        b't' => Some(b'\t'),
        b'a' => Some(7),
        b'b' => Some(8),
        b'v' => Some(11),
        b'f' => Some(12),
        b'e' => Some(27),
        b'0' => Some(0),
        b'\\' | b'\'' | b'"' | b'/' | b'#' | b'`' | b'$' => Some(kind),
        _ => None,
    };
    if let Some(byte) = simple {
        out.push(byte);
        return 2;
    }
    let undone = match kind {
        b'x' => digits(text, at + 2, 2).and_then(|(value, taken)| {
            out.push(u8::try_from(value).ok()?);
            Some(2 + taken)
        }),
        b'u' => unicode(text, at, out),
        b'U' => digits(text, at + 2, 8).and_then(|(value, taken)| character(out, value, 2 + taken)),
        _ => None,
    };
    // An escape that is none of these stays as it stands: nothing is lost.
    undone.unwrap_or_else(|| push(out, b'\\'))
}

/// `\uNNNN`, a pair of surrogates, or `\u{N}`.
fn unicode(text: &[u8], at: usize, out: &mut Vec<u8>) -> Option<usize> {
    if text.get(at + 2) == Some(&b'{') {
        let end = text
            .get(at + 3..)?
            .find_byte(b'}')
            .filter(|length| (1..=6).contains(length))?;
        let (value, _) = digits(text, at + 3, end)?;
        return character(out, value, end + 4);
    }
    let (first, _) = digits(text, at + 2, 4)?;
    if (0xd800..0xdc00).contains(&first) && text.get(at + 6..at + 8) == Some(b"\\u") {
        let (second, _) = digits(text, at + 8, 4)?;
        if (0xdc00..0xe000).contains(&second) {
            let value = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
            return character(out, value, 12);
        }
    }
    character(out, first, 6)
}

fn character(out: &mut Vec<u8>, value: u32, length: usize) -> Option<usize> {
    let character = char::from_u32(value)?;
    out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    Some(length)
}

fn digits(text: &[u8], at: usize, count: usize) -> Option<(u32, usize)> {
    let digits = text.get(at..at + count)?;
    let value = digits.iter().try_fold(0, |value: u32, digit| {
        Some(value << 4 | u32::from(hex_value(*digit)?))
    })?;
    Some((value, count))
}

fn entity(text: &[u8]) -> Option<(char, usize)> {
    let end = text.get(..12).unwrap_or(text).find_byte(b';')?;
    let name = text.get(1..end)?.to_str().ok()?;
    let character = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => {
            let number = name.strip_prefix('#')?;
            let value = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(value)?
        }
    };
    Some((character, end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn undoes_a_python_repr() {
        let text = br#"b'a\n\x00\\ "q" \'' rest"#;
        let literal = python_repr(text).unwrap();
        assert_eq!(literal.bytes, "a\n\0\\ \"q\" '");
        assert_eq!(&text[literal.length..], b" rest");
        assert_eq!(python_repr(b"'cut").unwrap().closed, Closed::Cut);
        assert_eq!(python_repr(b"None"), None);
    }

    #[test]
    fn undoes_json_and_go_and_ruby() {
        let literal = double_quoted(br#""\/\u0026\ud83d\ude00\u{e9}\#{x}\q""#).unwrap();
        assert_eq!(literal.bytes, "/&\u{1f600}\u{e9}#{x}\\q");
    }

    #[test]
    fn undoes_xml_once() {
        assert_eq!(
            xml_text(b"a&amp;amp;b&#39;&#x0a;&nope;&"),
            "a&amp;b'\n&nope;&"
        );
    }

    #[test]
    fn undoes_base64_and_mail() {
        assert_eq!(base64(b"aHR0cHM6Ly9oP2E9fn8").unwrap(), "https://h?a=~\x7f");
        assert_eq!(base64(b"e30=").unwrap(), "{}");
        assert_eq!(base64(b"e30*"), None);
        assert_eq!(quoted_printable(b"a=3Db=\nc=zz=\r\n="), "a=bc=zz=");
    }

    #[test]
    fn hex_is_whole_or_nothing() {
        assert_eq!(hex_pairs(b"41 57\n53").unwrap(), "AWS");
        assert_eq!(hex_pairs(b"41 5"), None);
    }
}

//! A text with every escape undone, and where each of its bytes stood.
//!
//! Absent on purpose: what any of it means.

use std::ops::Range;

use crate::wire::target::hex_value;

/// Bytes out of a text: escapes are undone to the bottom, and what cannot be seen is left out.
#[derive(Clone, Default)]
pub(super) struct View {
    bytes: Vec<u8>,
    /// Where each byte stood; nothing where the text held no escape.
    spans: Option<Vec<(u32, u32)>>,
}

/// The letters and digits of a view, in lower case, and where each stands in it.
///
/// Two spellings of one secret may differ in all else: in line breaks, quotes, `+` for a space,
/// the two alphabets of Base64.
#[derive(Clone, Default)]
pub(super) struct Letters {
    pub(super) bytes: Vec<u8>,
    pub(super) at: Vec<u32>,
}

/// A text may be escaped so often; more is nobody's log.
const DEEPEST: usize = 5;

impl View {
    /// Undoes the escapes of a text that is shorter than 4 GB.
    pub(super) fn of(text: &[u8]) -> Self {
        let mut view = Self {
            bytes: text.to_vec(),
            spans: None,
        };
        for _ in 0..DEEPEST {
            match view.undone() {
                Some(undone) => view = undone,
                None => break,
            }
        }
        view
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn get(&self, range: Range<usize>) -> &[u8] {
        self.bytes.get(range).unwrap_or_default()
    }

    pub(super) fn from(&self, at: usize) -> &[u8] {
        self.bytes.get(at..).unwrap_or_default()
    }

    pub(super) fn byte(&self, at: usize) -> Option<u8> {
        self.bytes.get(at).copied()
    }

    /// Where bytes of the view stood in the text.
    pub(super) fn span(&self, range: &Range<usize>) -> Range<usize> {
        let Some(spans) = &self.spans else {
            return range.clone();
        };
        let start = spans.get(range.start).map_or(0, |span| span.0);
        let last = range.end.saturating_sub(1).max(range.start);
        let end = spans.get(last).map_or(start, |span| span.1);
        start as usize..end as usize
    }

    /// How many bytes of the text spell a byte: quotes of one depth are spelled alike.
    pub(super) fn spelled(&self, at: usize) -> usize {
        self.span(&(at..at + 1)).len()
    }

    pub(super) fn letters(&self) -> Letters {
        let mut letters = Letters::default();
        letters.bytes.reserve(self.bytes.len());
        letters.at.reserve(self.bytes.len());
        for (at, byte) in (0_u32..).zip(&self.bytes) {
            if byte.is_ascii_alphanumeric() {
                letters.bytes.push(byte.to_ascii_lowercase());
                letters.at.push(at);
            }
        }
        letters
    }

    /// The view with its escapes undone once, where it has any.
    fn undone(&self) -> Option<Self> {
        if !self.bytes.iter().any(|byte| begins_escape(*byte)) {
            return None;
        }
        let mut bytes = Vec::with_capacity(self.bytes.len());
        let mut spans = Vec::with_capacity(self.bytes.len());
        let mut changed = false;
        let mut at = 0;
        while let Some(&byte) = self.bytes.get(at) {
            let escape = match begins_escape(byte) {
                true => escape(self.from(at)),
                false => None,
            };
            let Some((undone, length)) = escape else {
                let span = self.span(&(at..at + 1));
                bytes.push(byte);
                spans.push(narrow(&span));
                at += 1;
                continue;
            };
            changed = true;
            let span = self.span(&(at..at + length));
            let mut room = [0; 4];
            let text: &[u8] = match undone {
                Undone::Byte(byte) => {
                    room[0] = byte;
                    &room[..1]
                }
                Undone::Char(char) => char.encode_utf8(&mut room).as_bytes(),
                Undone::Gone => &[],
            };
            bytes.extend_from_slice(text);
            spans.extend(text.iter().map(|_| narrow(&span)));
            at += length;
        }
        changed.then_some(Self {
            bytes,
            spans: Some(spans),
        })
    }
}

fn narrow(span: &Range<usize>) -> (u32, u32) {
    let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    (place(span.start), place(span.end))
}

/// What an escape stands for.
enum Undone {
    Byte(u8),
    Char(char),
    /// Nothing that is seen: a colour, a control character, a line that goes on.
    Gone,
}

fn begins_escape(byte: u8) -> bool {
    matches!(byte, b'%' | b'\\' | b'&' | b'^' | 0xe2 | 0xef | 0x7f)
        || byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r')
}

/// The escape at the front of a text, and its length.
fn escape(text: &[u8]) -> Option<(Undone, usize)> {
    match text {
        [b'%', high, low, ..] => Some((Undone::Byte(pair(*high, *low)?), 3)),
        [b'\\', ..] => backslash(text),
        [b'&', ..] => entity(text),
        // As a browser copies a command for cmd.exe: a caret before each sign, and before a digit
        // behind a percent sign.
        [b'^', b'%', b'^', high, low, ..] => Some((Undone::Byte(pair(*high, *low)?), 5)),
        [
            b'^',
            mark @ (b'%' | b'"' | b'&' | b'^' | b'<' | b'>' | b'|'),
            ..,
        ] => Some((Undone::Byte(*mark), 2)),
        [0x1b, b'[', rest @ ..] => {
            let length = rest.iter().take(32).position(|byte| *byte >= 0x40)?;
            Some((Undone::Gone, length + 3))
        }
        [0xe2, 0x80, 0x8b..=0x8d, ..] | [0xef, 0xbb, 0xbf, ..] => Some((Undone::Gone, 3)),
        [byte, ..] if *byte < b' ' || *byte == 0x7f => Some((Undone::Gone, 1)),
        _ => None,
    }
}

fn backslash(text: &[u8]) -> Option<(Undone, usize)> {
    let byte = |byte: u8, length: usize| Some((Undone::Byte(byte), length));
    match text.get(1..)? {
        [b'u', b'{', rest @ ..] => {
            let length = rest.iter().take(7).position(|byte| *byte == b'}')?;
            let char = character(rest.get(..length)?, 16)?;
            Some((Undone::Char(char), length + 4))
        }
        [b'u', digits @ ..] => Some((Undone::Char(character(digits.get(..4)?, 16)?), 6)),
        [b'x', high, low, ..] => byte(pair(*high, *low)?, 4),
        [b'n', ..] => byte(b'\n', 2),
        [b'r', ..] => byte(b'\r', 2),
        [b't', ..] => byte(b'\t', 2),
        [b'\r', b'\n', ..] => Some((Undone::Gone, 3)),
        [b'\n', ..] => Some((Undone::Gone, 2)),
        [b'0'..=b'3', b'0'..=b'7', b'0'..=b'7', ..] => {
            Some((Undone::Char(character(text.get(1..4)?, 8)?), 4))
        }
        [
            mark @ (b'/' | b'"' | b'\'' | b'\\' | b'`' | b'$' | b'!' | b'=' | b'+' | b'&' | b'?'),
            ..,
        ] => byte(*mark, 2),
        _ => None,
    }
}

fn entity(text: &[u8]) -> Option<(Undone, usize)> {
    let end = text.iter().take(10).position(|byte| *byte == b';')?;
    let char = match text.get(1..end)? {
        b"amp" => '&',
        b"lt" => '<',
        b"gt" => '>',
        b"quot" => '"',
        b"apos" => '\'',
        [b'#', b'x' | b'X', digits @ ..] => character(digits, 16)?,
        [b'#', digits @ ..] => character(digits, 10)?,
        _ => return None,
    };
    Some((Undone::Char(char), end + 1))
}

fn pair(high: u8, low: u8) -> Option<u8> {
    Some(hex_value(high)? << 4 | hex_value(low)?)
}

fn character(digits: &[u8], radix: u32) -> Option<char> {
    let digits = std::str::from_utf8(digits).ok()?;
    char::from_u32(u32::from_str_radix(digits, radix).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_undone_to_the_bottom() {
        for (text, plain) in [
            ("a%2Fb%2fc", "a/b/c"),
            ("%252F", "/"),
            ("a\\/b\\u002bc\\x3d", "a/b+c="),
            ("\\\\\\\"\\\\u002B", "\"+"),
            ("&quot;&#43;&#x2B;&amp;lt;", "\"++<"),
            ("\u{1b}[1;31mred\u{1b}[0m\0x", "redx"),
            ("one \\\n two", "one  two"),
            ("100% \\ &", "100% \\ &"),
            ("a^%^2Bb^&c^%2F^\"", "a+b&c/\""),
            ("x^2", "x^2"),
        ] {
            assert_eq!(
                View::of(text.as_bytes()).bytes(),
                plain.as_bytes(),
                "{text}"
            );
        }
    }

    #[test]
    fn every_byte_knows_where_it_stood() {
        let view = View::of(b"x%252Fy");
        assert_eq!(view.bytes(), b"x/y");
        assert_eq!(view.span(&(1..2)), 1..6);
        assert_eq!(view.span(&(1..3)), 1..7);
        assert_eq!((view.spelled(0), view.spelled(1)), (1, 5));
    }
}

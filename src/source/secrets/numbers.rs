//! Bytes written as a list of numbers, as JavaScript prints a buffer: `[123, 34, 95]`.

use std::ops::Range;

use bstr::{BString, ByteSlice};

/// Shorter lists hold no name with its value.
const SHORTEST: usize = 16;

/// Calls `seen` with every list of numbers that is text, brackets left out, and that text.
pub(super) fn runs(bytes: &[u8], seen: &mut dyn FnMut(Range<usize>, &[u8])) {
    let mut at = 0;
    while let Some(open) = bytes.get(at..).and_then(|rest| rest.find_byte(b'[')) {
        let start = at + open + 1;
        let rest = bytes.get(start..).unwrap_or_default();
        let (text, length) = list(rest);
        if text.len() >= SHORTEST && super::packed::is_text(&text) {
            seen(start..start + length, &text);
        }
        at = start + length;
    }
}

/// The bytes of the list that begins there, and how long it is up to its last number.
fn list(text: &[u8]) -> (Vec<u8>, usize) {
    let (mut bytes, mut length) = (Vec::new(), 0);
    let mut at = blanks(text, 0);
    while let Some((byte, end)) = number(text, at) {
        bytes.push(byte);
        length = end;
        let comma = blanks(text, end);
        // Go writes no commas.
        at = match text.get(comma) {
            Some(b',') => blanks(text, comma + 1),
            Some(byte) if byte.is_ascii_digit() && comma > end => comma,
            _ => break,
        };
    }
    (bytes, length)
}

fn blanks(text: &[u8], at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + rest
        .iter()
        .take_while(|byte| byte.is_ascii_whitespace())
        .count()
}

/// The number that stands there, if it is that of a byte, and where it ends.
fn number(text: &[u8], at: usize) -> Option<(u8, usize)> {
    let rest = text.get(at..)?;
    let digits = rest.iter().take(4).take_while(|byte| byte.is_ascii_digit());
    let end = at + digits.count();
    let digits = std::str::from_utf8(text.get(at..end)?).ok()?;
    Some((digits.parse().ok()?, end))
}

/// Writes a text as a list, with what stands between the numbers of the one it was in.
pub(super) fn again(run: &[u8], text: &[u8]) -> BString {
    let mut out = Vec::with_capacity(run.len());
    let is_digit = |byte: &u8| byte.is_ascii_digit();
    let (mut rest, mut between) = (run, &b""[..]);
    for byte in text {
        let blank = rest.iter().position(is_digit).unwrap_or(rest.len());
        if blank < rest.len() {
            between = rest.get(..blank).unwrap_or_default();
        }
        out.extend_from_slice(between);
        out.extend_from_slice(byte.to_string().as_bytes());
        let behind = rest.get(blank..).unwrap_or_default();
        let digits = behind.iter().take_while(|byte| is_digit(byte)).count();
        rest = behind.get(digits..).unwrap_or_default();
    }
    out.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_and_written_again() {
        let text =
            b"[1,2] [116, 111,\n 107, 101, 110, 61, 97, 98, 99, 100, 101, 102, 103, 104, 105, 256]";
        let mut found = Vec::new();
        runs(text, &mut |run, inner| found.push((run, inner.to_vec())));
        assert!(found.is_empty(), "a number that is none of a byte ends it");
        let text = text.replace("256", "106");
        runs(&text, &mut |run, inner| found.push((run, inner.to_vec())));
        let [(run, inner)] = &found[..] else {
            panic!("{found:?}")
        };
        assert_eq!(inner, b"token=abcdefghij");
        assert_eq!(again(&text[run.clone()], inner), text[run.clone()]);
        assert_eq!(again(b"1, 2,\n 3", b"ab"), "97, 98");
        assert_eq!(again(b"1, 2", b"abc"), "97, 98, 99");
    }
}

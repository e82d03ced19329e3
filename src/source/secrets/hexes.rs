//! Bytes written in hex, together or in pairs: what a service says it computed, a buffer's dump.

use std::ops::Range;

use bstr::BString;

use super::packed::is_text;
use crate::wire::target::hex_value;

/// Shorter texts hold no name with its value.
const SHORTEST: usize = 16;

/// Calls `seen` with every run of hex that is text, and that text.
pub(super) fn runs(bytes: &[u8], seen: &mut dyn FnMut(Range<usize>, &[u8])) {
    let mut at = 0;
    while at < bytes.len() {
        let inside = at > 0 && bytes.get(at - 1).is_some_and(u8::is_ascii_alphanumeric);
        if inside || pair(bytes, at).is_none() {
            at += 1;
            continue;
        }
        let (text, end) = read(bytes, at);
        if text.len() >= SHORTEST && is_text(&text) {
            seen(at..end, &text);
        }
        at = end.max(at + 1);
    }
}

/// The bytes that are written there, and where the last of them ends.
fn read(bytes: &[u8], start: usize) -> (Vec<u8>, usize) {
    let (mut text, mut end, mut at) = (Vec::new(), start, start);
    while let Some(byte) = pair(bytes, at) {
        text.push(byte);
        end = at + 2;
        at = behind(bytes, end);
    }
    (text, end)
}

fn pair(bytes: &[u8], at: usize) -> Option<u8> {
    let [high, low] = *bytes.get(at..at + 2)? else {
        return None;
    };
    Some(hex_value(high)? << 4 | hex_value(low)?)
}

/// Past what parts two pairs: blanks, and the quotes of a literal that is written in pieces.
fn behind(bytes: &[u8], mut at: usize) -> usize {
    loop {
        at += match bytes.get(at..).unwrap_or_default() {
            [b' ' | b'\t' | b'\r' | b'\n' | b'\'' | b'"', ..] => 1,
            [b'b', b'\'' | b'"', ..] => 2,
            _ => return at,
        };
    }
}

/// Writes a text in hex, with what stands between the pairs of the one it was in.
pub(super) fn again(run: &[u8], text: &[u8]) -> BString {
    let mut out = Vec::with_capacity(run.len());
    let upper = run.iter().any(u8::is_ascii_uppercase);
    let (mut at, mut between) = (0, &b""[..]);
    for byte in text {
        let digits = match upper {
            true => format!("{byte:02X}"),
            false => format!("{byte:02x}"),
        };
        out.extend_from_slice(between);
        out.extend_from_slice(digits.as_bytes());
        let next = behind(run, at + 2);
        if next + 2 <= run.len() {
            between = run.get(at + 2..next).unwrap_or_default();
            at = next;
        }
    }
    out.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_that_is_text_is_read_and_written_again() {
        let digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        for text in [
            "746f6b656e3d6162636465666768696a",
            "74 6f 6b 65 6e 3d 61 62 63 64 65 66 67 68 69 6a",
            "74 6f 6b 65 '\n    b'6e 3d 61 62 63 64 65 66 67 68 69 6a",
            "746F6B656E3D6162636465666768696A",
        ] {
            let whole = format!("<a>{text}</a> {digest}");
            let mut found = Vec::new();
            runs(whole.as_bytes(), &mut |run, inner| {
                found.push((run, inner.to_vec()));
            });
            let [(run, inner)] = &found[..] else {
                panic!("{found:?} in {text}")
            };
            assert_eq!(inner, b"token=abcdefghij");
            let run = &whole.as_bytes()[run.clone()];
            assert_eq!(again(run, inner), run);
        }
        assert_eq!(again(b"61 62", b"abc"), "61 62 63");
        assert_eq!(again(b"6162", b"a"), "61");
    }
}

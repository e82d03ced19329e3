use bstr::BString;

/// Percent-encodes a query name or value: all bytes but `A-Z a-z 0-9 - . _ ~`, in upper-case hex.
#[must_use]
pub fn encode(text: &[u8]) -> BString {
    let mut out = Vec::with_capacity(text.len() + 16);
    encode_into(&mut out, text, Slash::Encoded);
    out.into()
}

/// Percent-encodes a path: as [`encode`], but `/` stays.
#[must_use]
pub fn encode_path(text: &[u8]) -> BString {
    let mut out = Vec::with_capacity(text.len() + 16);
    encode_into(&mut out, text, Slash::Kept);
    out.into()
}

#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) enum Slash {
    Encoded,
    Kept,
}

pub(super) fn encode_into(out: &mut Vec<u8>, text: &[u8], slash: Slash) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for &byte in text {
        if UNRESERVED[usize::from(byte)] || (byte == b'/' && slash == Slash::Kept) {
            out.push(byte);
        } else {
            out.extend_from_slice(&[
                b'%',
                HEX[usize::from(byte >> 4)],
                HEX[usize::from(byte & 15)],
            ]);
        }
    }
}

/// Whether no byte needs encoding, or is an escape or a plus sign.
pub(super) fn is_unreserved(text: &[u8]) -> bool {
    text.iter().all(|byte| UNRESERVED[usize::from(*byte)])
}

/// The bytes that never need encoding (RFC 3986, section 2.3).
const UNRESERVED: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        let character = byte as u8;
        table[byte] =
            character.is_ascii_alphanumeric() || matches!(character, b'-' | b'.' | b'_' | b'~');
        byte += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodes_all_but_the_unreserved() {
        assert_eq!(
            encode("aZ09-._~ /+é%".as_bytes()),
            "aZ09-._~%20%2F%2B%C3%A9%25"
        );
        assert_eq!(encode_path(b"/a b/"), "/a%20b/");
    }
}

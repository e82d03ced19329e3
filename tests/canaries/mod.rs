//! The secrets of the key table of `fixtures/README.md`, sought in all their spellings.

use std::{collections::HashSet, sync::OnceLock};

/// The secret access key of the examples.
pub(crate) const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
/// Their session token.
pub(crate) const TOKEN: &str =
    "FwoGZXIvYXdzEXAMPLETOKEN//////////wEaDExampleTokenForLoopback+Only/EXAMPLE==";
/// What the loopback STS hands out.
pub(crate) const ASSUMED: &str = "assumedassumedassumedassumedassumed+/EXA";

/// Every secret of the table.
pub(crate) fn secrets() -> Vec<String> {
    let long = format!(
        "FwoGZXIvYXdzEXAMPLELONGTOKEN{}==",
        "A1b2/C3d4+E5f6G7".repeat(110)
    );
    vec![
        SECRET.to_owned(),
        TOKEN.to_owned(),
        ASSUMED.to_owned(),
        long,
    ]
}

/// A text in Base64.
pub(crate) fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for three in bytes.chunks(3) {
        let bits = (0..3).fold(0_usize, |bits, at| {
            bits << 8 | usize::from(*three.get(at).unwrap_or(&0))
        });
        for at in 0..4 {
            let letter = LETTERS[bits >> (18 - 6 * at) & 63];
            out.push(if at > three.len() {
                '='
            } else {
                char::from(letter)
            });
        }
    }
    out
}

/// Every byte of a text as a percent escape.
pub(crate) fn encoded_whole(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

/// Letters and digits in lower case: what all spellings of one alphabet share.
fn letters(text: &[u8]) -> Vec<u8> {
    let letters = text.iter().filter(|byte| byte.is_ascii_alphanumeric());
    letters.map(u8::to_ascii_lowercase).collect()
}

/// So many letters of a secret are no accident, and so many of its hex or Base64.
const PART: usize = 16;
const PART_ENCODED: usize = 30;

/// Parts of every secret, and what they are parts of.
fn parts() -> &'static [HashSet<Vec<u8>>; 2] {
    static PARTS: OnceLock<[HashSet<Vec<u8>>; 2]> = OnceLock::new();
    PARTS.get_or_init(|| {
        let windows = |text: &[u8], size| -> Vec<Vec<u8>> {
            letters(text).windows(size).map(<[u8]>::to_vec).collect()
        };
        let (mut own, mut encoded) = (HashSet::new(), HashSet::new());
        for secret in secrets() {
            own.extend(windows(secret.as_bytes(), PART));
            let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
            encoded.extend(windows(hex.as_bytes(), PART_ENCODED));
            for shift in 0..3 {
                let text = base64(&[&[0; 2][..shift], secret.as_bytes()].concat());
                let text = &text[4 * shift.min(1)..text.len() - 4];
                encoded.extend(windows(text.as_bytes(), PART_ENCODED));
            }
        }
        [own, encoded]
    })
}

/// A text with its percent and backslash escapes undone, thrice.
fn undone(text: &[u8]) -> Vec<u8> {
    let hex = |digits: &[u8]| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok();
    let mut text = text.to_vec();
    for _ in 0..3 {
        let mut out = Vec::new();
        let mut rest = text.as_slice();
        while let Some((first, behind)) = rest.split_first() {
            let (digits, length) = match rest {
                [b'%', high, low, ..] => ([*high, *low], 3),
                [b'\\', b'x', high, low, ..] => ([*high, *low], 4),
                [b'\\', b'u', b'0', b'0', high, low, ..] => ([*high, *low], 6),
                _ => ([0, 0], 1),
            };
            match hex(&digits).filter(|_| length > 1) {
                Some(byte) => {
                    out.push(byte);
                    rest = &rest[length..];
                }
                None => {
                    out.push(*first);
                    rest = behind;
                }
            }
        }
        text = out;
    }
    text
}

/// Which part of a secret a text still has, in whatever spelling.
pub(crate) fn left_in(text: &[u8]) -> Option<String> {
    let seek = |text: &[u8]| {
        let text = letters(text);
        let sought = parts().iter().zip([PART, PART_ENCODED]);
        let mut found = sought.flat_map(|(parts, size)| {
            let left = text.windows(size).find(|window| parts.contains(*window));
            left.map(|left| String::from_utf8_lossy(left).into_owned())
        });
        found.next()
    };
    seek(text).or_else(|| seek(&undone(text)))
}

//! The hashes that signers take for SHA-256, in lower-case hex, and other bytes in hex.

use sha1::{Digest as _, Sha1};
use sha2::{Digest as _, Sha512};

pub(super) fn sha_1(text: &[u8]) -> Vec<u8> {
    hex(&Sha1::digest(text))
}

pub(super) fn sha_512(text: &[u8]) -> Vec<u8> {
    hex(&Sha512::digest(text))
}

/// A digest's 64 digits as some program prints them, and what it prints.
pub(super) type Printed = (fn(&[u8]) -> Vec<u8>, &'static str);

/// What programs print of a digest, all of which was taken for it.
pub(super) const PRINTED: [Printed; 6] = [
    (|hex| [hex, b"  -"].concat(), "the line of sha256sum"),
    (
        |hex| [b"(stdin)= ", hex].concat(),
        "the line of openssl dgst",
    ),
    (
        |hex| [b"SHA256(stdin)= ", hex].concat(),
        "the line of openssl 1.1",
    ),
    (
        |hex| [b"SHA2-256(stdin)= ", hex].concat(),
        "the line of openssl 3",
    ),
    (|hex| with_hyphens(hex), "the pairs of .NET's BitConverter"),
    (|hex| [b"0x", hex].concat(), "with 0x before it"),
];

/// Bytes in hex without the zero before a single digit, as `Integer.toHexString` has each.
pub(super) fn without_zeros(bytes: &[u8]) -> Vec<u8> {
    let texts = bytes.iter().map(|byte| format!("{byte:x}").into_bytes());
    texts.flatten().collect()
}

/// `AA-BB-CC`.
fn with_hyphens(hex: &[u8]) -> Vec<u8> {
    let pairs: Vec<&[u8]> = hex.chunks(2).collect();
    pairs.join(&b'-').to_ascii_uppercase()
}

/// Bytes in lower-case hex.
pub(super) fn hex(bytes: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| DIGITS[usize::from(value)];
    let pair = |byte: &u8| [digit(byte >> 4), digit(byte & 15)];
    bytes.iter().flat_map(pair).collect()
}

//! The hashes that signers take for SHA-256, in lower-case hex, and other bytes in hex.

use sha1::{Digest as _, Sha1};
use sha2::{Digest as _, Sha512};

pub(super) fn sha_1(text: &[u8]) -> Vec<u8> {
    hex(&Sha1::digest(text))
}

pub(super) fn sha_512(text: &[u8]) -> Vec<u8> {
    hex(&Sha512::digest(text))
}

/// Bytes in lower-case hex.
pub(super) fn hex(bytes: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| DIGITS[usize::from(value)];
    let pair = |byte: &u8| [digit(byte >> 4), digit(byte & 15)];
    bytes.iter().flat_map(pair).collect()
}

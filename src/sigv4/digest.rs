use std::{
    fmt,
    io::{self, Read},
};

use sha2::{Digest, Sha256, block_api::compress256};

use crate::wire::{ParseError, target::hex_value};

/// A SHA-256 digest; shown as 64 lower-case hex digits.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub struct Sha256Digest([u8; 32]);

impl Sha256Digest {
    /// The digest of no bytes at all.
    pub const OF_NOTHING: Self = Self([
        0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9,
        0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52,
        0xb8, 0x55,
    ]);

    /// Wraps 32 raw bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Hashes `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Hashes all that `source` gives, in constant memory; gives the length too.
    ///
    /// # Errors
    /// When the source fails.
    pub fn of_reader(source: &mut dyn Read) -> io::Result<(Self, u64)> {
        let mut hasher = Sha256::new();
        let mut block = vec![0; 256 << 10];
        let mut length = 0;
        loop {
            let count = match source.read(&mut block) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                read => read?,
            };
            if count == 0 {
                return Ok((Self(hasher.finalize().into()), length));
            }
            hasher.update(block.get(..count).unwrap_or_default());
            length += count as u64;
        }
    }

    /// Reads 64 lower-case hex digits.
    ///
    /// # Errors
    /// When there are not 64, or one is no lower-case hex digit.
    pub fn parse(text: &[u8]) -> Result<Self, ParseError> {
        parse_hex(text)
            .map(Self)
            .map_err(|at| ParseError::new("SHA-256 digest", text, at, "64 lower-case hex digits"))
    }

    /// The 32 raw bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The 64 hex digits, as bytes.
    #[must_use]
    pub fn hex(&self) -> [u8; 64] {
        to_hex(&self.0)
    }
}

/// The state of a hash after whole blocks of its text, for texts that begin alike (FIPS 180-4,
/// section 6.2).
#[derive(Clone, Copy, Debug)]
pub struct Sha256State {
    words: [u32; 8],
    /// How many bytes went in.
    length: u64,
}

impl Default for Sha256State {
    /// The state before the first block (FIPS 180-4, section 5.3.3).
    fn default() -> Self {
        Self {
            words: [
                0x6a09_e667,
                0xbb67_ae85,
                0x3c6e_f372,
                0xa54f_f53a,
                0x510e_527f,
                0x9b05_688c,
                0x1f83_d9ab,
                0x5be0_cd19,
            ],
            length: 0,
        }
    }
}

impl Sha256State {
    /// The length of a block, in bytes.
    pub const BLOCK: usize = 64;

    /// Hashes further blocks.
    pub fn update(&mut self, blocks: &[[u8; Self::BLOCK]]) {
        compress256(&mut self.words, blocks);
        self.length += blocks.as_flattened().len() as u64;
    }

    /// The digest of the text that ends with `rest`, which is padded in place.
    #[must_use]
    pub fn digest_of(mut self, rest: &mut Vec<u8>) -> Sha256Digest {
        let bits = (self.length + rest.len() as u64) * 8;
        // As in `digest`, and all blocks at once.
        rest.push(0x80);
        let all = (rest.len() + size_of::<u64>()).next_multiple_of(Self::BLOCK);
        rest.resize(all, 0);
        if let Some(length) = rest.last_chunk_mut() {
            *length = bits.to_be_bytes();
        }
        self.update(rest.as_chunks().0);
        self.into_digest()
    }

    fn into_digest(self) -> Sha256Digest {
        let mut digest = [0; 32];
        for (bytes, word) in digest.as_chunks_mut().0.iter_mut().zip(self.words) {
            *bytes = word.to_be_bytes();
        }
        Sha256Digest(digest)
    }

    /// The digest of the text that ends with `rest`.
    #[must_use]
    pub fn digest(mut self, rest: &[u8]) -> Sha256Digest {
        let bits = (self.length + rest.len() as u64) * 8;
        let (blocks, rest) = rest.as_chunks();
        // Behind the text stand a one bit, zeros, and its length in bits (section 5.1.1).
        let mut end = [[0; Self::BLOCK]; 2];
        let used = if rest.len() + 1 + size_of::<u64>() <= Self::BLOCK {
            1
        } else {
            2
        };
        let end = &mut end[..used];
        let padded = end.as_flattened_mut();
        padded[..rest.len()].copy_from_slice(rest);
        padded[rest.len()] = 0x80;
        if let Some(length) = padded.last_chunk_mut() {
            *length = bits.to_be_bytes();
        }
        self.update(blocks);
        compress256(&mut self.words, end);
        self.into_digest()
    }
}

impl fmt::Display for Sha256Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, &self.0)
    }
}

impl fmt::Debug for Sha256Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, &self.0)
    }
}

/// Reads 64 lower-case hex digits; gives the offset of the first that is none.
pub(super) fn parse_hex(text: &[u8]) -> Result<[u8; 32], usize> {
    let mut out = [0; 32];
    for (index, byte) in out.iter_mut().enumerate() {
        for at in [index * 2, index * 2 + 1] {
            let digit = text.get(at).filter(|digit| !digit.is_ascii_uppercase());
            let value = digit.and_then(|digit| hex_value(*digit)).ok_or(at)?;
            *byte = *byte << 4 | value;
        }
    }
    if text.len() == 64 { Ok(out) } else { Err(64) }
}

/// Writes 32 bytes as 64 lower-case hex digits.
pub(super) fn to_hex(bytes: &[u8; 32]) -> [u8; 64] {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let mut out = [0; 64];
    for (pair, byte) in out.chunks_exact_mut(2).zip(bytes) {
        pair[0] = HEX[usize::from(byte >> 4)];
        pair[1] = HEX[usize::from(byte & 15)];
    }
    out
}

pub(super) fn write_hex(f: &mut fmt::Formatter<'_>, bytes: &[u8; 32]) -> fmt::Result {
    to_hex(bytes)
        .iter()
        .try_for_each(|digit| fmt::Write::write_char(f, char::from(*digit)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_has_its_digest() {
        assert_eq!(Sha256Digest::of(b""), Sha256Digest::OF_NOTHING);
    }

    #[test]
    fn a_state_comes_to_the_digest_of_the_whole_text() {
        let text: Vec<u8> = (0..=u8::MAX).collect();
        for length in 0..text.len() {
            let text = &text[..length];
            for whole in 0..=length / Sha256State::BLOCK {
                let (before, behind) = text.split_at(whole * Sha256State::BLOCK);
                let mut state = Sha256State::default();
                state.update(before.as_chunks().0);
                let expected = Sha256Digest::of(text);
                let both = [state.digest(behind), state.digest_of(&mut behind.to_vec())];
                assert_eq!(both, [expected; 2], "{length} {whole}");
            }
        }
    }

    #[test]
    fn only_64_lower_case_digits_are_one() {
        let text = Sha256Digest::of(b"x").to_string();
        assert_eq!(
            Sha256Digest::parse(text.as_bytes()).unwrap().to_string(),
            text
        );
        assert_eq!(
            Sha256Digest::parse(text.to_uppercase().as_bytes())
                .unwrap_err()
                .at,
            1
        );
        assert_eq!(
            Sha256Digest::parse(&text.as_bytes()[1..]).unwrap_err().at,
            63
        );
        assert_eq!(
            Sha256Digest::parse(format!("{text}0").as_bytes())
                .unwrap_err()
                .at,
            64
        );
    }
}

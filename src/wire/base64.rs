//! Base64: proxies want it, and some signers write it where hex should stand.

/// Writes bytes in Base64 with padding (RFC 4648, section 4).
#[must_use]
pub(crate) fn base64(bytes: &[u8]) -> Vec<u8> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = Vec::with_capacity(bytes.len().div_ceil(3) * 4);
    let (threes, rest) = bytes.as_chunks::<3>();
    for [one, two, three] in threes {
        let bits = u32::from(*one) << 16 | u32::from(*two) << 8 | u32::from(*three);
        let digit = |place: u32| ALPHABET[(bits >> (18 - 6 * place) & 63) as usize];
        out.extend_from_slice(&[0, 1, 2, 3].map(digit));
    }
    for three in rest.chunks(3) {
        let at = |index: usize| u32::from(three.get(index).copied().unwrap_or_default());
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for place in 0..4 {
            let digit = (bits >> (18 - 6 * place)) & 63;
            let letter = ALPHABET.get(digit as usize).copied();
            out.push(letter.filter(|_| place <= three.len()).unwrap_or(b'='));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_the_samples_of_the_rfc() {
        for (plain, encoded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(plain.as_bytes()), encoded.as_bytes());
        }
    }
}

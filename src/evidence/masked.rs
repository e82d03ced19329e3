//! Signatures and other texts that were not captured whole, or of which a part was taken out.

use bstr::ByteSlice;

use crate::sigv4::PayloadHash;

/// Whether a text stands in a signature's place: `87c5...`, `*****`, `[REDACTED]`, `<hidden>`.
#[must_use]
pub fn is_mask(signature: &[u8]) -> bool {
    let cut = signature.ends_with(b"...") || signature.ends_with("…".as_bytes());
    let framed = signature.starts_with(b"<") && signature.ends_with(b">");
    let one_letter = |first: &u8| {
        let same = signature.iter().all(|byte| byte == first);
        // 64 of another letter may be hex digits.
        let fits = *first == b'x' || first.is_ascii_alphabetic() && signature.len() < 64;
        same && fits && signature.len() > 1
    };
    let repeated = signature.first().is_some_and(one_letter);
    let sign = |byte: &u8| b"*[]X".contains(byte) || byte.is_ascii_uppercase();
    let signs = !signature.is_empty() && signature.iter().all(sign);
    cut || framed || repeated || signs
}

/// Whether a text stands where a hash should, and is shorter than any that a program may have
/// written there.
#[must_use]
pub fn is_placeholder(hash: &[u8]) -> bool {
    const SHORTEST: usize = 24;
    let digits = hash.iter().all(u8::is_ascii_hexdigit);
    let keyword = PayloadHash::parse(hash).is_ok();
    let short = !hash.is_empty() && hash.len() < SHORTEST && hash.iter().all(u8::is_ascii_graphic);
    !keyword && (is_mask(hash) || short && !digits)
}

/// Whether somebody took a part out of a text before it was shown: `name=<redacted>`, `name=***`.
#[must_use]
pub fn holds_mask(text: &[u8]) -> bool {
    const WORDS: [&str; 8] = [
        "redacted", "hidden", "masked", "removed", "censored", "***", "xxxx", "<secret>",
    ];
    let small = text.to_ascii_lowercase();
    WORDS.iter().any(|word| small.contains_str(word))
}

/// Whether a signature is whole as far as it goes, and ends too early.
#[must_use]
pub fn is_cut(signature: &[u8]) -> bool {
    const DIGITS: usize = 64;
    let digit = |byte: &u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte);
    !signature.is_empty() && signature.len() < DIGITS && signature.iter().all(digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_and_beginnings_are_told_from_signatures() {
        let whole = "87c50dbcbc500bb7e9aca97fd71a7748a76c85c30db879ed484968782183ff7b";
        for mask in [
            "***",
            "[REDACTED]",
            "<hidden>",
            "87c50d...",
            "xxxxxxxx",
            "SIGNATURE",
        ] {
            assert!(
                is_mask(mask.as_bytes()) && !is_cut(mask.as_bytes()),
                "{mask}"
            );
        }
        assert!(is_cut(&whole.as_bytes()[..20]));
        for text in [
            whole,
            &whole.to_ascii_uppercase(),
            "h8UNvLxQC7fprJf9cad3SKdshcMNuHntSElo=",
            "",
        ] {
            assert!(
                !is_mask(text.as_bytes()) && !is_cut(text.as_bytes()),
                "{text}"
            );
        }
    }

    #[test]
    fn a_part_may_be_taken_out() {
        assert!(holds_mask(b"name=<redacted>&b=1") && holds_mask(b"/a/***/b"));
        assert!(!holds_mask(b"name=%3Ca%3E&b=1"));
    }

    #[test]
    fn what_stands_for_a_hash_is_none() {
        for mask in ["hash?", "zz", "<redacted>", "sig", "87c5..."] {
            assert!(is_placeholder(mask.as_bytes()), "{mask}");
        }
        let base64 = "NWY3MGJmMThhMDg2MDA3MDE2ZTk0OGIwNGFlZDNiODIx";
        for hash in ["UNSIGNED-PAYLOAD", "", "0123456789abcdef", base64] {
            assert!(!is_placeholder(hash.as_bytes()), "{hash}");
        }
        assert!(!is_placeholder(b"\x01\xffraw"));
    }
}

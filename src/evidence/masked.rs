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
    cut || framed || repeated || signs || is_masked_within(signature)
}

/// Whether letters that are none of the text's own stand within it: `54ec****59ed`.
fn is_masked_within(text: &[u8]) -> bool {
    const SIGNS: [&str; 6] = ["xxxx", "XXXX", "***", "...", "\u{2026}", "[...]"];
    SIGNS.iter().any(|sign| text.contains_str(sign))
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

/// Whether somebody took a part out of a text before it was shown: `name=<redacted>`, `name=***`,
/// `/prod/{id}`, `<api-id>.execute-api.us-west-2.amazonaws.com`.
#[must_use]
pub fn holds_mask(text: &[u8]) -> bool {
    const WORDS: [&str; 11] = [
        "redacted",
        "hidden",
        "masked",
        "removed",
        "censored",
        "***",
        "xxxx",
        "<secret>",
        "[object object]",
        "...",
        "\u{2026}",
    ];
    let small = text.to_ascii_lowercase();
    WORDS.iter().any(|word| small.contains_str(word))
        || small.split(|byte| b"/.:".contains(byte)).any(is_x)
        || holds_placeholder(text)
}

/// Whether a word is `xxx`, be it longer.
fn is_x(word: &[u8]) -> bool {
    word.len() >= 3 && word.iter().all(|byte| *byte == b'x')
}

/// Whether a text names what belongs in a place: `<api-id>`, `{id}`, `{{url}}`, `${HOST}`, `$BODY`,
/// `%BODY%`.
pub(super) fn holds_placeholder(text: &[u8]) -> bool {
    text.iter().enumerate().any(|(at, byte)| {
        let behind = text.get(at + 1..).unwrap_or_default();
        match byte {
            b'<' => is_named(behind, b'>'),
            b'{' => is_named(behind, b'}'),
            b'%' => is_variable(behind, b'%'),
            b'$' => variable(behind) > 1,
            _ => false,
        }
    })
}

/// Whether a text begins with a few words, and the byte behind them.
fn is_named(text: &[u8], end: u8) -> bool {
    const LENGTH: usize = 60;
    let in_words = |byte: &&u8| byte.is_ascii_alphanumeric() || b" _-.".contains(byte);
    let length = text.iter().take_while(in_words).count();
    let begins = text.first().is_some_and(u8::is_ascii_alphabetic);
    begins && length > 1 && length <= LENGTH && text.get(length) == Some(&end)
}

/// How long the name of a shell's variable is that a text begins with.
fn variable(text: &[u8]) -> usize {
    let in_name = |byte: &&u8| byte.is_ascii_uppercase() || **byte == b'_' || byte.is_ascii_digit();
    let begins = text.first().is_some_and(u8::is_ascii_uppercase);
    text.iter().take_while(in_name).filter(|_| begins).count()
}

/// Whether a text begins with a variable's name that no escape can be, and the byte behind it.
fn is_variable(text: &[u8], end: u8) -> bool {
    let length = variable(text);
    length > 2 && text.get(length) == Some(&end)
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
            "54ecf56827xxxxxxxxxx5a7f559ed6",
            "54ecf5***59ed6",
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
        for text in [
            &b"/prod/<id>"[..],
            b"/prod/{petId}/x",
            b"<api-id>.execute-api.us-west-2.amazonaws.com",
            b"/xxx/yyy",
            b"xxx.s3.amazonaws.com",
            b"Bearer ${TOKEN}",
            b"$BODY",
            b"%BODY%",
            b"{{baseUrl}}/a",
            b"[object Object]",
        ] {
            assert!(holds_mask(text), "{}", text.as_bstr());
        }
        for text in [
            &b"name=%3Ca%3E&b=1"[..],
            b"%7Bid%7D",
            b"a%20b%2Fc",
            b"%AB%CD",
            b"$2",
            b"{\"a\":1}",
            b"a < b > c",
            b"application/xxl",
        ] {
            assert!(!holds_mask(text), "{}", text.as_bstr());
        }
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

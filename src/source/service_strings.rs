use std::ops::Range;

use bstr::{BStr, BString, ByteSlice};

use crate::{
    evidence::Refusal,
    sigv4::PayloadHash,
    source::artifact_text,
    wire::{Fidelity, escape::hex_pairs},
};

/// The strings that a service says it computed, and how well each survived.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct ServiceStrings {
    /// The service's canonical request.
    pub(super) canonical_request: Option<(BString, Fidelity)>,
    /// The service's string to sign.
    pub(super) string_to_sign: Option<(BString, Fidelity)>,
}

impl ServiceStrings {
    /// Takes them from a refusal: from its elements in hex, its elements, or its message.
    ///
    /// The digest in the string to sign decides which reading of the canonical request is the
    /// true one.
    pub(super) fn of(refusal: &Refusal, fidelity: Fidelity) -> Self {
        let candidates = |name: &str, phrase: &str| {
            let bytes = refusal
                .detail(&format!("{name}Bytes"))
                .and_then(|hex| hex_pairs(hex))
                .filter(|bytes| ends_whole(bytes))
                .map(|bytes| (bytes, Fidelity::Unescaped));
            let element = refusal.detail(name).map(|text| (text.to_owned(), fidelity));
            let quoted = quoted_range(&refusal.message, phrase)
                .and_then(|range| refusal.message.get(range))
                .map(|text| (BString::from(text), fidelity));
            let all = [bytes, element, quoted].into_iter().flatten();
            all.filter(|(text, _)| !text.is_empty()).collect::<Vec<_>>()
        };
        let mut string_to_sign = candidates("StringToSign", "string-to-sign")
            .into_iter()
            .map(|(text, fidelity)| artifact_text::string_to_sign(&text, fidelity))
            .next();
        let digest = string_to_sign
            .as_ref()
            .and_then(|(text, _)| artifact_text::digest_of(text));
        let settled: Vec<_> = candidates("CanonicalRequest", "canonical string")
            .iter()
            .map(|(text, fidelity)| artifact_text::canonical_request(text, *fidelity, digest))
            .collect();
        let exact = settled
            .iter()
            .find(|(_, fidelity)| digest.is_some() && *fidelity == Fidelity::Exact);
        if let (Some(_), Some((_, fidelity))) = (exact, string_to_sign.as_mut()) {
            *fidelity = Fidelity::Exact;
        }
        Self {
            canonical_request: exact.or(settled.first()).cloned(),
            string_to_sign,
        }
    }
}

/// Whether hex that was undone is not cut: both strings end in a digest or a keyword, and that of
/// Signature Version 2 in neither.
fn ends_whole(bytes: &[u8]) -> bool {
    let last = bytes.trim_end().rsplit_str("\n").next().unwrap_or_default();
    PayloadHash::parse(last).is_ok() || !bytes.contains_str("AWS4-") && !bytes.contains_str("\n\n")
}

/// The text in quotes behind "The … should have been"; a quote inside it does not end it.
fn quoted_range(message: &[u8], phrase: &str) -> Option<Range<usize>> {
    let lower = message.to_ascii_lowercase();
    let start = lower.find(phrase)?;
    let should = start + lower.get(start..)?.find("should have been")? + "should have been".len();
    let rest = message.get(should..)?;
    let (open, quote) = QUOTES
        .iter()
        .filter_map(|quote| Some((rest.find(quote.0)?, quote)))
        .min_by_key(|(at, _)| *at)?;
    let from = should + open + quote.0.len();
    let rest = message.get(from..)?;
    let closes = || {
        rest.find_iter(quote.1).filter(|at| {
            let behind = rest.get(at + quote.1.len()..).unwrap_or_default();
            let next = behind.first();
            next.is_none_or(|next| next.is_ascii_whitespace() || b"\\<&\"').,;|".contains(next))
        })
    };
    // The string that ends in a hash, or in a digest, is whole.
    let whole = closes().find(|at| ends_in_hash(rest.get(..*at).unwrap_or_default()));
    // Without its end it is cut, and no string to compare with.
    let to_end = || ends_in_hash(rest.trim_end()).then(|| rest.trim_end().len());
    let length = whole.or_else(|| closes().next()).or_else(to_end)?;
    Some(from..from + length)
}

/// A string in quotes: how it opens and how it closes; curly where a web page was copied.
const QUOTES: [(&str, &str); 4] = [
    ("'", "'"),
    ("\u{2018}", "\u{2019}"),
    ("\u{201c}", "\u{201d}"),
    ("&#39;", "&#39;"),
];

fn ends_in_hash(text: &[u8]) -> bool {
    let tail = text.get(text.len().saturating_sub(64)..).unwrap_or(text);
    let hex = tail.len() == 64 && tail.iter().all(u8::is_ascii_hexdigit);
    hex || PayloadHash::KEYWORDS
        .iter()
        .any(|keyword| text.ends_with(keyword.as_bytes()))
}

/// How far the two strings reach in a message; `None` while the last of them is still open.
pub(super) fn end_of_strings(message: &[u8]) -> Option<usize> {
    let end = quoted_range(message, "string-to-sign")?.end;
    let behind = message.get(end..)?;
    let close = QUOTES
        .iter()
        .find(|(_, close)| behind.starts_with(close.as_bytes()))?;
    Some(end + close.1.len())
}

/// Whether a message begins to show the strings.
pub(super) fn shows_strings(message: &[u8]) -> bool {
    let lower = message.to_ascii_lowercase();
    BStr::new(&lower).contains_str("canonical string for this request should have been")
}

#[cfg(test)]
mod tests {
    use super::*;

    const CANONICAL: &str = "POST\n/\n\nx-a:it's\n\nx-a\n55522f708dcfebccb7bd3e8d0001a53ecaf2beca9ca801f1e9161e24215faa99";

    fn message(canonical: &str, digest: &str) -> BString {
        format!("The request signature we calculated does not match.\n\nThe Canonical String for this request should have been\n'{canonical}'\n\nThe String-to-Sign should have been\n'AWS4-HMAC-SHA256\n20250102T030405Z\n20250102/r/s/aws4_request\n{digest}'\n").into()
    }

    fn of(message: BString) -> ServiceStrings {
        let refusal = Refusal {
            message,
            ..Refusal::default()
        };
        ServiceStrings::of(&refusal, Fidelity::Unescaped)
    }

    #[test]
    fn a_quote_inside_does_not_end_the_string() {
        let digest = crate::sigv4::Sha256Digest::of(CANONICAL.as_bytes()).to_string();
        let text = message(CANONICAL, &digest);
        let strings = of(text.clone());
        let exact = |text: &str| Some((BString::from(text), Fidelity::Exact));
        assert_eq!(strings.canonical_request, exact(CANONICAL));
        assert_eq!(
            strings.string_to_sign,
            exact(&format!(
                "AWS4-HMAC-SHA256\n20250102T030405Z\n20250102/r/s/aws4_request\n{digest}"
            ))
        );
        assert_eq!(end_of_strings(&text), Some(text.len() - 1));
        for cut in 0..text.len() - 1 {
            assert_eq!(end_of_strings(&text[..cut]), None, "{cut}");
            of(text[..cut].into());
        }
    }

    #[test]
    fn every_variant_of_the_sentence_is_read() {
        let digest = crate::sigv4::Sha256Digest::of(CANONICAL.as_bytes()).to_string();
        let text = message(CANONICAL, &digest).to_string();
        for variant in [
            text.replace("Canonical String", "canonical string"),
            text.replace('\n', " "),
            text.replace('\n', "\\n"),
            text.replace('\n', "\\\\n"),
            text.replace('\n', "<br>"),
            text.replace('\n', "&#10;"),
            text.replace("\n'", "\n\u{2018}")
                .replace("'\n", "\u{2019}\n"),
            text.replace('\n', "\r\n"),
        ] {
            assert_eq!(
                of(variant.clone().into()).canonical_request,
                Some((CANONICAL.into(), Fidelity::Exact)),
                "{variant}"
            );
        }
    }

    #[test]
    fn another_digest_leaves_it_in_doubt() {
        let strings = of(message(CANONICAL, &"0".repeat(64)));
        let (text, fidelity) = strings.canonical_request.unwrap();
        assert_eq!((text, fidelity), (CANONICAL.into(), Fidelity::Reflowed));
    }
}

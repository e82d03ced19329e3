use bstr::{BString, ByteSlice};

use crate::{sigv4::encode, wire::target::percent_decode};

/// A secret as it is, out of a percent-encoded or JSON-escaped spelling.
pub(super) fn plain(raw: &[u8]) -> BString {
    let text = raw
        .replace("\\/", "/")
        .replace("\\u002B", "+")
        .replace("\\u002b", "+")
        .replace("\\u002F", "/")
        .replace("\\u002f", "/")
        .replace("\\u003D", "=")
        .replace("\\u003d", "=");
    let once = percent_decode(&text);
    if once.contains(&b'%') {
        percent_decode(&once)
    } else {
        once
    }
}

/// Every spelling in which a secret may stand, each with what stands for it there.
pub(super) fn all(value: &[u8], placeholder: &[u8]) -> Vec<(BString, BString)> {
    let encoded = encode(value);
    let lower = lower_escapes(&encoded);
    let spaced_slash = value.replace("/", "%2F");
    let spellings = [
        value.into(),
        encode(&encoded),
        encode(&lower),
        lower,
        encoded,
        spaced_slash.into(),
        value.replace("/", "\\/").into(),
        value.replace("/", "\\\\/").into(),
        value.replace("=", "\\u003d").into(),
        value.replace("+", "\\u002B").into(),
        value.replace("+", "\\u002b").into(),
        value.replace("=", "=3D").into(),
        value.replace("+", "&#43;").into(),
    ];
    let mut all: Vec<(BString, BString)> = spellings
        .into_iter()
        .map(|form| (form, placeholder.into()))
        .collect();
    for separator in [" ", ""] {
        let hex = |bytes: &[u8]| {
            let pairs = bytes.iter().map(|byte| format!("{byte:02x}"));
            BString::from(pairs.collect::<Vec<_>>().join(separator))
        };
        all.push((hex(value), hex(placeholder)));
        let upper = hex(value).to_ascii_uppercase();
        all.push((upper.into(), hex(placeholder)));
    }
    all
}

/// The escapes of a percent-encoded text in lower case, and nothing else.
fn lower_escapes(encoded: &[u8]) -> BString {
    let mut out = encoded.to_vec();
    let places: Vec<usize> = encoded.find_iter("%").collect();
    for at in places {
        if let Some(digits) = out.get_mut(at + 1..at + 3) {
            digits.make_ascii_lowercase();
        }
    }
    out.into()
}

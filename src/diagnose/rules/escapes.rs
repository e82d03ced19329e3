//! Percent escapes within canonical text, one at a time.

use bstr::BString;

use crate::wire::target::hex_value;

/// A piece of an encoded text.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::diagnose::rules) enum Piece<'a> {
    /// A byte that stands for itself.
    Plain(u8),
    /// Three bytes, `%XX`, and the byte that they stand for.
    Escape(&'a [u8], u8),
}

/// Takes a text apart into plain bytes and escapes.
pub(in crate::diagnose::rules) fn pieces(text: &[u8]) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (&first, behind) = rest.split_first()?;
        if let ([high, low, ..], b'%') = (behind, first)
            && let Some((high, low)) = hex_value(*high).zip(hex_value(*low))
        {
            let escape = rest.get(..3)?;
            rest = rest.get(3..)?;
            return Some(Piece::Escape(escape, high << 4 | low));
        }
        rest = behind;
        Some(Piece::Plain(first))
    })
}

/// Writes each escape as `change` has it; `None` keeps it.
pub(in crate::diagnose::rules) fn map(
    text: &[u8],
    change: impl Fn(&[u8], u8) -> Option<Vec<u8>>,
) -> BString {
    let mut out = Vec::with_capacity(text.len());
    for piece in pieces(text) {
        match piece {
            Piece::Plain(byte) => out.push(byte),
            Piece::Escape(escape, byte) => match change(escape, byte) {
                Some(text) => out.extend_from_slice(&text),
                None => out.extend_from_slice(escape),
            },
        }
    }
    out.into()
}

/// Leaves these characters unencoded.
pub(in crate::diagnose::rules) fn unencode(text: &[u8], characters: &str) -> BString {
    map(text, |_, byte| {
        characters.as_bytes().contains(&byte).then(|| vec![byte])
    })
}

/// Encodes what stands plainly and needs it, and keeps every escape that is there.
pub(in crate::diagnose::rules) fn encode_the_rest(text: &[u8]) -> BString {
    let mut out = Vec::with_capacity(text.len());
    for piece in pieces(text) {
        match piece {
            Piece::Plain(byte) => out.extend_from_slice(&crate::sigv4::encode_path(&[byte])),
            Piece::Escape(escape, _) => out.extend_from_slice(escape),
        }
    }
    out.into()
}

/// Whether an escaped percent sign stands before two hex digits: the text was encoded twice.
pub(in crate::diagnose::rules) fn is_encoded_twice(text: &[u8]) -> bool {
    text.windows(5).any(|five| {
        five.starts_with(b"%25") && five.iter().skip(3).all(|byte| hex_value(*byte).is_some())
    })
}

/// Sets of characters that well-known encoders leave alone.
pub(in crate::diagnose::rules) const LEFT_ALONE: [(&str, &str); 6] = [
    ("encodeURIComponent", "!*'()"),
    ("encodeURI", "!*'();,/?:@&=+$#"),
    ("RFC 3986 path characters", "!$&'()*+,;=:@"),
    ("all reserved characters", "!$&'()*+,;=:@/?#[]"),
    ("brackets", "[]"),
    ("URLEncoder", "*"),
];

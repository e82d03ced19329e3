use std::borrow::Cow;

use bstr::ByteSlice;

/// How a terminal's escape sequences begin: the byte itself, and the ways in which pastes show it.
pub(super) const VISIBLE: [&[u8]; 2] = [b"^[", "\u{241b}".as_bytes()];
const ESCAPE: &[u8] = b"\x1b";

/// Whether escape bytes that a paste made visible are taken off as well.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Shown {
    Kept,
    TakenOff,
}

/// Takes off colours and other terminal sequences: CSI (`ESC [ … letter`) and OSC
/// (`ESC ] … BEL`).
pub(super) fn strip(line: &[u8], shown: Shown) -> Cow<'_, [u8]> {
    let mut text = remove(Cow::Borrowed(line), ESCAPE);
    if shown == Shown::TakenOff {
        for form in VISIBLE {
            text = remove(text, form);
        }
    }
    text
}

/// Whether a paste is full of visible sequences.
pub(super) fn is_shown(head: &[u8]) -> bool {
    const MANY: usize = 4;
    VISIBLE.iter().any(|form| {
        let follow = head.find_iter(form).filter(|at| {
            let rest = head.get(at + form.len()..).unwrap_or_default();
            matches!(rest, [b'[', b'0'..=b'9' | b'm', ..])
        });
        follow.take(MANY).count() == MANY
    })
}

fn remove<'a>(text: Cow<'a, [u8]>, escape: &[u8]) -> Cow<'a, [u8]> {
    if text.find(escape).is_none() {
        return text;
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest: &[u8] = &text;
    while let Some(at) = rest.find(escape) {
        let (before, sequence) = rest.split_at(at);
        out.extend_from_slice(before);
        let behind = sequence.get(escape.len()..).unwrap_or_default();
        match length(behind) {
            Some(length) => rest = behind.get(length..).unwrap_or_default(),
            None => {
                out.extend_from_slice(escape);
                rest = behind;
            }
        }
    }
    out.extend_from_slice(rest);
    Cow::Owned(out)
}

/// How long the sequence behind its escape is; `None` when it is none.
fn length(behind: &[u8]) -> Option<usize> {
    match behind.first()? {
        b'[' => {
            let end = behind
                .iter()
                .skip(1)
                .position(|byte| (0x40..=0x7e).contains(byte))?;
            Some(end + 2)
        }
        b']' => {
            let end = behind.find_byteset(b"\x07\x1b")?;
            let terminator = behind.get(end..)?;
            Some(
                end + if terminator.starts_with(b"\x1b\\") {
                    2
                } else {
                    1
                },
            )
        }
        b'(' | b')' => Some(2),
        b'=' | b'>' | b'7' | b'8' | b'M' => Some(1),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_and_titles_go_and_nothing_else() {
        let strip = |text: &[u8]| strip(text, Shown::Kept).into_owned();
        assert_eq!(strip(b"\x1b[1;32mPOST\x1b[0m /[x]\n"), b"POST /[x]\n");
        assert_eq!(strip(b"\x1b]0;title\x07a\x1b]8;;u\x1b\\b"), b"ab");
        assert_eq!(strip(b"a\x1b"), b"a\x1b");
        assert_eq!(strip(b"^[[0mx"), b"^[[0mx");
    }

    #[test]
    fn visible_sequences_go_where_there_are_many() {
        let text = "^[[2m2026^[[0m ^[[1ma^[[0m";
        assert!(is_shown(text.as_bytes()));
        assert_eq!(&*super::strip(text.as_bytes(), Shown::TakenOff), b"2026 a");
    }
}

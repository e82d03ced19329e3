use bstr::ByteSlice;

/// Whether Markdown fences stand in the first bytes of an input.
pub(in crate::source) fn fenced(head: &[u8]) -> bool {
    head.lines().any(|line| fence(line).is_some())
}

/// Where a line stands in Markdown.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::source) enum Place {
    Outside,
    Opens,
    Inside,
    Closes,
}

/// Follows the fences of Markdown: what is in one is an input of its own.
#[derive(Clone, Debug, Default)]
pub(in crate::source) struct Fences {
    open: Option<(u8, usize)>,
}

impl Fences {
    /// Where the next line stands.
    pub(in crate::source) fn see(&mut self, line: &[u8]) -> Place {
        match (self.open, fence(line)) {
            (None, Some(found)) => {
                self.open = Some(found);
                Place::Opens
            }
            (None, None) => Place::Outside,
            (Some((sign, length)), Some((other, count)))
                if sign == other && count >= length && is_bare(line) =>
            {
                self.open = None;
                Place::Closes
            }
            (Some(_), _) => Place::Inside,
        }
    }
}

/// The sign and the length of a fence, which may be indented a little.
fn fence(line: &[u8]) -> Option<(u8, usize)> {
    let text = line.trim_start();
    if line.len() - text.len() > 3 {
        return None;
    }
    let sign = *text.first().filter(|sign| matches!(sign, b'`' | b'~'))?;
    let length = text.iter().take_while(|byte| **byte == sign).count();
    // Behind an opening fence stands the name of a language, and no more of its own sign: the rest is
    // somebody's text on the line of the fence, or a program's heading: `~~~ REQUEST ~~~`.
    const NAME: usize = 30;
    let name = text.get(length..).unwrap_or_default().trim();
    let is_text = name.contains(&sign) || name.len() > NAME && name.contains(&b' ');
    (length >= 3 && !is_text).then_some((sign, length))
}

/// Whether nothing but the fence stands on a line, as on one that closes.
fn is_bare(line: &[u8]) -> bool {
    line.trim().iter().all(|byte| matches!(byte, b'`' | b'~'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_on_the_line_of_a_fence_is_text() {
        for line in [
            "```SignatureDoesNotMatch: The request signature we calculated```",
            "```FATA[0001] Error executing 'up': UnrecognizedClientException: The security",
        ] {
            assert_eq!(Fences::default().see(line.as_bytes()), Place::Outside);
        }
        for line in ["```json title=\"a\"", "~~~", "```c++"] {
            assert_eq!(Fences::default().see(line.as_bytes()), Place::Opens);
        }
    }

    #[test]
    fn a_heading_is_no_fence() {
        assert!(!fenced(b"~~~ REQUEST ~~~\n"));
        assert!(fenced(b"~~~ http\n") && fenced(b"~~~~~~\n"));
    }

    #[test]
    fn fences_open_and_close() {
        let mut fences = Fences::default();
        let lines = [
            "a", "```http", "GET /", "~~~", "```", "b", "~~~~", "```", "~~~~",
        ];
        let places: Vec<_> = lines
            .iter()
            .map(|line| fences.see(line.as_bytes()))
            .collect();
        use Place::{Closes, Inside, Opens, Outside};
        assert_eq!(
            places,
            [
                Outside, Opens, Inside, Inside, Closes, Outside, Opens, Inside, Closes
            ]
        );
    }
}

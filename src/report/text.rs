//! Marked text: meaning instead of colour, and invisible bytes made visible.

use std::fmt;

/// What a piece of text is; how that looks is an output's affair.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Mark {
    /// Nothing in particular.
    Plain,
    /// A heading, or the one thing to read.
    Strong,
    /// Of the user's own request.
    Mine,
    /// Of the request it is compared with.
    Theirs,
    /// What should stand there.
    Expected,
    /// What stands there and should not.
    Actual,
    /// The same on both sides, or of little interest.
    Same,
    /// An invisible byte, made visible.
    Whitespace,
    /// A rule's id.
    Rule,
    /// A place: file and line.
    Path,
    /// Stands in the place of a secret.
    Secret,
}

impl Mark {
    /// All marks.
    pub const ALL: [Self; 11] = [
        Self::Plain,
        Self::Strong,
        Self::Mine,
        Self::Theirs,
        Self::Expected,
        Self::Actual,
        Self::Same,
        Self::Whitespace,
        Self::Rule,
        Self::Path,
        Self::Secret,
    ];
}

/// A run of text with one meaning.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Piece {
    /// What it is.
    pub mark: Mark,
    /// The text; no control characters.
    pub text: String,
}

/// A line of marked text.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Text(Vec<Piece>);

impl Text {
    /// Words of our own.
    #[must_use]
    pub fn plain(text: impl AsRef<str>) -> Self {
        Self::default().and(Mark::Plain, text)
    }

    /// Text of one mark.
    #[must_use]
    pub fn marked(mark: Mark, text: impl AsRef<str>) -> Self {
        Self::default().and(mark, text)
    }

    /// Adds text; whatever is invisible in it is made visible.
    #[must_use]
    pub fn and(mut self, mark: Mark, text: impl AsRef<str>) -> Self {
        self.push(mark, text.as_ref());
        self
    }

    /// Adds another line's pieces.
    #[must_use]
    pub fn then(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    fn push(&mut self, mark: Mark, text: &str) {
        let mut run = String::new();
        for character in text.chars() {
            match visible(character) {
                None => run.push(character),
                Some(shown) => {
                    self.run(mark, std::mem::take(&mut run));
                    self.run(Mark::Whitespace, shown);
                }
            }
        }
        self.run(mark, run);
    }

    fn run(&mut self, mark: Mark, text: String) {
        match self.0.last_mut() {
            _ if text.is_empty() => {}
            Some(last) if last.mark == mark => last.text.push_str(&text),
            _ => self.0.push(Piece { mark, text }),
        }
    }

    /// The pieces, in order.
    #[must_use]
    pub fn pieces(&self) -> &[Piece] {
        &self.0
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many columns it takes.
    #[must_use]
    pub fn width(&self) -> usize {
        self.0
            .iter()
            .map(|piece| unicode_width::UnicodeWidthStr::width(piece.text.as_str()))
            .sum()
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|piece| f.write_str(&piece.text))
    }
}

/// Bytes as text, whatever they are: what is no UTF-8 becomes `\xNN`.
#[must_use]
pub fn of_bytes(bytes: &[u8]) -> String {
    use std::fmt::Write;
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        for byte in chunk.invalid() {
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
    out
}

/// Whether a character is invisible, or moves what is around it.
#[must_use]
pub fn is_invisible(character: char) -> bool {
    visible(character).is_some()
}

/// How an invisible character is shown: control characters, what turns the direction of text, and
/// spaces that are not the space.
fn visible(character: char) -> Option<String> {
    Some(match character {
        '\n' => "␊".to_owned(),
        '\r' => "␍".to_owned(),
        '\t' => "→".to_owned(),
        '\u{0}'..='\u{1f}' | '\u{7f}' => format!("\\x{:02x}", u32::from(character)),
        '\u{80}'..='\u{9f}'
        | '\u{a0}'
        | '\u{ad}'
        | '\u{300}'..='\u{36f}'
        | '\u{61c}'
        | '\u{115f}'..='\u{1160}'
        | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{2000}'..='\u{200f}'
        | '\u{2028}'..='\u{202f}'
        | '\u{205f}'..='\u{206f}'
        | '\u{2800}'
        | '\u{3000}'
        | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e0fff}' => format!("\\u{{{:x}}}", u32::from(character)),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_invisible_is_left() {
        let text = Text::plain("a\u{1b}[31m\tb\r\n\u{202e}c\u{a0}");
        assert_eq!(text.to_string(), "a\\x1b[31m→b␍␊\\u{202e}c\\u{a0}");
        assert!(
            text.pieces()
                .iter()
                .any(|piece| piece.mark == Mark::Whitespace)
        );
    }

    #[test]
    fn bytes_that_are_no_text_are_told_apart() {
        assert_eq!(of_bytes(b"a\xffb\xc3\xa9"), "a\\xffb\u{e9}");
    }
}

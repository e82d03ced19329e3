use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::report::{Piece, Text};

/// Breaks a text at its spaces into lines of at most `columns`; a word that is longer stands on a
/// line of its own, whole. A word may have pieces of several marks.
pub(super) fn wrap(text: &Text, columns: usize) -> Vec<Vec<Piece>> {
    let mut lines: Vec<Vec<Piece>> = vec![Vec::new()];
    let mut used = 0;
    for word in words(text) {
        let width: usize = word.iter().map(|piece| piece.text.width()).sum();
        let spaces = word.last().map_or(0, |piece| {
            piece.text.width() - piece.text.trim_end_matches(' ').width()
        });
        if used > 0 && used + width - spaces > columns {
            trim(&mut lines);
            lines.push(Vec::new());
            used = 0;
        }
        used += width;
        for run in word {
            let Some(line) = lines.last_mut() else {
                continue;
            };
            match line.last_mut() {
                Some(last) if last.mark == run.mark => last.text.push_str(&run.text),
                _ => line.push(run),
            }
        }
    }
    trim(&mut lines);
    lines
}

/// Cuts a text into lines of at most `columns`, wherever that falls; nothing is lost.
pub(super) fn cut(text: &Text, columns: usize) -> Vec<Vec<Piece>> {
    let mut lines: Vec<Vec<Piece>> = vec![Vec::new()];
    let mut used = 0;
    for piece in text.pieces() {
        for character in piece.text.chars() {
            let width = character.width().unwrap_or(0);
            if used > 0 && used + width > columns {
                lines.push(Vec::new());
                used = 0;
            }
            used += width;
            let Some(line) = lines.last_mut() else {
                continue;
            };
            match line.last_mut() {
                Some(last) if last.mark == piece.mark => last.text.push(character),
                _ => line.push(Piece {
                    mark: piece.mark,
                    text: character.into(),
                }),
            }
        }
    }
    lines
}

/// The words, each with the spaces behind it.
fn words(text: &Text) -> Vec<Vec<Piece>> {
    let mut words: Vec<Vec<Piece>> = Vec::new();
    let mut open = false;
    for piece in text.pieces() {
        for part in piece.text.split_inclusive(' ') {
            let run = Piece {
                mark: piece.mark,
                text: part.to_owned(),
            };
            match words.last_mut() {
                Some(word) if open => word.push(run),
                _ => words.push(vec![run]),
            }
            open = !part.ends_with(' ');
        }
    }
    words
}

/// Takes the spaces at which a line was broken from its end.
fn trim(lines: &mut [Vec<Piece>]) {
    let Some(line) = lines.last_mut() else { return };
    while let Some(last) = line.last_mut() {
        last.text.truncate(last.text.trim_end_matches(' ').len());
        if !last.text.is_empty() {
            return;
        }
        line.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Mark;

    #[test]
    fn words_stay_whole() {
        let text = Text::plain("one two (").and(Mark::Strong, "three fourfivesixseven");
        let lines = wrap(&text, 9);
        let lines: Vec<String> = lines
            .iter()
            .map(|line| line.iter().map(|piece| piece.text.as_str()).collect())
            .collect();
        assert_eq!(lines, ["one two", "(three", "fourfivesixseven"]);
    }

    #[test]
    fn a_cut_text_loses_nothing() {
        let text = Text::plain("abcdefg\u{4e00}").and(Mark::Strong, "\u{4e00}hi");
        let lines = cut(&text, 8);
        let lines: Vec<String> = lines
            .iter()
            .map(|line| line.iter().map(|piece| piece.text.as_str()).collect())
            .collect();
        assert_eq!(lines, ["abcdefg", "\u{4e00}\u{4e00}hi"]);
    }
}

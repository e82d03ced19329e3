mod rows;
mod trace;

use std::io::{self, Write};

use colored::{Color, Colorize, Styles};

use crate::{
    render::{Ink, Output, Surface, wrap::wrap},
    report::{Block, Document, Mark, Piece, Text},
};

pub(super) static OUTPUT: Output = Output {
    id: "terminal",
    summary: "text for people, coloured on a terminal",
    write,
};

fn write(document: &Document, surface: &Surface, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page {
        surface: *surface,
        out,
    };
    document
        .blocks
        .iter()
        .try_for_each(|block| page.block(block))
}

struct Page<'a> {
    surface: Surface,
    out: &'a mut dyn Write,
}

impl Page<'_> {
    fn block(&mut self, block: &Block) -> io::Result<()> {
        match block {
            Block::Headline(text) | Block::Heading(text) => self.paragraph(0, text),
            Block::Paragraph(indent, text) => self.paragraph(*indent, text),
            Block::Numbered(number, text) => {
                let number = format!("{number}. ");
                let room = self.surface.columns.saturating_sub(number.len()).max(20);
                let mut lines = wrap(text, room).into_iter();
                let first = Piece {
                    mark: Mark::Plain,
                    text: number.clone(),
                };
                self.line(
                    0,
                    &[&[first], &lines.next().unwrap_or_default()[..]].concat(),
                )?;
                lines.try_for_each(|line| self.line(number.len(), &line))
            }
            Block::Copy(text) => self.line(4, text.pieces()),
            Block::Verbatim(lines) => lines
                .iter()
                .try_for_each(|line| self.line(2, line.pieces())),
            Block::Compared(compared) => self.compared(compared),
            Block::Items(indent, texts) => self.items(*indent, texts),
            Block::Commands(commands) => self.commands(commands),
            Block::Trace(trace) => self.trace(trace),
            Block::Table(rows) => self.table(rows),
            Block::Markdown(text) => self.markdown(text),
            Block::Blank => self.line(0, &[]),
        }
    }

    fn paragraph(&mut self, indent: usize, text: &Text) -> io::Result<()> {
        let room = self.surface.columns.saturating_sub(indent).max(20);
        wrap(text, room)
            .iter()
            .try_for_each(|line| self.line(indent, line))
    }

    fn line(&mut self, indent: usize, pieces: &[Piece]) -> io::Result<()> {
        if !pieces.is_empty() {
            write!(self.out, "{:indent$}", "")?;
        }
        for piece in pieces {
            self.piece(piece)?;
        }
        writeln!(self.out)
    }

    fn piece(&mut self, piece: &Piece) -> io::Result<()> {
        match (self.surface.ink, style(piece.mark)) {
            (Ink::Ansi, Some(style)) => {
                let mut text = piece.text.as_str().normal();
                text.fgcolor = style.color;
                if let Some(set) = style.set {
                    text.style.add(set);
                }
                write!(self.out, "{text}")
            }
            _ => write!(self.out, "{}", piece.text),
        }
    }

    fn pieces(&mut self, pieces: &[Piece]) -> io::Result<()> {
        pieces.iter().try_for_each(|piece| self.piece(piece))
    }

    /// Three spaces between two texts; a line is broken between them alone.
    fn items(&mut self, indent: usize, texts: &[Text]) -> io::Result<()> {
        const BETWEEN: &str = "   ";
        let room = self.surface.columns.saturating_sub(indent);
        let mut line = Text::default();
        for text in texts {
            if !line.is_empty() && line.width() + BETWEEN.len() + text.width() > room {
                self.line(indent, line.pieces())?;
                line = Text::default();
            }
            if !line.is_empty() {
                line = line.and(Mark::Plain, BETWEEN);
            }
            line = line.then(text.clone());
        }
        self.line(indent, line.pieces())
    }

    /// What a command answers, and the command, behind it where all fit, else below it.
    fn commands(&mut self, commands: &[(Text, Text)]) -> io::Result<()> {
        let widest = commands.iter().map(|(what, _)| what.width()).max();
        let widest = widest.unwrap_or(0) + 1;
        let fits =
            |(_, command): &(Text, Text)| 2 + widest + command.width() <= self.surface.columns;
        let behind = commands.iter().all(fits);
        for (what, command) in commands {
            if behind {
                let gap = Piece {
                    mark: Mark::Plain,
                    text: " ".repeat(widest - what.width()),
                };
                self.line(2, &[what.pieces(), &[gap], command.pieces()].concat())?;
            } else {
                if !what.is_empty() {
                    self.line(2, what.pieces())?;
                }
                self.line(4, command.pieces())?;
            }
        }
        Ok(())
    }

    fn table(&mut self, rows: &[(Text, Text)]) -> io::Result<()> {
        let widest = rows.iter().map(|(name, _)| name.width()).max().unwrap_or(0) + 2;
        // Where two columns leave no room for words, they are stacked.
        let stacked = self.surface.columns < widest + 24;
        for (name, words) in rows {
            if stacked && name.width() + 2 + words.width() <= self.surface.columns {
                let gap = Piece {
                    mark: Mark::Plain,
                    text: "  ".to_owned(),
                };
                self.line(0, &[name.pieces(), &[gap], words.pieces()].concat())?;
                continue;
            }
            if stacked {
                self.line(0, name.pieces())?;
                self.paragraph(4, words)?;
                continue;
            }
            let room = self.surface.columns - widest;
            let mut lines = wrap(words, room).into_iter();
            let gap = Piece {
                mark: Mark::Plain,
                text: " ".repeat(widest - name.width()),
            };
            let first = lines.next().unwrap_or_default();
            self.line(0, &[name.pieces(), &[gap], &first].concat())?;
            lines.try_for_each(|line| self.line(widest, &line))?;
        }
        Ok(())
    }

    /// Prose: headings without their marks, paragraphs filled, list items hung, code as it is.
    fn markdown(&mut self, text: &str) -> io::Result<()> {
        let mut paragraph = String::new();
        for line in text.lines().chain([""]) {
            let list = line.starts_with("* ") || line.starts_with("- ");
            let kept = line.starts_with("    ") || line.starts_with("```") || line.starts_with('|');
            if (line.is_empty() || line.starts_with('#') || list || kept) && !paragraph.is_empty() {
                self.prose(&paragraph)?;
                paragraph.clear();
            }
            if let Some(heading) = line.strip_prefix("## ") {
                self.paragraph(0, &Text::marked(Mark::Strong, heading))?;
            } else if kept || (line.is_empty() && paragraph.is_empty()) {
                self.line(0, Text::plain(line).pieces())?;
            } else {
                if !paragraph.is_empty() {
                    paragraph.push(' ');
                }
                paragraph.push_str(line.trim_start());
            }
        }
        Ok(())
    }

    /// A paragraph or a list's item; what stands between backticks is not broken.
    fn prose(&mut self, paragraph: &str) -> io::Result<()> {
        let hang = match paragraph.get(..2) {
            Some(item @ ("* " | "- ")) => item.len(),
            _ => 0,
        };
        let mut code = false;
        let whole: String = paragraph
            .chars()
            .map(|character| {
                code ^= character == '`';
                match character {
                    ' ' if code => KEPT_SPACE,
                    other => other,
                }
            })
            .collect();
        let room = self.surface.columns.saturating_sub(hang).max(20);
        for (index, mut line) in wrap(&Text::plain(whole), room).into_iter().enumerate() {
            for piece in &mut line {
                piece.text = piece.text.replace(KEPT_SPACE, " ");
            }
            self.line(if index == 0 { 0 } else { hang }, &line)?;
        }
        Ok(())
    }
}

/// Stands for a space at which no line is broken; no character of any text.
const KEPT_SPACE: char = '\u{e000}';

struct Style {
    color: Option<Color>,
    set: Option<Styles>,
}

/// How a mark looks; `None` for text that looks like any other.
fn style(mark: Mark) -> Option<Style> {
    let style = |color, set| Some(Style { color, set });
    match mark {
        Mark::Plain => None,
        Mark::Strong => style(None, Some(Styles::Bold)),
        Mark::Mine => style(Some(Color::Yellow), None),
        Mark::Theirs => style(Some(Color::Cyan), None),
        Mark::Expected => style(Some(Color::Green), None),
        Mark::Actual => style(Some(Color::Red), None),
        Mark::Same => style(None, Some(Styles::Dimmed)),
        Mark::Whitespace => style(Some(Color::Magenta), None),
        Mark::Rule => style(Some(Color::Blue), Some(Styles::Bold)),
        Mark::Path => style(Some(Color::Blue), None),
        Mark::Secret => style(None, Some(Styles::Italic)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mark_but_plain_has_a_style() {
        for mark in Mark::ALL {
            assert_eq!(style(mark).is_none(), mark == Mark::Plain, "{mark:?}");
        }
    }
}

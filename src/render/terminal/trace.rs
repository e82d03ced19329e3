use std::io;

use unicode_width::UnicodeWidthStr;

use super::Page;
use crate::{
    render::wrap::wrap,
    report::{Caret, Mark, Piece, Trace, TraceRow},
};

/// From this width on, what a line came from stands beside it.
const BESIDE: usize = 110;

impl Page<'_> {
    /// Each line whole, and below it, in two columns, where it came from and what was done to it;
    /// beside it where there is room for three.
    pub(super) fn trace(&mut self, trace: &Trace) -> io::Result<()> {
        let widest = |width: fn(&TraceRow) -> usize| trace.rows.iter().map(width).max();
        let from = widest(|row| row.from.width()).unwrap_or(0);
        let from = from.clamp(8, (self.surface.columns / 3).max(8));
        // Where a line is longer than its column, it stands alone and its columns below it.
        let beside = (self.surface.columns >= BESIDE).then_some(self.surface.columns * 45 / 100);
        trace
            .rows
            .iter()
            .try_for_each(|row| self.trace_row(row, from, beside))
    }

    fn trace_row(&mut self, row: &TraceRow, from: usize, beside: Option<usize>) -> io::Result<()> {
        let plain = |text: String| Piece {
            mark: Mark::Plain,
            text,
        };
        let indent = row.indent + 2;
        let columns = beside.unwrap_or(6 + row.indent);
        let mut used = indent + row.text.width();
        match &row.right {
            None => {
                let head = plain(" ".repeat(indent));
                self.pieces(&[&[head], row.text.pieces()].concat())?;
            }
            Some(right) => {
                let two = right.text.is_some();
                let label = if two { "signed  " } else { "" };
                let mark = if right.sign == "!" {
                    Mark::Actual
                } else {
                    Mark::Same
                };
                let head = Piece {
                    mark,
                    text: format!("{:<indent$}{label}", right.sign),
                };
                self.pieces(&[&[head], row.text.pieces()].concat())?;
                used += label.len();
                if let Some(text) = &right.text {
                    writeln!(self.out)?;
                    let head = plain(format!("{:indent$}right   ", ""));
                    self.pieces(&[&[head], text.pieces()].concat())?;
                    used = columns + 1;
                }
                let see = !right.see.is_empty();
                let room = self.surface.columns.saturating_sub(indent + 8);
                let end = |caret: &Caret| marks_of(caret).len();
                let differs = right.caret.as_ref().filter(|_| see);
                let caret = differs.filter(|caret| end(caret) <= room);
                // The mistake's name stands behind the mark where there is room, else below it.
                let behind = caret.filter(|caret| end(caret) + 2 + right.see.width() <= room);
                if let Some(caret) = caret {
                    writeln!(self.out)?;
                    let head = plain(" ".repeat(indent + 8));
                    let marks = Piece {
                        mark: Mark::Actual,
                        text: marks_of(caret),
                    };
                    self.pieces(&[head, marks])?;
                } else if let Some(Caret { at, word, .. }) = differs {
                    // Below a line that the terminal breaks, marks would stand under something else.
                    writeln!(self.out)?;
                    let words =
                        format!("{:indent$}where   {word}, from character {} on", "", at + 1);
                    self.pieces(&[plain(words)])?;
                }
                if behind.is_some() {
                    self.pieces(&[&[plain(": ".to_owned())], right.see.pieces()].concat())?;
                } else if see {
                    writeln!(self.out)?;
                    let head = plain(format!("{:indent$}see     ", ""));
                    self.pieces(&[&[head], right.see.pieces()].concat())?;
                    used = columns + 1;
                }
            }
        }
        if row.from.is_empty() && row.done.is_empty() {
            return writeln!(self.out);
        }
        let behind = used + 2 <= columns;
        if !behind {
            writeln!(self.out)?;
        }
        let room = self
            .surface
            .columns
            .saturating_sub(columns + from + 2)
            .max(20);
        let mut done = wrap(&row.done, room).into_iter();
        let mut places = wrap(&row.from, from).into_iter();
        let mut start = if behind { columns - used } else { columns };
        loop {
            let (place, words) = (places.next(), done.next());
            if place.is_none() && words.is_none() {
                return Ok(());
            }
            let place = place.unwrap_or_default();
            let width: usize = place.iter().map(|piece| piece.text.width()).sum();
            let words = words.unwrap_or_default();
            let gap = match words.is_empty() {
                true => 0,
                false => (from + 2).saturating_sub(width).max(1),
            };
            let line = [
                &[plain(" ".repeat(start))],
                &place[..],
                &[plain(" ".repeat(gap))],
                &words[..],
            ];
            self.pieces(&line.concat())?;
            writeln!(self.out)?;
            start = columns;
        }
    }
}

/// The mark under what differs, with its word.
fn marks_of(caret: &Caret) -> String {
    let shift = caret.left_indent.max(caret.right_indent) * usize::from(caret.at > 0);
    let width = if caret.right > 0 {
        caret.right
    } else {
        caret.left
    };
    let (space, marks) = (" ".repeat(caret.at + shift), "^".repeat(width));
    format!("{space}{marks} {}", caret.word)
}

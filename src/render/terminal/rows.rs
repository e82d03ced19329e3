use std::io;

use unicode_width::UnicodeWidthStr;

use super::Page;
use crate::report::{Caret, DiffRow, Mark, Piece, RowValue, Sign, Text};

/// The columns of a row before its value: the sign, and the part's name.
const SIGN: usize = 5;
const LABEL: usize = 22;

impl Page<'_> {
    pub(super) fn row(&mut self, row: &DiffRow) -> io::Result<()> {
        match &row.value {
            RowValue::One(text) => self.value(row, text),
            RowValue::Short(left, right) if left == right => self.value(row, left),
            RowValue::Short(left, right) => {
                let both = left.clone().and(Mark::Plain, " / ").then(right.clone());
                if SIGN + LABEL + both.width() <= self.surface.columns {
                    return self.value(row, &both);
                }
                self.head(row)?;
                self.sides(left, right, None)
            }
            RowValue::Two { left, right, caret } => {
                self.head(row)?;
                self.sides(left, right, caret.as_ref())
            }
        }
    }

    /// A row whose value stands behind its name, or below it where there is no room.
    fn value(&mut self, row: &DiffRow, value: &Text) -> io::Result<()> {
        let label = format!("{:<width$}", row.label, width = LABEL - 1);
        let pieces = [
            sign(row.sign),
            Piece {
                mark: Mark::Plain,
                text: format!("{label} "),
            },
        ];
        let fits = SIGN + LABEL.max(row.label.width() + 1) + value.width() <= self.surface.columns;
        if fits || value.is_empty() {
            return self.line(2, &[&pieces, value.pieces()].concat());
        }
        self.head(row)?;
        self.line(7, value.pieces())
    }

    fn head(&mut self, row: &DiffRow) -> io::Result<()> {
        let mut pieces = vec![
            sign(row.sign),
            Piece {
                mark: Mark::Plain,
                text: row.label.clone(),
            },
        ];
        if row.first {
            let room = (LABEL - 1).saturating_sub(row.label.width());
            let text = format!("{:room$} FIRST DIVERGENCE", "");
            pieces.push(Piece {
                mark: Mark::Strong,
                text,
            });
        }
        self.line(2, &pieces)
    }

    fn sides(&mut self, left: &Text, right: &Text, caret: Option<&Caret>) -> io::Result<()> {
        let (left_indent, right_indent) =
            caret.map_or((0, 0), |caret| (caret.left_indent, caret.right_indent));
        let widest = left.width().max(right.width()) + left_indent.max(right_indent) + 14;
        // Where the terminal would break the line, nothing is lined up.
        let lined_up = widest <= self.surface.columns.max(80) * 2;
        for (name, mark, text, indent) in [
            ("mine  ", Mark::Mine, left, left_indent),
            ("theirs", Mark::Theirs, right, right_indent),
        ] {
            let indent = if lined_up { indent } else { 0 };
            let name = Piece {
                mark,
                text: format!("{name} "),
            };
            let space = Piece {
                mark: Mark::Plain,
                text: " ".repeat(indent),
            };
            self.line(7, &[&[name, space], text.pieces()].concat())?;
        }
        match caret.filter(|_| lined_up) {
            None => Ok(()),
            Some(caret) => {
                let marks = format!(
                    "{}{} {}",
                    " ".repeat(caret.at),
                    "^".repeat(caret.width),
                    caret.word
                );
                self.line(
                    14,
                    &[Piece {
                        mark: Mark::Actual,
                        text: marks,
                    }],
                )
            }
        }
    }
}

fn sign(sign: Sign) -> Piece {
    let mark = match sign {
        Sign::Same | Sign::EachRequest | Sign::Follows => Mark::Same,
        Sign::Cause => Mark::Actual,
    };
    Piece {
        mark,
        text: format!("{}  ", sign.sign()),
    }
}

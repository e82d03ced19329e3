use std::io;

use unicode_width::UnicodeWidthStr;

use super::Page;
use crate::{
    render::wrap::cut,
    report::{Caret, Compared, DiffRow, Mark, Piece, RowValue, Sign, Text, Under},
};

/// The columns of a row before its value: the sign, and the part's name.
const SIGN: usize = 5;
const LABEL: usize = 22;
/// By how many columns what stands below a row's name is moved.
const BELOW: usize = 7;
/// From this width on, both sides stand beside each other.
const BESIDE: usize = 100;
/// Between two columns.
const GAP: usize = 2;

/// How the parts of two sides are laid out.
struct Layout {
    /// What the sides are called.
    sides: [&'static str; 2],
    /// How wide each side's column is, where there is room for two.
    beside: Option<usize>,
}

impl Page<'_> {
    /// An artifact of two sides, part by part; beside each other where there is room for both.
    pub(super) fn compared(&mut self, compared: &Compared) -> io::Result<()> {
        let columns = self.surface.columns;
        let room = (columns.saturating_sub(SIGN + LABEL + GAP)) / 2;
        let layout = Layout {
            sides: compared.sides,
            beside: (columns >= BESIDE).then_some(room),
        };
        match layout.beside {
            None => self.paragraph(0, &compared.title)?,
            Some(room) => {
                let gap = (SIGN + LABEL).saturating_sub(compared.title.width());
                let gap = plain(" ".repeat(gap.max(1)));
                let [left, right] = layout.sides;
                let left = Piece {
                    mark: Mark::Mine,
                    text: format!("{left:<room$}"),
                };
                let right = Piece {
                    mark: Mark::Theirs,
                    text: right.to_owned(),
                };
                let names = [gap, left, plain(" ".repeat(GAP)), right];
                self.line(0, &[compared.title.pieces(), &names].concat())?;
            }
        }
        compared
            .rows
            .iter()
            .try_for_each(|row| self.row(row, &layout))
    }

    fn row(&mut self, row: &DiffRow, layout: &Layout) -> io::Result<()> {
        self.value_of(row, layout)?;
        match &row.note {
            Some(note) => self.paragraph(BELOW, note),
            None => Ok(()),
        }
    }

    fn value_of(&mut self, row: &DiffRow, layout: &Layout) -> io::Result<()> {
        match &row.value {
            RowValue::One(text) => self.same(row, text, layout),
            RowValue::Short(left, right) if left == right => self.same(row, left, layout),
            RowValue::Short(left, right) => {
                if let Some(room) = layout.room_for(left, right) {
                    return self.beside(Some(row), left, right, room);
                }
                let both = left.clone().and(Mark::Plain, " / ").then(right.clone());
                if layout.beside.is_none() && SIGN + LABEL + both.width() <= self.surface.columns {
                    return self.value(row, &both);
                }
                self.head(row)?;
                self.below(left, right, None, layout)
            }
            RowValue::Two { left, right, caret } => match layout.room_for(left, right) {
                Some(room) => {
                    let named = if row.first {
                        self.head(row)?;
                        None
                    } else {
                        Some(row)
                    };
                    self.beside(named, left, right, room)?;
                    match caret {
                        Some(caret) => self.carets_beside(caret, room),
                        None => Ok(()),
                    }
                }
                None => {
                    self.head(row)?;
                    self.below(left, right, caret.as_ref(), layout)
                }
            },
        }
    }

    /// A part that is the same on both sides: once for each where both have a column, else once.
    fn same(&mut self, row: &DiffRow, text: &Text, layout: &Layout) -> io::Result<()> {
        match layout.room_for(text, text) {
            Some(room) if !row.label.is_empty() => self.beside(Some(row), text, text, room),
            _ => self.value(row, text),
        }
    }

    /// A row whose value stands behind its name, or below it where there is no room.
    fn value(&mut self, row: &DiffRow, value: &Text) -> io::Result<()> {
        let fits = SIGN + LABEL.max(row.label.width() + 1) + value.width() <= self.surface.columns;
        if fits || value.is_empty() {
            let named = [sign(row.sign), label(&row.label)];
            return self.line(2, &[&named, value.pieces()].concat());
        }
        self.head(row)?;
        let room = self.surface.columns.saturating_sub(BELOW);
        cut(value, room)
            .iter()
            .try_for_each(|line| self.line(BELOW, line))
    }

    fn head(&mut self, row: &DiffRow) -> io::Result<()> {
        let mut pieces = vec![sign(row.sign), plain(row.label.clone())];
        if row.first {
            let room = (LABEL - 1).saturating_sub(row.label.width());
            pieces.push(Piece {
                mark: Mark::Strong,
                text: format!("{:room$} FIRST DIVERGENCE", ""),
            });
        }
        self.line(2, &pieces)
    }

    /// Both texts on one line, behind the row's name where it is not yet said.
    fn beside(
        &mut self,
        row: Option<&DiffRow>,
        left: &Text,
        right: &Text,
        room: usize,
    ) -> io::Result<()> {
        let named = match row {
            Some(row) => vec![sign(row.sign), label(&row.label)],
            None => vec![plain(" ".repeat(SIGN + LABEL - 2))],
        };
        let gap = plain(" ".repeat(room.saturating_sub(left.width()) + GAP));
        self.line(
            2,
            &[&named[..], left.pieces(), &[gap], right.pieces()].concat(),
        )
    }

    /// Carets below the column that has what the other lacks, or below both.
    fn carets_beside(&mut self, caret: &Caret, room: usize) -> io::Result<()> {
        let marks = |width: usize| format!("{}{}", " ".repeat(caret.at), "^".repeat(width));
        let right = match caret.right {
            0 => String::new(),
            width => format!("{} {}", marks(width), caret.word),
        };
        let left = match (caret.left, right.is_empty()) {
            (0, _) => String::new(),
            (width, true) => format!("{} {}", marks(width), caret.word),
            (width, false) => marks(width),
        };
        let text = match right.is_empty() {
            true => left,
            false => format!("{left:width$}{right}", width = room + GAP),
        };
        let marks = Piece {
            mark: Mark::Actual,
            text,
        };
        self.line(SIGN + LABEL, &[marks])
    }

    /// Both texts below one another: ends that are the same meet where there is room, else each
    /// text goes on below itself, whole.
    fn below(
        &mut self,
        left: &Text,
        right: &Text,
        caret: Option<&Caret>,
        layout: &Layout,
    ) -> io::Result<()> {
        let widest = layout.sides.map(str::len).into_iter().max().unwrap_or(0);
        let start = BELOW + widest + 1;
        let room = self.surface.columns.saturating_sub(start).max(20);
        let (left_indent, right_indent) =
            caret.map_or((0, 0), |caret| (caret.left_indent, caret.right_indent));
        let whole = |text: &Text, indent: usize| text.width() + indent <= room;
        let lined_up = whole(left, left_indent) && whole(right, right_indent);
        let [mine, theirs] = layout.sides;
        let names = [
            (mine, Mark::Mine, left, left_indent),
            (theirs, Mark::Theirs, right, right_indent),
        ];
        for (at, (name, mark, text, indent)) in names.into_iter().enumerate() {
            let name = Piece {
                mark,
                text: format!("{name:<widest$} "),
            };
            if lined_up {
                let space = plain(" ".repeat(indent));
                self.line(BELOW, &[&[name, space], text.pieces()].concat())?;
                if let (0, Some(caret)) = (at, caret.filter(|caret| caret.under == Under::Left)) {
                    let width = caret.left.max(1);
                    self.carets(start + left_indent, caret.at, width, caret.word)?;
                }
                continue;
            }
            let differs = caret.map(|caret| {
                let width = if at == 0 { caret.left } else { caret.right };
                caret.at..caret.at + width
            });
            let word = caret.map_or("", |caret| caret.word);
            let mut from = 0;
            for (index, line) in cut(text, room).iter().enumerate() {
                match index {
                    0 => self.line(BELOW, &[std::slice::from_ref(&name), line].concat())?,
                    _ => self.line(start, line)?,
                }
                let width: usize = line.iter().map(|piece| piece.text.width()).sum();
                if let Some(differs) = &differs {
                    let here = differs.start.max(from)..differs.end.min(from + width);
                    if !here.is_empty() {
                        let last = differs.end <= from + width;
                        let word = if last { word } else { "" };
                        self.carets(start, here.start - from, here.len(), word)?;
                    }
                }
                from += width;
            }
        }
        let at_the_end = |caret: &&Caret| lined_up && caret.under == Under::Right;
        match caret.filter(at_the_end) {
            None => Ok(()),
            Some(caret) => self.carets(start, caret.at, caret.width(), caret.word),
        }
    }

    fn carets(&mut self, start: usize, at: usize, width: usize, word: &str) -> io::Result<()> {
        let text = format!("{}{} {word}", " ".repeat(at), "^".repeat(width));
        let marks = Piece {
            mark: Mark::Actual,
            text: text.trim_end().to_owned(),
        };
        self.line(start, &[marks])
    }
}

impl Layout {
    /// The width of a column, where both texts fit into one.
    fn room_for(&self, left: &Text, right: &Text) -> Option<usize> {
        self.beside
            .filter(|room| left.width() <= *room && right.width() <= *room)
    }
}

fn plain(text: String) -> Piece {
    Piece {
        mark: Mark::Plain,
        text,
    }
}

fn label(label: &str) -> Piece {
    plain(format!("{label:<width$} ", width = LABEL - 1))
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

use std::io::{self, Write};

use crate::{
    render::{Output, Surface},
    report::{Block, DiffRow, Document, Mark, RowValue, Text, Trace, TraceRow},
};

pub(super) static OUTPUT: Output = Output {
    id: "markdown",
    summary: "Markdown, to paste into an issue",
    write,
};

fn write(document: &Document, _surface: &Surface, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page { out, fenced: false };
    document
        .blocks
        .iter()
        .try_for_each(|block| page.block(block))?;
    page.unfence()
}

struct Page<'a> {
    out: &'a mut dyn Write,
    /// Whether the lines stand inside a fence.
    fenced: bool,
}

impl Page<'_> {
    fn block(&mut self, block: &Block) -> io::Result<()> {
        match block {
            Block::Headline(text) => self.prose("## ", &inline(text)),
            Block::Heading(text) => self.prose("### ", &inline(text)),
            Block::Paragraph(_, text) => self.prose("", &inline(text)),
            Block::Numbered(number, text) => self.prose(&format!("{number}. "), &inline(text)),
            Block::Copy(text) => self.code(&text.to_string()),
            Block::Verbatim(lines) => {
                lines
                    .iter()
                    .try_for_each(|line| self.code(&line.to_string()))?;
                self.unfence()
            }
            Block::Compared(compared) => {
                self.prose("### ", &inline(&compared.title))?;
                compared
                    .rows
                    .iter()
                    .try_for_each(|row| self.row(row, compared.sides))?;
                self.unfence()
            }
            Block::Items(_, texts) => {
                let texts: Vec<String> = texts.iter().map(inline).collect();
                self.prose("", &texts.join(" · "))
            }
            Block::Commands(commands) => {
                let widest = commands.iter().map(|(what, _)| what.width()).max();
                let widest = widest.unwrap_or(0);
                commands.iter().try_for_each(|(what, command)| {
                    self.code(&format!("{:<widest$} {command}", what.to_string()))
                })?;
                self.unfence()
            }
            Block::Trace(trace) => self.trace(trace),
            Block::Table(rows) => {
                self.unfence()?;
                writeln!(self.out, "| | |\n|---|---|")?;
                for (name, words) in rows {
                    writeln!(
                        self.out,
                        "| {} | {} |",
                        inline(name),
                        inline(words).replace('|', "\\|")
                    )?;
                }
                writeln!(self.out)
            }
            Block::Markdown(text) => {
                self.unfence()?;
                writeln!(self.out, "{text}")
            }
            Block::Blank => self.unfence(),
        }
    }

    fn prose(&mut self, prefix: &str, text: &str) -> io::Result<()> {
        self.unfence()?;
        writeln!(self.out, "{prefix}{text}\n")
    }

    /// A line of code; the fence is longer than any in the text.
    fn code(&mut self, line: &str) -> io::Result<()> {
        if !self.fenced {
            writeln!(self.out, "{FENCE}")?;
            self.fenced = true;
        }
        // A line that would end the fence is moved to where it cannot.
        let shift = if line.trim_start().starts_with(FENCE) {
            "    "
        } else {
            ""
        };
        writeln!(self.out, "{shift}{line}")
    }

    fn unfence(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.fenced) {
            writeln!(self.out, "{FENCE}\n")?;
        }
        Ok(())
    }

    fn trace(&mut self, trace: &Trace) -> io::Result<()> {
        self.unfence()?;
        writeln!(
            self.out,
            "| | line | from | what was done, and why |\n|---|---|---|---|"
        )?;
        trace.rows.iter().try_for_each(|row| self.trace_row(row))?;
        writeln!(self.out)
    }

    fn trace_row(&mut self, row: &TraceRow) -> io::Result<()> {
        let line = code_cell(&row.text);
        let sign = row.right.as_ref().map_or("", |right| right.sign);
        // `>` begins a quotation only outside tables, but reads as one.
        let sign = if sign == ">" { "\\>" } else { sign };
        let mut done = cell(&row.done);
        if let Some(right) = &row.right {
            let mut words = Vec::new();
            words.extend(
                right
                    .text
                    .as_ref()
                    .map(|text| format!("right: {}", code_cell(text))),
            );
            words.extend((!right.see.is_empty()).then(|| format!("see {}", cell(&right.see))));
            done = [done, words.join("; ")]
                .into_iter()
                .filter(|part| !part.is_empty())
                .collect::<Vec<_>>()
                .join("; ");
        }
        let piece = if row.indent > 0 { "&nbsp;&nbsp;" } else { "" };
        writeln!(
            self.out,
            "| {sign} | {piece}{line} | {} | {done} |",
            cell(&row.from)
        )
    }

    fn row(&mut self, row: &DiffRow, sides: [&str; 2]) -> io::Result<()> {
        let first = if row.first { " FIRST DIVERGENCE" } else { "" };
        let head = format!("{} {}", row.sign.sign(), row.label);
        match &row.value {
            RowValue::One(text) if row.label.is_empty() => self.code(&format!("{head}{text}")),
            RowValue::One(text) => self.code(&format!("{head}: {text}")),
            RowValue::Short(left, right) => self.code(&format!("{head}: {left} / {right}")),
            RowValue::Two { left, right, caret } => {
                self.code(&format!("{head}{first}"))?;
                let widest = sides.map(str::len).into_iter().max().unwrap_or(0);
                let (mine, theirs) = caret
                    .as_ref()
                    .map_or((0, 0), |caret| (caret.left_indent, caret.right_indent));
                for (side, indent, text) in [(sides[0], mine, left), (sides[1], theirs, right)] {
                    self.code(&format!("  {side:<widest$} {}{text}", " ".repeat(indent)))?;
                }
                match caret {
                    None => Ok(()),
                    Some(caret) => {
                        let marks =
                            format!("{}{}", " ".repeat(caret.at), "^".repeat(caret.width()));
                        self.code(&format!("   {:widest$}{marks} {}", "", caret.word))
                    }
                }
            }
        }
    }
}

/// Longer than any fence that a captured text is likely to hold.
const FENCE: &str = "~~~~~";

fn cell(text: &Text) -> String {
    inline(text).replace('|', "\\|")
}

/// A line as code inside a table, where it holds no backtick.
fn code_cell(text: &Text) -> String {
    let plain = text.to_string();
    let secondary = text.pieces().iter().all(|piece| piece.mark == Mark::Same);
    match plain.contains('`') || secondary {
        true => cell(text),
        false => format!("`{}`", plain.replace('|', "\\|")),
    }
}

/// Text with Markdown's own characters escaped; ids and places as code.
fn inline(text: &Text) -> String {
    let mut out = String::new();
    for piece in text.pieces() {
        match piece.mark {
            Mark::Rule | Mark::Path if !piece.text.contains('`') => {
                out.push('`');
                out.push_str(&piece.text);
                out.push('`');
            }
            _ => {
                for character in piece.text.chars() {
                    if matches!(
                        character,
                        '\\' | '@' | '`' | '*' | '_' | '<' | '>' | '[' | ']' | '#' | '&' | '~'
                    ) {
                        out.push('\\');
                    }
                    out.push(character);
                }
            }
        }
    }
    out
}

//! Rows of a dump, in hex (`0010: 61 62 …  ab…`) or in text (`0010: ab`), and the pieces in which a
//! container's runtime stores a long line (`… stderr P ab`), put together.
//!
//! What is put in place of a secret is as long as it was, so that rows stay rows.

use std::ops::Range;

use bstr::{BString, ByteSlice};

use super::{Edit, Known, edits};

/// The bytes of successive rows, and where each of them is written.
#[derive(Default)]
struct Dump {
    bytes: Vec<u8>,
    cells: Vec<Cell>,
    /// The offset at which the next row goes on.
    next: usize,
}

/// Where a byte is written: in hex, in text, or in both.
#[derive(Clone, Copy, Default)]
struct Cell {
    hex: Option<usize>,
    text: Option<usize>,
}

/// The text with no secret left in the dumps in it; it is as long as it was.
pub(crate) fn with_dumps(known: &mut Known, text: &[u8]) -> BString {
    let mut out = BString::from(text);
    for dump in dumps(text).into_iter().chain(pieces(text)) {
        for edit in edits(known, &dump.bytes) {
            put(&dump, &edit, &mut out);
        }
    }
    out
}

fn put(dump: &Dump, edit: &Edit, out: &mut [u8]) {
    let text = edit.text.iter().copied().chain(std::iter::repeat(b'x'));
    let cells = dump.cells.get(edit.range.clone()).unwrap_or_default();
    for (cell, byte) in cells.iter().zip(text) {
        if let Some(place) = cell.hex.and_then(|at| out.get_mut(at..at + 2)) {
            place.copy_from_slice(format!("{byte:02x}").as_bytes());
        }
        if let Some(place) = cell.text.and_then(|at| out.get_mut(at)) {
            *place = byte;
        }
    }
}

/// The lines that a container's runtime stored in pieces: all but the last are marked `P`.
fn pieces(text: &[u8]) -> Vec<Dump> {
    const MARKS: [(&str, bool); 4] = [
        (" stdout P ", true),
        (" stderr P ", true),
        (" stdout F ", false),
        (" stderr F ", false),
    ];
    // A time stands before the mark, and nothing else.
    const TIME: usize = 40;
    let mut lines = Vec::new();
    let goes_on = |(mark, goes_on): &(&str, bool)| *goes_on && text.contains_str(mark);
    if !MARKS.iter().any(goes_on) {
        return lines;
    }
    let mut line = Dump::default();
    let mut start = 0;
    for raw in text.lines_with_terminator() {
        let head = raw.get(..TIME).unwrap_or(raw);
        let mark = MARKS
            .iter()
            .find_map(|(mark, goes_on)| Some((head.find(mark)? + mark.len(), *goes_on)));
        let from = start + mark.map_or(0, |(at, _)| at);
        start += raw.len();
        let Some((at, goes_on)) = mark else {
            continue;
        };
        let piece = raw.get(at..).unwrap_or_default();
        let piece = piece.trim_end_with(|end| end == '\n' || end == '\r');
        if goes_on || !line.bytes.is_empty() {
            line.bytes.extend_from_slice(piece);
            line.cells.extend((from..from + piece.len()).map(|at| Cell {
                hex: None,
                text: Some(at),
            }));
        }
        if !goes_on && !line.bytes.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
    }
    lines.push(line);
    lines
}

/// A row: the offset, and its bytes with their places in the line.
struct Row {
    offset: usize,
    bytes: Vec<u8>,
    cells: Vec<Cell>,
}

/// The dumps of a text: rows whose offsets follow one another.
fn dumps(text: &[u8]) -> Vec<Dump> {
    let mut dumps = Vec::new();
    let mut dump = Dump::default();
    let mut start = 0;
    for line in text.lines_with_terminator() {
        let text = line.trim_end_with(|end| end == '\n' || end == '\r');
        let row = row(text, start).or_else(|| {
            let at = behind_prefix(text)?;
            row(text.get(at..)?, start + at)
        });
        start += line.len();
        let Some(row) = row else {
            continue;
        };
        let broken =
            row.offset == dump.next + 2 && row.cells.first().is_some_and(|cell| cell.hex.is_none());
        if !dump.bytes.is_empty() && row.offset != dump.next && !broken {
            dumps.push(std::mem::take(&mut dump));
        }
        if broken {
            // A row of text ends where a line of the message does.
            dump.bytes.push(b'\n');
            dump.cells.push(Cell::default());
        }
        dump.next = row.offset + row.bytes.len();
        dump.bytes.extend(row.bytes);
        dump.cells.extend(row.cells);
    }
    if !dump.bytes.is_empty() {
        dumps.push(dump);
    }
    dumps
}

/// Where a row begins behind what a collector put before it.
fn behind_prefix(line: &[u8]) -> Option<usize> {
    // Lines may be many and short: no search is set up for each.
    let colons = memchr::memchr_iter(b':', line);
    let mut colons = colons.filter(|at| line.get(at + 1) == Some(&b' '));
    colons.find_map(|at| {
        let before = line.get(..at)?;
        let digits = before
            .iter()
            .rev()
            .take_while(|byte| byte.is_ascii_hexdigit());
        let start = at - digits.count();
        let sign = start.checked_sub(1).and_then(|at| line.get(at))?;
        (at - start >= 4 && b" \t|>\"".contains(sign)).then_some(start)
    })
}

fn row(line: &[u8], start: usize) -> Option<Row> {
    let digits = |text: &[u8]| {
        text.iter()
            .take_while(|byte| byte.is_ascii_hexdigit())
            .count()
    };
    let before = line.len() - line.trim_start_with(|c| c == ' ' || c == '|').len();
    let text = line.get(before..)?;
    let length = digits(text);
    if !(4..=8).contains(&length) {
        return None;
    }
    let offset = std::str::from_utf8(text.get(..length)?).ok()?;
    let offset = usize::from_str_radix(offset, 16).ok()?;
    let rest = text.get(length..)?;
    let sign = rest.starts_with(b":") || rest.starts_with(b"|");
    if !sign && !rest.starts_with(b"  ") {
        return None;
    }
    let body = before + length + usize::from(sign);
    let hex = hex_cells(line, body);
    let full = hex.len() >= LEAST || offset > 0 && !hex.is_empty();
    if full {
        return Some(hex_row(line, start, offset, &hex));
    }
    let text_at = body + usize::from(rest.get(1) == Some(&b' '));
    let text = line.get(text_at..)?;
    (sign && length == 4 && rest.starts_with(b":")).then(|| Row {
        offset,
        bytes: text.to_vec(),
        cells: (start + text_at..start + line.len())
            .map(|at| Cell {
                hex: None,
                text: Some(at),
            })
            .collect(),
    })
}

/// A first row of fewer bytes might be any line that begins with a number.
const LEAST: usize = 6;
const WIDEST: usize = 32;

/// Where the pairs of hex digits of a row stand, up to the wide gap behind them.
fn hex_cells(line: &[u8], from: usize) -> Vec<usize> {
    let mut cells = Vec::new();
    let mut at = from;
    loop {
        let gap = line.get(at..).unwrap_or_default();
        let gap = gap.iter().take_while(|byte| **byte == b' ').count();
        let wide = !cells.is_empty() && gap > 2;
        // As many letters as there were bytes are their text, be they digits or not.
        let is_text = cells.len() >= LEAST && gap > 0 && line.len() == at + gap + cells.len();
        let pair = line.get(at + gap..at + gap + 2);
        let Some(pair) = pair.filter(|pair| pair.iter().all(u8::is_ascii_hexdigit)) else {
            break;
        };
        let apart = line
            .get(at + gap + 2)
            .is_none_or(|byte| b" |".contains(byte) || byte.is_ascii_hexdigit());
        if wide || is_text || !apart || pair.is_empty() || cells.len() >= WIDEST {
            break;
        }
        cells.push(at + gap);
        at += gap + 2;
    }
    cells
}

fn hex_row(line: &[u8], start: usize, offset: usize, hex: &[usize]) -> Row {
    let digit = |at: usize| {
        line.get(at)
            .copied()
            .and_then(crate::wire::target::hex_value)
    };
    let byte =
        |at: &usize| digit(*at).unwrap_or_default() << 4 | digit(*at + 1).unwrap_or_default();
    let bytes: Vec<u8> = hex.iter().map(byte).collect();
    let column = column(line, hex, &bytes);
    let cell = |(at, place): (usize, &usize)| Cell {
        hex: Some(start + place),
        text: column.as_ref().map(|column| start + column.start + at),
    };
    Row {
        offset,
        cells: hex.iter().enumerate().map(cell).collect(),
        bytes,
    }
}

/// Where the row says its bytes as text: what can be seen is itself.
fn column(line: &[u8], hex: &[usize], bytes: &[u8]) -> Option<Range<usize>> {
    let behind = hex.last()? + 2;
    let shown = |at: &usize| {
        let text = line.get(*at..*at + bytes.len()).unwrap_or_default();
        text.len() == bytes.len()
            && text
                .iter()
                .zip(bytes)
                .all(|(text, byte)| text == byte || !byte.is_ascii_graphic())
    };
    (behind..line.len())
        .find(shown)
        .map(|at| at..at + bytes.len())
}

use bstr::ByteSlice;

use crate::{
    source::{Line, artifact_block::Progress, exchange::Gathered},
    wire::{Fidelity, target::hex_value},
};

/// A piece that curl's `--trace` or `--trace-ascii` dumps: its title, then rows.
///
/// Source: curl 8.14, `src/tool_cb_dbg.c`, `dump`.
#[derive(Debug)]
pub(super) struct Dump {
    way: Way,
    /// How many bytes the title announces.
    length: usize,
    rows: Vec<(usize, Vec<u8>)>,
    gathered: Option<Gathered>,
    took_last: bool,
}

/// Which way the bytes went, and what they are.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Way {
    SentHead,
    SentData,
    ReceivedHead,
    ReceivedData,
    Encrypted,
}

/// What the rows of an input look like; known from the first.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Rows {
    Unknown,
    Hex,
    Ascii,
}

/// How many bytes a row shows.
const HEX_ROW: usize = 16;

impl Dump {
    /// Begins at a title: `=> Send header, 480 bytes (0x1e0)`.
    pub(super) fn open(line: &[u8]) -> Option<Self> {
        let at = line.find("=> ").or_else(|| line.find("<= "))?;
        const TIME_AND_IDS: usize = 40;
        if at > TIME_AND_IDS {
            return None;
        }
        let title = line.get(at..)?;
        let titles: [(&[u8], Way); 6] = [
            (b"=> Send header, ", Way::SentHead),
            (b"=> Send data, ", Way::SentData),
            (b"<= Recv header, ", Way::ReceivedHead),
            (b"<= Recv data, ", Way::ReceivedData),
            (b"=> Send SSL data, ", Way::Encrypted),
            (b"<= Recv SSL data, ", Way::Encrypted),
        ];
        let find = |(title_of, way): &(&[u8], Way)| Some((*way, title.strip_prefix(*title_of)?));
        let (way, rest) = titles.iter().find_map(find)?;
        let (digits, _) = rest.split_once_str(" bytes")?;
        let length = digits.to_str().ok()?.parse().ok()?;
        Some(Self {
            way,
            length,
            rows: Vec::new(),
            gathered: None,
            took_last: false,
        })
    }

    pub(super) fn way(&self) -> Way {
        self.way
    }

    /// Whether the line that ended it was its last row, and not the line behind it.
    pub(super) fn took_last(&self) -> bool {
        self.took_last
    }

    /// Takes the next line; it is whole when all announced bytes are there, or no row comes.
    pub(super) fn push(&mut self, line: &Line<'_>, rows: &mut Rows) -> Progress {
        self.took_last = false;
        let Some((offset, shown)) = row(line.text()) else {
            return Progress::Whole;
        };
        let left = self.length.saturating_sub(offset);
        if *rows == Rows::Unknown {
            *rows = match hex_row(shown, left) {
                Some(_) => Rows::Hex,
                None => Rows::Ascii,
            };
        }
        let bytes = match rows {
            Rows::Hex => hex_row(shown, left),
            _ => Some(shown.to_vec()),
        };
        let Some(bytes) = bytes else {
            return Progress::Whole;
        };
        self.took_last = true;
        let end = offset + bytes.len();
        match &mut self.gathered {
            Some(gathered) => gathered.push(b"", line),
            None => self.gathered = Some(Gathered::begin(b"", line)),
        }
        self.rows.push((offset, bytes));
        // A row of text may stand for a line break as well.
        if end >= self.length || *rows != Rows::Hex && end + 2 >= self.length {
            Progress::Whole
        } else {
            Progress::More
        }
    }

    /// The bytes; `None` where rows are missing.
    pub(super) fn finish(self, rows: Rows) -> Option<Gathered> {
        let mut gathered = self.gathered?;
        let mut in_doubt = false;
        let ends = self.rows.iter().skip(1).map(|(offset, _)| *offset);
        for ((offset, bytes), next) in self.rows.iter().zip(ends.chain([self.length])) {
            gathered.text.extend_from_slice(bytes);
            match next.checked_sub(offset + bytes.len())? {
                0 => {}
                2 => gathered.text.extend_from_slice(b"\r\n"),
                _ => return None,
            }
            in_doubt |= bytes.contains(&b'.');
        }
        let best = match (rows, self.way) {
            (Rows::Ascii, Way::SentData | Way::ReceivedData) if in_doubt => Fidelity::Reflowed,
            _ => Fidelity::Unescaped,
        };
        gathered.fidelity = gathered.fidelity.min(best);
        Some(gathered)
    }
}

/// Offset and content of `0010: …`.
fn row(line: &[u8]) -> Option<(usize, &[u8])> {
    let digits = line.get(..12).unwrap_or(line).find(": ")?;
    let offset = line.get(..digits)?;
    if digits < 4 {
        return None;
    }
    let offset = offset.iter().try_fold(0_usize, |offset, digit| {
        Some(offset << 4 | usize::from(hex_value(*digit)?))
    })?;
    Some((offset, line.get(digits + 2..)?))
}

/// The bytes of a row of hex: sixteen pairs at most, and their text behind.
fn hex_row(shown: &[u8], left: usize) -> Option<Vec<u8>> {
    let count = left.min(HEX_ROW);
    let column = shown.get(..HEX_ROW * 3)?;
    let pair = |pair: &[u8]| match pair {
        [high, low, b' '] => Some(hex_value(*high)? << 4 | hex_value(*low)?),
        _ => None,
    };
    column.chunks(3).take(count).map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_known() {
        let shown = b"7b 7d                                           {}";
        assert_eq!(hex_row(shown, 2).unwrap(), b"{}");
        assert_eq!(hex_row(b"POST / HTTP/1.1", 15), None);
        assert_eq!(row(b"01f0: x").unwrap(), (0x1f0, &b"x"[..]));
        assert_eq!(row(b"host: x"), None);
    }
}

//! Logs that a store exports as a table (CSV), made a JSON list of events: CloudWatch's console and
//! Insights, Datadog, Splunk, Kibana.

use std::io::{self, BufRead, Read};

use bstr::{BString, ByteSlice};

/// A heading is no longer.
const HEADING: usize = 4 << 10;
/// No row is kept beyond this.
const ROW: usize = 16 << 20;
/// The columns that hold the text, in lower case.
const TEXTS: [&str; 5] = ["message", "@message", "content", "_raw", "line"];
/// The columns that hold the time.
const TIMES: [&str; 7] = [
    "timestamp",
    "@timestamp",
    "time",
    "_time",
    "date",
    "@t",
    "ts",
];

/// Gives a table's rows as a JSON list that has as many lines; any other input as it is.
pub(super) fn tables<'a>(source: Box<dyn BufRead + 'a>) -> Box<dyn BufRead + 'a> {
    let mut source = source;
    let Some(columns) = source.fill_buf().ok().and_then(columns) else {
        return source;
    };
    let rows = Rows {
        source,
        columns,
        row: Row::default(),
        begun: 0,
        out: b"[".to_vec(),
        given: 0,
        ended: false,
    };
    Box::new(io::BufReader::new(rows))
}

/// Which columns hold text and time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Columns {
    text: usize,
    time: usize,
    /// The length of the heading, with its line break.
    length: usize,
}

/// The columns of the table whose heading stands at the front.
fn columns(head: &[u8]) -> Option<Columns> {
    let end = head.iter().take(HEADING).position(|byte| *byte == b'\n')?;
    let line = head.get(..end)?.trim_end();
    let mut row = Row::default();
    for byte in line {
        row.push(*byte);
    }
    let cells = row.finish();
    let names: Vec<Vec<u8>> = cells.iter().map(|cell| cell.to_ascii_lowercase()).collect();
    let is_name = |name: &Vec<u8>| {
        let sign = |byte: &u8| byte.is_ascii_alphanumeric() || b"@_.- ".contains(byte);
        !name.is_empty() && name.iter().all(sign)
    };
    let of = |known: &[&str]| {
        let known = |name: &Vec<u8>| known.iter().any(|known| name == known.as_bytes());
        names.iter().position(known)
    };
    let columns = Columns {
        text: of(&TEXTS)?,
        time: of(&TIMES)?,
        length: end + 1,
    };
    (names.len() > 1 && names.iter().all(is_name)).then_some(columns)
}

/// The cells of a row, as far as they were read.
#[derive(Clone, Debug, Default)]
struct Row {
    cells: Vec<BString>,
    cell: BString,
    quotes: Quotes,
    length: usize,
}

/// Whether a cell stands in quotes.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Quotes {
    #[default]
    None,
    Inside,
    /// Behind one: another makes it a sign of the text.
    Behind,
}

impl Row {
    /// Takes a byte; says whether the row ends with it.
    fn push(&mut self, byte: u8) -> bool {
        match (self.quotes, byte) {
            (Quotes::Inside, b'"') => self.quotes = Quotes::Behind,
            (Quotes::Behind, b'"') => {
                self.quotes = Quotes::Inside;
                self.keep(byte);
            }
            (Quotes::Inside, _) => self.keep(byte),
            (_, b',') => {
                self.quotes = Quotes::None;
                self.cells.push(std::mem::take(&mut self.cell));
            }
            (_, b'\n') => return true,
            (Quotes::None, b'"') if self.cell.is_empty() => self.quotes = Quotes::Inside,
            (_, byte) => self.keep(byte),
        }
        false
    }

    fn keep(&mut self, byte: u8) {
        self.length += 1;
        if self.length <= ROW {
            self.cell.push(byte);
        }
    }

    fn finish(&mut self) -> Vec<BString> {
        let mut row = std::mem::take(self);
        row.cells.push(row.cell);
        row.cells
    }
}

/// Makes events of the rows.
struct Rows<'a> {
    source: Box<dyn BufRead + 'a>,
    columns: Columns,
    row: Row,
    /// How many lines ended since the row began.
    begun: usize,
    /// What is to be given away, from `given` on.
    out: Vec<u8>,
    given: usize,
    ended: bool,
}

impl Rows<'_> {
    fn finish(&mut self) {
        let cells = self.row.finish();
        let cell = |at: usize| cells.get(at).map(|cell| cell.to_str_lossy());
        let text = cell(self.columns.text);
        if let Some(text) = text.filter(|_| cells.len() > 1) {
            let event = serde_json::json!({
                "timestamp": cell(self.columns.time).unwrap_or_default(),
                "message": text,
            });
            self.out.extend_from_slice(event.to_string().as_bytes());
            self.out.push(b',');
        }
        // The list has as many lines as the table.
        self.out.resize(self.out.len() + self.begun, b'\n');
        self.begun = 0;
    }
}

impl Read for Rows<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.given >= self.out.len() && !self.ended {
            self.out.clear();
            self.given = 0;
            let heading = std::mem::take(&mut self.columns.length);
            if heading > 0 {
                self.source.consume(heading);
                self.out.extend_from_slice(b"\n");
            }
            let piece = self.source.fill_buf()?.to_vec();
            self.source.consume(piece.len());
            for byte in &piece {
                self.begun += usize::from(*byte == b'\n');
                if self.row.push(*byte) {
                    self.finish();
                }
            }
            if piece.is_empty() {
                self.ended = true;
                self.finish();
                self.out.extend_from_slice(b"null]");
            }
        }
        let rest = self.out.get(self.given..).unwrap_or_default();
        let length = rest.len().min(into.len());
        if let (Some(into), Some(rest)) = (into.get_mut(..length), rest.get(..length)) {
            into.copy_from_slice(rest);
        }
        self.given += length;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        let mut out = String::new();
        tables(Box::new(text.as_bytes()))
            .read_to_string(&mut out)
            .unwrap();
        out
    }

    #[test]
    fn rows_are_events_on_their_lines() {
        let table = "\"Date\",Host,\"Content\"\n2025,h,\"a \"\"b\"\"\nc\"\n2026,h,d\n";
        let expected = "[\n{\"message\":\"a \\\"b\\\"\\nc\",\"timestamp\":\"2025\"},\n\n{\"message\":\"d\",\"timestamp\":\"2026\"},\nnull]";
        assert_eq!(read(table), expected);
    }

    #[test]
    fn what_is_no_table_of_events_stays() {
        for text in [
            "a,message\n1,2\n",
            "message,timestamp: 1\n",
            "time,message",
            "GET / HTTP/1.1\n",
            "",
        ] {
            assert_eq!(read(text), text);
        }
    }
}

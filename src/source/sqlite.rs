//! Rows of a table in an SQLite database that is held whole.
//!
//! Absent on purpose: indexes, queries, and the write-ahead log, which is a file of its own. What is
//! damaged is passed over. Source: SQLite's "Database File Format", version 3.

use std::collections::HashSet;

use bstr::{BString, ByteSlice};

/// What a database begins with.
pub(super) const MAGIC: &[u8] = b"SQLite format 3\0";

/// A column of a row.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Column {
    Null,
    Integer(i64),
    /// Text, or bytes.
    Text(BString),
    /// A number that is no integer.
    Real,
}

/// A row, and where the cell that holds it begins.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Row {
    pub(super) columns: Vec<Column>,
    pub(super) at: usize,
    /// How many bytes of it stand there; the rest may stand on other pages.
    pub(super) length: usize,
}

impl Row {
    /// The text of a column.
    pub(super) fn text(&self, column: usize) -> Option<&BString> {
        match self.columns.get(column)? {
            Column::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// Gives every row of a table in the order of their numbers.
pub(super) fn rows(database: &[u8], table: &str, give: &mut dyn FnMut(Row)) {
    let Some(pages) = Pages::of(database) else {
        return;
    };
    let mut root = None;
    pages.walk(1, &mut |row| {
        let named = row.text(1).is_some_and(|name| name == table);
        let is_table = row.text(0).is_some_and(|kind| kind == "table");
        if let (true, true, Some(Column::Integer(page))) = (named, is_table, row.columns.get(3)) {
            root = usize::try_from(*page).ok();
        }
    });
    if let Some(root) = root {
        pages.walk(root, give);
    }
}

struct Pages<'a> {
    bytes: &'a [u8],
    size: usize,
    /// A page without what is reserved at its end.
    usable: usize,
}

impl<'a> Pages<'a> {
    fn of(bytes: &'a [u8]) -> Option<Self> {
        if !bytes.starts_with(MAGIC) {
            return None;
        }
        let size = match number(bytes, 16, 2)? {
            1 => 1 << 16,
            size => size,
        };
        let usable = size.checked_sub(usize::from(*bytes.get(20)?))?;
        let sound = size.is_power_of_two() && size >= 512 && usable >= 480;
        sound.then_some(Self {
            bytes,
            size,
            usable,
        })
    }

    /// A page by its number, from 1, and where it begins; the last may be cut.
    fn page(&self, number: usize) -> Option<(&'a [u8], usize)> {
        let at = number.checked_sub(1)?.checked_mul(self.size)?;
        let end = at.checked_add(self.size)?.min(self.bytes.len());
        Some((self.bytes.get(at..end)?, at))
    }

    /// Gives the rows of the tree whose root is a page.
    fn walk(&self, root: usize, give: &mut dyn FnMut(Row)) {
        let mut open = vec![root];
        // A page is part of one tree or of one row: in a sound database none comes twice.
        let mut seen = HashSet::new();
        while let Some(number) = open.pop() {
            if seen.insert(number) {
                self.visit(number, &mut open, &mut seen, give);
            }
        }
    }

    fn visit(
        &self,
        page: usize,
        open: &mut Vec<usize>,
        seen: &mut HashSet<usize>,
        give: &mut dyn FnMut(Row),
    ) {
        const INNER: u8 = 5;
        const LEAF: u8 = 13;
        let Some((bytes, at)) = self.page(page) else {
            return;
        };
        // The first page begins with the database's own head.
        let head = if page == 1 { 100 } else { 0 };
        let (Some(kind), Some(count)) = (bytes.get(head), number(bytes, head + 3, 2)) else {
            return;
        };
        let pointers = head + if *kind == INNER { 12 } else { 8 };
        let cells = (0..count).filter_map(|cell| number(bytes, pointers + cell * 2, 2));
        match *kind {
            INNER => {
                let mut below: Vec<usize> =
                    cells.filter_map(|cell| number(bytes, cell, 4)).collect();
                below.extend(number(bytes, head + 8, 4));
                open.extend(below.into_iter().rev());
            }
            LEAF => {
                // Cells do not overlap: all of them together are no longer than their page.
                let mut room = bytes.len();
                for cell in cells {
                    let Some(row) = self.row(bytes, cell, at, seen) else {
                        continue;
                    };
                    let Some(left) = room.checked_sub(row.length) else {
                        return;
                    };
                    room = left;
                    give(row);
                }
            }
            _ => {}
        }
    }

    fn row(
        &self,
        page: &[u8],
        cell: usize,
        page_at: usize,
        seen: &mut HashSet<usize>,
    ) -> Option<Row> {
        let (length, first) = varint(page.get(cell..)?)?;
        let length = usize::try_from(length).ok()?;
        let (_, second) = varint(page.get(cell + first..)?)?;
        let start = cell + first + second;
        let payload = self.payload(page, start, length, seen)?;
        Some(Row {
            columns: columns(&payload)?,
            at: page_at + cell,
            length: self.local(length) + first + second,
        })
    }

    /// How many bytes of a payload stand on its own page.
    fn local(&self, length: usize) -> usize {
        let most = self.usable - 35;
        if length <= most {
            return length;
        }
        let least = (self.usable - 12) * 32 / 255 - 23;
        let fit = least + (length - least) % (self.usable - 4);
        if fit <= most { fit } else { least }
    }

    fn payload(
        &self,
        page: &[u8],
        start: usize,
        length: usize,
        seen: &mut HashSet<usize>,
    ) -> Option<Vec<u8>> {
        if length > self.bytes.len() {
            return None;
        }
        let local = self.local(length);
        let mut payload = page.get(start..start.checked_add(local)?)?.to_vec();
        let mut next = if local < length {
            number(page, start + local, 4)?
        } else {
            0
        };
        while payload.len() < length {
            let (bytes, _) = self.page(next).filter(|_| seen.insert(next))?;
            let take = (self.usable - 4).min(length - payload.len());
            payload.extend_from_slice(bytes.get(4..4 + take)?);
            next = number(bytes, 0, 4)?;
        }
        Some(payload)
    }
}

/// The columns of a record.
fn columns(record: &[u8]) -> Option<Vec<Column>> {
    let (head, mut at) = varint(record)?;
    let head = usize::try_from(head).ok()?;
    let mut body = head;
    let mut columns = Vec::new();
    while at < head {
        let (kind, length) = varint(record.get(at..)?)?;
        at += length;
        let kind = usize::try_from(kind).ok()?;
        let size = match kind {
            0 | 8 | 9 => 0,
            1..=4 => kind,
            5 => 6,
            6 | 7 => 8,
            10 | 11 => return None,
            _ => (kind - 12) / 2,
        };
        let bytes = record.get(body..body.checked_add(size)?)?;
        body += size;
        columns.push(match kind {
            0 => Column::Null,
            7 => Column::Real,
            8 => Column::Integer(0),
            9 => Column::Integer(1),
            1..=6 => Column::Integer(signed(bytes)),
            _ => Column::Text(bytes.into()),
        });
    }
    Some(columns)
}

fn signed(bytes: &[u8]) -> i64 {
    let negative = bytes.first().is_some_and(|byte| byte & 0x80 != 0);
    bytes
        .iter()
        .fold(if negative { -1 } else { 0 }, |value: i64, byte| {
            value << 8 | i64::from(*byte)
        })
}

/// A number of `length` bytes, the highest first.
fn number(bytes: &[u8], at: usize, length: usize) -> Option<usize> {
    let digits = bytes.get(at..at.checked_add(length)?)?;
    Some(
        digits
            .iter()
            .fold(0, |value, byte| value << 8 | usize::from(*byte)),
    )
}

/// SQLite's number of one to nine bytes, and how many it took.
fn varint(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut value = 0_u64;
    for (at, byte) in bytes.iter().take(9).enumerate() {
        if at == 8 {
            return Some((value << 8 | u64::from(*byte), 9));
        }
        value = value << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((value, at + 1));
        }
    }
    None
}

/// Whether bytes begin a write-ahead log.
pub(super) fn is_log(bytes: &[u8]) -> bool {
    let magic = bytes.get(..4);
    let either = [&[0x37, 0x7f, 0x06, 0x82][..], &[0x37, 0x7f, 0x06, 0x83]];
    magic.is_some_and(|magic| either.contains(&magic)) && bytes.find_byte(b'\n') != Some(4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read() {
        assert_eq!(varint(&[0x81, 0x00]), Some((128, 2)));
        assert_eq!(varint(&[0xff; 9]), Some((u64::MAX, 9)));
        assert_eq!(varint(&[0x80]), None);
        assert_eq!(signed(&[0xff, 0xfe]), -2);
    }

    #[test]
    fn a_record_has_its_columns() {
        let record = [5, 0, 1, 17, 9, 0x7f, b'a', b'b'];
        let read = columns(&record).unwrap();
        let expected = [
            Column::Null,
            Column::Integer(127),
            Column::Text("ab".into()),
            Column::Integer(1),
        ];
        assert_eq!(read, expected);
    }

    const PAGE: usize = 512;

    /// A database with a table `t` whose one page is the second, and further pages.
    fn database(pages: &[[u8; PAGE]]) -> Vec<u8> {
        let record = b"\x06\x17\x0f\x0f\x01\x0dtablett\x02";
        let mut first = [0; PAGE];
        first[..MAGIC.len()].copy_from_slice(MAGIC);
        first[16..18].copy_from_slice(&[2, 0]);
        first[100..108].copy_from_slice(&[13, 0, 0, 0, 1, 1, 0, 0]);
        first[108..110].copy_from_slice(&[1, 0]);
        first[256] = u8::try_from(record.len()).unwrap();
        first[257] = 1;
        first[258..258 + record.len()].copy_from_slice(record);
        [first.to_vec(), pages.concat()].concat()
    }

    /// A page with a cell at 256, to which so many pointers point.
    fn leaf(cell: &[u8], pointers: u8) -> [u8; PAGE] {
        let mut page = [0; PAGE];
        page[..5].copy_from_slice(&[13, 0, 0, 0, pointers]);
        for pointer in 0..usize::from(pointers) {
            page[8 + pointer * 2] = 1;
        }
        page[256..256 + cell.len()].copy_from_slice(cell);
        page
    }

    fn lengths(database: &[u8]) -> Vec<usize> {
        let mut lengths = Vec::new();
        rows(database, "t", &mut |row| {
            lengths.push(row.text(0).map_or(0, |text| text.len()));
        });
        lengths
    }

    #[test]
    fn a_row_that_is_pointed_to_again_and_again_is_given_while_its_page_has_room() {
        let cell = [&[103, 1, 3, 0x81, 0x49][..], &[b'a'; 100]].concat();
        let given = |pointers| lengths(&database(&[leaf(&cell, pointers)]));
        assert_eq!(given(1), [94]);
        assert_eq!(given(100), [94; 4]);
    }

    #[test]
    fn overflow_pages_that_follow_themselves_end() {
        // A record of 1,506 bytes with a text of 1,494.
        let head = [0x8b, 0x62, 1, 3, 0x97, 0x39];
        let mut over = [b'a'; PAGE];
        let mut cell = head.to_vec();
        let bytes = vec![0; PAGE];
        let pages = Pages {
            bytes: &bytes,
            size: PAGE,
            usable: PAGE,
        };
        cell.resize(3 + pages.local(1506), b'a');
        cell.extend_from_slice(&[0, 0, 0, 3]);
        over[..4].copy_from_slice(&[0, 0, 0, 3]);
        assert_eq!(lengths(&database(&[leaf(&cell, 1), over])), [0; 0]);
        let mut chain = [over; 3];
        chain[0][3] = 4;
        chain[1][3] = 5;
        let pages = [leaf(&cell, 2), chain[0], chain[1], chain[2]];
        assert_eq!(lengths(&database(&pages)), [1494]);
    }

    #[test]
    fn what_is_no_database_has_no_rows() {
        let mut damaged = MAGIC.to_vec();
        damaged.extend_from_slice(&[0xff; 4096]);
        for bytes in [&b""[..], MAGIC, &damaged] {
            rows(bytes, "records", &mut |row| panic!("{row:?}"));
        }
    }
}

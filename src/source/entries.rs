//! The objects of a long JSON list, one by one, however long the document around it is.

use crate::{
    evidence::Span,
    source::{Line, quoted::Quoted},
};

/// Takes the entries out of a list that stands in an object in an object.
#[derive(Debug)]
pub(super) struct Entries {
    /// The list's name.
    name: &'static [u8],
    open: Vec<u8>,
    string: Quoted,
    /// The last string of an object that holds the list.
    key: Vec<u8>,
    entry: Option<Entry>,
}

/// An entry, whole.
#[derive(Debug)]
pub(super) struct Entry {
    /// Its JSON.
    pub(super) text: Vec<u8>,
    /// Where it stands.
    pub(super) span: Span,
}

/// No entry is kept beyond this.
const LENGTH: usize = 32 << 20;
/// An entry stands in an array in an object in an object.
const DEPTH: usize = 3;

impl Entries {
    /// The entries of the list of that name.
    pub(super) fn of(name: &'static [u8]) -> Self {
        Self {
            name,
            open: Vec::new(),
            string: Quoted::Outside,
            key: Vec::new(),
            entry: None,
        }
    }

    /// Takes a line; gives the entries that end in it.
    pub(super) fn push(&mut self, line: &Line<'_>) -> Vec<Entry> {
        let bytes = line.raw.iter().enumerate();
        bytes
            .filter_map(|(at, byte)| self.byte(*byte, at, line))
            .collect()
    }

    /// The entry in whose middle the document ends.
    pub(super) fn rest(&mut self) -> Option<Entry> {
        self.entry.take()
    }

    fn byte(&mut self, byte: u8, at: usize, line: &Line<'_>) -> Option<Entry> {
        if let Some(entry) = &mut self.entry
            && entry.text.len() < LENGTH
        {
            entry.text.push(byte);
        }
        let was = self.string;
        self.string = was.behind(byte);
        match (was, byte) {
            (Quoted::Inside, _) if self.string == Quoted::Inside => {
                const NAME: usize = 16;
                if self.open.len() < DEPTH && self.key.len() < NAME {
                    self.key.push(byte);
                }
            }
            (Quoted::Outside, b'"') if self.open.len() < DEPTH => self.key.clear(),
            (Quoted::Outside, b'{' | b'[') => {
                let is_entry = byte == b'{' && self.open == b"{{[" && self.key == self.name;
                if is_entry && self.entry.is_none() {
                    self.entry = Some(Entry {
                        text: vec![byte],
                        span: line.part(at, 1),
                    });
                }
                self.open.push(byte);
            }
            (Quoted::Outside, b'}' | b']') => {
                self.open.pop();
                let ended = self.open.len() == DEPTH;
                let mut entry = self.entry.take_if(|_| ended)?;
                entry.span = entry.span.cover(&line.part(at, 1));
                return Some(entry);
            }
            _ => {}
        }
        None
    }
}

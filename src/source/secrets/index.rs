//! Many texts, sought at once by windows of fixed length; a text is added in the time that it
//! takes to read it, however many there are.

use std::collections::HashMap;

/// Which text holds a window, and where.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) text: usize,
    pub(super) offset: usize,
    next: Option<u32>,
}

/// The windows of `width` bytes of some texts.
#[derive(Clone, Debug)]
pub(super) struct Index {
    width: usize,
    /// `BASE` to the power of `width - 1`.
    power: u64,
    heads: HashMap<u64, u32>,
    entries: Vec<Entry>,
    filter: Filter,
}

/// A bit for every hash that may be there, so that the table is seldom asked.
#[derive(Clone, Debug, Default)]
struct Filter {
    words: Vec<u64>,
    /// The logarithm of how many bits there are.
    bits: u32,
}

const BASE: u64 = 0x0100_0000_01b3;
/// Texts with one beginning have other windows that differ.
const LONGEST_CHAIN: usize = 8;

impl Index {
    pub(super) fn new(width: usize) -> Self {
        Self {
            width,
            power: (1..width).fold(1, |power: u64, _| power.wrapping_mul(BASE)),
            heads: HashMap::new(),
            entries: Vec::new(),
            filter: Filter::default(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Adds the windows of a text that begin at the given places.
    pub(super) fn add(&mut self, text: usize, bytes: &[u8], places: impl Iterator<Item = usize>) {
        for offset in places {
            let Some(window) = bytes.get(offset..offset + self.width) else {
                continue;
            };
            let hash = window.iter().fold(0, |hash, byte| step(hash, *byte));
            let next = self.heads.get(&hash).copied();
            if self.chain(next).count() >= LONGEST_CHAIN {
                continue;
            }
            let Ok(own) = u32::try_from(self.entries.len()) else {
                return;
            };
            self.entries.push(Entry { text, offset, next });
            self.heads.insert(hash, own);
            if self.filter.is_full(self.entries.len()) {
                self.filter = self.filter.larger(self.heads.keys());
            }
            self.filter.add(hash);
        }
    }

    /// Tells `seen` every place of `bytes` at which a window may stand, in order; it says from
    /// where on it wants to hear more.
    pub(super) fn scan(&self, bytes: &[u8], seen: &mut dyn FnMut(usize, Entry) -> usize) {
        let mut wanted = 0;
        if self.entries.is_empty() || bytes.len() < self.width {
            return;
        }
        let (first, rest) = bytes.split_at(self.width - 1);
        let mut hash = first.iter().fold(0, |hash, byte| step(hash, *byte));
        for ((start, coming), leaving) in rest.iter().enumerate().zip(bytes) {
            hash = step(hash, *coming);
            if self.filter.may_hold(hash) && start >= wanted {
                for entry in self.chain(self.heads.get(&hash).copied()) {
                    wanted = wanted.max(seen(start, entry));
                }
            }
            hash = hash.wrapping_sub(u64::from(*leaving).wrapping_mul(self.power));
        }
    }

    fn chain(&self, head: Option<u32>) -> impl Iterator<Item = Entry> {
        let entry = |at: u32| self.entries.get(at as usize).copied();
        std::iter::successors(head.and_then(entry), move |last| last.next.and_then(entry))
    }
}

fn step(hash: u64, byte: u8) -> u64 {
    hash.wrapping_mul(BASE).wrapping_add(u64::from(byte))
}

impl Filter {
    const LEAST: u32 = 12;
    const MOST: u32 = 20;
    /// So many bits for each hash keep most others out.
    const SPARE: usize = 16;

    fn is_full(&self, held: usize) -> bool {
        self.bits < Self::MOST && held * Self::SPARE > self.words.len() * 64
    }

    fn larger<'a>(&self, hashes: impl Iterator<Item = &'a u64>) -> Self {
        let bits = (self.bits + 2).clamp(Self::LEAST, Self::MOST);
        let mut larger = Self {
            words: vec![0; 1 << (bits - 6)],
            bits,
        };
        hashes.for_each(|hash| larger.add(*hash));
        larger
    }

    fn add(&mut self, hash: u64) {
        let (word, bit) = self.place(hash);
        if let Some(word) = self.words.get_mut(word) {
            *word |= bit;
        }
    }

    fn may_hold(&self, hash: u64) -> bool {
        let (word, bit) = self.place(hash);
        self.words.get(word).is_some_and(|word| word & bit != 0)
    }

    fn place(&self, hash: u64) -> (usize, u64) {
        let mixed = hash.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (63 - self.bits) >> 1;
        let word = usize::try_from(mixed >> 6).unwrap_or_default();
        (word, 1 << (mixed & 63))
    }
}

use std::collections::BTreeMap;

use aho_corasick::{
    AhoCorasick, AhoCorasickKind, BuildError, Input, Match, MatchKind, Span,
    packed::{self, Searcher},
};

/// Finds every occurrence of many texts in one pass, by four bytes of each that logs seldom hold.
///
/// Some fifty short anchors are sought with vector instructions, at about the speed of memory; an
/// automaton of all texts takes ten times as long.
pub(super) struct Anchors {
    search: Search,
    /// The texts that each anchor stands for.
    held: Vec<Vec<Held>>,
    longest: usize,
}

/// How anchors are sought.
enum Search {
    /// With vector instructions.
    Vectors(Searcher),
    /// A byte at a time, where the processor has none.
    Bytes(AhoCorasick),
}

struct Held {
    text: &'static [u8],
    /// How many bytes of it stand before its anchor.
    before: usize,
    index: usize,
}

/// A text that was found.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Found {
    /// Which of the texts.
    pub(super) index: usize,
    /// Where it begins.
    pub(super) start: usize,
}

/// Where an anchor is found, every one of them that is in the texts is found: none begins another.
const LENGTH: usize = 4;

/// Four bytes of each format's markers, chosen to be rare in logs that hold no request.
///
/// The search sorts them into sixteen buckets in turn and is fast where few bytes fit a whole
/// bucket, which is why the order is one that was found by measuring: over texts of many kinds one
/// byte in four hundred fits. A new one goes to the end. More than 64 would make it slow.
pub(super) const ANCHORS: [&str; 64] = [
    "Resp", "ToSi", "rl.e", "o_si", "* Ex", "d: b", "_SIG", "gv4:", "zedC", "riza", "H ht", "o si",
    "ty t", "__ty", "oke-", "{'ac", "tUri", ";Err", "<AWS", "noni", "g] -", "] WR", "idAc", "t me",
    "<- \"", "::Er", "SDK ", "nMod", "g.Co", "natu", "(req", "TP R", "imeT", "<Err", "l sh",
    "r oc", "y ne", "> Se", "AWS4", "hod_", "ss c", "Toke", "url ", "8s-a", " Det", "r ex", "uri(",
    "STRI", "T ht", "E ht", "pi e", "tgoi", "o Si", "n---", "D ht", "pReq", "PI c", "TP r", "CLI ",
    "tp2:", "c: <", "L DB", "y Te", "QUES",
];

impl Anchors {
    /// Those of some texts, each of four bytes or more. A text without any of the known anchors is
    /// found by its first bytes.
    pub(super) fn of(known: &[&'static str], texts: &[&'static str]) -> Result<Self, BuildError> {
        let mut anchors: Vec<&str> = known.to_vec();
        let mut held: Vec<Vec<Held>> = known.iter().map(|_| Vec::new()).collect();
        let firsts = known
            .iter()
            .filter_map(|anchor| anchor.as_bytes().first_chunk());
        let mut numbers: BTreeMap<[u8; LENGTH], usize> = firsts.copied().zip(0..).collect();
        for (index, text) in texts.iter().enumerate() {
            let places = text.as_bytes().array_windows().zip(0..);
            let known = places.filter_map(|(window, before)| Some((*numbers.get(window)?, before)));
            let (number, before) = known.min().unwrap_or_else(|| {
                let first = text.as_bytes().first_chunk();
                numbers.extend(first.map(|first| (*first, anchors.len())));
                anchors.push(text.get(..LENGTH).unwrap_or(text));
                held.push(Vec::new());
                (anchors.len() - 1, 0)
            });
            if let Some(held) = held.get_mut(number) {
                held.push(Held {
                    text: text.as_bytes(),
                    before,
                    index,
                });
            }
        }
        let longest = texts.iter().map(|text| text.len()).max();
        Ok(Self {
            search: Search::of(&anchors)?,
            held,
            longest: longest.unwrap_or_default(),
        })
    }

    /// How long the longest text is, in bytes.
    pub(super) fn longest(&self) -> usize {
        self.longest
    }

    /// Every text that stands in `within` and whose anchor stands at `from` or behind, in the order
    /// of their anchors.
    pub(super) fn find<'a>(
        &'a self,
        within: &'a [u8],
        from: usize,
    ) -> impl Iterator<Item = Found> + 'a {
        let mut from = from.min(within.len());
        let anchors = std::iter::from_fn(move || {
            let found = self.search.find(within, from)?;
            from = found.start() + 1;
            Some(found)
        });
        anchors.flat_map(move |anchor| {
            let held = self.held.get(anchor.pattern().as_usize());
            held.into_iter().flatten().filter_map(move |held| {
                let start = anchor.start().checked_sub(held.before)?;
                let found = within.get(start..)?.starts_with(held.text);
                found.then_some(Found {
                    index: held.index,
                    start,
                })
            })
        })
    }
}

impl Search {
    fn of(anchors: &[&str]) -> Result<Self, BuildError> {
        let mut packed = packed::Builder::new();
        match packed.extend(anchors).build() {
            Some(searcher) => Ok(Self::Vectors(searcher)),
            None => Self::by_bytes(anchors),
        }
    }

    fn by_bytes(anchors: &[&str]) -> Result<Self, BuildError> {
        // What is sought is short: a faster automaton would take longer to build than it saves.
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostFirst)
            .kind(Some(AhoCorasickKind::NoncontiguousNFA))
            .build(anchors);
        automaton.map(Self::Bytes)
    }

    fn find(&self, within: &[u8], from: usize) -> Option<Match> {
        match self {
            Self::Vectors(searcher) => searcher.find_in(within, Span::from(from..within.len())),
            Self::Bytes(automaton) => automaton.find(Input::new(within).range(from..)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FORMATS;

    /// What [`Anchors::of`] seeks for texts of which two have no anchor, and begin alike.
    fn with_own() -> Vec<&'static str> {
        ANCHORS.into_iter().chain(["no a"]).collect()
    }

    fn markers() -> impl Iterator<Item = &'static str> {
        FORMATS.iter().flat_map(|format| format.markers).copied()
    }

    #[test]
    fn every_marker_has_an_anchor() {
        for marker in markers() {
            assert!(
                ANCHORS.iter().any(|anchor| marker.contains(anchor)),
                "no anchor stands in {marker:?}: add four bytes of it, rare in logs, to ANCHORS"
            );
        }
        assert!(ANCHORS.len() <= 64, "more are sought one byte at a time");
        for (number, anchor) in ANCHORS.iter().enumerate() {
            assert_eq!(anchor.len(), LENGTH);
            assert!(!ANCHORS[..number].contains(anchor), "{anchor:?} twice");
        }
    }

    #[test]
    fn all_are_found_wherever_they_overlap() {
        let texts = [
            "StringToSign:",
            "ToSign: AWS4",
            "no anchor",
            "no another",
            "AWS4-HMAC",
            "AWS4",
        ];
        let mut anchors = Anchors::of(&ANCHORS, &texts).unwrap();
        let text = b"StringToSign: AWS4-HMAC no ano anchor no another ToSigToSign: AWS";
        let mut expected = Vec::new();
        for at in 0..text.len() {
            let here = texts
                .iter()
                .filter(|sought| text[at..].starts_with(sought.as_bytes()));
            expected.extend(here.map(|sought| (at, *sought)));
        }
        expected.sort_unstable();
        for _ in 0..2 {
            let mut found: Vec<(usize, &str)> = anchors
                .find(text, 0)
                .map(|found| (found.start, texts[found.index]))
                .collect();
            found.sort_unstable();
            assert_eq!(found, expected);
            // And the same by bytes.
            anchors.search = Search::by_bytes(&with_own()).unwrap();
        }
        assert_eq!(anchors.longest(), 13);
    }
}

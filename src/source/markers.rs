use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, MatchKind};

use crate::source::{FORMATS, Format};

/// The markers of all formats, and whose each is.
pub(super) struct Markers {
    pub(super) automaton: AhoCorasick,
    formats: Vec<usize>,
}

impl Markers {
    /// Those of all formats; `None` only if they were too many for a search at once.
    pub(super) fn of_all() -> Option<&'static Self> {
        static MARKERS: OnceLock<Option<Markers>> = OnceLock::new();
        MARKERS.get_or_init(|| build(FORMATS)).as_ref()
    }

    /// Whether a text holds any.
    pub(super) fn tell(&self, text: &[u8]) -> bool {
        self.automaton.is_match(text)
    }

    /// The formats whose markers a text holds, by their place in the table.
    pub(super) fn formats<'a>(&'a self, text: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
        let found = self.automaton.find_iter(text);
        found.filter_map(|found| self.formats.get(found.pattern().as_usize()).copied())
    }
}

fn build(formats: &[&Format]) -> Option<Markers> {
    let all = formats.iter().enumerate().flat_map(|(index, format)| {
        format
            .markers
            .iter()
            .map(move |marker| (index, marker.as_bytes()))
    });
    let (formats, patterns): (Vec<usize>, Vec<&[u8]>) = all.unzip();
    let automaton = AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostFirst)
        .build(patterns)
        .ok()?;
    Some(Markers { automaton, formats })
}

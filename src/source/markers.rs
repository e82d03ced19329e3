use std::sync::OnceLock;

use bstr::ByteSlice;

use crate::source::{
    FORMATS, Format,
    anchors::{ANCHORS, Anchors, Found},
};

/// The markers of all formats, and whose each is.
pub(super) struct Markers {
    anchors: Anchors,
    patterns: Vec<Pattern>,
}

struct Pattern {
    formats: Vec<usize>,
    place: Place,
}

/// Where in a request a marker stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Place {
    /// On the line at which its reader begins.
    First,
    /// On a header line: its reader begins at the request line above.
    Header,
}

/// What a marker on a header line holds; curl sends a header as it was given.
const HEADERS: [&str; 2] = ["uthorization: AWS4-", "uthorization:AWS4-"];

impl Markers {
    /// Those of all formats; `None` only if they were too many for a search at once.
    pub(super) fn of_all() -> Option<&'static Self> {
        static MARKERS: OnceLock<Option<Markers>> = OnceLock::new();
        MARKERS.get_or_init(|| build(FORMATS)).as_ref()
    }

    /// Whether a text holds any.
    pub(super) fn tell(&self, text: &[u8]) -> bool {
        self.find(text, 0).is_some()
    }

    /// How long the longest is, in bytes.
    pub(super) fn longest(&self) -> usize {
        self.anchors.longest()
    }

    /// Where the first in a text begins, of those that do not end before `from`.
    pub(super) fn find(&self, text: &[u8], from: usize) -> Option<usize> {
        let mut found = self.anchors.find(text, from);
        found.next().map(|found| found.start)
    }

    /// The formats whose markers a text holds, what one client alone prints before what anybody
    /// does.
    pub(super) fn formats(&self, text: &[u8]) -> Vec<usize> {
        self.formats_at(text, |_| true)
    }

    /// Those of them that begin at the request line above.
    pub(super) fn formats_above(&self, text: &[u8]) -> Vec<usize> {
        if !HEADERS.iter().any(|header| text.contains_str(header)) {
            return Vec::new();
        }
        self.formats_at(text, |place| place == Place::Header)
    }

    fn formats_at(&self, text: &[u8], wanted: impl Fn(Place) -> bool) -> Vec<usize> {
        let mut firsts: Vec<(usize, usize)> = Vec::new();
        for Found { index, start } in self.anchors.find(text, 0) {
            let pattern = self.patterns.get(index);
            let Some(pattern) = pattern.filter(|pattern| wanted(pattern.place)) else {
                continue;
            };
            for format in &pattern.formats {
                match firsts.iter_mut().find(|(known, _)| known == format) {
                    Some((_, first)) => *first = start.min(*first),
                    None => firsts.push((*format, start)),
                }
            }
        }
        // What one client alone prints goes first, then what stands first.
        firsts.sort_unstable_by_key(|(format, at)| {
            (
                FORMATS.get(*format).map(|format| format.breadth),
                *at,
                *format,
            )
        });
        firsts.into_iter().map(|(format, _)| format).collect()
    }
}

fn build(formats: &[&Format]) -> Option<Markers> {
    let mut texts: Vec<&'static str> = Vec::new();
    let mut patterns: Vec<Pattern> = Vec::new();
    for (index, format) in formats.iter().enumerate() {
        for &marker in format.markers {
            let known = texts.iter().position(|text| *text == marker);
            match known.and_then(|at| patterns.get_mut(at)) {
                Some(pattern) => pattern.formats.push(index),
                None => {
                    texts.push(marker);
                    patterns.push(Pattern {
                        formats: vec![index],
                        place: if HEADERS.iter().any(|header| marker.contains(header)) {
                            Place::Header
                        } else {
                            Place::First
                        },
                    });
                }
            }
        }
    }
    Some(Markers {
        anchors: Anchors::of(&ANCHORS, &texts).ok()?,
        patterns,
    })
}

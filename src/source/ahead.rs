use bstr::ByteSlice;

/// The next place of each of some texts, behind a place that only moves on: what was found, or is
/// not there, is not sought again.
pub(super) struct Ahead<const COUNT: usize> {
    texts: [&'static str; COUNT],
    found: [Next; COUNT],
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Next {
    NotSought,
    At(usize),
    Nowhere,
}

impl<const COUNT: usize> Ahead<COUNT> {
    pub(super) fn of(texts: [&'static str; COUNT]) -> Self {
        Self {
            texts,
            found: [Next::NotSought; COUNT],
        }
    }

    /// The first of the texts that begins at `from` or behind, and its number.
    pub(super) fn next(&mut self, within: &[u8], from: usize) -> Option<(usize, usize)> {
        for (found, text) in self.found.iter_mut().zip(self.texts) {
            if *found == Next::NotSought || matches!(found, Next::At(at) if *at < from) {
                let rest = within.get(from..).unwrap_or_default();
                *found = rest
                    .find(text)
                    .map_or(Next::Nowhere, |at| Next::At(from + at));
            }
        }
        let found = self.found.iter().enumerate();
        let found = found.filter_map(|(number, found)| match found {
            Next::At(at) => Some((*at, number)),
            _ => None,
        });
        found.min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_is_next() {
        let text = b"b a b a a";
        let mut ahead = Ahead::of(["a", "b", "c"]);
        let mut from = 0;
        let mut all = Vec::new();
        while let Some((at, number)) = ahead.next(text, from) {
            all.push((at, number));
            from = at + 1;
        }
        assert_eq!(all, [(0, 1), (2, 0), (4, 1), (6, 0), (8, 0)]);
        assert_eq!(ahead.found, [Next::Nowhere; 3]);
    }
}

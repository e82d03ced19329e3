use std::ops::Range;

use crate::{
    evidence::Span,
    source::{Line, WhiteSpace},
};

/// Lines put one behind the other, each of which still knows where it came from.
#[derive(Clone, Debug)]
pub(super) struct Collected {
    /// No text is kept beyond this.
    most: usize,
    text: Vec<u8>,
    lines: Vec<Origin>,
    span: Option<Span>,
    cut: bool,
}

/// Where a line of the text stands in the input.
#[derive(Clone, Copy, Debug)]
struct Origin {
    at: usize,
    offset: u64,
    number: u64,
    white_space: WhiteSpace,
}

/// How much is kept, unless a reader says otherwise.
const LENGTH: usize = 16 << 20;

impl Default for Collected {
    fn default() -> Self {
        Self::up_to(LENGTH)
    }
}

impl Collected {
    /// Keeps so many bytes at most.
    pub(super) fn up_to(most: usize) -> Self {
        Self {
            most,
            text: Vec::new(),
            lines: Vec::new(),
            span: None,
            cut: false,
        }
    }

    /// Takes a line with its terminator; past the limit only notes that it was there.
    pub(super) fn push(&mut self, line: &Line<'_>) {
        self.cut |= line.cut;
        if self.text.len() + line.raw.len() > self.most {
            self.cut = true;
            return;
        }
        self.lines.push(Origin {
            at: self.text.len(),
            offset: line.offset,
            number: line.number,
            white_space: line.taken.white_space,
        });
        self.text.extend_from_slice(line.raw);
        let span = line.span();
        self.span = Some(
            self.span
                .take()
                .map_or_else(|| span.clone(), |held| held.cover(&span)),
        );
    }

    /// Forgets all but the last lines.
    pub(super) fn keep_last(&mut self, lines: usize) {
        let passed = self.lines.len().saturating_sub(lines);
        let Some(first) = self.lines.get(passed).copied().filter(|_| passed > 0) else {
            return;
        };
        self.text.drain(..first.at);
        self.lines.drain(..passed);
        for line in &mut self.lines {
            line.at -= first.at;
        }
        if let Some(span) = &mut self.span {
            span.bytes.start = first.offset;
            span.first_line = first.number;
        }
    }

    /// Takes all that another collected behind this.
    pub(super) fn append(&mut self, other: &Self) {
        if self.text.len() + other.text.len() > self.most {
            self.cut = true;
            return;
        }
        let at = self.text.len();
        self.lines.extend(other.lines.iter().map(|line| Origin {
            at: at + line.at,
            ..*line
        }));
        self.text.extend_from_slice(&other.text);
        self.cut |= other.cut;
        self.span = match (self.span.take(), &other.span) {
            (Some(own), Some(span)) => Some(own.cover(span)),
            (own, span) => own.or_else(|| span.clone()),
        };
    }

    /// What was collected.
    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    /// How many lines it has.
    pub(super) fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether more stood there than was kept.
    pub(super) fn is_cut(&self) -> bool {
        self.cut
    }

    /// The place of all of it; `None` when nothing was collected.
    pub(super) fn span(&self) -> Option<&Span> {
        self.span.as_ref()
    }

    /// What became of the white space around the lines of a range.
    pub(super) fn white_space(&self, range: &Range<usize>) -> WhiteSpace {
        let first = self.lines.partition_point(|line| line.at <= range.start);
        let mut lines = self.lines.iter().skip(first.saturating_sub(1));
        let off = |line: &Origin| line.white_space == WhiteSpace::TakenOff;
        let mut own = lines.by_ref().take_while(|line| line.at < range.end);
        match own.any(off) {
            true => WhiteSpace::TakenOff,
            false => WhiteSpace::Kept,
        }
    }

    /// The place of the `length` bytes from `at`; `None` when nothing was collected.
    pub(super) fn place(&self, at: usize, length: usize) -> Option<Span> {
        let span = self.span.as_ref()?;
        let origin = |at: usize| {
            let behind = self.lines.partition_point(|line| line.at <= at);
            self.lines.get(behind.saturating_sub(1))
        };
        let (first, last) = (
            origin(at)?,
            origin((at + length).saturating_sub(1).max(at))?,
        );
        let end = last.offset + (at + length).saturating_sub(last.at) as u64;
        let start = first.offset + (at - first.at.min(at)) as u64;
        Some(Span {
            input: span.input,
            bytes: start..end.max(start),
            first_line: first.number,
            last_line: last.number,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::InputId;

    #[test]
    fn a_place_is_one_in_the_input() {
        let mut collected = Collected::default();
        for (number, offset, raw) in [(3, 100, &b"abc\n"[..]), (4, 200, b"def\n")] {
            collected.push(&Line {
                raw,
                number,
                offset,
                input: InputId(0),
                cut: false,
                taken: crate::source::Taken::AS_IT_STANDS,
            });
        }
        let place = collected.place(1, 5).unwrap();
        assert_eq!(
            (place.bytes, place.first_line, place.last_line),
            (101..202, 3, 4)
        );
        let place = collected.place(4, 1).unwrap();
        assert_eq!((place.bytes.clone(), place.first_line), (200..201, 4));
        collected.keep_last(1);
        assert_eq!(collected.text(), b"def\n");
        assert_eq!(collected.place(0, 1).unwrap(), place);
        assert_eq!(collected.span().unwrap().bytes, 200..204);
        assert_eq!(Collected::default().place(0, 1), None);
    }
}

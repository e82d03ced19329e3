//! Readers of what people paste: the whole of a document, or each line of a log that holds some.

use crate::source::{Line, Reader, Sink, Step, Whole, collected::Collected};

/// What is read so.
pub(super) struct Pasted<T: 'static> {
    /// Whether one line of a log holds some of it beyond doubt.
    pub(super) holds: fn(&[u8]) -> bool,
    /// All of it in a text, in order.
    pub(super) find: fn(&[u8]) -> Vec<T>,
    /// What is noted of a document that holds none.
    pub(super) none: &'static str,
    /// Gives one away, found in what was collected.
    pub(super) give: fn(T, Whole, &Collected, &mut Sink<'_>),
}

impl<T> Pasted<T> {
    /// A reader of a document, or of a log.
    pub(super) fn reader(&'static self, whole: Whole) -> Box<dyn Reader> {
        Box::new(PastedReader {
            pasted: self,
            whole,
            held: Collected::default(),
        })
    }
}

struct PastedReader<T: 'static> {
    pasted: &'static Pasted<T>,
    whole: Whole,
    held: Collected,
}

impl<T> Reader for PastedReader<T> {
    fn line(&mut self, line: &Line<'_>, sink: &mut Sink<'_>) -> Step {
        let document = self.whole == Whole::Document;
        if !document && !(self.pasted.holds)(line.text()) {
            return Step::Pass;
        }
        self.held.push(line);
        if document {
            return Step::More;
        }
        self.end(sink);
        Step::Idle
    }

    fn end(&mut self, sink: &mut Sink<'_>) {
        let held = std::mem::take(&mut self.held);
        let found = (self.pasted.find)(held.text());
        let document = self.whole == Whole::Document;
        if let (true, true, Some(span)) = (found.is_empty(), document, held.span()) {
            return sink.note(self.pasted.none, span.clone());
        }
        for one in found {
            (self.pasted.give)(one, self.whole, &held, sink);
        }
    }
}

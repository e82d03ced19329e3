use bstr::{BStr, BString, ByteSlice};

use crate::{
    diagnose::{Draft, Examination, Rule, Slot, Variant},
    evidence::Span,
};

/// How a mistake is put right.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Fix {
    /// One sentence in the imperative, without a full stop.
    pub words: BString,
    /// The exact text to change, where there is such.
    pub edits: Vec<Edit>,
}

/// A text to change.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Edit {
    /// What stands there; empty where something is missing.
    pub from: BString,
    /// What should.
    pub to: BString,
    /// Where, as far as it stands in an input.
    pub at: Option<Span>,
    /// In which text, where that is not plain.
    pub within: Within,
}

/// In which text something is to be changed.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Within {
    /// In the request, or wherever it stands.
    #[default]
    Anything,
    /// In what the signer hashes, and not in what is sent, which is right.
    CanonicalRequest,
    /// In what the signer hashes; what it sent is not at hand.
    Hashed,
    /// In what the signer signs, and not in what is sent, which is right.
    StringToSign,
}

impl Fix {
    /// A fix in words alone.
    #[must_use]
    pub fn words(words: impl Into<BString>) -> Self {
        Self {
            words: words.into(),
            edits: Vec::new(),
        }
    }

    /// Puts the pieces of the signer right again that a mistake made wrong: the mistake is made anew
    /// in the form that was found, and each piece of its making is an edit.
    #[must_use]
    pub fn undo(
        rule: &'static Rule,
        it: &Examination<'_>,
        parameter: Option<&BStr>,
        words: impl Into<BString>,
    ) -> Self {
        let fix = Self::words(words);
        let Some(draft) = it.draft() else {
            return fix;
        };
        let variants = rule.variants(&draft, it);
        let own =
            |variant: &&Variant| variant.parameter.as_ref().map(|text| text.as_bstr()) == parameter;
        match variants.iter().find(own) {
            Some(variant) => fix.undo_pieces(it, &draft, variant),
            None => fix,
        }
    }

    fn undo_pieces(mut self, it: &Examination<'_>, draft: &Draft, variant: &Variant) -> Self {
        for (slot, piece) in variant.pieces.iter().filter(|(slot, _)| !slot.is_of_key()) {
            let right = draft.get(*slot);
            let (from, to) = match slot {
                Slot::CanonicalHeaders => lines_that_differ(piece.as_bstr(), right),
                _ => (piece.clone(), right.to_owned()),
            };
            // What is captured as it was signed was changed behind the signer: there is nothing to
            // edit here.
            let captured = it.as_scoped().map(Draft::of);
            let has = |text: &BString| {
                let held = captured.as_ref().map(|captured| captured.get(*slot));
                held.is_some_and(|held| match slot {
                    Slot::CanonicalHeaders => {
                        text.lines().all(|line| held.lines().any(|own| own == line))
                    }
                    _ => held == text,
                })
            };
            if from == to || slot.is_canonical() && has(&from) && !has(&to) {
                continue;
            }
            let within = match slot {
                Slot::Timestamp => Within::StringToSign,
                // The request states another text there, and is right.
                _ if !slot.is_canonical() && variant.beside_the_stated => Within::StringToSign,
                _ if !slot.is_canonical() => Within::Anything,
                _ if it.request().is_none() => Within::Hashed,
                _ if has(&to) && !has(&from) => Within::CanonicalRequest,
                _ => Within::Anything,
            };
            let at = match within {
                Within::StringToSign => it.locate_in_string(&from),
                Within::Anything => it.locate(&from),
                Within::CanonicalRequest | Within::Hashed => it.locate_signed(&from),
            };
            self = self.edit(from, to, at).within(within);
        }
        self
    }

    /// Adds a text to change.
    #[must_use]
    pub fn edit(
        mut self,
        from: impl Into<BString>,
        to: impl Into<BString>,
        at: Option<Span>,
    ) -> Self {
        self.edits.push(Edit {
            from: from.into(),
            to: to.into(),
            at,
            within: Within::Anything,
        });
        self
    }

    /// Says in which text the last edit is.
    #[must_use]
    pub fn within(mut self, within: Within) -> Self {
        if let Some(edit) = self.edits.last_mut() {
            edit.within = within;
        }
        self
    }
}

/// The lines of each text that the other has not; both texts whole where they differ in order only.
fn lines_that_differ(one: &BStr, other: &BStr) -> (BString, BString) {
    let lines = |own: &BStr, other: &BStr| {
        let other: Vec<&[u8]> = other.lines().collect();
        let lines: Vec<&[u8]> = own.lines().filter(|line| !other.contains(line)).collect();
        BString::from(lines.join(&b'\n'))
    };
    let (own, others) = (lines(one, other), lines(other, one));
    match own.is_empty() && others.is_empty() {
        true => (one.to_owned(), other.to_owned()),
        false => (own, others),
    }
}

use crate::diagnose::{Slot, Variant};

/// What a rule makes of a draft.
///
/// Where the draft holds another mistake already, much of it was tried: a rule may ask what is
/// wanted before it makes what takes long.
#[derive(Debug, Default)]
pub struct Variants<'a> {
    made: Vec<Variant>,
    behind: Option<&'a Variant>,
}

/// As many as most rules make.
const MANY: usize = 8;

impl<'a> Variants<'a> {
    /// To be made on a draft that holds one mistake.
    pub(super) fn behind(mistake: &'a Variant) -> Self {
        Self {
            made: Vec::with_capacity(MANY),
            behind: Some(mistake),
        }
    }

    /// Adds one.
    pub fn push(&mut self, variant: Variant) {
        self.made.push(variant);
    }

    /// Whether a mistake that is made of this slot's text alone is still to be tried.
    #[must_use]
    pub fn wants(&self, slot: Slot) -> bool {
        self.behind
            .is_none_or(|mistake| mistake.piece(slot).is_some())
    }

    /// Whether mistakes that are made by themselves only are still to be tried.
    #[must_use]
    pub fn wants_alone(&self) -> bool {
        self.behind.is_none()
    }

    /// All that were made.
    #[must_use]
    pub fn into_vec(self) -> Vec<Variant> {
        self.made
    }
}

impl Extend<Variant> for Variants<'_> {
    fn extend<I: IntoIterator<Item = Variant>>(&mut self, variants: I) {
        self.made.extend(variants);
    }
}

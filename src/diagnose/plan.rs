use bstr::{BStr, BString, ByteSlice};

use crate::{
    diagnose::{
        Draft, Examination, Rule, Slot, Stated, Variant,
        grouping::{leader, unique},
        rules::rules,
    },
    sigv4::Sha256Digest,
};

/// What the prover works on.
pub(super) struct Plan {
    pub(super) right: Draft,
    pub(super) base: Draft,
    /// Mistakes that the request itself states: they are made in every hypothesis.
    pub(super) forced: Vec<Variant>,
    /// Mistakes that it does not contradict.
    pub(super) free: Vec<Variant>,
}

impl Plan {
    /// Makes every mistake on the right draft.
    pub(super) fn of(it: &Examination<'_>, right: Draft) -> Self {
        let stated = it.stated().map(Stated::pieces).unwrap_or_default();
        let made = rules().iter().flat_map(|rule| rule.variants(&right, it));
        let (mut variants, without_effect) =
            made.partition::<Vec<Variant>, _>(|variant| changes(variant, &right));
        let text = |slot: Slot| {
            stated
                .iter()
                .find(|(own, _)| *own == slot)
                .map(|(_, text)| text)
        };
        let contradicts = |variant: &Variant| {
            variant.pieces.iter().any(|(slot, piece)| {
                let stated = text(*slot).filter(|text| *text != piece);
                // The list that is sent need not be in the order of the one that is signed.
                stated.is_some_and(|text| *slot != Slot::SignedHeaders || !same_names(text, piece))
            })
        };
        variants.retain(|variant| variant.beside_the_stated || !contradicts(variant));
        let is_forced = |variant: &Variant| {
            !variant.beside_the_stated
                && variant.pieces.iter().any(|(slot, piece)| {
                    text(*slot) == Some(piece) && right.get(*slot) != piece.as_bstr()
                })
        };
        let (forced, mut free) = variants
            .into_iter()
            .partition::<Vec<_>, _>(|variant| is_forced(variant));
        let mut base = forced
            .iter()
            .fold(right.clone(), |draft, variant| draft.with(variant));
        for (slot, text) in &stated {
            base.set(*slot, text);
        }
        // A signer takes the key's ingredients from the scope that it states.
        let of_scope = [
            (Slot::KeyDate, Slot::ScopeDate),
            (Slot::KeyRegion, Slot::ScopeRegion),
            (Slot::KeyService, Slot::ScopeService),
        ];
        for (key, scope) in of_scope {
            let text = base.get(scope).to_owned();
            base.set(key, &text);
        }
        // What changes nothing of the right text may change the one that the request states.
        let of_stated = |variant: &Variant| {
            variant.frame.canonical_request.is_some()
                && variant.pieces.is_empty()
                && changes(variant, &base)
        };
        free.extend(without_effect.into_iter().filter(of_stated));
        Self {
            right,
            base,
            forced,
            free,
        }
    }

    /// The base with a canonical request of its own; `None` of a text that is not parted as it
    /// should be, and so has no pieces.
    pub(super) fn with_text(&self, text: &BStr) -> Option<Draft> {
        let mut draft = self.base.clone();
        draft.set_canonical(text);
        // A line too many or too few, or lines that end otherwise, and the pieces are not what they
        // stand for.
        let indents = |(name, _): (&BStr, &BStr)| name.starts_with(b" ") || name.starts_with(b"\t");
        let indented = draft.header_lines().any(indents);
        let shifted = text.contains(&b'\r') || indented || !draft.is_parted();
        (!shifted && draft.canonical_request() == text).then_some(draft)
    }

    /// The rules of what the request itself states; several that say one thing of it are one
    /// mistake, and go by their leader.
    pub(super) fn forced_rules(&self) -> Vec<&'static Rule> {
        let same = |variant: &Variant| {
            let own = |own: &&Variant| own.pieces == variant.pieces;
            leader(self.forced.iter().filter(own).map(|own| own.rule))
        };
        unique(self.forced.iter().map(same))
    }
}

/// Whether two lists of signed headers have the same names, in whatever order.
fn same_names(one: &BString, other: &BString) -> bool {
    let [one, other] = [one, other].map(|list| {
        let mut names: Vec<&[u8]> = list.split_str(";").collect();
        names.sort_unstable();
        names
    });
    one == other
}

/// A digest with every kind of digit.
const SAMPLE: Sha256Digest = Sha256Digest::new([0x0a; 32]);

/// Whether a variant is other than the draft at all.
pub(super) fn changes(variant: &Variant, draft: &Draft) -> bool {
    let differs = |(slot, piece): &(Slot, BString)| draft.get(*slot) != piece.as_bstr();
    let frame = &variant.frame;
    if frame.string_to_sign.is_some() && variant.pieces.is_empty() {
        // Whatever the digest is: it need not be computed.
        let over = |draft: &Draft| draft.string_to_sign_over(SAMPLE);
        return over(&draft.with(variant)) != over(draft);
    }
    if draft.is_of_policy() {
        let whole = variant.secret.is_some() || frame.key.is_some() || frame.signature.is_some();
        let signed = |(slot, _): &&(Slot, BString)| *slot >= Slot::ScopeDate;
        return whole || variant.pieces.iter().filter(signed).any(differs);
    }
    if frame.canonical_request.is_some() && variant.pieces.is_empty() {
        return draft.with(variant).canonical_request() != draft.canonical_request();
    }
    variant.secret.is_some() || !frame.is_standard() || variant.pieces.iter().any(differs)
}

/// What a mistake's pieces should have been, and what they are.
pub(super) fn exhibit(plan: &Plan, variant: &Variant) -> (Option<BString>, Option<BString>) {
    let Some((slot, piece)) = variant.pieces.first() else {
        return (None, None);
    };
    let right = plan.right.get(*slot);
    if *slot != Slot::CanonicalHeaders {
        return (Some(right.to_owned()), Some(piece.clone()));
    }
    let lines = |own: &BStr, other: &BStr| {
        let other: Vec<&[u8]> = other.lines().collect();
        let lines: Vec<&[u8]> = own.lines().filter(|line| !other.contains(line)).collect();
        BString::from(lines.join(&b'\n'))
    };
    (
        Some(lines(right, piece.as_bstr())),
        Some(lines(piece.as_bstr(), right)),
    )
}

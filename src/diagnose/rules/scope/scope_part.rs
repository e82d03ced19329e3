//! What the rules about one part of the scope share.

use bstr::BString;

use crate::diagnose::{Draft, Examination, Known, Rule, Slot, Variant};

/// The region in the scope and the right one, where they differ and the right one is known.
pub(super) fn wrong_region(it: &Examination<'_>) -> Option<(BString, BString)> {
    let stated = it.stated()?.scope_part(1)?;
    let right = it.expected().region(stated);
    let known = it.expected().region_known != Known::Unknown;
    (known && right != stated).then(|| (stated.to_owned(), right))
}

/// The signing name of what the request is best explained as.
pub(super) fn best_service(it: &Examination<'_>) -> Option<&'static str> {
    Some(it.expected().best()?.service.signing_name())
}

/// Makes scopes for other regions: the one that is stated if it is wrong, else `guesses`.
pub(super) fn regions(
    rule: &'static Rule,
    draft: &Draft,
    it: &Examination<'_>,
    guesses: &[&str],
    out: &mut Vec<Variant>,
) {
    let right = draft.get(Slot::ScopeRegion);
    let stated = it.stated().and_then(|stated| stated.scope_part(1));
    let wrong = stated.filter(|stated| *stated != right && !stated.is_empty());
    let regions: Vec<BString> = match wrong {
        Some(stated) => vec![stated.to_owned()],
        None => guesses.iter().map(|guess| BString::from(*guess)).collect(),
    };
    for region in regions.into_iter().filter(|region| region != right) {
        let variant = rule.variant().with(Slot::ScopeRegion, region.clone());
        out.push(variant.with(Slot::KeyRegion, region).named(right));
    }
}

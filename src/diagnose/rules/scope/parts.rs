//! What the rules about one part of the scope share.

use bstr::{BStr, BString, ByteSlice};

use crate::{
    diagnose::{
        AwsCheck, Circumstance, Draft, Examination, Fix, Known, Observation, Rule, Slot, Variants,
    },
    evidence::{Span, Statement},
};

/// The place of the scope in the request.
pub(super) fn place(it: &Examination<'_>) -> Option<Span> {
    if let Some(told) = it.told_scope() {
        return it.locate(&told.text);
    }
    let scope: Vec<&[u8]> = it.stated()?.authorization.scope().split_str("/").collect();
    it.locate(&written(it, &scope))
}

/// The scope with another text in one of its parts, counted from 0; in a query as it is encoded
/// there. Without the right text it is said in words alone.
pub(super) fn fix(it: &Examination<'_>, at: usize, right: Option<&BStr>) -> Fix {
    if let Some(fix) = fix_told(it) {
        return fix;
    }
    let fix = Fix::words("change it in the string to sign, in Credential= and in the signing key");
    let (Some(stated), Some(right)) = (it.stated(), right) else {
        return fix;
    };
    let scope = stated.authorization.scope();
    let mut parts: Vec<&[u8]> = scope.split_str("/").collect();
    let from = written(it, &parts);
    // What else is wrong in it has a finding of its own, and must not stay in this one's text.
    let region = wrong_region(it).map(|(_, right)| right);
    // Of a scope with another number of parts, each is taken for what stands there in a right one.
    let is_whole = stated.scope_part(0).is_some();
    let place_of = |at: usize| match is_whole {
        true => stated.scope_place(at),
        false => Some(at),
    };
    let service = place_of(2)
        .and_then(|at| parts.get(at))
        .map(|stated| it.expected().service(stated.as_bstr()));
    let others = [(1, region.as_ref()), (2, service.as_ref())];
    let others = others.into_iter().filter(|(other, _)| *other != at);
    let texts = others.filter_map(|(at, text)| Some((at, text?.as_bstr())));
    for (at, text) in texts.chain([(at, right)]) {
        if let Some(part) = place_of(at).and_then(|at| parts.get_mut(at)) {
            *part = text;
        }
    }
    fix.edit(from, written(it, &parts), place(it))
}

/// What a client that signs by itself is to be told instead: the same text with the right names.
fn fix_told(it: &Examination<'_>) -> Option<Fix> {
    let told = it.told_scope()?;
    let right = [
        (1, it.expected().region(it.scope_part(1)?)),
        (2, it.expected().service(it.scope_part(2)?)),
    ];
    // `aws:amz:REGION:SERVICE`: in curl's text both stand a place further back.
    let mut parts: Vec<&[u8]> = told.text.split_str(":").collect();
    for (at, name) in &right {
        *parts.get_mut(at + 1)? = name;
    }
    let to = parts.join(&b':');
    let fix = Fix::words("tell the client the right names: it signs with them");
    Some(fix.edit(told.text.clone(), to, place(it)))
}

/// A scope as the request writes it.
fn written(it: &Examination<'_>, parts: &[&[u8]]) -> BString {
    let encoded = it
        .raw_pair("X-Amz-Credential")
        .is_some_and(|pair| pair.contains_str("%2F"));
    bstr::join(if encoded { "%2F" } else { "/" }, parts).into()
}

/// The region in the scope and the right one, where they differ and the right one is known.
pub(super) fn wrong_region(it: &Examination<'_>) -> Option<(BString, BString)> {
    let stated = it.scope_part(1)?;
    let right = it.expected().region(stated);
    let known = it.expected().region_known != Known::Unknown;
    (known && right != stated).then(|| (stated.to_owned(), right))
}

/// What the evidence says of a region in the scope that is not the right one.
pub(super) fn observe_region(it: &Examination<'_>) -> Vec<Observation> {
    // Where no region is right, what the service expects is that of whoever answered.
    if it.expected().is_of_all_regions() {
        return Vec::new();
    }
    // A scope that the service took is right, whatever the catalogue has.
    let Some((stated, right)) = wrong_region(it).filter(|_| !it.passed(AwsCheck::Scope)) else {
        return Vec::new();
    };
    vec![
        Observation::new(region_known(it))
            .shows(stated, right.clone())
            .named(right)
            .at(place(it)),
    ]
}

/// Whether the service itself says that the region is wrong, be it without naming the right one.
pub(super) fn region_known(it: &Examination<'_>) -> Circumstance {
    let says = it
        .statements()
        .iter()
        .any(|statement| matches!(statement, Statement::RegionShouldBe { .. }));
    match says {
        true => Circumstance::Stated,
        false => Circumstance::Known,
    }
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
    out: &mut Variants<'_>,
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

//! Header lines as they were before somebody changed them.

use bstr::{BStr, BString};

use crate::diagnose::examination::is_repeated;
use crate::diagnose::rules::capitals::capitalised;
use crate::diagnose::{AroundHeader, Draft, Examination, Rule, Slot, Variant, Variants};

/// Makes the lines that a signer may have had for one signed header: the values that the evidence
/// has for it, then `guesses`, then none at all.
pub(super) fn lines(
    rule: &'static Rule,
    draft: &Draft,
    it: &Examination<'_>,
    name: &str,
    guesses: impl IntoIterator<Item = BString>,
    out: &mut Variants<'_>,
) {
    let Some(now) = draft.header(name) else {
        return;
    };
    let around = draft.around_header(name);
    let mut seen: Vec<BString> = vec![now.to_owned()];
    let values = it.other_values(name, now).into_iter().chain(guesses);
    for value in values.chain([BString::default()]) {
        if seen.contains(&value) || is_repeated(&value, now) {
            continue;
        }
        out.push(variant(rule, &around, Some(value.as_ref())).of_change());
        seen.push(value);
    }
    out.push(variant(rule, &around, None).of_change());
}

/// One header with another value, or left out.
pub(super) fn line(
    rule: &'static Rule,
    draft: &Draft,
    name: &str,
    value: Option<&BStr>,
) -> Variant {
    variant(rule, &draft.around_header(name), value)
}

/// The same, of lines that are parted already.
pub(super) fn variant(
    rule: &'static Rule,
    around: &AroundHeader<'_>,
    value: Option<&BStr>,
) -> Variant {
    let name = around.name();
    let parameter = match value {
        Some(value) => BString::from([name.as_bytes(), b":", value].concat()),
        None => format!("no {name}").into(),
    };
    let lines = around.with(value.map(AsRef::as_ref));
    rule.variant()
        .with(Slot::CanonicalHeaders, lines)
        .named(parameter)
}

/// The line that a request lacks, where it lacks a header that was signed with a value: there is
/// nothing to change, but something to add.
pub(super) fn lacking(it: &Examination<'_>, name: &str, signed: Option<&BStr>) -> Option<BString> {
    let value = signed?.strip_prefix(name.as_bytes())?.strip_prefix(b":")?;
    let request = it.request().filter(|_| !value.is_empty())?;
    request.header(name).is_none().then(|| {
        let name = capitalised(name.as_bytes());
        [&name[..], b": ", value].concat().into()
    })
}

/// Texts as guesses.
pub(super) fn texts(texts: &[&str]) -> Vec<BString> {
    texts.iter().map(|text| BString::from(*text)).collect()
}

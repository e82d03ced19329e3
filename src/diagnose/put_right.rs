use bstr::{BStr, BString, ByteSlice};

use crate::{
    diagnose::{Circumstance, Diagnosis, Edit, Examination, Finding, Proof, RuleStage},
    evidence::Attempt,
    wire::{
        HeaderField, Request,
        target::{RawPair, pairs},
    },
};

/// The attempt with its request as the findings would have it: what the right derivation starts
/// from where the request itself is wrong.
///
/// Only findings that are proven, stated or known change anything, and only what is there. The
/// signing time stays: another clock is another request.
#[must_use]
pub fn put_right(it: &Examination<'_>, diagnosis: &Diagnosis) -> Attempt {
    let mut attempt = it.attempt().clone();
    let sure = diagnosis
        .findings
        .iter()
        .filter(|finding| finding.proof.is_sure() && finding.rule.stage != RuleStage::Clock);
    let edits: Vec<&Edit> = sure.flat_map(|finding| &finding.fix.edits).collect();
    for claim in &mut attempt.requests {
        if let Ok(request) = &mut claim.parsed {
            edits.iter().for_each(|edit| apply(edit, request));
        }
    }
    attempt
}

/// The request as the findings that are stated or known would have it, which is what to sign anew.
/// A mistake of the signer alone changes nothing here: it is not made again.
#[must_use]
pub fn corrected(request: &Request, findings: &[Finding]) -> Request {
    let mut request = request.clone();
    let sure = findings.iter().filter(|finding| {
        matches!(
            finding.proof,
            Proof::Circumstance(Circumstance::Stated | Circumstance::Known)
        )
    });
    let edits = sure.flat_map(|finding| {
        let of_clock = finding.rule.stage == RuleStage::Clock;
        let edits = finding.fix.edits.iter();
        // The signing time is made anew; how long it is good for is not.
        edits.filter(move |edit| !of_clock || edit.from.starts_with(b"X-Amz-Expires="))
    });
    edits.for_each(|edit| apply(edit, &mut request));
    request
}

fn apply(edit: &Edit, request: &mut Request) {
    if edit.from.is_empty() {
        return;
    }
    if request.host().is_some_and(|host| *host == edit.from) {
        return move_to(request, edit.to.as_bstr());
    }
    if request.query().is_some_and(|query| *query == edit.from) {
        return set_query(request, edit.to.to_vec());
    }
    if request.query().is_some_and(|query| has_pair(query, edit)) {
        return change_pair(request, edit);
    }
    for (from, to) in edit.from.lines().zip(edit.to.lines()) {
        let (Some(from), Some(to)) = (HeaderField::parse(from), HeaderField::parse(to)) else {
            continue;
        };
        let same = |name: &BStr| name.eq_ignore_ascii_case(&from.name);
        if !same(to.name.as_bstr()) || same(BStr::new("authorization")) {
            continue;
        }
        let field = request
            .headers
            .iter_mut()
            .find(|field| same(field.name.as_bstr()) && field.value.trim() == from.value.trim());
        if let Some(field) = field {
            field.value = to.value;
        }
    }
}

fn move_to(request: &mut Request, host: &BStr) {
    if let Some(origin) = &mut request.origin {
        origin.authority = host.into();
    }
    let fields = request.headers.iter_mut();
    for field in fields.filter(|field| field.is("host")) {
        field.value = host.into();
    }
}

fn set_query(request: &mut Request, query: Vec<u8>) {
    let separator: &[u8] = if query.is_empty() { b"" } else { b"?" };
    request.target = BString::from([request.path(), separator, &query].concat());
}

fn has_pair(query: &[u8], edit: &Edit) -> bool {
    pairs(query).any(|pair| pair.to_bytes() == *edit.from)
}

/// Puts another pair in the place of one, or takes it out.
fn change_pair(request: &mut Request, edit: &Edit) {
    let query = request.query().unwrap_or_default();
    let pairs = pairs(query).map(RawPair::to_bytes);
    let pairs = pairs.map(|pair| match pair == *edit.from {
        true => edit.to.to_vec(),
        false => pair,
    });
    let pairs: Vec<Vec<u8>> = pairs.filter(|pair| !pair.is_empty()).collect();
    set_query(request, pairs.join(&b'&'));
}

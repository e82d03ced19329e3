use bstr::{BStr, ByteSlice};

use crate::{
    diagnose::{Diagnosis, Edit, Examination, RuleStage},
    evidence::Attempt,
    wire::{HeaderField, Request},
};

/// The attempt with its request's header fields as the findings would have them: what the right
/// derivation starts from where the request itself is wrong.
///
/// Only findings that are proven, stated or known change anything, and only fields that are there.
/// The signing time stays: another clock is another request.
#[must_use]
pub fn put_right(it: &Examination<'_>, diagnosis: &Diagnosis) -> Attempt {
    let mut attempt = it.attempt().clone();
    let sure = diagnosis.findings.iter().filter(|finding| {
        finding.proof.rank() <= SUREST_GUESS && finding.rule.stage != RuleStage::Clock
    });
    let edits: Vec<&Edit> = sure.flat_map(|finding| &finding.fix.edits).collect();
    for claim in &mut attempt.requests {
        if let Ok(request) = &mut claim.parsed {
            edits.iter().for_each(|edit| apply(edit, request));
        }
    }
    attempt
}

/// The rank of the weakest proof that is more than a suspicion.
const SUREST_GUESS: u8 = 3;

fn apply(edit: &Edit, request: &mut Request) {
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

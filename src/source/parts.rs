use crate::{
    evidence::{Attempt, Case, Party, Tie},
    source::leftover::{join, lacks},
};

/// What a case has of a request that failed.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Part {
    /// The request, with whatever stands beside it.
    Request,
    /// What its signer printed.
    Artifacts,
    /// The service's answer.
    Refusal,
}

impl Part {
    /// `None` for a case that is whole, or is of several attempts.
    fn of(case: &Case) -> Option<Self> {
        let [attempt] = case.attempts.as_slice() else {
            return None;
        };
        let refused = !attempt.refusals.is_empty();
        if !attempt.requests.is_empty() || !attempt.forms.is_empty() {
            return lacks(case).then_some(Self::Request);
        }
        match (is_signers(attempt), refused) {
            (true, false) => Some(Self::Artifacts),
            (false, true) => Some(Self::Refusal),
            _ => None,
        }
    }
}

fn is_signers(attempt: &Attempt) -> bool {
    attempt.canonical_request(Party::Signer).is_some()
        || attempt.string_to_sign(Party::Signer).is_some()
        || !attempt.authorizations.is_empty()
        || !attempt.signatures.is_empty()
}

/// Whether a case may be a part of another.
pub(super) fn is_part(case: &Case) -> bool {
    Part::of(case).is_some()
}

/// So many lines may an input's only parts stand apart.
const APART: u64 = 300;

/// Makes one case of the only parts that an input has, each of which is another, where nothing
/// that they say is of two requests.
pub(super) fn made_one(cases: Vec<Case>) -> Vec<Case> {
    let mut parts: Vec<(Part, &Case)> = Vec::new();
    for case in &cases {
        match Part::of(case) {
            Some(part) if parts.iter().all(|(held, _)| *held != part) => parts.push((part, case)),
            _ => return cases,
        }
    }
    let fits = |(at, (_, case)): (usize, &(Part, &Case))| {
        parts
            .iter()
            .skip(at + 1)
            .all(|(_, other)| belong(case, other))
    };
    if parts.len() < 2 || !parts.iter().enumerate().all(fits) {
        return cases;
    }
    let mut cases = cases;
    cases.sort_by_key(Part::of);
    let number = cases.iter().map(|case| case.number).min();
    let mut cases = cases.into_iter();
    let whole = cases.next().map(|mut first| {
        cases.for_each(|case| join(&mut first, case));
        first.number = number.unwrap_or(first.number);
        first
    });
    whole.into_iter().collect()
}

fn belong(one: &Case, other: &Case) -> bool {
    let operations = one.operation().zip(other.operation());
    let lines = one.span().zip(other.span()).map(|(one, other)| {
        let apart = |above: u64, below: u64| below.saturating_sub(above);
        apart(one.last_line, other.first_line).max(apart(other.last_line, one.first_line))
    });
    let attempts = one.attempts.first().zip(other.attempts.first());
    operations.is_none_or(|(one, other)| one == other)
        && lines.is_some_and(|apart| apart <= APART)
        && attempts.is_some_and(|(one, other)| Tie::of(one, other).is_some())
}

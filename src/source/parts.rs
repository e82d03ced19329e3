use std::cmp::Reverse;

use crate::{
    evidence::{Attempt, Case, Party, Tie},
    source::{Breadth, format, leftover::join},
};

/// What a case has of a request that failed.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Has {
    request: bool,
    /// The signer's canonical request.
    canonical_request: bool,
    /// The signer's string to sign.
    string_to_sign: bool,
    /// An authorization, or a signature, outside of a request.
    signature: bool,
    /// The service's answer.
    answer: bool,
}

impl Has {
    /// `None` for a case of several attempts.
    fn of(case: &Case) -> Option<Self> {
        let [attempt] = case.attempts.as_slice() else {
            return None;
        };
        Some(Self {
            request: !attempt.requests.is_empty() || !attempt.forms.is_empty(),
            canonical_request: attempt.canonical_request(Party::Signer).is_some(),
            string_to_sign: attempt.string_to_sign(Party::Signer).is_some(),
            signature: !attempt.authorizations.is_empty() || !attempt.signatures.is_empty(),
            answer: !attempt.refusals.is_empty() || !attempt.responses.is_empty(),
        })
    }

    fn is_whole(self) -> bool {
        self.request && self.canonical_request && self.string_to_sign && self.answer
    }

    fn shares(self, other: Self) -> bool {
        self.request && other.request
            || self.canonical_request && other.canonical_request
            || self.string_to_sign && other.string_to_sign
            || self.signature && other.signature
            || self.answer && other.answer
    }
}

/// Whether a case may be a part of another.
pub(super) fn is_part(case: &Case) -> bool {
    Has::of(case).is_some_and(|has| !has.is_whole())
}

/// So many lines may an input's only parts stand apart.
const APART: u64 = 300;

/// Makes one case of the only parts that an input has, each of which is another, where nothing
/// that they say is of two requests.
pub(super) fn made_one(cases: Vec<Case>) -> Vec<Case> {
    let mut parts: Vec<(Has, &Case)> = Vec::new();
    for case in &cases {
        match Has::of(case) {
            Some(has) if !parts.iter().any(|(held, _)| held.shares(has)) => parts.push((has, case)),
            _ => return cases,
        }
    }
    // The request says what the others speak of.
    parts.sort_by_key(|(has, _)| Reverse(*has));
    let mut parts = parts.into_iter().map(|(_, case)| case);
    let Some(mut whole) = parts.next().cloned() else {
        return cases;
    };
    for part in parts {
        if !belong(&whole, part) {
            return cases;
        }
        whole.number = whole.number.min(part.number);
        join(&mut whole, part.clone());
    }
    vec![whole]
}

/// What the client has of an attempt, where there is its request: the service may have computed
/// what a signer never meant.
fn without_answer(attempt: &Attempt) -> Attempt {
    let mut attempt = attempt.clone();
    if !attempt.requests.is_empty() {
        let of_client = |party: Party| party != Party::Service;
        attempt.refusals.clear();
        attempt
            .canonical_requests
            .retain(|claim| of_client(claim.party));
        attempt
            .strings_to_sign
            .retain(|claim| of_client(claim.party));
    }
    attempt
}

/// Whether both may be of one request.
fn belong(one: &Case, other: &Case) -> bool {
    let operations = one.operation().zip(other.operation());
    let lines = one.span().zip(other.span()).map(|(one, other)| {
        let apart = |above: u64, below: u64| below.saturating_sub(above);
        apart(one.last_line, other.first_line).max(apart(other.last_line, one.first_line))
    });
    // A client's log has its answers below their requests.
    let of_client = format(one.format).is_some_and(|format| format.breadth == Breadth::Client);
    let answers = Has::of(other).is_some_and(|has| has.answer);
    let stands_below = one
        .span()
        .zip(other.span())
        .is_some_and(|(one, other)| other.first_line > one.first_line);
    if of_client && answers && !stands_below {
        return false;
    }
    let attempts = one.attempts.first().map(without_answer);
    let attempts = attempts.as_ref().zip(other.attempts.first());
    operations.is_none_or(|(one, other)| one == other)
        && lines.is_some_and(|apart| apart <= APART)
        && attempts.is_some_and(|(one, other)| Tie::of(one, other).is_some())
}

use std::{
    collections::VecDeque,
    hash::{DefaultHasher, Hash, Hasher},
};

use bstr::BString;

use crate::evidence::{Attempt, Case, Claim};

/// The calls that a log told last: one that goes to two handlers, or is shown once more behind a
/// failed test, tells each call twice.
#[derive(Debug, Default)]
pub(super) struct Repeats {
    told: VecDeque<Told>,
}

#[derive(Debug)]
struct Told {
    signature: BString,
    /// A mark of each thing that was said of the call.
    marks: Vec<u64>,
}

/// How many calls are remembered.
const TOLD: usize = 256;

impl Repeats {
    /// Whether a call was told before, with all that is said of it now; an answer of its own, or
    /// anything else, makes it another one.
    pub(super) fn is_repeat(&mut self, case: &Case) -> bool {
        let last = case.attempts.last();
        let Some(signature) = last.and_then(Attempt::authorization) else {
            return false;
        };
        let signature = signature.signature;
        if signature.len() != 64 {
            return false;
        }
        let marks: Vec<u64> = case.attempts.iter().flat_map(marks).collect();
        let same = |told: &Told| {
            told.signature == signature && marks.iter().all(|mark| told.marks.contains(mark))
        };
        if self.told.iter().any(same) {
            return true;
        }
        if self.told.len() == TOLD {
            self.told.pop_front();
        }
        self.told.push_back(Told { signature, marks });
        false
    }
}

/// Marks of what signer and wire say; a refusal is the answer's, or printed once more.
fn marks(attempt: &Attempt) -> Vec<u64> {
    let mut marks = Vec::new();
    for request in attempt.requests.iter().filter_map(Claim::value) {
        let head = (&request.method, &request.target);
        marks.push(mark(&(head, &request.headers, request.body.bytes())));
    }
    for response in attempt.responses.iter().filter_map(Claim::value) {
        let head = (response.status, &response.headers);
        marks.push(mark(&(head, response.body.bytes())));
    }
    let texts = attempt
        .canonical_requests
        .iter()
        .map(|claim| (claim.party, &claim.text));
    let texts = texts.chain(
        attempt
            .strings_to_sign
            .iter()
            .map(|claim| (claim.party, &claim.text)),
    );
    marks.extend(texts.map(|(party, text)| mark(&(party, text))));
    marks
}

fn mark(of: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}

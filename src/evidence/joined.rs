use bstr::{BStr, ByteSlice};

use crate::evidence::{Attempt, Case, Claim, InputId};

/// Several inputs' cases made one, and which could not be.
#[derive(Clone, Debug)]
pub struct Joined {
    /// The request, with the claims of all inputs that speak of it.
    pub case: Case,
    /// The inputs that speak of another request.
    pub apart: Vec<InputId>,
}

/// Joins cases that are claims about one request: by signature, else by digest, else by time,
/// else by method and target, else because one side has nothing to tell it by; the first is the
/// one that the others must fit.
#[must_use]
pub fn join(first: Case, others: Vec<(InputId, Case)>) -> Joined {
    let mut case = first;
    let mut apart = Vec::new();
    for (input, other) in others {
        let fits = match (case.last_attempt(), other.last_attempt()) {
            (Some(mine), Some(theirs)) => same(mine, theirs),
            _ => true,
        };
        if !fits {
            apart.push(input);
            continue;
        }
        case.hints.extend(other.hints.iter().cloned());
        let theirs = other.attempts.into_iter().next_back().unwrap_or_default();
        match case.attempts.last_mut() {
            Some(mine) => mine.absorb(theirs),
            None => case.attempts.push(theirs),
        }
    }
    Joined { case, apart }
}

/// Whether two attempts can be one: the first mark that both have decides.
fn same(mine: &Attempt, theirs: &Attempt) -> bool {
    type Mark = fn(&Attempt) -> Option<Vec<u8>>;
    let marks: [Mark; 5] = [
        signature,
        digest,
        timestamp,
        access_key_id,
        method_and_target,
    ];
    for mark in marks {
        if let (Some(mine), Some(theirs)) = (mark(mine), mark(theirs)) {
            return mine == theirs;
        }
    }
    true
}

fn signature(attempt: &Attempt) -> Option<Vec<u8>> {
    let provided = || Some(attempt.refusal()?.detail("SignatureProvided")?.to_vec());
    let alone = || attempt.signatures.first().map(|claim| claim.text.to_vec());
    let stated = attempt
        .authorization()
        .map(|stated| stated.signature.to_vec());
    stated
        .or_else(alone)
        .or_else(provided)
        .filter(|signature| signature.len() == 64)
}

/// The signer's digest cannot be compared with the service's: they differ when the request failed.
fn digest(attempt: &Attempt) -> Option<Vec<u8>> {
    let signer = attempt.string_to_sign(crate::evidence::Party::Signer)?;
    signer
        .value()
        .map(|value| value.canonical_request_digest.as_bytes().to_vec())
}

fn timestamp(attempt: &Attempt) -> Option<Vec<u8>> {
    let signed = attempt.strings_to_sign.iter().find_map(Claim::value);
    let signed = signed.map(|value| value.timestamp.as_bstr().to_vec());
    let stated = || {
        attempt
            .request()?
            .header("x-amz-date")
            .map(|date| date.trim().to_vec())
    };
    let presigned = || attempt.presigned()?.date.map(Vec::from);
    signed.or_else(stated).or_else(presigned)
}

fn access_key_id(attempt: &Attempt) -> Option<Vec<u8>> {
    let stated = attempt
        .authorization()
        .map(|stated| stated.access_key_id().to_vec());
    stated.or_else(|| Some(attempt.refusal()?.detail("AWSAccessKeyId")?.to_vec()))
}

fn method_and_target(attempt: &Attempt) -> Option<Vec<u8>> {
    let request = attempt.request()?;
    let parts: [&BStr; 2] = [request.method.as_bstr(), request.target.as_bstr()];
    Some(bstr::join(" ", parts))
}

use std::{
    collections::{HashSet, VecDeque},
    hash::{DefaultHasher, Hash, Hasher},
    ops::RangeInclusive,
};

use bstr::{BString, ByteSlice};

use crate::{
    evidence::{Attempt, Case, Claim, Party, Refusal, Span, Tie},
    sigv4::Sha256Digest,
    wire::target::parameter,
};

/// Cases of which only a part is known, kept back until the input is over: each is given away
/// only if no whole case tells the same.
///
/// One refusal is printed up to four times (the answer's body, a traceback, a last message), and
/// an artifact or a URL may be printed once more by the program around the client.
#[derive(Debug, Default)]
pub(super) struct Leftovers {
    held: VecDeque<Case>,
    told: HashSet<u64>,
    /// On which line each whole case begins, the last of many.
    begins: VecDeque<u64>,
}

/// How many are kept back; of more, the last.
const HELD: usize = 64;
/// How many marks of cases are remembered.
const TOLD: usize = 1 << 16;
/// How many cases' lines are remembered.
const BEGINS: usize = 1 << 12;
/// So many lines may stand between a request and what a program prints of its refusal.
const BELOW: u64 = 100;

/// What tells a case from others: by its signature and strings, or by its message alone.
#[derive(Debug, Default)]
struct Marks {
    strong: Vec<u64>,
    /// The same, each with whose it is: what the service computed does not tell what the signer did.
    told: Vec<u64>,
    times: Vec<u64>,
    messages: Vec<u64>,
    /// The first sentence of each message: a title has no more of it.
    sentences: Vec<u64>,
    /// The operation that the messages speak of; empty where none is named.
    operation: BString,
}

impl Leftovers {
    /// Remembers what a whole case tells.
    pub(super) fn told(&mut self, case: &Case) {
        if self.told.len() > TOLD {
            self.told.clear();
        }
        let marks = Marks::of(case);
        self.remember(&marks);
        if self.begins.len() == BEGINS {
            self.begins.pop_front();
        }
        self.begins.extend(case.span().map(|span| span.first_line));
    }

    fn remember(&mut self, marks: &Marks) {
        self.told.extend(&marks.told);
        self.told.extend(&marks.messages);
        self.told.extend(&marks.sentences);
        self.told.extend(marks.named(&marks.operation));
    }

    /// What is kept back.
    pub(super) fn held(&self) -> impl Iterator<Item = &Case> {
        self.held.iter()
    }

    /// Takes back what an answer told, and nothing else, within these lines.
    pub(super) fn take_back(&mut self, lines: &RangeInclusive<u64>) -> Vec<Case> {
        take_answers(&mut self.held, lines)
    }

    /// Keeps a case back.
    pub(super) fn keep(&mut self, case: Case) {
        if self.held.len() == HELD {
            self.held.pop_front();
        }
        self.held.push_back(case);
    }

    /// The cases that nothing else tells of, those of one request made one; what speaks of one of
    /// the cases that lack it is added there.
    pub(super) fn finish(&mut self, lacking: &mut VecDeque<Case>) -> Vec<Case> {
        let mut cases: Vec<(Marks, Case)> = Vec::new();
        let held = std::mem::take(&mut self.held).into_iter();
        let mut held: Vec<(Marks, Case)> = held.map(|case| (Marks::of(&case), case)).collect();
        // What is no more than a message may tell again what another part tells.
        held.sort_by_key(|(marks, case)| is_message_alone(case, marks));
        for (marks, case) in held {
            let found = whose(&case, &marks, lacking);
            let found = found.or_else(|| self.right_above(&case, &marks, lacking));
            if let Some(into) = found.and_then(|at| lacking.get_mut(at)) {
                self.remember(&marks);
                join(into, case);
                continue;
            }
            if self.is_told(&marks) {
                continue;
            }
            let apart = |held: &Case| {
                let last = held.attempts.last().zip(case.attempts.last());
                last.is_some_and(|(held, own)| Tie::of(held, own).is_none())
            };
            let fits = |(held, into): &(&Marks, &Case)| held.joins(&marks) && !apart(into);
            let same = cases.iter().rposition(|(held, into)| fits(&(held, into)));
            let same = same.or_else(|| self.below(&case, &marks, &cases));
            match same.and_then(|at| cases.get_mut(at)) {
                Some((held, into)) => {
                    join(into, case);
                    *held = Marks::of(into);
                }
                None => cases.push((marks, case)),
            }
        }
        let mut cases: Vec<Case> = cases.into_iter().map(|(_, case)| case).collect();
        cases.sort_by_key(|case| case.span().map(|span| span.first_line));
        cases
    }

    /// The request among those kept back that a refusal stands right below, as a command's answer
    /// does in a terminal.
    fn below(&self, part: &Case, marks: &Marks, cases: &[(Marks, Case)]) -> Option<usize> {
        if !is_message_alone(part, marks) {
            return None;
        }
        let line = part.span()?.first_line;
        let (_, last) = cases.last()?;
        let span = last.span()?;
        let sends = last
            .attempts
            .last()
            .is_some_and(|one| !one.requests.is_empty());
        let between = |begins: &u64| *begins > span.first_line && *begins < line;
        let fits =
            sends && is_near_above(&span, line) && lacks(last) && !self.begins.iter().any(between);
        fits.then(|| cases.len() - 1)
    }

    /// The case right above a refusal that has nothing but its message to tell it by, where no other
    /// begins in between.
    fn right_above(&self, part: &Case, marks: &Marks, lacking: &VecDeque<Case>) -> Option<usize> {
        if !is_message_alone(part, marks) || self.is_told(marks) {
            return None;
        }
        let line = part.span()?.first_line;
        let nearest = self.begins.iter().filter(|begins| **begins < line).max()?;
        let fits = |case: &Case| {
            let span = case.span();
            let near =
                span.is_some_and(|span| span.first_line == *nearest && is_near_above(&span, line));
            let named = case.operation().zip(part.operation());
            near && lacks(case) && named.is_none_or(|(own, other)| own == other)
        };
        lacking.iter().position(fits)
    }

    fn is_told(&self, marks: &Marks) -> bool {
        let told = |mark: &u64| self.told.contains(mark);
        if marks.strong.is_empty() && marks.operation.is_empty() {
            !marks.messages.is_empty() && marks.messages.iter().all(told)
        } else if marks.strong.is_empty() {
            // Another operation may have been refused in the same words.
            let all = |operation: &[u8]| marks.named(operation).all(|mark| told(&mark));
            !marks.messages.is_empty() && (all(&marks.operation) || all(b""))
        } else {
            marks.told.iter().any(told)
        }
    }
}

/// Whether a refusal has nothing but its message to tell it by.
fn is_message_alone(part: &Case, marks: &Marks) -> bool {
    let refuses = part.attempts.iter().any(|one| !one.refusals.is_empty());
    refuses && marks.strong.is_empty() && marks.times.is_empty()
}

/// Whether a place ends so little above a line that what stands there may speak of it.
fn is_near_above(place: &Span, line: u64) -> bool {
    place.last_line < line && line - place.last_line <= BELOW
}

/// Whether a case may lack what stands apart from it: its refusal, or the URL that it signed.
pub(super) fn lacks(case: &Case) -> bool {
    let Some(last) = case.attempts.last() else {
        return false;
    };
    let failed = last.response().is_none_or(|answer| answer.status >= 400);
    last.refusals.is_empty() && failed
}

/// Whether a case has what a program says it sent, and not the request.
pub(super) fn lacks_request(case: &Case) -> bool {
    let unsent = |attempt: &Attempt| attempt.requests.is_empty();
    let says = |attempt: &Attempt| !attempt.authorizations.is_empty();
    case.attempts.iter().all(unsent) && case.attempts.iter().any(says)
}

/// Takes those cases that have an answer, and nothing else, within these lines.
pub(super) fn take_answers(held: &mut VecDeque<Case>, lines: &RangeInclusive<u64>) -> Vec<Case> {
    let is_taken = |case: &Case| is_answer_within(case, lines);
    let (taken, kept): (VecDeque<Case>, VecDeque<Case>) =
        std::mem::take(held).into_iter().partition(is_taken);
    *held = kept;
    Vec::from(taken)
}

/// Whether a case has what the service said and not what was sent, all of it within these lines.
fn is_answer_within(case: &Case, lines: &RangeInclusive<u64>) -> bool {
    let is_answer = |attempt: &Attempt| {
        attempt.requests.is_empty()
            && !attempt.refusals.is_empty()
            && attempt.canonical_request(Party::Signer).is_none()
            && attempt.string_to_sign(Party::Signer).is_none()
    };
    let is_within =
        |span: Span| lines.contains(&span.first_line) && lines.contains(&span.last_line);
    case.attempts.iter().all(is_answer) && case.span().is_some_and(is_within)
}

/// The case that lacks a part: by signature, digest or string, of several the last, for what is told
/// of one of them must not be lost; else by time, where it is the only one of its second.
fn whose(part: &Case, marks: &Marks, lacking: &VecDeque<Case>) -> Option<usize> {
    let shared = |a: &[u64], b: &[u64]| a.iter().any(|mark| b.contains(mark));
    let own = |case: &Case| {
        let mut own = Marks::default();
        if let Some(last) = case.attempts.last() {
            own.add(last)
        }
        own
    };
    let refuses = part.attempts.iter().any(|one| !one.refusals.is_empty());
    let sends = part.attempts.iter().any(|one| !one.requests.is_empty());
    let fits = |case: &Case| {
        let lacks = lacks(case) || sends && lacks_request(case);
        lacks && shared(&own(case).strong, &marks.strong)
    };
    let fits_in_time = |case: &Case| {
        let unsent = case.attempts.iter().all(|one| one.requests.is_empty());
        let may = refuses || sends && unsent;
        let last = case.attempts.last().zip(part.attempts.last());
        let apart = last.is_some_and(|(own, part)| Tie::of(own, part).is_none());
        // A log has an answer below its request.
        let lines = case.span().zip(part.span());
        let above = lines.is_some_and(|(own, part)| part.first_line < own.first_line);
        may && !apart
            && !(refuses && above)
            && lacks(case)
            && shared(&own(case).times, &marks.times)
    };
    lacking.iter().rposition(fits).or_else(|| {
        let mut at = lacking
            .iter()
            .enumerate()
            .filter(|(_, case)| fits_in_time(case));
        let (first, _) = at.next()?;
        at.next().is_none().then_some(first)
    })
}

/// Adds the claims of `other` to those of `into`.
pub(super) fn join(into: &mut Case, other: Case) {
    let sends = |attempt: &Attempt| !attempt.requests.is_empty();
    let signs = |attempt: &Attempt| attempt.canonical_request(Party::Signer).is_some();
    // A header alone, and what a refusal quotes, is told again by the request that has it.
    let lacks = !into.attempts.iter().any(|one| sends(one) || signs(one));
    if lacks && other.attempts.iter().any(sends) {
        into.format = other.format;
    }
    into.hints.extend(other.hints);
    for attempt in other.attempts {
        match into.attempts.last_mut() {
            Some(last) => absorb(last, attempt),
            None => into.attempts.push(attempt),
        }
    }
}

/// Takes over what is not known yet: what is there already is not told twice.
fn absorb(into: &mut Attempt, mut other: Attempt) {
    let known: Vec<Vec<u8>> = into
        .refusals
        .iter()
        .filter_map(Claim::value)
        .map(message)
        .collect();
    other.refusals.retain(|claim| {
        let refusal = claim.value().map(message);
        refusal.is_none_or(|refusal| !known.contains(&refusal))
    });
    fn is_new<T>(held: &[Claim<T>], claim: &Claim<T>) -> bool {
        let same = |held: &Claim<T>| held.party == claim.party && held.text == claim.text;
        !held.iter().any(same)
    }
    let held = &into.canonical_requests;
    other.canonical_requests.retain(|claim| is_new(held, claim));
    let held = &into.strings_to_sign;
    other.strings_to_sign.retain(|claim| is_new(held, claim));
    // One request has one answer.
    let answered = |attempt: &Attempt| {
        attempt
            .response()
            .map(|answer| answer.body.bytes().is_some())
    };
    match (answered(into), answered(&other)) {
        (Some(false), Some(true)) => into.responses.clear(),
        (Some(_), Some(_)) => other.responses.clear(),
        _ => {}
    }
    into.absorb(other);
}

impl Marks {
    fn of(case: &Case) -> Self {
        let mut marks = Self::default();
        for attempt in &case.attempts {
            marks.add(attempt);
        }
        marks.operation = case.operation().unwrap_or_default().to_owned();
        marks
    }

    /// The messages with an operation, none of which has the mark of the message alone.
    fn named(&self, operation: &[u8]) -> impl Iterator<Item = u64> {
        let named = move |message: &u64| hash(&[&message.to_ne_bytes(), operation].concat());
        self.messages.iter().map(named)
    }

    fn add(&mut self, attempt: &Attempt) {
        let stated = attempt.authorization().map(|stated| stated.signature);
        let alone = attempt.signatures.iter().map(|claim| claim.text.clone());
        let refusals = || attempt.refusals.iter().filter_map(Claim::value);
        let provided = refusals().filter_map(|refusal| {
            let provided = refusal.detail("SignatureProvided")?;
            Some(provided.to_owned())
        });
        let signatures = stated.into_iter().chain(alone).chain(provided);
        self.strong.extend(
            signatures
                .filter(|signature| signature.len() == 64)
                .map(|signature| hash(&signature)),
        );
        self.told.extend(&self.strong);
        let whose = |party: Party, mark: u64| match party {
            Party::Service => hash(&[&mark.to_ne_bytes()[..], b"service"].concat()),
            _ => mark,
        };
        for claim in &attempt.canonical_requests {
            let mark = hash(&Sha256Digest::of(&claim.text).hex());
            self.strong.push(mark);
            self.told.push(whose(claim.party, mark));
        }
        for claim in &attempt.strings_to_sign {
            let last = claim.text.lines().next_back().unwrap_or_default();
            let mark = hash(last);
            self.strong.push(mark);
            self.told.push(whose(claim.party, mark));
            if let Ok(string) = &claim.parsed {
                self.times.push(hash(string.timestamp.as_bstr()));
            }
        }
        if let Some(request) = attempt.request() {
            let query = request.query().unwrap_or_default();
            let header = request.header("x-amz-date").map(ToOwned::to_owned);
            let time = header.or_else(|| parameter(query, "X-Amz-Date"));
            self.times.extend(time.map(|time| hash(time.trim())));
        }
        for refusal in refusals() {
            let message = message(refusal);
            let end = message.find(". ").map_or(message.len(), |stop| stop + 1);
            self.sentences
                .push(hash(message.get(..end).unwrap_or_default()));
            self.messages.push(hash(&message));
        }
    }

    fn joins(&self, other: &Self) -> bool {
        let shared = |a: &[u64], b: &[u64]| a.iter().any(|mark| b.contains(mark));
        let operations = [&self.operation, &other.operation];
        let apart =
            operations.iter().all(|one| !one.is_empty()) && self.operation != other.operation;
        shared(&self.strong, &other.strong)
            || shared(&self.times, &other.times) && !apart
            || (!apart
                && shared(&self.messages, &other.messages)
                && (self.strong.is_empty() || other.strong.is_empty()))
    }
}

/// A message without the white space that a paste changes, as far as it tells one from another.
fn message(refusal: &Refusal) -> Vec<u8> {
    const LENGTH: usize = 160;
    let text = refusal.message.replace("\\n", " ");
    let words = bstr::join(" ", text.fields());
    words.get(..LENGTH).unwrap_or(&words).to_vec()
}

fn hash(text: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use crate::{evidence::InputId, source::read_all};

    /// A log that begins in the middle has the answer of a request that it does not show.
    #[test]
    fn an_answer_that_names_another_signature_is_another_requests() {
        let [scope, time] = ["20260102/eu-west-1/s3/aws4_request", "20260102T030405Z"];
        let text = |sent: char| {
            let of = |digit: char| digit.to_string().repeat(64);
            let [digest, provided, sent] = ['d', 'a', sent].map(of);
            format!(
                "x\n<Error><Code>SignatureDoesNotMatch</Code><Message>The request signature we calculated does not match the signature you provided.</Message><StringToSign>AWS4-HMAC-SHA256\n{time}\n{scope}\n{digest}</StringToSign><SignatureProvided>{provided}</SignatureProvided></Error>\nGET /k HTTP/1.1\nHost: b.s3.eu-west-1.amazonaws.com\nX-Amz-Date: {time}\nAuthorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/{scope}, SignedHeaders=host;x-amz-date, Signature={sent}\n\n"
            )
        };
        let count = |sent: char| read_all(InputId(0), &mut text(sent).as_bytes()).0.len();
        assert_eq!([count('a'), count('b')], [1, 2]);
    }

    /// A thread's title has the first sentence of what the answer below says in full.
    #[test]
    fn a_title_tells_nothing_that_the_answer_does_not() {
        let sentence =
            "The request signature we calculated does not match the signature you provided.";
        let scope = "20260102/eu-west-1/execute-api/aws4_request";
        let digits = "a".repeat(63) + "b";
        let text = format!(
            "# InvalidSignatureException: {sentence}\n\nGET /k HTTP/1.1\nHost: x.execute-api.eu-west-1.amazonaws.com\nX-Amz-Date: 20260102T030405Z\nAuthorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/{scope}, SignedHeaders=host;x-amz-date, Signature={digits}\n\nHTTP/1.1 403 Forbidden\n\n{{\"message\": \"{sentence} Check your AWS Secret Access Key and signing method.\\n\\nThe String-to-Sign should have been\\n'AWS4-HMAC-SHA256\\n20260102T030405Z\\n{scope}\\n{digits}'\"}}\n"
        );
        let (cases, _, _) = read_all(InputId(0), &mut text.as_bytes());
        let [case] = cases.as_slice() else {
            panic!("{} cases", cases.len())
        };
        assert_eq!(case.attempts[0].refusals.len(), 1);
        assert_eq!(case.attempts[0].requests.len(), 1);
    }
}

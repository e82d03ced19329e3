use bstr::{BStr, ByteSlice};

use crate::{
    evidence::{Attempt, Case, Claim, Party},
    sigv4::PayloadHash,
    source::{
        Line, Sink,
        error_document::is_about_signing,
        exchange::{Bodies, Gathered, add_request, add_response, answer, is_signed},
    },
    wire::{Request, Response},
};

/// The calls of a log whose records do not say which call they belong to: told apart by what the
/// records hold.
#[derive(Debug)]
pub(super) struct Calls {
    format: &'static str,
    open: Vec<Call>,
    /// How many answers could be several requests'.
    unclear: usize,
    /// Whether nothing but answers was seen.
    answers_alone: bool,
}

#[derive(Debug)]
struct Call {
    case: Case,
    attempt: Attempt,
    state: State,
}

#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum State {
    Signed,
    Sent,
    Answered,
    /// Answered, and tried again.
    Retried,
}

/// No more calls are kept open than this: the oldest is given away first.
const OPEN: usize = 64;
/// What is tried more often is another call.
const ATTEMPTS: usize = 64;

impl Calls {
    pub(super) fn new(format: &'static str) -> Self {
        Self {
            format,
            open: Vec::new(),
            unclear: 0,
            answers_alone: true,
        }
    }

    /// Whether a request waits to be sent or answered.
    pub(super) fn wait(&self) -> bool {
        let waits = |call: &Call| matches!(call.state, State::Signed | State::Sent);
        self.open.iter().any(waits)
    }

    /// Takes in what was signed: a new call, or a further attempt of one that is tried again.
    pub(super) fn signed(&mut self, attempt: Attempt, sink: &mut Sink<'_>) {
        self.answers_alone = false;
        let id = invocation_of_signed(&attempt).map(ToOwned::to_owned);
        let call = self.for_attempt(id.as_ref().map(|id| id.as_bstr()), sink);
        call.attempt = attempt;
        call.state = State::Signed;
    }

    /// The call of a new attempt.
    fn for_attempt(&mut self, id: Option<&BStr>, sink: &mut Sink<'_>) -> &mut Call {
        let again = self.open.iter().position(|call| match id {
            _ if call.case.attempts.len() >= ATTEMPTS => false,
            Some(id) => call.state >= State::Answered && call.invocation() == Some(id),
            None => call.state == State::Retried,
        });
        if let Some(at) = again
            && at < self.open.len()
        {
            let mut call = self.open.remove(at);
            call.close_attempt();
            self.open.push(call);
        } else {
            if id.is_none() {
                self.give_answered(sink);
            }
            while self.open.len() >= OPEN {
                self.open.remove(0).give(sink);
            }
            let case = Case {
                number: sink.number(),
                format: self.format,
                ..Case::default()
            };
            self.open.push(Call {
                case,
                attempt: Attempt::default(),
                state: State::Signed,
            });
        }
        let last = self.open.len() - 1;
        #[expect(clippy::indexing_slicing, reason = "one was pushed above")]
        &mut self.open[last]
    }

    /// Takes in a request that was sent: to what was signed for it, where that is in the log.
    pub(super) fn sent(&mut self, request: Gathered, bodies: Bodies, sink: &mut Sink<'_>) {
        self.answers_alone = false;
        let mut attempt = Attempt::default();
        if !add_request(&mut attempt, request, bodies) {
            return;
        }
        let Some(request) = attempt.request() else {
            return;
        };
        let fitting = |call: &Call| call.state == State::Signed && fits(&call.attempt, request);
        if let Some(call) = self.open.iter_mut().find(|call| fitting(call)) {
            call.attempt.absorb(attempt);
            call.state = State::Sent;
            return;
        }
        let id = request
            .header("amz-sdk-invocation-id")
            .map(ToOwned::to_owned);
        let call = self.for_attempt(id.as_ref().map(|id| id.as_bstr()), sink);
        call.attempt = attempt;
        call.state = State::Sent;
    }

    /// Takes in an answer: to the only request that waits, or to the one that it speaks of.
    pub(super) fn answered(&mut self, answer: Gathered, bodies: Bodies, sink: &mut Sink<'_>) {
        let span = answer.span.clone();
        let mut attempt = Attempt::default();
        if !add_response(&mut attempt, answer, bodies) {
            return;
        }
        let waiting = self.open.iter().filter(|call| call.state == State::Sent);
        let count = waiting.count();
        let spoken = self
            .open
            .iter()
            .position(|call| call.state == State::Sent && speaks_of(&attempt, &call.attempt));
        let only = || {
            let mut waiting = self.open.iter();
            waiting.position(|call| call.state == State::Sent)
        };
        let found = spoken.or_else(|| if count == 1 { only() } else { None });
        if let Some(call) = found.and_then(|at| self.open.get_mut(at)) {
            call.attempt.absorb(attempt);
            call.state = State::Answered;
            return;
        }
        if count == 0 {
            // Its request was not copied with it.
            let mut refusals = attempt.refusals.iter().filter_map(Claim::value);
            if self.answers_alone && refusals.any(is_about_signing) {
                sink.leftover(Case {
                    number: 0,
                    format: self.format,
                    attempts: vec![attempt],
                    hints: Vec::new(),
                });
            }
            return;
        }
        sink.note(
            format!(
                "{count} requests waited for this answer, and the log does not say whose it is"
            ),
            span,
        );
        self.unclear += 1;
        if self.unclear >= count {
            self.unclear = 0;
            for call in &mut self.open {
                if call.state == State::Sent {
                    call.state = State::Answered;
                }
            }
        }
    }

    /// Takes in the status of an answer that the log says nothing else of, unless all requests
    /// that wait for one were seen: then it was read where it stands whole.
    pub(super) fn status(&mut self, status: u16, line: &Line<'_>) {
        let mut waiting = self.open.iter_mut();
        let signed = waiting.rfind(|call| call.state == State::Signed);
        let Some(call) = signed else { return };
        let response = Response {
            status,
            ..Response::default()
        };
        answer(
            &mut call.attempt,
            line.text(),
            response,
            line.taken.fidelity,
            line.span(),
        );
        call.state = State::Answered;
    }

    /// The request that was answered last is tried again.
    pub(super) fn retried(&mut self) {
        let answered = |call: &&mut Call| call.state == State::Answered;
        if let Some(call) = self.open.iter_mut().rev().find(answered) {
            call.state = State::Retried;
        }
    }

    fn give_answered(&mut self, sink: &mut Sink<'_>) {
        let mut kept = Vec::new();
        for call in self.open.drain(..) {
            if call.state == State::Answered {
                call.give(sink);
            } else {
                kept.push(call);
            }
        }
        self.open = kept;
    }

    /// Gives everything away.
    pub(super) fn end(&mut self, sink: &mut Sink<'_>) {
        for call in self.open.drain(..) {
            call.give(sink);
        }
        self.unclear = 0;
    }
}

impl Call {
    fn invocation(&self) -> Option<&BStr> {
        let of = |attempt| invocation_of_signed(attempt).or_else(|| invocation_of_sent(attempt));
        of(&self.attempt)
    }

    fn close_attempt(&mut self) {
        if is_signed(&self.attempt) {
            self.case.attempts.push(std::mem::take(&mut self.attempt));
        }
    }

    fn give(mut self, sink: &mut Sink<'_>) {
        self.close_attempt();
        if !self.case.attempts.is_empty() {
            sink.case(self.case);
        }
    }
}

fn invocation_of_signed(attempt: &Attempt) -> Option<&BStr> {
    let signed = attempt.canonical_requests.first()?.text.lines();
    let mut values = signed.filter_map(|line| line.strip_prefix(b"amz-sdk-invocation-id:"));
    values.next().map(ByteSlice::as_bstr)
}

fn invocation_of_sent(attempt: &Attempt) -> Option<&BStr> {
    attempt.request()?.header("amz-sdk-invocation-id")
}

/// Whether a request can be the one that was signed: its method, its headers, its body.
fn fits(signed: &Attempt, request: &Request) -> bool {
    let Some(claim) = signed.canonical_requests.first() else {
        return signed.requests.is_empty();
    };
    // What was cut or masked cannot be compared.
    if claim.parsed.is_err() {
        return true;
    }
    let mut lines = claim.text.lines();
    if lines.next() != Some(request.method.as_slice()) {
        return false;
    }
    let words = |text: &[u8]| bstr::join(" ", text.fields());
    for line in lines.skip(2).take_while(|line| !line.is_empty()) {
        let Some((name, value)) = line.split_once_str(":") else {
            continue;
        };
        let Ok(name) = name.to_str() else { continue };
        let sent = request.headers.iter().find(|field| field.is(name));
        if sent.is_some_and(|sent| words(&sent.value) != words(value)) {
            let repeats = request
                .headers
                .iter()
                .filter(|field| field.is(name))
                .count();
            if repeats < 2 {
                return false;
            }
        }
    }
    let hash = claim.text.lines().next_back().map(PayloadHash::parse);
    match (hash, request.body.bytes()) {
        (Some(Ok(hash @ PayloadHash::Sha256(_))), Some(body)) => PayloadHash::of(body) == hash,
        _ => true,
    }
}

/// Whether an answer names the request: by its signature, or by the strings that the service
/// would have signed.
fn speaks_of(answer: &Attempt, asked: &Attempt) -> bool {
    let provided = answer
        .refusal()
        .and_then(|refusal| refusal.detail("SignatureProvided"));
    if let (Some(provided), Some(stated)) = (provided, asked.authorization()) {
        return stated.signature == provided;
    }
    let service = answer.canonical_requests.first();
    let signer = asked.canonical_request(Party::Signer);
    if let (Some(service), Some(signer)) = (service, signer) {
        return service.text == signer.text;
    }
    false
}

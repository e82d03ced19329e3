//! The calls that a log of botocore tells of, thread by thread, while they are read.

use crate::{
    evidence::{Attempt, Case, Claim, Party, Span},
    source::{Sink, artifact_block::Artifact, botocore_debug::FORMAT, botocore_pairing::is_next},
    wire::{Body, Fidelity, Request, Response},
};

/// No more threads, calls of one thread that wait for credentials, or attempts of one call are
/// held: what is over is given away before, then the oldest.
pub(super) const THREADS: usize = 256;
pub(super) const CALLS: usize = 16;
const ATTEMPTS: usize = 64;

/// The calls of one thread: the innermost last, for a call may need another to fetch credentials.
#[derive(Default)]
pub(super) struct Thread {
    pub(super) calls: Vec<Call>,
    /// Whether the layout names no threads: then these are the calls of all of them.
    pub(super) is_nameless: bool,
    /// How many answers came of which it is not known whose they are.
    pub(super) unclear: usize,
}

pub(super) struct Call {
    pub(super) case: Case,
    pub(super) body: Body,
    /// The attempt that is being read.
    pub(super) attempt: Attempt,
    pub(super) response: Option<(Response, Span)>,
    pub(super) answered: bool,
    pub(super) retries: bool,
    /// Whether no answer can come, for the connection failed.
    pub(super) failed: bool,
}

impl Call {
    pub(super) fn new(sink: &mut Sink<'_>) -> Self {
        let case = Case {
            number: sink.number(),
            format: FORMAT.id,
            ..Case::default()
        };
        Self {
            case,
            body: Body::NotCaptured,
            attempt: Attempt::default(),
            response: None,
            answered: false,
            retries: false,
            failed: false,
        }
    }

    /// Whether nothing of it was signed or sent yet.
    pub(super) fn is_fresh(&self) -> bool {
        self.case.attempts.is_empty() && self.attempt.is_empty()
    }

    /// Whether an artifact is the next that it needs.
    pub(super) fn is_next(&self, kind: Artifact, text: &[u8]) -> bool {
        let is_open = self.case.attempts.is_empty() && !self.answered;
        is_open && is_next(kind, text, &self.attempt, &self.body)
    }

    /// Whether it was sent and its answer is still to come.
    pub(super) fn waits(&self) -> bool {
        !self.answered && !self.failed && !self.attempt.requests.is_empty()
    }

    pub(super) fn close_attempt(&mut self) {
        if let Some((response, span)) = self.response.take() {
            let claim = Claim::of("", response, Party::Wire, Fidelity::Unescaped, span);
            self.attempt.responses.push(claim);
        }
        if !self.attempt.is_empty() {
            self.case.attempts.push(std::mem::take(&mut self.attempt));
        }
        self.answered = false;
        self.retries = false;
    }

    pub(super) fn close(mut self, sink: &mut Sink<'_>) {
        self.close_attempt();
        if !self.case.attempts.is_empty() || !self.case.hints.is_empty() {
            sink.case_once(self.case);
        }
    }
}

impl Thread {
    /// The call that a record which signs or sends belongs to, opening one where none fits.
    pub(super) fn signing(
        &mut self,
        sink: &mut Sink<'_>,
        is_next: fn(&Attempt) -> bool,
    ) -> &mut Call {
        let over = self
            .calls
            .last()
            .is_some_and(|call| call.answered && !call.retries);
        if over {
            if let Some(call) = self.calls.pop() {
                call.close(sink);
            }
            // What is left waited for credentials, and is fresh; anything else is over as well.
            self.close_over(sink);
        }
        if self.calls.last().is_some_and(|call| is_next(&call.attempt))
            && let Some(call) = self.calls.last_mut()
        {
            call.close_attempt();
        }
        if let Some(call) = self
            .calls
            .pop_if(|call| call.case.attempts.len() >= ATTEMPTS)
        {
            call.close(sink);
        }
        self.last_or_new(sink)
    }

    /// Closes the calls at the end that are over: a fresh one waits for credentials. Where the layout
    /// names no threads, all that were answered are over, and no others.
    pub(super) fn close_over(&mut self, sink: &mut Sink<'_>) {
        if self.is_nameless {
            let is_over = |call: &mut Call| call.answered && !call.retries || call.failed;
            for call in self.calls.extract_if(.., is_over) {
                call.close(sink);
            }
            return;
        }
        while let Some(call) = self.calls.pop_if(|call| !call.is_fresh()) {
            call.close(sink);
        }
    }

    /// The call whose answer's head a record is of, where that is clear: of several that wait, the
    /// one whose status was told.
    pub(super) fn answered(&mut self) -> Option<&mut Call> {
        let begun = |call: &Call| call.waits() && call.response.is_some();
        let begun = self.calls.iter().rposition(begun);
        let waits = begun.or_else(|| self.calls.iter().rposition(Call::waits));
        match waits.filter(|_| self.is_nameless) {
            Some(at) => self.calls.get_mut(at),
            None => self.calls.last_mut(),
        }
    }

    /// The call whose answer's body a record is: the one that the head went to.
    pub(super) fn headed(&mut self) -> Option<&mut Call> {
        let is_headed = |call: &Call| call.answered && call.response.is_some();
        match self
            .calls
            .iter()
            .rposition(is_headed)
            .filter(|_| self.is_nameless)
        {
            Some(at) => self.calls.get_mut(at),
            None => self.answered(),
        }
    }

    pub(super) fn last_or_new(&mut self, sink: &mut Sink<'_>) -> &mut Call {
        if self.calls.is_empty() {
            self.calls.push(Call::new(sink));
        }
        let last = self.calls.len() - 1;
        #[expect(
            clippy::indexing_slicing,
            reason = "there is a call: one was pushed above"
        )]
        &mut self.calls[last]
    }

    /// How many requests wait for their answers.
    pub(super) fn waiting(&self) -> usize {
        self.calls.iter().filter(|call| call.waits()).count()
    }

    /// The place of the first call that fits, where several are open and none was answered: one
    /// that was fetched credentials for the other.
    pub(super) fn open(&self, fits: impl Fn(&Call) -> bool) -> Option<usize> {
        let at = self.calls.iter().position(fits);
        let answered = self.calls.iter().any(|call| call.answered);
        at.filter(|_| self.calls.len() > 1 && (self.is_nameless || !answered))
    }

    /// The only call that waits for an answer to such a request.
    pub(super) fn asked(&mut self, method: &[u8], target: &[u8]) -> Option<&mut Call> {
        let mut asked = self.calls.iter_mut().filter(|call| {
            let request = call.attempt.request();
            let is_such = |request: &Request| {
                request.method.as_slice() == method && request.target.as_slice() == target
            };
            call.waits() && call.response.is_none() && request.is_some_and(is_such)
        });
        let first = asked.next();
        first.filter(|_| asked.next().is_none())
    }

    /// Whether it is not known whose answer the next is; the last that is not ends it.
    pub(super) fn is_unclear(&mut self) -> bool {
        let waiting = self.waiting();
        let begun = |call: &&Call| call.waits() && call.response.is_some();
        if waiting < 2 || self.calls.iter().filter(begun).count() == 1 {
            return false;
        }
        self.unclear += 1;
        if self.unclear >= waiting {
            self.unclear = 0;
            let waiting = self.calls.iter_mut().filter(|call| call.waits());
            waiting.for_each(|call| call.answered = true);
        }
        true
    }

    pub(super) fn close(&mut self, sink: &mut Sink<'_>) {
        for call in self.calls.drain(..) {
            call.close(sink);
        }
    }
}

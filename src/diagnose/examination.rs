use std::sync::OnceLock;

use bstr::{BStr, BString, ByteSlice};

use crate::{
    catalog::HostFacts,
    compare::CanonicalParts,
    diagnose::{Draft, Expected, Progress, Slot, Stated, captured::Captured},
    evidence::{Attempt, Case, Claim, Party, Refusal, Sender, Span, Statement},
    sigv4::{
        self, CredentialScope, Derivation, PayloadHash, Recipe, SecretAccessKey, SessionToken,
        Sha256Digest, Signing, Timestamp,
    },
    wire::{Fidelity, HeaderField, Request, Response},
};

/// All that is given about one attempt.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    /// The call.
    pub case: &'a Case,
    /// The attempt that is examined.
    pub attempt: &'a Attempt,
    /// The secret that belongs to the request's access key id.
    pub secret: Option<&'a SecretAccessKey>,
    /// The session token that belongs to that secret.
    pub session_token: Option<&'a SessionToken>,
    /// The time at which the service looked at the request, where it is known.
    pub clock: Option<Timestamp>,
    /// Another request that works, or was at least made by another signer.
    pub theirs: Option<&'a Examination<'a>>,
}

impl<'a> Evidence<'a> {
    /// An attempt, with nothing beside it.
    #[must_use]
    pub fn of(case: &'a Case, attempt: &'a Attempt) -> Self {
        Self {
            case,
            attempt,
            secret: None,
            session_token: None,
            clock: None,
            theirs: None,
        }
    }
}

/// One attempt with everything derived that a rule may want to look at.
#[derive(Clone, Debug)]
pub struct Examination<'a> {
    evidence: Evidence<'a>,
    stated: Option<Stated>,
    captured: Captured,
    statements: Vec<Statement>,
    expected: Expected,
    recipe: Recipe,
    right: Option<Right>,
    /// Looked up when a rule first asks: it takes as long as everything else.
    host_facts: OnceLock<HostFacts>,
    /// The right pieces, put together when a rule first asks.
    draft: OnceLock<Option<Draft>>,
    /// The signer's own canonical request, parted when a rule first asks.
    printed: OnceLock<Option<Draft>>,
    /// The hash of the body, which may be long: several rules ask again and again.
    body_digest: OnceLock<Sha256Digest>,
    progress: Progress<'a>,
}

/// The right derivation of the request as it was captured.
#[derive(Clone, Debug)]
struct Right {
    derivation: Derivation,
    /// The same with the scope as the request states it.
    as_scoped: Derivation,
}

impl<'a> Examination<'a> {
    /// Looks everything up and derives the right artifacts, as far as the evidence goes.
    #[must_use]
    pub fn new(evidence: Evidence<'a>) -> Self {
        let attempt = evidence.attempt;
        let stated = Stated::of(attempt);
        let captured = Captured::of(attempt, stated.as_ref());
        // What a secret was taken out of, or is not known whole, gives another signature with every
        // key.
        let may_recompute = !attempt.is_scrubbed() && !captured.is_in_doubt();
        let evidence = Evidence {
            secret: evidence.secret.filter(|_| may_recompute),
            ..evidence
        };
        let refusals = attempt.refusals.iter().filter_map(Claim::value);
        let statements: Vec<Statement> = refusals.flat_map(Refusal::statements).collect();
        let asked = attempt.request().or_else(|| unsigned(evidence.case));
        let printed = asked.is_none().then(|| put_together(attempt)).flatten();
        let expected = Expected::of(asked.or(printed.as_ref()), &statements);
        let recipe = expected.recipe(stated.as_ref());
        let mut this = Self {
            evidence,
            stated,
            captured,
            statements,
            expected,
            recipe,
            right: None,
            host_facts: OnceLock::new(),
            draft: OnceLock::new(),
            printed: OnceLock::new(),
            body_digest: OnceLock::new(),
            progress: Progress::default(),
        };
        this.right = this.derive();
        this
    }

    /// The same, with somebody to tell how far a long search is.
    #[must_use]
    pub fn telling(mut self, progress: Progress<'a>) -> Self {
        self.progress = progress;
        self
    }

    pub(super) fn progress(&self) -> Progress<'a> {
        self.progress
    }

    fn derive(&self) -> Option<Right> {
        let (request, stated) = (self.request()?, self.stated.as_ref()?);
        let request = self.captured.completed.as_ref().unwrap_or(request);
        if stated.policy.is_some() {
            return None;
        }
        let timestamp = stated.time()?;
        let [date, region, service] = [0, 1, 2].map(|at| stated.scope_part(at).unwrap_or_default());
        let as_stated = CredentialScope {
            date: date.into(),
            region: (!stated.is_of_all_regions()).then(|| region.into()),
            service: service.into(),
        };
        let right = self.right_scope(stated)?;
        let signed_headers = stated.signed_headers();
        let payload_hash = self.payload_hash(request, stated)?;
        let derive = |scope: &CredentialScope| {
            sigv4::derive(
                request,
                &Signing {
                    timestamp,
                    scope,
                    signed_headers: &signed_headers,
                    payload_hash,
                    recipe: &self.recipe,
                    placement: stated.placement,
                },
            )
        };
        let mut right = Right {
            derivation: derive(&right),
            as_scoped: derive(&as_stated),
        };
        if right.as_scoped.string_to_sign.scope.to_bytes()
            == right.derivation.string_to_sign.scope.to_bytes()
        {
            right.as_scoped = right.derivation.clone();
        }
        Some(right)
    }

    /// The payload hash that the signer should have used: what the request states, else what is
    /// right for a presigned request, else the hash of the body, else what the signer's own
    /// canonical request has (the body was not captured).
    fn payload_hash(&self, request: &Request, stated: &Stated) -> Option<PayloadHash> {
        let by_query = stated.placement == sigv4::Placement::Query
            && self.recipe.payload == sigv4::PayloadRule::Stated
            && request.header("x-amz-content-sha256").is_none();
        if by_query {
            return Some(PayloadHash::UNSIGNED);
        }
        PayloadHash::of_request(request).or_else(|| {
            // Right or wrong above it, it ends with the hash.
            let mut claims = self.attempt().canonical_requests.iter();
            let last = |claim: &Claim<_>| PayloadHash::parse(claim.text.lines().next_back()?).ok();
            claims.find_map(last)
        })
    }

    /// What the catalogue knows of the host: looked up once.
    pub(super) fn facts_of(&self, look_up: impl FnOnce() -> HostFacts) -> &HostFacts {
        self.host_facts.get_or_init(look_up)
    }

    /// The body of the request, where a draft's payload hash is its SHA-256.
    pub(super) fn hashed_body(&self, draft: &Draft) -> Option<&'a [u8]> {
        let body = self.request()?.body.bytes()?;
        let digest = self.body_digest.get_or_init(|| Sha256Digest::of(body));
        (draft.get(Slot::PayloadHash) == digest.to_string().as_bytes()).then_some(body)
    }

    /// The call.
    #[must_use]
    pub fn case(&self) -> &'a Case {
        self.evidence.case
    }

    /// The attempt.
    #[must_use]
    pub fn attempt(&self) -> &'a Attempt {
        self.evidence.attempt
    }

    /// Whether this program signed and sent it just now, so that nothing of that is in question.
    #[must_use]
    pub fn was_sent_here(&self) -> bool {
        self.evidence.attempt.sender == Sender::Own
    }

    /// The request as captured.
    #[must_use]
    pub fn request(&self) -> Option<&'a Request> {
        self.evidence.attempt.request()
    }

    /// The request, signed or not: a log of which only the beginning was pasted has it unsigned.
    #[must_use]
    pub fn request_or_hint(&self) -> Option<&'a Request> {
        self.request().or_else(|| unsigned(self.evidence.case))
    }

    /// The answer as captured.
    #[must_use]
    pub fn response(&self) -> Option<&'a Response> {
        self.evidence.attempt.response()
    }

    /// The refusal as captured.
    #[must_use]
    pub fn refusal(&self) -> Option<&'a Refusal> {
        self.evidence.attempt.refusal()
    }

    /// Everything that refusals state.
    #[must_use]
    pub fn statements(&self) -> &[Statement] {
        &self.statements
    }

    /// What the request states of its signature.
    #[must_use]
    pub fn stated(&self) -> Option<&Stated> {
        self.stated.as_ref()
    }

    /// The signed headers that the capture lacks, by name in small letters, whose values the service
    /// or the signer tells.
    #[must_use]
    pub fn completed_headers(&self) -> &[BString] {
        &self.captured.told
    }

    /// The signed headers, and parameters of the query, whose values nothing tells: what holds them
    /// cannot be recomputed.
    #[must_use]
    pub fn unknown_headers(&self) -> &[BString] {
        &self.captured.unknown
    }

    /// Whether nothing can be told from what the capture of the request gives: a part of it is not
    /// there.
    pub(super) fn is_captured_in_part(&self) -> bool {
        self.captured.is_part || !self.captured.unknown.is_empty()
    }

    /// Whether the request was captured as it went over the wire; a URL, a command and a line that was
    /// put together are what somebody says of it.
    pub(super) fn is_of_the_wire(&self) -> bool {
        let mut claims = self.attempt().requests.iter();
        let best = claims.find(|claim| claim.value().is_some());
        best.is_some_and(|claim| claim.party == Party::Wire && claim.fidelity != Fidelity::Reflowed)
    }

    /// Whether it was signed for all regions (Signature Version 4A).
    #[must_use]
    pub fn is_of_all_regions(&self) -> bool {
        self.stated().is_some_and(Stated::is_of_all_regions)
    }

    /// What its service wants.
    #[must_use]
    pub fn expected(&self) -> &Expected {
        &self.expected
    }

    /// How its service wants it signed.
    #[must_use]
    pub fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    /// The secret that belongs to the access key id.
    #[must_use]
    pub fn secret(&self) -> Option<&'a SecretAccessKey> {
        self.evidence.secret
    }

    /// The session token that belongs to that secret, as far as the user's own settings tell.
    #[must_use]
    pub fn session_token(&self) -> Option<&'a SessionToken> {
        self.evidence.session_token
    }

    /// The time at which the service looked at it: by the refusal, the answer's `Date`, or as the
    /// user says.
    #[must_use]
    pub fn clock(&self) -> Option<Timestamp> {
        let stated = self
            .statements
            .iter()
            .find_map(|statement| match statement {
                Statement::Skewed(skew) => Some(skew.now),
                _ => None,
            });
        let dated = || Timestamp::parse_any(self.response()?.header("date")?);
        stated.or_else(dated).or(self.evidence.clock)
    }

    /// The other request.
    #[must_use]
    pub fn theirs(&self) -> Option<&'a Examination<'a>> {
        self.evidence.theirs
    }

    /// The right derivation: of the request as captured, with the right scope.
    #[must_use]
    pub fn right(&self) -> Option<&Derivation> {
        self.right.as_ref().map(|right| &right.derivation)
    }

    /// The right derivation in all but the scope, which is as the request states it.
    #[must_use]
    pub fn as_scoped(&self) -> Option<&Derivation> {
        self.right.as_ref().map(|right| &right.as_scoped)
    }

    /// The pieces of the right derivation; where the service says what it computed, its own.
    #[must_use]
    pub fn draft(&self) -> Option<Draft> {
        self.right_draft().cloned()
    }

    fn right_draft(&self) -> Option<&Draft> {
        let put_together = || {
            let mut draft = self.drafted()?;
            if let Some(text) = self.service_text() {
                draft.set_canonical(text);
            }
            Some(draft)
        };
        self.draft.get_or_init(put_together).as_ref()
    }

    /// Whether no mistake was made in one piece of a draft yet.
    pub(super) fn has_right_piece(&self, draft: &Draft, slot: Slot) -> bool {
        let right = self.right_draft();
        right.is_none_or(|right| right.get(slot) == draft.get(slot))
    }

    /// The pieces of the request as captured, where the service says that it computed others.
    #[must_use]
    pub fn captured_draft(&self) -> Option<Draft> {
        let other = self.service_text()? != self.right()?.canonical_request_text;
        self.drafted().filter(|_| other)
    }

    /// The scope that is right for what a request states.
    fn right_scope(&self, stated: &Stated) -> Option<CredentialScope> {
        let of_string = |at: usize| {
            let mut parts = self.printed_line(2)?.split_str("/");
            parts.nth(at).map(ByteSlice::as_bstr)
        };
        let is_whole = stated.scope_part(0).is_some();
        let of_credential = |at: usize| stated.scope_part(at).or_else(|| stated.part_of_fewer(at));
        // What the credential lacks stands in the signer's string.
        let part = |at: usize| of_credential(at).or_else(|| of_string(at).filter(|_| !is_whole));
        let [region, service] = [1, 2].map(|at| part(at).unwrap_or_default());
        let (time, service) = (stated.time()?, self.expected.service(service));
        Some(match stated.is_of_all_regions() {
            true => CredentialScope::of_all_regions(time, service),
            false => CredentialScope::new(time, self.expected.region(region), service),
        })
    }

    fn drafted(&self) -> Option<Draft> {
        let mut draft = match (self.right(), &self.stated) {
            (Some(right), _) => Draft::of(right),
            (None, Some(stated)) if let Some(policy) = &stated.policy => {
                let scope = self.right_scope(stated).or_else(|| stated.scope())?;
                Draft::of_policy(policy, &scope)
            }
            (None, Some(stated)) => {
                let text = match self.service_text() {
                    Some(text) => text.to_owned(),
                    None => self.by_theirs().or_else(|| {
                        Some(self.artifact(Party::Signer)?.replace("\r\n", "\n").into())
                    })?,
                };
                let scope = stated.scope()?;
                let draft = Draft::of_texts(&text, stated.timestamp.as_ref()?.as_bstr(), &scope);
                Some(draft).filter(Draft::is_parted)?
            }
            (None, None) => return None,
        };
        draft.set_secret(self.secret().cloned());
        Some(draft)
    }

    /// A party's canonical request.
    #[must_use]
    pub fn artifact(&self, party: Party) -> Option<&'a BStr> {
        self.evidence
            .attempt
            .canonical_request(party)
            .map(|claim| claim.text.as_bstr())
    }

    /// A piece of the signer's own canonical request, where that is at hand.
    #[must_use]
    pub fn signed_piece(&self, slot: Slot) -> Option<BString> {
        Some(self.printed()?.get(slot).to_owned())
    }

    /// The pieces of the signer's own canonical request.
    pub(super) fn printed(&self) -> Option<&Draft> {
        let parted = || {
            let mut draft = Draft::default();
            draft.set_canonical(self.artifact(Party::Signer)?);
            Some(draft)
        };
        self.printed.get_or_init(parted).as_ref()
    }

    /// Every request of the call that was captured: this attempt's witnesses, then the others'.
    pub fn witnesses(&self) -> impl Iterator<Item = &'a Request> {
        let own = self.evidence.attempt;
        let others = self.evidence.case.attempts.iter();
        std::iter::once(own)
            .chain(others.filter(move |other| !std::ptr::eq(*other, own)))
            .flat_map(|attempt| attempt.requests.iter().filter_map(Claim::value))
    }

    /// The values other than `right` that the signer may have had in one header. The same one in
    /// small letters is none, nor one that was sent twice: those are other mistakes.
    #[must_use]
    pub fn other_values(&self, name: &str, right: &BStr) -> Vec<BString> {
        let mut values = self.header_values(name);
        let is_small = |value: &BString| {
            value.len() == right.len() && {
                let mut bytes = value.iter().zip(right.iter());
                bytes.all(|(own, right)| *own == right.to_ascii_lowercase())
            }
        };
        values.retain(|value| value != right && !is_small(value) && !is_repeated(value, right));
        values
    }

    /// The values that the signer may have had in one header: in its own canonical request, then
    /// in every request of the call that was captured.
    #[must_use]
    pub fn header_values(&self, name: &str) -> Vec<BString> {
        let mut values: Vec<BString> = Vec::new();
        let mut add = |value: &BStr| {
            let value = sigv4::canonical_value(value);
            if !values.iter().any(|own| *own == *value) {
                values.push(value.into_owned());
            }
        };
        let printed = self.printed().and_then(|printed| printed.header(name));
        printed.into_iter().for_each(&mut add);
        for request in self.witnesses() {
            let value = request.header(name).or_else(|| match name {
                "host" => request.host(),
                _ => None,
            });
            value.into_iter().for_each(&mut add);
        }
        values
    }

    /// Where a text stands in the captured request or in what its signer wrote, to its line.
    #[must_use]
    pub fn locate(&self, text: &[u8]) -> Option<Span> {
        let attempt = self.attempt();
        let requests = attempt
            .requests
            .iter()
            .map(|claim| (&claim.text, &claim.span));
        let authorizations = attempt
            .authorizations
            .iter()
            .map(|claim| (&claim.text, &claim.span));
        let hints = self
            .case()
            .hints
            .iter()
            .map(|claim| (&claim.text, &claim.span));
        let forms = attempt.forms.iter().map(|claim| (&claim.text, &claim.span));
        requests
            .chain(forms)
            .chain(authorizations)
            .chain(hints)
            .find_map(|(claimed, span)| place(claimed, text, span))
            .or_else(|| self.locate_signed(text))
    }

    /// Where a text stands in the canonical request that the signer wrote, to its line.
    #[must_use]
    pub fn locate_signed(&self, text: &[u8]) -> Option<Span> {
        let signed = self.attempt().canonical_requests.iter();
        signed
            .filter(|claim| claim.party == Party::Signer)
            .find_map(|claim| place(&claim.text, text, &claim.span))
    }

    /// Where a text stands in the string to sign that its signer wrote.
    #[must_use]
    pub fn locate_in_string(&self, text: &[u8]) -> Option<Span> {
        let claim = self.attempt().string_to_sign(Party::Signer)?;
        place(&claim.text, text, &claim.span)
    }
}

/// Whether a header's value is another one, joined with itself: it was sent twice.
pub(super) fn is_repeated(value: &[u8], joined: &[u8]) -> bool {
    let mut parts = joined.split_str(",");
    joined.contains(&b',') && !value.is_empty() && parts.all(|part| part.trim() == value)
}

/// The request that a canonical request is of, as far as it tells: what its service wants can be
/// looked up by that.
fn put_together(attempt: &Attempt) -> Option<Request> {
    let claims = &attempt.canonical_requests;
    let signers = claims.iter().filter(|claim| claim.party == Party::Signer);
    let text = &signers.chain(claims).next()?.text;
    let parts = CanonicalParts::of(text);
    let field = |(name, value): &(&BStr, &BStr)| HeaderField {
        name: name.trim().to_ascii_lowercase().into(),
        value: value.trim().into(),
    };
    Some(Request {
        method: parts.method.into(),
        target: [parts.uri.as_bytes(), b"?", parts.query].concat().into(),
        headers: parts.headers.iter().map(field).collect(),
        ..Request::default()
    })
}

fn unsigned(case: &Case) -> Option<&Request> {
    case.hints
        .iter()
        .filter_map(Claim::value)
        .find_map(|hint| hint.unsigned.as_ref())
}

fn place(claimed: &[u8], text: &[u8], span: &Span) -> Option<Span> {
    let at = claimed.find(text).filter(|_| !text.is_empty())?;
    let before = claimed.get(..at)?;
    let line = span.first_line + before.iter().filter(|byte| **byte == b'\n').count() as u64;
    let start = span.bytes.start + at as u64;
    Some(Span {
        input: span.input,
        bytes: start..start + text.len() as u64,
        first_line: line.min(span.last_line),
        last_line: line.min(span.last_line),
    })
}

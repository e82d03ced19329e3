use bstr::{BStr, BString, ByteSlice};

use crate::{
    diagnose::{
        Check, Circumstance, Draft, Examination, Exhibit, Finding, Goal, Match, Need, Observation,
        Proof, Rule, RuleStage, Slot, Variant,
        grouping::{leader, order, unique},
        proof::{self, Explanation, Search},
        rules::rules,
    },
    evidence::{Party, Statement},
    sigv4::Sha256Digest,
};

/// What came of looking for every mistake.
#[derive(Clone, Debug, Default)]
pub struct Diagnosis {
    /// What was found, the surest first.
    pub findings: Vec<Finding>,
    /// Mistakes that change nothing for this request.
    pub vacuous: Vec<&'static Rule>,
    /// Mistakes that could not be looked for.
    pub unchecked: Vec<Unchecked>,
    /// What was recomputed and came out right.
    pub verified: Vec<Verified>,
    /// The pieces as they were signed, where recomputing them gave the signature or the digest.
    pub signed: Option<Draft>,
    /// How many hypotheses were computed.
    pub tried: u64,
}

/// A mistake that could not be looked for, and what would let it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Unchecked {
    /// The mistake.
    pub rule: &'static Rule,
    /// What is missing.
    pub needs: Need,
}

/// Something that was recomputed and came out right.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Verified {
    /// The signature, with the secret, from the request as captured.
    Signature,
    /// The signer's canonical request is the right one for the request as captured.
    CanonicalRequest,
    /// The service computed the same canonical request.
    ServiceAgrees,
}

/// The sum of a diagnosis.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// The first finding was recomputed.
    MistakeProven,
    /// The first finding is stated, or known from the catalogue.
    MistakeStated,
    /// The first finding is a suspicion.
    MistakeSuspected,
    /// Everything but the key agrees.
    KeyDiffers,
    /// No mistake was found.
    NothingWrongFound,
}

/// How many mistakes at once are looked for by recomputing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Depth(pub usize);

impl Default for Depth {
    fn default() -> Self {
        Self(2)
    }
}

impl Diagnosis {
    /// The sum of it.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match self.findings.first().map(|finding| &finding.proof) {
            None => Verdict::NothingWrongFound,
            Some(Proof::Signature(_) | Proof::CanonicalRequestDigest(_)) => Verdict::MistakeProven,
            Some(Proof::Circumstance(circumstance)) => match circumstance {
                Circumstance::Stated | Circumstance::Known => Verdict::MistakeStated,
                Circumstance::Excluded => Verdict::KeyDiffers,
                Circumstance::Suspected => Verdict::MistakeSuspected,
            },
        }
    }
}

impl Verdict {
    /// The verdict's id.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::MistakeProven => "mistake-proven",
            Self::MistakeStated => "mistake-stated",
            Self::MistakeSuspected => "mistake-suspected",
            Self::KeyDiffers => "key-differs",
            Self::NothingWrongFound => "nothing-wrong-found",
        }
    }
}

/// Looks for every mistake.
#[must_use]
pub fn diagnose(it: &Examination<'_>, depth: Depth) -> Diagnosis {
    let mut run = Run::new(it, depth);
    run.recompute();
    run.observe();
    run.left_over();
    run.finish()
}

struct Run<'a> {
    it: &'a Examination<'a>,
    depth: Depth,
    /// The right draft, with the scope and the like as the request states them.
    plan: Option<Plan>,
    diagnosis: Diagnosis,
    explained: bool,
    /// Whether a signature was recomputed and did not come out, whatever was tried.
    unexplained: bool,
}

/// What the prover works on.
struct Plan {
    right: Draft,
    base: Draft,
    /// Mistakes that the request itself states: they are made in every hypothesis.
    forced: Vec<Variant>,
    /// Mistakes that it does not contradict.
    free: Vec<Variant>,
}

impl Plan {
    fn of(it: &Examination<'_>) -> Option<Self> {
        let right = it.draft()?;
        let stated = stated_pieces(it);
        let mut variants = Vec::new();
        for rule in rules() {
            if let Some(make) = rule.check.make() {
                make(&right, it, &mut variants);
            }
        }
        variants.retain(|variant| changes(variant, &right));
        let text = |slot: Slot| {
            stated
                .iter()
                .find(|(own, _)| *own == slot)
                .map(|(_, text)| text)
        };
        let contradicts = |variant: &Variant| {
            variant
                .pieces
                .iter()
                .any(|(slot, piece)| text(*slot).is_some_and(|text| text != piece))
        };
        variants.retain(|variant| !contradicts(variant));
        let is_forced = |variant: &Variant| {
            variant
                .pieces
                .iter()
                .any(|(slot, piece)| text(*slot).is_some() && right.get(*slot) != piece.as_bstr())
        };
        let (forced, free) = variants
            .into_iter()
            .partition::<Vec<_>, _>(|variant| is_forced(variant));
        let mut base = forced
            .iter()
            .fold(right.clone(), |draft, variant| draft.with(variant));
        for (slot, text) in &stated {
            base.set(*slot, text);
        }
        // A signer takes the key's ingredients from the scope that it states.
        let of_scope = [
            (Slot::KeyDate, Slot::ScopeDate),
            (Slot::KeyRegion, Slot::ScopeRegion),
            (Slot::KeyService, Slot::ScopeService),
        ];
        for (key, scope) in of_scope {
            let text = base.get(scope).to_owned();
            base.set(key, &text);
        }
        Some(Self {
            right,
            base,
            forced,
            free,
        })
    }
}

/// Whether a variant is other than the draft at all.
fn changes(variant: &Variant, draft: &Draft) -> bool {
    if variant.frame.canonical_request.is_some() && variant.pieces.is_empty() {
        return draft.with(variant).canonical_request() != draft.canonical_request();
    }
    variant.secret.is_some()
        || !variant.frame.is_standard()
        || variant
            .pieces
            .iter()
            .any(|(slot, piece)| draft.get(*slot) != piece.as_bstr())
}

/// The pieces that the request states in so many words.
fn stated_pieces(it: &Examination<'_>) -> Vec<(Slot, BString)> {
    let Some(stated) = it.stated() else {
        return Vec::new();
    };
    let mut pieces = Vec::new();
    let scope = [
        Slot::ScopeDate,
        Slot::ScopeRegion,
        Slot::ScopeService,
        Slot::ScopeTerminator,
    ];
    for (at, slot) in scope.into_iter().enumerate() {
        pieces.extend(stated.scope_part(at).map(|part| (slot, part.to_owned())));
    }
    let authorization = &stated.authorization;
    let named = |text: &BString| !text.is_empty();
    let texts = [
        (Slot::Algorithm, &authorization.algorithm),
        (Slot::SignedHeaders, &authorization.signed_headers),
    ];
    pieces.extend(
        texts
            .into_iter()
            .filter(|(_, text)| named(text))
            .map(|(slot, text)| (slot, text.clone())),
    );
    pieces
}

impl<'a> Run<'a> {
    fn new(it: &'a Examination<'a>, depth: Depth) -> Self {
        Self {
            it,
            depth,
            plan: Plan::of(it),
            diagnosis: Diagnosis::default(),
            explained: false,
            unexplained: false,
        }
    }

    /// Looks for mistakes by making them: against the signature, else against a digest, else part
    /// by part against the signer's own text.
    fn recompute(&mut self) {
        let Some(plan) = self.plan.take() else { return };
        let sent = self
            .it
            .stated()
            .map(|stated| stated.authorization.signature.clone());
        if let (Some(_), Some(sent)) = (self.it.secret(), sent.filter(|sent| !sent.is_empty())) {
            let search = self.search(&plan, &Goal::Signature(sent.as_bstr()));
            match search.explanations.is_empty() {
                true => self.unexplained = true,
                false => self.take(&plan, search, Proof::Signature, Verified::Signature),
            }
        }
        if !self.explained {
            self.by_text(&plan);
        }
        self.plan = Some(plan);
    }

    fn search(&mut self, plan: &Plan, goal: &Goal<'_>) -> Search {
        let it = self.it;
        let remake = |draft: &Draft, variant: &Variant| {
            let mut variants = Vec::new();
            if let Some(make) = variant.rule.check.make() {
                make(draft, it, &mut variants);
            }
            variants
        };
        let search = proof::search(&plan.base, &plan.free, goal, self.depth.0, &remake);
        self.diagnosis.tried += search.tried;
        search
    }

    fn by_text(&mut self, plan: &Plan) {
        let signer = self.it.artifact(Party::Signer);
        let string = self.it.attempt().string_to_sign(Party::Signer);
        let stated =
            string.and_then(|claim| claim.value().map(|value| value.canonical_request_digest));
        let Some(digest) = stated.or_else(|| signer.map(|text| Sha256Digest::of(text))) else {
            return;
        };
        let search = self.search(plan, &Goal::Digest(digest));
        if !search.explanations.is_empty() {
            self.take(
                plan,
                search,
                Proof::CanonicalRequestDigest,
                Verified::CanonicalRequest,
            );
        } else if let Some(text) = signer {
            self.by_parts(plan, text);
        }
    }

    /// Several mistakes at once: each that accounts for its own part.
    fn by_parts(&mut self, plan: &Plan, text: &BStr) {
        let mut signed = plan.base.clone();
        signed.set_canonical(text);
        let mut found: Vec<(Variant, Match)> = Vec::new();
        for variant in &plan.free {
            if let Some(proof) = proof::account(&plan.base, variant, &signed) {
                found.push((variant.clone(), proof));
            }
        }
        let same = |one: &Variant, other: &Variant| one.overlaps(other);
        let mut groups: Vec<Vec<(Variant, Match)>> = Vec::new();
        for (variant, proof) in found {
            match groups
                .iter_mut()
                .find(|group| group.iter().any(|(held, _)| same(held, &variant)))
            {
                Some(group) => group.push((variant, proof)),
                None => groups.push(vec![(variant, proof)]),
            }
        }
        let leaders: Vec<&'static Rule> = groups
            .iter()
            .map(|group| leader(group.iter().map(|(variant, _)| variant.rule)))
            .collect();
        for group in &groups {
            let rule = leader(group.iter().map(|(variant, _)| variant.rule));
            let Some((variant, proof)) = group.iter().find(|(variant, _)| variant.rule == rule)
            else {
                continue;
            };
            let with = leaders
                .iter()
                .copied()
                .filter(|other| *other != rule)
                .collect();
            let others = group
                .iter()
                .map(|(variant, _)| variant.rule)
                .filter(|other| *other != rule);
            let equivalent = unique(others);
            self.add_proven(
                plan,
                variant,
                Proof::CanonicalRequestDigest(proof.clone()),
                with,
                equivalent,
            );
            self.explained = true;
        }
    }

    /// Takes over what the prover found.
    fn take(&mut self, plan: &Plan, search: Search, proof: fn(Match) -> Proof, verified: Verified) {
        self.explained = true;
        let smallest = search
            .explanations
            .iter()
            .map(|found| found.variants.len())
            .min();
        let explanations: Vec<&Explanation> = search
            .explanations
            .iter()
            .filter(|found| Some(found.variants.len()) == smallest)
            .collect();
        let Some(first) = explanations.iter().min_by_key(|found| order(found)) else {
            return;
        };
        let made = first.variants.iter();
        self.diagnosis.signed =
            Some(made.fold(plan.base.clone(), |draft, variant| draft.with(variant)));
        if first.variants.is_empty() && plan.forced.is_empty() {
            self.diagnosis.verified.push(verified);
        }
        let rules = |found: &Explanation| -> Vec<&'static Rule> {
            found.variants.iter().map(|variant| variant.rule).collect()
        };
        let forced: Vec<&'static Rule> = unique(plan.forced.iter().map(|variant| variant.rule));
        for (at, variant) in first.variants.iter().enumerate() {
            let others = rules(first)
                .into_iter()
                .filter(|rule| *rule != variant.rule);
            let with = unique(others.chain(forced.iter().copied()));
            // Another explanation that has all but this one names its equivalents.
            let equivalent = explanations.iter().filter_map(|other| {
                let rest_is_same = other.variants.len() == first.variants.len()
                    && rules(other)
                        .iter()
                        .filter(|rule| !rules(first).contains(rule))
                        .count()
                        <= 1;
                let own = other.variants.get(at).map(|variant| variant.rule);
                own.filter(|own| {
                    rest_is_same && *own != variant.rule && !rules(first).contains(own)
                })
            });
            let equivalent = unique(equivalent);
            self.add_proven(plan, variant, proof(first.proof.clone()), with, equivalent);
        }
        let by_signature = matches!(proof(first.proof.clone()), Proof::Signature(_));
        // What the request states is in every hypothesis; a digest speaks for what it covers.
        let covered = plan.forced.iter().filter(|variant| {
            by_signature || variant.pieces.iter().any(|(slot, _)| slot.is_canonical())
        });
        let covered: Vec<&Variant> = covered.collect();
        for variant in &covered {
            // Of several that come to the same the leader names the others.
            let same = covered
                .iter()
                .filter(|other| other.pieces == variant.pieces);
            let same = unique(same.map(|other| other.rule));
            if leader(same.iter().copied()) != variant.rule {
                continue;
            }
            let others = unique(rules(first).into_iter().chain(forced.iter().copied()));
            let with = others
                .into_iter()
                .filter(|rule| !same.contains(rule))
                .collect();
            let equivalent = same
                .iter()
                .copied()
                .filter(|rule| *rule != variant.rule)
                .collect();
            self.add_proven(plan, variant, proof(first.proof.clone()), with, equivalent);
        }
    }

    fn add_proven(
        &mut self,
        plan: &Plan,
        variant: &Variant,
        proof: Proof,
        with: Vec<&'static Rule>,
        equivalent: Vec<&'static Rule>,
    ) {
        let parameter = variant.parameter.clone();
        let (expected, actual) = exhibit(plan, variant);
        let at = actual.as_ref().and_then(|actual| self.it.locate(actual));
        self.add(Finding {
            rule: variant.rule,
            proof,
            fix: (variant.rule.fix)(self.it, parameter.as_ref().map(|text| text.as_bstr())),
            parameter,
            exhibit: Exhibit {
                expected,
                actual,
                at,
                signs: Vec::new(),
            },
            with,
            equivalent,
        });
    }

    /// Adds a finding; of two about one mistake the surer stays, with the signs of both.
    fn add(&mut self, finding: Finding) {
        let held = self
            .diagnosis
            .findings
            .iter_mut()
            .find(|held| held.rule == finding.rule);
        match held {
            None => self.diagnosis.findings.push(finding),
            Some(held) => {
                let signs = [held.exhibit.signs.clone(), finding.exhibit.signs.clone()].concat();
                if finding.proof.rank() < held.proof.rank() {
                    *held = finding;
                } else if held.exhibit.expected.is_none() {
                    held.exhibit.expected = finding.exhibit.expected;
                    held.exhibit.actual = finding.exhibit.actual;
                }
                held.exhibit.signs = signs;
            }
        }
    }

    /// Looks for mistakes that the evidence states, and notes what could not be looked for.
    fn observe(&mut self) {
        for rule in rules() {
            let lacking = rule.needs.iter().find(|need| !self.has(**need));
            if let Some(need) = lacking {
                self.diagnosis
                    .unchecked
                    .push(Unchecked { rule, needs: *need });
                continue;
            }
            if let Some(observe) = rule.check.observe() {
                for observation in observe(self.it) {
                    self.add_observed(rule, observation);
                }
            }
            self.note_unmade(rule);
        }
    }

    fn add_observed(&mut self, rule: &'static Rule, observation: Observation) {
        let Observation {
            circumstance,
            parameter,
            expected,
            actual,
            at,
            signs,
        } = observation;
        self.add(Finding {
            rule,
            proof: Proof::Circumstance(circumstance),
            fix: (rule.fix)(self.it, parameter.as_ref().map(|text| text.as_bstr())),
            parameter,
            exhibit: Exhibit {
                expected,
                actual,
                at,
                signs,
            },
            with: Vec::new(),
            equivalent: Vec::new(),
        });
    }

    /// Notes a mistake that was not made: because it changes nothing, or because nothing is there
    /// to compare it with.
    fn note_unmade(&mut self, rule: &'static Rule) {
        if rule.check.make().is_none() || self.diagnosis.findings.iter().any(|f| f.rule == rule) {
            return;
        }
        let Some(plan) = &self.plan else {
            let needs = if self.it.request().is_none() {
                Need::Request
            } else {
                Need::StringToSign
            };
            self.diagnosis.unchecked.push(Unchecked { rule, needs });
            return;
        };
        let own: Vec<&Variant> = plan
            .free
            .iter()
            .filter(|variant| variant.rule == rule)
            .collect();
        let of_key = |variant: &&Variant| {
            variant.pieces.iter().all(|(slot, _)| !slot.is_canonical())
                && variant.frame.canonical_request.is_none()
        };
        let has_text = self.it.artifact(Party::Signer).is_some()
            || self.it.attempt().string_to_sign(Party::Signer).is_some();
        if rule.check.observe().is_none() && own.is_empty() && self.made_nothing(rule) {
            self.diagnosis.vacuous.push(rule);
        } else if self.it.secret().is_none() && (!has_text || own.iter().all(of_key)) {
            self.diagnosis.unchecked.push(Unchecked {
                rule,
                needs: Need::Secret,
            });
        }
    }

    /// Whether a rule's mistake changes nothing for this request, in whatever form.
    fn made_nothing(&self, rule: &'static Rule) -> bool {
        let (Some(plan), Some(make)) = (&self.plan, rule.check.make()) else {
            return false;
        };
        let mut variants = Vec::new();
        make(&plan.right, self.it, &mut variants);
        !variants.iter().any(|variant| changes(variant, &plan.right))
    }

    fn has(&self, need: Need) -> bool {
        let it = self.it;
        match need {
            Need::Request => it.request_or_hint().is_some(),
            Need::Secret => it.secret().is_some(),
            Need::StringToSign => {
                !it.attempt().strings_to_sign.is_empty()
                    || !it.attempt().canonical_requests.is_empty()
            }
            Need::Body => it
                .request()
                .is_some_and(|request| request.body.bytes().is_some()),
            Need::Response => it.response().is_some() || it.refusal().is_some(),
        }
    }

    /// What remains when the signature differs and nothing else explains it.
    fn left_over(&mut self) {
        let agrees = self.service_agrees();
        if agrees {
            self.diagnosis.verified.push(Verified::ServiceAgrees);
        }
        let refused = self.it.statements().contains(&Statement::SignatureDiffers);
        let proven = self
            .diagnosis
            .findings
            .iter()
            .any(|finding| finding.proof.rank() <= 1);
        // A signature that a service refused does not match, whether or not it can be computed.
        let surer = self
            .diagnosis
            .findings
            .iter()
            .any(|finding| finding.proof.rank() <= 3);
        // Where the service said yes, the key was right, and the capture is what is not whole.
        let accepted = self
            .it
            .response()
            .is_some_and(|response| (200..300).contains(&response.status));
        if accepted && !agrees || self.it.changed_on_the_way(agrees) {
            return;
        }
        // A request without a signature was signed with no secret; and where the signature's own form
        // is broken, what was recomputed is not what was signed.
        let unsigned = self.it.request().is_some() && self.it.stated().is_none();
        let broken = self.diagnosis.findings.iter().any(|finding| {
            finding.rule.stage == RuleStage::Authorization && finding.proof.rank() <= 3
        });
        let circumstance = match (agrees && refused, self.unexplained || refused) {
            _ if proven || unsigned || broken && !agrees => return,
            (true, _) => Circumstance::Excluded,
            (false, true) if self.unexplained || !surer => Circumstance::Suspected,
            _ => return,
        };
        let left_over = rules()
            .iter()
            .filter(|rule| matches!(rule.check, Check::LeftOver));
        for rule in left_over {
            self.add_observed(rule, Observation::new(circumstance));
        }
    }

    /// Whether signer and service computed the same.
    fn service_agrees(&self) -> bool {
        let attempt = self.it.attempt();
        let strings = (
            attempt.string_to_sign(Party::Signer),
            attempt.string_to_sign(Party::Service),
        );
        if let (Some(signer), Some(service)) = strings {
            return signer.text == service.text;
        }
        let service = self.it.artifact(Party::Service);
        match (self.it.artifact(Party::Signer), service) {
            (Some(signer), Some(service)) => signer == service,
            // The signature came out as sent, so the signer had what is derived here.
            (None, Some(service)) if self.diagnosis.verified.contains(&Verified::Signature) => {
                let right = self.it.right();
                right.is_some_and(|right| right.canonical_request_text.as_bstr() == service)
            }
            _ => false,
        }
    }

    fn finish(mut self) -> Diagnosis {
        self.merge_special_cases();
        self.diagnosis.findings.sort_by_key(|finding| {
            (
                finding.proof.rank(),
                finding.with.len(),
                finding.rule.stage,
                finding.rule.id,
            )
        });
        self.diagnosis
    }

    /// A special case beside its general rule is named by it.
    fn merge_special_cases(&mut self) {
        let findings = std::mem::take(&mut self.diagnosis.findings);
        let (special, mut general): (Vec<_>, Vec<_>) = findings
            .into_iter()
            .partition(|finding| finding.rule.specialises.is_some());
        for finding in special {
            let of = general
                .iter_mut()
                .find(|held| Some(held.rule.id) == finding.rule.specialises);
            match of {
                Some(held) if held.equivalent.contains(&finding.rule) => {}
                Some(held) => held.equivalent.push(finding.rule),
                None => general.push(finding),
            }
        }
        for finding in &mut general {
            let Finding {
                with,
                equivalent,
                rule,
                ..
            } = finding;
            with.retain(|other| !equivalent.contains(other) && other.specialises != Some(rule.id));
        }
        self.diagnosis.findings = general;
    }
}

/// What a mistake's pieces should have been, and what they are.
fn exhibit(plan: &Plan, variant: &Variant) -> (Option<BString>, Option<BString>) {
    let Some((slot, piece)) = variant.pieces.first() else {
        return (None, None);
    };
    let right = plan.right.get(*slot);
    if *slot != Slot::CanonicalHeaders {
        return (Some(right.to_owned()), Some(piece.clone()));
    }
    let lines = |own: &BStr, other: &BStr| {
        let other: Vec<&[u8]> = other.lines().collect();
        let lines: Vec<&[u8]> = own.lines().filter(|line| !other.contains(line)).collect();
        BString::from(lines.join(&b'\n'))
    };
    (
        Some(lines(right, piece.as_bstr())),
        Some(lines(piece.as_bstr(), right)),
    )
}

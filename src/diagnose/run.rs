use bstr::{BStr, ByteSlice};

use crate::{
    diagnose::{
        Circumstance, Depth, Diagnosis, Draft, Examination, Exhibit, Finding, Goal, Match, Need,
        Observation, Proof, Rule, RuleStage, Slot, Unchecked, Variant, Verified, Wrong, chain,
        confrontation::{changes_content, shows_otherwise},
        grouping::{leader, order, unique},
        plan::{Plan, changes, exhibit},
        proof::{self, Explanation, Search},
        rules::rules,
        signs,
    },
    evidence::{Party, Statement, holds_mask, is_cut, is_mask},
    sigv4::{PayloadHash, Sha256Digest},
    wire::Request,
};

/// Looks for every mistake.
#[must_use]
pub fn diagnose(it: &Examination<'_>, depth: Depth) -> Diagnosis {
    let mut run = Run::new(it, depth);
    run.recompute();
    chain::look(it, &mut run.diagnosis);
    run.observe();
    run.believe();
    run.left_over();
    run.finish()
}

/// Whether a signature is one to compare with: neither masked nor cut.
fn is_whole(signature: &[u8]) -> bool {
    !signature.is_empty() && !is_mask(signature) && !is_cut(signature)
}

/// What is said of a way of signing that is right at some services: that the signature comes out so
/// tells no more than how it was made.
const SERVICES_DIFFER: &str = "so it was signed, for the signature comes out as sent; services differ in how they read it, and only the answer of this one tells";

/// What is said of a request of which not all was captured.
const NOT_CAPTURED: &str =
    "so it was signed, for the signature comes out as sent; how it was used is not in the evidence";

/// What is said of two requests that may not ask for the same.
const MAYBE_ANOTHER: &str =
    "so one becomes the other; whether both are meant to ask for the same is not in the evidence";

/// What is said of texts from which values were taken out.
const EDITED: &str = "so this part of both canonical requests differs; neither is as it was computed, for the service's does not hash to the digest in its own string to sign";

/// What is said of a capture that may have been changed when it was shown.
const SHOWN: &str = "so it was captured, and the service computed another; or the capture is not what was sent: who shows a request often changes this of it";

/// Whose text is held against the service's.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Witness {
    /// What was signed: printed, or proven by the signature.
    Signer,
    /// What the request as captured gives.
    Capture,
}

/// The mistakes that the evidence itself tells of; nothing is recomputed.
#[must_use]
pub fn observed(it: &Examination<'_>) -> Vec<Finding> {
    let mut run = Run::new(it, Depth::default());
    run.observe();
    run.finish().findings
}

pub(super) struct Run<'a> {
    pub(super) it: &'a Examination<'a>,
    pub(super) depth: Depth,
    /// The right draft, with the scope and the like as the request states them.
    plan: Option<Plan>,
    pub(super) diagnosis: Diagnosis,
    explained: bool,
    /// Whether a signature was recomputed and did not come out, whatever was tried.
    pub(super) unexplained: bool,
    /// The right pieces, each time with one mistake that accounts for its own part of the
    /// signer's.
    pub(super) accounted: Vec<Draft>,
}

impl<'a> Run<'a> {
    fn new(it: &'a Examination<'a>, depth: Depth) -> Self {
        Self {
            it,
            depth,
            plan: it.draft().map(|right| Plan::of(it, right)),
            diagnosis: Diagnosis::default(),
            explained: false,
            unexplained: false,
            accounted: Vec::new(),
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
        if let (Some(_), Some(sent)) = (self.it.secret(), sent.filter(|sent| is_whole(sent))) {
            let goal = match self.it.is_of_all_regions() {
                true => self.it.asymmetric(sent.as_bstr()).map(Goal::Signed),
                false => Some(Goal::Signature(sent.as_bstr())),
            };
            if let Some(goal) = goal {
                self.by_signature(&plan, &goal);
            }
        }
        if !self.explained {
            self.by_text(&plan);
            self.by_string(&plan);
        }
        if !self.explained {
            self.by_change(&plan);
        }
        self.plan = Some(plan);
    }

    /// Against the signature: what the service computed, else what the request as captured gives,
    /// and then what happened between both.
    fn by_signature(&mut self, plan: &Plan, goal: &Goal<'_>) {
        let search = self.search(plan, goal);
        if !search.explanations.is_empty() {
            self.take(plan, search, Proof::Signature, Verified::Signature);
            return;
        }
        let captured = self.it.captured_draft();
        if let Some(own) = captured.map(|right| Plan::of(self.it, right)) {
            let search = self.search(&own, goal);
            if !search.explanations.is_empty() {
                self.take(&own, search, Proof::Signature, Verified::Signature);
                let signed = self.diagnosis.signed.as_ref().map(Draft::canonical_request);
                if let Some(signed) = signed {
                    self.by_parts(plan, signed.as_bstr(), Witness::Signer);
                }
                return;
            }
        }
        self.unexplained = true;
    }

    /// What happened to the request between its capture and the service, which says that it
    /// computed another canonical request than the captured one gives. How the signer wrote it
    /// down is not in the evidence.
    fn by_change(&mut self, plan: &Plan) {
        let it = self.it;
        let signer = it.artifact(Party::Signer).is_some()
            || it.attempt().string_to_sign(Party::Signer).is_some();
        if let Some(captured) = it.captured_draft().filter(|_| !signer) {
            let text = captured.canonical_request();
            self.by_parts(plan, text.as_bstr(), Witness::Capture);
        }
    }

    /// What the prover worked on.
    pub(super) fn plan(&self) -> Option<&Plan> {
        self.plan.as_ref()
    }

    fn search(&mut self, plan: &Plan, goal: &Goal<'_>) -> Search {
        self.search_on(&plan.base, &plan.free, goal, self.depth)
    }

    pub(super) fn search_on(
        &mut self,
        base: &Draft,
        variants: &[Variant],
        goal: &Goal<'_>,
        depth: Depth,
    ) -> Search {
        let it = self.it;
        let remake =
            |rule: &Rule, first: &Variant, draft: &Draft| rule.variants_behind(first, draft, it);
        let search = proof::search(base, variants, goal, depth.0, &remake, it.progress());
        self.diagnosis.tried += search.tried;
        self.diagnosis.tried_bytes += search.bytes;
        self.diagnosis.tried_alone = self.diagnosis.tried_alone.max(search.alone);
        search
    }

    fn by_text(&mut self, plan: &Plan) {
        let signer = self.it.artifact(Party::Signer);
        let right = plan.base.canonical_request();
        // A text from which a value was taken out has not the digest of what was signed.
        let whole = signer.filter(|text| !is_masked_beside(text, &right));
        let hashed = self.it.hashed();
        let Some(digest) = hashed.or(whole.map(|text| Sha256Digest::of(text))) else {
            if let Some(text) = signer {
                self.by_parts(plan, text, Witness::Signer);
            }
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
            self.by_parts(plan, text, Witness::Signer);
        }
    }

    /// Several mistakes at once: each that accounts for its own part.
    fn by_parts(&mut self, plan: &Plan, text: &BStr, witness: Witness) {
        let Some(signed) = plan.with_text(text) else {
            return;
        };
        let mut found: Vec<(Variant, Match)> = Vec::new();
        let request = self.it.request().filter(|_| witness == Witness::Capture);
        let path = request.map(Request::path);
        let query = request.and_then(Request::query);
        let is_shown_masked = |text: Option<&BStr>| text.is_some_and(|text| holds_mask(text));
        // Where a value was taken out, what stands there was not signed so.
        let masked = |variant: &Variant| {
            let mut pieces = variant.pieces.iter();
            pieces.any(|(slot, _)| match slot {
                Slot::CanonicalUri => holds_mask(signed.get(*slot)) || is_shown_masked(path),
                Slot::CanonicalQuery => holds_mask(signed.get(*slot)) || is_shown_masked(query),
                Slot::CanonicalHeaders => {
                    let [one, other] = [signed.get(*slot), plan.base.get(*slot)];
                    is_masked_beside(one, other) || is_masked_beside(other, one)
                }
                _ => false,
            })
        };
        let fits = |variant: &&Variant| {
            let may_be = witness == Witness::Signer || changes_content(variant, &plan.base);
            may_be && !masked(variant)
        };
        for variant in plan.free.iter().filter(fits) {
            if let Some(proof) = proof::account(&plan.base, variant, &signed) {
                found.push((variant.clone(), proof));
            }
        }
        self.accounted
            .extend(found.iter().map(|(variant, _)| plan.base.with(variant)));
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
            let is_as_shown = group.iter().any(|(variant, _)| variant.is_as_shown);
            let doubt = match witness {
                // Texts from which values were taken out show what differs, and prove nothing.
                _ if self.it.is_service_text_edited() => Some(EDITED),
                Witness::Capture if is_as_shown || shows_otherwise(variant, &plan.base) => {
                    Some(SHOWN)
                }
                Witness::Capture if !self.it.is_of_the_wire() => Some(SHOWN),
                Witness::Signer | Witness::Capture => None,
            };
            let proof = Proof::CanonicalRequestDigest(proof.clone());
            self.add_proven(plan, variant, (proof, doubt), with, equivalent);
            self.explained = true;
        }
    }

    /// Takes over what the prover found.
    fn take(&mut self, plan: &Plan, search: Search, proof: fn(Match) -> Proof, verified: Verified) {
        self.explained = true;
        let Some(first) = self.convict(plan, &search, proof) else {
            return;
        };
        let made = first.variants.iter();
        self.diagnosis.signed =
            Some(made.fold(plan.base.clone(), |draft, variant| draft.with(variant)));
        let is_right = |variant: &Variant| variant.wrong == Wrong::Assumed;
        if first.variants.iter().all(is_right) && plan.forced.is_empty() {
            self.diagnosis
                .verified
                .extend(self.verified(verified, plan));
        }
        let forced = plan.forced_rules();
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
            let others = unique(rules_of(first).into_iter().chain(forced.iter().copied()));
            let with = others
                .into_iter()
                .filter(|rule| !same.contains(rule))
                .collect();
            let equivalent = same
                .iter()
                .copied()
                .filter(|rule| *rule != variant.rule)
                .collect();
            let proof = proof(first.proof.clone());
            self.add_proven(plan, variant, (proof, None), with, equivalent);
        }
    }

    /// What a text proves that came out without a mistake: without a request, or with a part of one,
    /// the signer's canonical request was compared with itself.
    fn verified(&self, verified: Verified, plan: &Plan) -> Option<Verified> {
        // Without a payload hash nothing is derived, and the base is the signer's own text.
        let has_hash = PayloadHash::parse(plan.base.get(Slot::PayloadHash)).is_ok();
        let has_whole = self.it.request().is_some() && !self.it.is_captured_in_part() && has_hash;
        let is_own = verified == Verified::CanonicalRequest && !has_whole;
        let string = self.it.attempt().string_to_sign(Party::Signer);
        match is_own {
            true => string.map(|_| Verified::StringToSign),
            false => Some(verified),
        }
    }

    /// Adds the mistakes of the explanation that leads, each with those of the same effect.
    pub(super) fn convict<'s>(
        &mut self,
        plan: &Plan,
        search: &'s Search,
        proof: fn(Match) -> Proof,
    ) -> Option<&'s Explanation> {
        let sizes = search.explanations.iter().map(|found| found.variants.len());
        let smallest = sizes.min();
        let explanations: Vec<&Explanation> = search
            .explanations
            .iter()
            .filter(|found| Some(found.variants.len()) == smallest)
            .collect();
        let first = explanations
            .iter()
            .copied()
            .min_by_key(|found| order(found))?;
        let forced = plan.forced_rules();
        for (at, variant) in first.variants.iter().enumerate() {
            let mistakes = first
                .variants
                .iter()
                .filter(|made| made.wrong != Wrong::Assumed);
            let others = mistakes
                .map(|made| made.rule)
                .filter(|rule| *rule != variant.rule);
            let with = unique(others.chain(forced.iter().copied()));
            // Another explanation that has all but this one names its equivalents.
            let equivalent = explanations.iter().filter_map(|other| {
                let rest_is_same = other.variants.len() == first.variants.len()
                    && rules_of(other)
                        .iter()
                        .filter(|rule| !rules_of(first).contains(rule))
                        .count()
                        <= 1;
                let own = other.variants.get(at).map(|variant| variant.rule);
                own.filter(|own| {
                    rest_is_same && *own != variant.rule && !rules_of(first).contains(own)
                })
            });
            let equivalent = unique(equivalent);
            let proof = proof(first.proof.clone());
            self.add_proven(plan, variant, (proof, None), with, equivalent);
        }
        Some(first)
    }

    fn add_proven(
        &mut self,
        plan: &Plan,
        variant: &Variant,
        (proof, held_in_doubt): (Proof, Option<&'static str>),
        with: Vec<&'static Rule>,
        equivalent: Vec<&'static Rule>,
    ) {
        let refused =
            self.it.says(&Statement::SignatureDiffers) || self.it.service_text().is_some();
        let doubt = match variant.wrong {
            Wrong::InOneRequest if self.it.is_only_beside() => Some(MAYBE_ANOTHER),
            Wrong::Always | Wrong::InOneRequest => None,
            Wrong::WhereRefused if refused => None,
            Wrong::WhereRefused if self.it.accepted() => return,
            Wrong::WhereRefused => Some(SERVICES_DIFFER),
            Wrong::Assumed if refused => Some(NOT_CAPTURED),
            Wrong::Assumed => return,
        };
        let (proof, signs) = match doubt.or(held_in_doubt) {
            Some(doubt) => (
                Proof::Circumstance(Circumstance::Suspected),
                vec![doubt.into()],
            ),
            None => (proof, Vec::new()),
        };
        let parameter = variant.parameter.clone();
        let (expected, actual) = exhibit(plan, variant);
        let in_string = matches!(proof, Proof::StringToSign(_));
        let at = actual.as_ref().and_then(|actual| match in_string {
            true => self.it.locate_in_string(actual),
            false => self.it.locate(actual),
        });
        self.add(Finding {
            rule: variant.rule,
            proof,
            fix: (variant.rule.fix)(self.it, parameter.as_ref().map(|text| text.as_bstr())),
            parameter,
            exhibit: Exhibit {
                expected,
                actual,
                at,
                signs,
            },
            with,
            equivalent,
        });
    }

    /// Adds a finding; of two about one mistake the surer stays, with the signs of both.
    pub(super) fn add(&mut self, finding: Finding) {
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

    pub(super) fn add_observed(&mut self, rule: &'static Rule, observation: Observation) {
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
            let needs = match self.it.request() {
                None => Need::Request,
                Some(request) if request.body.bytes().is_none() => Need::Body,
                Some(_) => Need::StringToSign,
            };
            self.diagnosis.unchecked.push(Unchecked { rule, needs });
            return;
        };
        let own: Vec<&Variant> = plan
            .free
            .iter()
            .filter(|variant| variant.rule == rule)
            .collect();
        let has_string = self.it.own_string().is_some();
        let of_key = |variant: &&Variant| {
            let shown = has_string && variant.changes_string_to_sign();
            !(variant.changes_canonical_request() || shown)
        };
        let has_text = self.it.artifact(Party::Signer).is_some()
            || self.it.attempt().string_to_sign(Party::Signer).is_some();
        let of_policy = plan.right.is_of_policy();
        // Of headers, what can be seen can be made.
        let of_header = rule.stage == RuleStage::Header;
        let whole = rule.check.observe().is_none() || of_policy || of_header;
        if whole && own.is_empty() && self.made_nothing(rule) {
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
        let Some(plan) = self.plan.as_ref().filter(|_| rule.check.make().is_some()) else {
            return false;
        };
        let variants = rule.variants(&plan.right, self.it);
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

    fn finish(mut self) -> Diagnosis {
        self.merge_special_cases();
        signs::add(self.it, &mut self.diagnosis);
        self.diagnosis.findings.sort_by_key(|finding| {
            (
                finding.proof.rank(),
                finding.with.len(),
                finding.rule.stage,
                finding.rule.id,
            )
        });
        self.merge_same_fixes();
        self.diagnosis
    }
}

/// Whether a line that the other text has not had a value taken out.
fn is_masked_beside(lines: &[u8], other: &[u8]) -> bool {
    let mut own = lines.lines();
    own.any(|line| holds_mask(line) && !other.lines().any(|held| held == line))
}

fn rules_of(found: &Explanation) -> Vec<&'static Rule> {
    found.variants.iter().map(|variant| variant.rule).collect()
}

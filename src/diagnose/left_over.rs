use bstr::{BString, ByteSlice};

use crate::{
    compare::{Divergence, Origin, Part, Relation, Side, Stage, compare},
    diagnose::{
        Check, Circumstance, Confrontation, Draft, Exhibit, Finding, Fix, LeftOver, Observation,
        Proof, Rule, RuleStage, Variant, Verified, Within, confrontation::is_of_content,
        rules::rules, run::Run,
    },
    evidence::{Party, Statement, is_mask},
    sigv4::Signature,
    wire::target::percent_decode,
};

impl Run<'_> {
    /// What remains when the signature differs and nothing else explains it: the strings, where
    /// signer and service have others, else the key.
    pub(super) fn left_over(&mut self) {
        let signed = self.diagnosis.signed.clone();
        let confrontation = Confrontation::of(self.it, signed.as_ref());
        let same = confrontation.as_ref().is_some_and(Confrontation::agrees);
        // Over the same canonical request another string may have been signed.
        let agrees = same && self.has_signers_string();
        let differs = confrontation.as_ref().is_some_and(Confrontation::differs);
        let origin = confrontation.as_ref().map(|held| held.signer);
        let derived = origin == Some(Origin::Derived);
        if agrees {
            self.diagnosis.verified.push(Verified::ServiceAgrees);
        } else if let Some(held) = &confrontation
            && !differs
            && !held.holds_masks()
            && held.is_certain()
            && held.signer == Origin::Derived
        {
            self.diagnosis.verified.push(Verified::CaptureArrived);
        }
        match (&confrontation, self.it.service_side()) {
            (Some(held), Some(service)) => self.strings_differ(held, &service),
            (None, _) if !self.it.accepted() => self.differs_from_capture(),
            _ => {}
        }
        self.diagnosis.confrontation = confrontation;
        // Where the capture alone differs and it may not be what was sent, nothing is known of the key.
        let findings = self.diagnosis.findings.iter();
        let mut of_strings = findings.filter(|finding| finding.proof.is_sure());
        if !differs || derived && of_strings.next().is_none() {
            self.key_differs(agrees, same);
        }
        self.strings_may_differ();
        self.is_refused_for_nothing();
    }

    /// Where the service says that the signature differs, something is wrong, whatever was found.
    fn is_refused_for_nothing(&mut self) {
        let refused = self.it.says(&Statement::SignatureDiffers);
        // What was changed behind the signer is told by itself.
        let is_told = self.it.changed_on_the_way(false);
        if !self.diagnosis.findings.is_empty() || !refused || is_told {
            return;
        }
        for rule in [LeftOver::Strings, LeftOver::Key]
            .map(remaining)
            .into_iter()
            .flatten()
        {
            self.add_observed(rule, Observation::new(Circumstance::Suspected));
        }
    }

    /// Whether the string that was signed is known: it was printed, or it gives the signature.
    fn has_signers_string(&self) -> bool {
        self.it.exact_string().is_some() || self.diagnosis.verified.contains(&Verified::Signature)
    }

    /// Where the key is suspected and nothing is known of what the signer hashed, the strings are as
    /// suspect.
    fn strings_may_differ(&mut self) {
        let is_suspected = |finding: &Finding| {
            let is_of_key = matches!(finding.rule.check, Check::LeftOver(LeftOver::Key));
            is_of_key && finding.proof.is_suspected()
        };
        let suspected = self.diagnosis.findings.iter().any(is_suspected);
        if let Some(rule) = remaining(LeftOver::Strings).filter(|_| suspected && self.is_open()) {
            self.add_observed(rule, Observation::new(Circumstance::Suspected));
        }
    }

    /// Whether nothing tells what the signer hashed: it did not print it, and nothing could be
    /// recomputed.
    fn is_open(&self) -> bool {
        let attempt = self.it.attempt();
        let printed = attempt.canonical_request(Party::Signer).is_some()
            || attempt.string_to_sign(Party::Signer).is_some();
        let of_form = self
            .it
            .stated()
            .is_some_and(|stated| stated.policy.is_some());
        let recomputed = self.it.secret().is_some() && self.diagnosis.tried > 0;
        !printed && !of_form && (!recomputed || self.it.request().is_none())
    }

    fn key_differs(&mut self, agrees: bool, same: bool) {
        let refused = self.it.says(&Statement::SignatureDiffers);
        let mut proofs = self.diagnosis.findings.iter().map(|finding| &finding.proof);
        // A signature that a service refused does not match, whether or not it can be computed.
        let (proven, surer) = (
            proofs.clone().any(Proof::is_proven),
            proofs.any(Proof::is_sure),
        );
        // Where the service said yes, the key was right, and the capture is what is not whole.
        let accepted = self
            .it
            .response()
            .is_some_and(|response| (200..300).contains(&response.status));
        if accepted && !agrees || self.it.changed_on_the_way(agrees) {
            return;
        }
        // What could not be recomputed says nothing of the key.
        let in_doubt = !self.it.unknown_headers().is_empty();
        if in_doubt && !refused {
            return;
        }
        // A request without a signature was signed with no secret; and where the signature's own form
        // is broken, what was recomputed is not what was signed.
        let unsigned = self.it.request().is_some() && self.it.stated().is_none();
        let broken = self.diagnosis.findings.iter().any(|finding| {
            finding.rule.stage == RuleStage::Authorization && finding.proof.is_sure()
        });
        let misshapen = self
            .diagnosis
            .findings
            .iter()
            .any(|finding| finding.rule.stage == RuleStage::Text && finding.proof.is_sure());
        let agrees = agrees && !self.it.prints_in_two_ways() && !self.is_of_no_key();
        let circumstance = match (agrees && refused, self.unexplained || refused) {
            _ if proven || unsigned || misshapen || broken && !agrees => return,
            (true, _) => Circumstance::Excluded,
            (false, true) if self.unexplained || !surer => Circumstance::Suspected,
            _ => return,
        };
        if let Some(rule) = remaining(LeftOver::Key) {
            let mut signs = self.signs_of_key();
            if (same || self.is_same_but_for_white_space()) && !self.has_signers_string() {
                signs.insert(0, self.why_in_doubt().to_owned());
            }
            let observation = Observation::new(circumstance);
            self.add_observed(rule, signs.into_iter().fold(observation, Observation::sign));
        }
    }

    /// Whether no key gives what was sent as the signature, be it that it was shown so.
    fn is_of_no_key(&self) -> bool {
        let sent = self
            .it
            .stated()
            .map(|stated| &stated.authorization.signature);
        sent.is_some_and(|sent| !is_mask(sent) && Signature::parse(sent).is_err())
    }

    /// Whether the string to sign was printed with the service's words.
    fn is_same_but_for_white_space(&self) -> bool {
        let of = |party| self.it.attempt().string_to_sign(party);
        let [own, other] = [Party::Signer, Party::Service].map(of);
        own.zip(other)
            .is_some_and(|(own, other)| own.text == other.text)
    }

    /// Why the key is not all that is left where both sides have the same canonical request.
    fn why_in_doubt(&self) -> &'static str {
        match self.it.own_string() {
            Some(_) => {
                "both sides computed the same canonical request, and what was printed as the string to sign has the service's words; whether it was signed with that white space and those line ends, or they came with the paste, is not in the evidence"
            }
            None => {
                "both sides computed the same canonical request; the string to sign that was signed over it is not in the evidence"
            }
        }
    }

    /// What speaks for another key, and what was tried to find out in which way it is another.
    fn signs_of_key(&self) -> Vec<String> {
        let mut signs = Vec::new();
        let in_question = self.it.request().is_some() && !self.it.was_sent_here();
        if let Some(host) = self.it.foreign_host().filter(|_| in_question) {
            let host = host.to_str_lossy();
            signs.push(format!("or the request was signed for another host than {host}: the canonical request that your program hashed tells"));
        }
        if self.diagnosis.verified.contains(&Verified::Signature) {
            signs.push("the secret key at hand gives the signature that was sent, so the service has another secret for this access key id, or this one belongs to another".to_owned());
        } else if self.it.secret().is_some() && self.diagnosis.tried > 0 {
            signs.push(self.tried_in_vain());
        }
        signs.extend(self.changed_by_others());
        signs
    }

    /// The signed headers that something between signer and service may have changed, each with the
    /// rule that tells of it: what they were before is not in the evidence.
    fn changed_by_others(&self) -> Option<String> {
        let plan = self.plan().filter(|_| !self.it.was_sent_here())?;
        let mut named: Vec<String> = Vec::new();
        for variant in &plan.free {
            let form = variant.parameter.as_ref().map(|form| form.to_str_lossy());
            let Some(name) = form.as_ref().and_then(|form| form.strip_prefix("no ")) else {
                continue;
            };
            if variant.rule.stage == RuleStage::Header && plan.right.header(name).is_some() {
                named.push(format!("{name} ({})", variant.rule.id));
            }
        }
        let list = named.join(", ");
        (!named.is_empty()).then(|| {
            format!("or a signed header was changed after signing to what is captured here: {list}")
        })
    }

    fn tried_in_vain(&self) -> String {
        let free = self.plan().map_or(&[][..], |plan| &plan.free[..]);
        let damaged = free
            .iter()
            .filter(|variant| variant.secret.is_some())
            .count();
        let of_key = |variant: &&Variant| {
            variant.frame.key.is_some() || variant.pieces.iter().any(|(slot, _)| slot.is_of_key())
        };
        let keys = free.iter().filter(of_key).count();
        format!(
            "among them {damaged} ways in which secrets get damaged, and {keys} keys for other dates, regions and services"
        )
    }

    /// Without the service's strings, those that the request as captured gives stand for them.
    fn differs_from_capture(&mut self) {
        let string = self.it.own_string();
        let is_own = |draft: &Draft| string.is_none_or(|text| draft.string_to_sign() == text);
        if self.diagnosis.signed.as_ref().is_some_and(is_own) && self.accounted.is_empty() {
            return;
        }
        let held = Confrontation::with_capture(self.it);
        let held = held.filter(|_| !self.it.is_captured_in_part());
        if let (Some(held), Some(derived)) = (held, self.it.derived_side()) {
            self.strings_differ(&held, &derived);
        }
    }

    /// Names the parts in which the strings differ and that no mistake accounts for; `other` is
    /// the side that the signer's is held against.
    fn strings_differ(&mut self, held: &Confrontation, other: &Side) {
        // A mistake that gives all that was signed accounts for all that differs.
        let mut findings = self.diagnosis.findings.iter();
        let proven = findings.any(|finding| finding.proof.is_proven());
        if proven && self.diagnosis.signed.is_some() && self.accounted.is_empty() {
            return;
        }
        let accounted = self.accounted_parts(held, other);
        let left: Vec<(Stage, &Divergence)> = held
            .causes()
            .filter(|(_, divergence)| !accounted.contains(&divergence.part))
            .collect();
        let (Some((_, first)), Some(rule)) = (left.first(), remaining(LeftOver::Strings)) else {
            return;
        };
        // How a request is written down depends on the service, which may not be known.
        let sure = match held.signer {
            Origin::Derived => {
                let was_sent = |divergence: &Divergence| {
                    is_of_content(divergence) && !self.may_be_shown_otherwise(&divergence.part)
                };
                self.it.is_of_the_wire() && left.iter().any(|(_, divergence)| was_sent(divergence))
            }
            _ => !held.is_of_digest_alone(),
        };
        let circumstance = match sure && held.is_certain() {
            true => Circumstance::Stated,
            false => Circumstance::Suspected,
        };
        let parts: Vec<String> = left.iter().map(|(_, held)| held.part.to_string()).collect();
        self.add(Finding {
            rule,
            proof: Proof::Circumstance(circumstance),
            parameter: Some(parts.join(", ").into()),
            exhibit: Exhibit {
                expected: first.right.clone(),
                actual: first.left.clone(),
                at: None,
                signs: otherwise_encoded(first)
                    .into_iter()
                    .chain(signs(held, &left, circumstance))
                    .collect(),
            },
            fix: self.fix_strings(held, &left),
            with: Vec::new(),
            equivalent: Vec::new(),
        });
    }

    /// Whether a part of the capture may not be as it was sent: a body that neither its length nor its
    /// hash confirms, and a query with the escapes of a page.
    fn may_be_shown_otherwise(&self, part: &Part) -> bool {
        let Some(request) = self.it.request() else {
            return false;
        };
        match part {
            Part::PayloadHash | Part::Body => !request.states_its_length(),
            Part::Query | Part::QueryPair(_) => {
                let query = request.query();
                query.is_some_and(|query| query.contains_str("&amp;"))
            }
            _ => false,
        }
    }

    /// The parts that a mistake accounts for: made on the other side's pieces, it gives the
    /// signer's.
    fn accounted_parts(&self, held: &Confrontation, other: &Side) -> Vec<Part> {
        let made = match &self.diagnosis.signed {
            // What was signed is right as captured: a text that was printed is no witness against
            // it, and what the service computed instead was changed on the way.
            Some(signed) if self.accounted.is_empty() && self.it.service_side().is_none() => {
                std::slice::from_ref(signed)
            }
            _ => &self.accounted[..],
        };
        let derived = |text: BString| {
            Some(crate::compare::Artifact {
                text,
                origin: Origin::Derived,
            })
        };
        let side = |draft: &Draft| Side {
            canonical_request: derived(draft.canonical_request()),
            string_to_sign: derived(draft.string_to_sign()),
            ..Side::default()
        };
        let mut parts = Vec::new();
        for draft in made {
            let made = compare(&side(draft), other, Relation::OneRequest);
            for (_, cause) in made.causes() {
                let same = |(_, other): (Stage, &Divergence)| {
                    other.part == cause.part && other.left == cause.left
                };
                if held.causes().any(same) {
                    parts.push(cause.part.clone());
                }
            }
        }
        parts
    }

    fn fix_strings(&self, held: &Confrontation, left: &[(Stage, &Divergence)]) -> Fix {
        let own = |part: &Part| held.captured.is_some() && !held.is_in_capture(part);
        let words = if held.signer == Origin::Derived {
            "send the request to the service directly, and compare what leaves your program with what is captured here: something between both changes it"
        } else if left.iter().any(|(_, held)| is_of_target(held))
            && self.it.service_side().is_none()
        {
            "sign the request as it is sent, or send it as it was signed: the two ask for different things, and which of them is meant only you know"
        } else if left.iter().all(|(_, held)| own(&held.part)) {
            "let your signer write these parts as the service does; what is sent is right"
        } else {
            "find what changes the request after it is signed, or leave these parts unsigned where they need not be"
        };
        let mut fix = Fix::words(words);
        for (stage, divergence) in left {
            if *stage != Stage::CanonicalRequest || !own(&divergence.part) {
                continue;
            }
            let line = |value: &Option<BString>| match (&divergence.part, value) {
                (_, None) => BString::default(),
                (Part::Header(name), Some(value)) => [name, &b":"[..], value].concat().into(),
                (_, Some(value)) => value.clone(),
            };
            let (from, to) = (line(&divergence.left), line(&divergence.right));
            let at = self.it.locate(&from);
            fix = fix.edit(from, to, at).within(Within::CanonicalRequest);
        }
        fix
    }
}

/// Whether path or query name another thing, however they are written.
fn is_of_target(divergence: &Divergence) -> bool {
    matches!(
        divergence.part,
        Part::Uri | Part::Query | Part::QueryPair(_)
    ) && is_of_content(divergence)
}

/// Whether a part is the other side's, written in another way.
fn otherwise_encoded(divergence: &Divergence) -> Option<BString> {
    let (own, other) = (divergence.left.as_ref()?, divergence.right.as_ref()?);
    let how = match (percent_decode(own), percent_decode(other)) {
        (decoded, _) if decoded == *other => "more",
        (_, decoded) if decoded == *own => "less",
        _ => return None,
    };
    let part = &divergence.part;
    Some(format!("the {part} is the other side's, percent-encoded once {how}").into())
}

/// What each of the parts tells of where it went wrong.
fn signs(
    held: &Confrontation,
    left: &[(Stage, &Divergence)],
    circumstance: Circumstance,
) -> Vec<BString> {
    if held.signer == Origin::Derived {
        let sign = "the service computed this of the request that reached it; the request as captured gives another";
        let mut signs = vec![sign.into()];
        if circumstance == Circumstance::Suspected {
            signs.push("or the capture is not what was sent".into());
        }
        return signs;
    }
    if held.captured.is_none() {
        return Vec::new();
    }
    let changed = left
        .iter()
        .filter(|(_, divergence)| held.is_in_capture(&divergence.part));
    let sign = |(_, divergence): &(Stage, &Divergence)| {
        format!(
            "{} was signed as it is captured; the service received another",
            divergence.part
        )
        .into()
    };
    changed.map(sign).collect()
}

fn remaining(kind: LeftOver) -> Option<&'static Rule> {
    let mut rules = rules().iter().copied();
    rules.find(|rule| matches!(rule.check, Check::LeftOver(own) if own == kind))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::Kind;

    #[test]
    fn a_part_that_is_encoded_otherwise_is_told_so() {
        let told = |left: &str, right: &str| {
            let words = otherwise_encoded(&Divergence {
                part: Part::Uri,
                kind: Kind::Cause,
                left: Some(left.into()),
                right: Some(right.into()),
                at: 0,
            });
            words.map(|words| words.to_string())
        };
        let more = "the uri is the other side's, percent-encoded once more";
        let less = "the uri is the other side's, percent-encoded once less";
        assert_eq!(told("/b/a%2520b", "/b/a%20b").as_deref(), Some(more));
        assert_eq!(told("/a b", "/a%20b").as_deref(), Some(less));
        assert_eq!(told("/a%20b", "/c"), None);
    }
}

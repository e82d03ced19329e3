use bstr::{BStr, BString, ByteSlice};

use super::{ExplanationReport, place::Places, step::Departure};
use crate::{
    diagnose::{Finding, Rule, RuleStage, Slot, Stated},
    evidence::Party,
    sigv4::{Derivation, Sha256Digest, SigningKey},
};

/// What was signed beside what should have been.
#[derive(Debug)]
pub(super) struct Compared<'a> {
    pub(super) report: &'a ExplanationReport<'a>,
    pub(super) places: Places<'a>,
    /// From where the signed texts are known.
    pub(super) held: Held,
    /// The canonical request as signed.
    pub(super) signed: BString,
    /// The string to sign as signed.
    pub(super) signed_string: BString,
    /// The right canonical request.
    pub(super) right: Option<BString>,
    /// The right string to sign.
    pub(super) right_string: Option<BString>,
    /// The right signature, where the secret is known.
    pub(super) right_signature: Option<BString>,
    /// The signature of the string as signed under the key as stated, where the secret is known.
    pub(super) recomputed: Option<BString>,
}

/// From where the signed texts are known.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Held {
    /// The capture has them.
    Captured,
    /// They were recomputed, and the signature or the digest comes out as sent.
    Recomputed,
    /// A right signer would have made them of this request.
    Derived,
    /// The same, and the signature shows that the client made others.
    Unlike,
    /// The service computed them.
    Service,
}

/// A part of the artifacts that a finding can be about.
#[derive(Clone, Copy, Debug)]
pub(super) enum About<'a> {
    Method,
    Uri,
    Query,
    Header(&'a BStr),
    SignedHeaders,
    PayloadHash,
    Timestamp,
    Scope,
    Algorithm,
    Key,
    Signature,
}

impl<'a> Compared<'a> {
    pub(super) fn of(report: &'a ExplanationReport<'a>) -> Self {
        let it = report.it;
        let draft = report.diagnosis.signed.as_ref();
        let captured = it.artifact(Party::Signer).map(ToOwned::to_owned);
        let derived = || {
            it.as_scoped()
                .map(|right| right.canonical_request_text.clone())
        };
        let service = || it.artifact(Party::Service).map(ToOwned::to_owned);
        let (held, signed) = match (captured, draft, derived()) {
            (Some(text), ..) => (Held::Captured, text),
            (None, Some(draft), _) => (Held::Recomputed, draft.canonical_request()),
            (None, None, Some(text)) if it.secret().is_some() => (Held::Unlike, text),
            (None, None, Some(text)) => (Held::Derived, text),
            (None, None, None) => (Held::Service, service().unwrap_or_default()),
        };
        let string = it.attempt().string_to_sign(Party::Signer);
        let signed_string = match (string, draft) {
            (Some(claim), _) => claim.text.clone(),
            (None, Some(draft)) if held == Held::Recomputed => draft.string_to_sign(),
            (None, _) => stated_string(it.stated(), &signed),
        };
        let right = report.right.right();
        let drafted = || it.draft().filter(|_| it.request().is_none());
        let right_text = right
            .map(|right| right.canonical_request_text.clone())
            .or_else(|| drafted().map(|draft| draft.canonical_request()));
        let right_string = right
            .map(|right| right.string_to_sign_text.clone())
            .or_else(|| drafted().map(|draft| draft.string_to_sign()));
        let right_signature = right
            .and_then(|right| it.sign(&right.string_to_sign_text, &right.string_to_sign.scope));
        let mut this = Self {
            report,
            places: Places {
                it,
                names: report.names,
            },
            held,
            signed,
            signed_string,
            right: right_text,
            right_string,
            right_signature,
            recomputed: None,
        };
        this.recomputed = this.recompute();
        this
    }

    /// The signature over what was signed, under the key that the request's own scope makes.
    fn recompute(&self) -> Option<BString> {
        let it = self.report.it;
        if it.is_of_all_regions() {
            return it.sign(&self.signed_string, &it.stated()?.scope()?);
        }
        if let Some(draft) = &self.report.diagnosis.signed {
            return draft.signature();
        }
        let key = self.signed_key()?;
        let signature = key.sign(&self.signed_string);
        Some(BString::from(signature.hex().as_slice()))
    }

    /// Date, region and service that the key was derived from.
    pub(super) fn key_parts(&self) -> [BString; 3] {
        if let Some(draft) = &self.report.diagnosis.signed {
            let slots = [Slot::KeyDate, Slot::KeyRegion, Slot::KeyService];
            return slots.map(|slot| draft.get(slot).to_owned());
        }
        let scope = self.scope();
        let mut parts = scope.split_str("/").map(BString::from);
        std::array::from_fn(|_| parts.next().unwrap_or_default())
    }

    pub(super) fn signed_key(&self) -> Option<SigningKey> {
        let secret = self.report.it.secret()?;
        let [date, region, service] = self.key_parts();
        Some(SigningKey::derive_from(secret, &date, &region, &service))
    }

    /// The scope as it is stated.
    pub(super) fn scope(&self) -> BString {
        let written = || self.signed_string.split_str("\n").nth(2).map(BString::from);
        let stated = self.report.it.stated();
        stated
            .map(|stated| stated.authorization.scope().to_owned())
            .or_else(written)
            .unwrap_or_default()
    }

    pub(super) fn right_algorithm(&self) -> Option<&BStr> {
        let line = self.right_string.as_ref()?.split_str("\n").next()?;
        Some(line.as_bstr())
    }

    pub(super) fn right_scope(&self) -> Option<BString> {
        let line = self.right_string.as_ref()?.split_str("\n").nth(2)?;
        Some(line.into())
    }

    /// The right derivation, where a request was captured.
    pub(super) fn derivation(&self) -> Option<&'a Derivation> {
        self.report.right.right()
    }

    /// How a part of the signed text stands to the right one.
    pub(super) fn departure(
        &self,
        about: About<'_>,
        signed: &[u8],
        right: Option<&[u8]>,
    ) -> Departure {
        let differs = right.is_some_and(|right| right != signed);
        let rule = self.rule(about, differs);
        match (differs, rule) {
            (false, None) => Departure::None,
            (false, Some(rule)) => Departure::Cause {
                right: None,
                rule: Some(rule),
            },
            (true, rule) => Departure::Cause {
                right: right.map(BString::from),
                rule,
            },
        }
    }

    /// The mistake that a part shows.
    fn rule(&self, about: About<'_>, differs: bool) -> Option<&'static Rule> {
        let findings = &self.report.diagnosis.findings;
        let found = findings.iter().find(|finding| {
            let sure = finding.proof.is_sure();
            (sure || differs) && concerns(finding, about, differs)
        });
        found.map(|finding| finding.rule)
    }

    /// Findings of these stages that no line of a step shows: those that are sure, and those that are
    /// only possible.
    pub(super) fn left(
        &self,
        stages: &[RuleStage],
        shown: &[&'static Rule],
    ) -> [Vec<&'static Rule>; 2] {
        let findings = self.report.diagnosis.findings.iter();
        let own = findings.filter(|finding| stages.contains(&finding.rule.stage));
        let own = own.filter(|finding| !shown.contains(&finding.rule));
        let (possible, sure): (Vec<&Finding>, Vec<&Finding>) =
            own.partition(|finding| finding.proof.is_suspected());
        [sure, possible].map(|own| own.iter().map(|finding| finding.rule).collect())
    }
}

/// Whether a finding is about a part.
fn concerns(finding: &Finding, about: About<'_>, differs: bool) -> bool {
    let stage = finding.rule.stage;
    match about {
        About::Header(name) => {
            names(finding, name) || (differs && stage == RuleStage::Header && !named(finding))
        }
        About::Uri => stage == RuleStage::Path,
        About::Query => stage == RuleStage::Query,
        About::SignedHeaders => differs && stage == RuleStage::Header,
        About::PayloadHash => differs && stage == RuleStage::Payload,
        About::Timestamp => stage == RuleStage::Clock,
        About::Scope => differs && stage == RuleStage::Scope,
        About::Algorithm => differs && stage == RuleStage::Authorization,
        About::Key => differs && matches!(stage, RuleStage::Scope | RuleStage::Key),
        About::Signature => differs && stage == RuleStage::Key,
        About::Method => differs && stage == RuleStage::Target,
    }
}

/// Whether a finding names a header's field.
fn names(finding: &Finding, name: &BStr) -> bool {
    let field = |text: &BString| {
        text.split_once_str(":")
            .is_some_and(|(own, _)| own.eq_ignore_ascii_case(name))
    };
    // The target's rules are about one header, with or without an exact fix.
    let target = finding.rule.stage == RuleStage::Target
        && finding.rule.id.contains("target")
        && name == "x-amz-target";
    let edits = finding.fix.edits.iter();
    target
        || finding.parameter.as_ref().is_some_and(|text| text == name)
        || (finding.rule.stage != RuleStage::Scope
            && edits.flat_map(|edit| [&edit.from, &edit.to]).any(field))
}

fn named(finding: &Finding) -> bool {
    finding.parameter.is_some() || !finding.fix.edits.is_empty()
}

/// The string to sign that a request states of itself over a canonical request.
fn stated_string(stated: Option<&Stated>, canonical_request: &[u8]) -> BString {
    let Some(stated) = stated else {
        return BString::default();
    };
    let digest = Sha256Digest::of(canonical_request).hex();
    let timestamp = stated.timestamp.clone().unwrap_or_default();
    let lines: [&[u8]; 4] = [
        &stated.authorization.algorithm,
        &timestamp,
        stated.authorization.scope(),
        &digest,
    ];
    BString::from(lines.join(&b'\n'))
}

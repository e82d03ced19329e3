//! What the signer's own string to sign tells that its canonical request does not.

use bstr::{BStr, ByteSlice};

use crate::{
    diagnose::{Depth, Examination, Goal, Proof, Slot, Variant, plan::Plan, run::Run},
    evidence::{Claim, Party, Statement, is_placeholder},
    sigv4::{CredentialScope, Sha256Digest, StringToSign},
    wire::Fidelity,
};

impl<'a> Examination<'a> {
    /// The signer's string to sign as it was printed: its words, if not its white space.
    pub(super) fn own_string(&self) -> Option<&'a BStr> {
        let claim = self.attempt().string_to_sign(Party::Signer)?;
        Some(claim.text.as_bstr())
    }

    /// The signer's string to sign, where it is as the signer had it.
    pub(super) fn exact_string(&self) -> Option<&'a BStr> {
        let claim: &Claim<StringToSign> = self.attempt().string_to_sign(Party::Signer)?;
        (claim.fidelity != Fidelity::Reflowed).then(|| claim.text.as_bstr())
    }

    /// Whether the signer's string to sign was printed with its line feeds escaped, and its canonical
    /// request as it is: then the escapes may be the string's own.
    pub(super) fn prints_in_two_ways(&self) -> bool {
        let attempt = self.attempt();
        let string = attempt.string_to_sign(Party::Signer);
        let canonical = attempt.canonical_request(Party::Signer);
        let service = attempt.string_to_sign(Party::Service);
        let (Some(string), Some(canonical), Some(service)) = (string, canonical, service) else {
            return false;
        };
        self.says(&Statement::SignatureDiffers)
            && string.text == service.text
            && string.fidelity == Fidelity::Unescaped
            && canonical.span.last_line > canonical.span.first_line
            && string.span.input == canonical.span.input
    }

    /// A line of the signer's string to sign as it was printed, counted from 0.
    pub(super) fn printed_line(&self, line: usize) -> Option<&'a BStr> {
        let claim = self.attempt().string_to_sign(Party::Signer)?;
        claim.text.lines().nth(line).map(ByteSlice::as_bstr)
    }

    /// Whether a line of the signer's string to sign, counted from 0, stands in the service's own too:
    /// then it is right, whatever else says otherwise.
    pub(super) fn service_has_printed_line(&self, line: usize) -> bool {
        let of = |party| {
            let claim = self.attempt().string_to_sign(party)?;
            claim.text.split_str("\n").nth(line)
        };
        let own = of(Party::Signer);
        own.is_some() && own == of(Party::Service)
    }

    /// The digest on the last line of the signer's string to sign, right or wrong above it.
    pub(super) fn hashed(&self) -> Option<Sha256Digest> {
        let claim = self.attempt().string_to_sign(Party::Signer)?;
        let last = || claim.text.trim_end().rsplit_str("\n").next();
        match claim.value() {
            Some(value) => Some(value.canonical_request_digest),
            None => Sha256Digest::parse(last()?).ok(),
        }
    }
}

impl Run<'_> {
    /// Whether the secret gives the signature that was sent over the string that was printed: then
    /// the key is right, and what is wrong stands in the string.
    fn is_signed_as_printed(&self, text: &BStr) -> bool {
        let Some(stated) = self.it.stated() else {
            return false;
        };
        let of_string = text.split_str("\n").nth(2).unwrap_or_default();
        let scopes = [CredentialScope::parse(of_string).ok(), stated.scope()];
        let mut scopes = scopes.iter().flatten();
        scopes.any(|scope| self.it.is_signed_with_secret(text, scope))
    }

    /// Makes mistakes until the string to sign comes out as the signer's own. Over a canonical
    /// request that is known, those alone that it does not show.
    pub(super) fn by_string(&mut self, plan: &Plan) {
        let Some(text) = self.it.own_string() else {
            return;
        };
        // Somebody took the digest out.
        let digest = text.rsplit_str("\n").next().unwrap_or_default();
        if is_placeholder(digest) {
            return;
        }
        let printed = self.it.artifact(Party::Signer);
        let printed = printed.and_then(|text| plan.with_text(text));
        let known = self.diagnosis.signed.clone().or(printed.clone());
        let base = known.as_ref().unwrap_or(&plan.base);
        if base.string_to_sign() == text {
            return;
        }
        // A digest that nothing explains was looked for with all mistakes already.
        let in_string_alone = known.is_some() || self.it.hashed().is_some();
        let is_made = |variant: &Variant| {
            let changed = |(slot, _): &(Slot, _)| base.get(*slot) != plan.base.get(*slot);
            base.frame.overlaps(&variant.frame) || variant.pieces.iter().any(changed)
        };
        // Words that are certain prove what changes words.
        let is_exact = self.it.exact_string().is_some();
        let base_words = words(&base.string_to_sign());
        let shows = |variant: &Variant| {
            is_exact || words(&base.with(variant).string_to_sign()) != base_words
        };
        let apart = |variant: &&Variant| {
            let of_string = variant.changes_string_to_sign()
                && !variant.changes_canonical_request()
                && !is_made(variant);
            (!in_string_alone || of_string) && shows(variant)
        };
        let variants: Vec<Variant> = plan.free.iter().filter(apart).cloned().collect();
        let goal = Goal::StringToSign(text);
        let depth = match is_exact {
            true => self.depth,
            // Of two, one might be of white space alone.
            false => Depth(1),
        };
        let search = self.search_on(base, &variants, &goal, depth);
        let Some(first) = self.convict(plan, &search, Proof::StringToSign) else {
            self.unexplained &= !self.is_signed_as_printed(text);
            return;
        };
        let made = first.variants.iter();
        let signed = made.fold(base.clone(), |draft, variant| draft.with(variant));
        if self.diagnosis.signed.is_none() && printed.is_some() {
            // What else is in its canonical request is another matter.
            self.accounted.push(signed);
        } else {
            self.diagnosis.signed = Some(signed);
        }
    }
}

/// A text without its white space, escaped or not.
fn words(text: &[u8]) -> Vec<u8> {
    let text = text.replace("\\r", "").replace("\\n", "");
    text.fields().flatten().copied().collect()
}

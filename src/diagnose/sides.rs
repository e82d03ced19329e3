//! The two sides of a refusal: the signer, and the service that computed something else.

use bstr::{BStr, BString, ByteSlice};

use crate::{
    compare::{Artifact, Origin, Side},
    diagnose::{Draft, Examination},
    evidence::{Claim, Party, Statement},
    sigv4::Sha256Digest,
    wire::Fidelity,
};

impl Examination<'_> {
    /// This request as one side of a comparison: what was captured, else what is derived.
    #[must_use]
    pub fn side(&self) -> Side {
        let attempt = self.attempt();
        let canonical = attempt.canonical_request(Party::Signer).map(captured);
        let string = attempt.string_to_sign(Party::Signer).map(captured);
        let derived = |text: &BString| Artifact {
            text: text.clone(),
            origin: Origin::Derived,
        };
        let as_scoped = self.as_scoped();
        let stated = self.stated().map(|stated| &stated.authorization);
        Side {
            request: self.request_or_hint().cloned(),
            canonical_request: canonical
                .or_else(|| as_scoped.map(|right| derived(&right.canonical_request_text))),
            string_to_sign: string
                .or_else(|| as_scoped.map(|right| derived(&right.string_to_sign_text)))
                .or_else(|| self.stated()?.policy.as_ref().map(derived)),
            scope: stated.map(|stated| stated.scope().to_owned()),
            access_key_id: stated.map(|stated| stated.access_key_id().to_owned()),
            signature: stated.map(|stated| stated.signature.clone()),
            cut: None,
            refuses: None,
        }
    }

    /// What the request as captured gives, in the scope that it states, as one side of a
    /// comparison; `None` where nothing can be derived.
    pub(super) fn derived_side(&self) -> Option<Side> {
        let right = self.as_scoped()?;
        let derived = |text: &BString| Artifact {
            text: text.clone(),
            origin: Origin::Derived,
        };
        Some(Side {
            canonical_request: Some(derived(&right.canonical_request_text)),
            string_to_sign: Some(derived(&right.string_to_sign_text)),
            ..Side::default()
        })
    }

    /// The canonical request that the service computed: as its refusal has it, or the one at hand
    /// whose digest its string to sign ends with.
    #[must_use]
    pub fn service_text(&self) -> Option<&BStr> {
        let told = self.attempt().canonical_request(Party::Service);
        let certain = |claim: &&Claim<_>| claim.fidelity != Fidelity::Reflowed;
        if let Some(claim) = told.filter(certain) {
            return Some(claim.text.as_bstr());
        }
        let digest = self.digest_in_string(Party::Service);
        let derived = self
            .as_scoped()
            .map(|right| right.canonical_request_text.as_bstr());
        let mut held = derived.into_iter().chain(self.artifact(Party::Signer));
        let same = held.find(|text| digest == Some(Sha256Digest::of(text)));
        same.or_else(|| told.map(|claim| claim.text.as_bstr()))
    }

    /// The service as one side of a comparison: what its refusal says that it computed; `None`
    /// where it says nothing of it.
    #[must_use]
    pub fn service_side(&self) -> Option<Side> {
        let attempt = self.attempt();
        let told = attempt.canonical_request(Party::Service);
        // Over a chunk of an upload the service signs another string than over the request.
        let of_request = |text: &Artifact| !text.text.starts_with(b"AWS4-HMAC-SHA256-");
        let string = attempt.string_to_sign(Party::Service).map(captured);
        let string = string.filter(of_request);
        let canonical = self.service_text().map(|text| Artifact {
            text: text.to_owned(),
            origin: match told.filter(|claim| claim.text == text) {
                Some(claim) => Origin::Captured(claim.fidelity),
                None => Origin::Captured(Fidelity::Exact),
            },
        });
        if canonical.is_none() && string.is_none() {
            return None;
        }
        let scope = string.as_ref().and_then(scope_in);
        let detail = |name: &str| self.refusal()?.detail(name).map(ToOwned::to_owned);
        let sent = || {
            self.stated()
                .map(|stated| stated.authorization.signature.clone())
        };
        let refuses = detail("SignatureProvided").or_else(sent);
        Some(Side {
            request: None,
            canonical_request: canonical,
            string_to_sign: string,
            scope,
            access_key_id: detail("AWSAccessKeyId"),
            signature: None,
            cut: None,
            refuses: refuses.filter(|_| self.says(&Statement::SignatureDiffers)),
        })
    }

    /// This request as one side of a comparison with another one: what was captured, else what gives
    /// the signature or the digest that its signer has, else what is derived.
    #[must_use]
    pub fn signed_side(&self, recomputed: Option<&Draft>) -> Side {
        let recomputed = recomputed.filter(|_| self.artifact(Party::Signer).is_none());
        match recomputed {
            Some(draft) => as_recomputed(self.side(), draft),
            None => self.side(),
        }
    }

    /// The signer as one side of a comparison with its service: what it printed, else what gives
    /// the signature that was sent, else what the request as captured gives.
    #[must_use]
    pub fn client_side(&self, recomputed: Option<&Draft>) -> Side {
        let mut side = self.side();
        let string = self.attempt().string_to_sign(Party::Signer);
        let printed = string.map(captured);
        if let Some(scope) = printed.as_ref().and_then(scope_in) {
            // What was signed counts, whatever is said of it elsewhere.
            side.scope = Some(scope);
        }
        if let Some(text) = self.same_digest() {
            // However it was printed, with a value taken out or with other white space.
            side.canonical_request = Some(Artifact {
                text: text.to_owned(),
                origin: Origin::Captured(Fidelity::Unescaped),
            });
            return side;
        }
        match (self.artifact(Party::Signer), recomputed) {
            // A string that was not printed is over the canonical request that was.
            (Some(text), _) if string.is_none() => {
                let digest = Sha256Digest::of(text).to_string();
                side.string_to_sign = side.string_to_sign.map(|held| Artifact {
                    text: with_digest(&held.text, &digest),
                    ..held
                });
            }
            (Some(_), _) => {}
            (None, Some(draft)) => side = as_recomputed(side, draft),
            (None, None) => {
                // What is derived is the signer's only if its own string says so.
                let digest = self.digest_in_string(Party::Signer);
                let own =
                    |held: &Artifact| digest.is_none_or(|own| own == Sha256Digest::of(&held.text));
                // Of what lacks a value nothing can be said by a digest alone.
                let is_comparable =
                    self.unknown_headers().is_empty() || self.service_text().is_some();
                if !is_comparable {
                    (side.canonical_request, side.string_to_sign) = (None, None);
                }
                side.canonical_request = side.canonical_request.filter(own).map(|held| Artifact {
                    origin: match digest {
                        Some(_) => Origin::Recomputed,
                        None => held.origin,
                    },
                    ..held
                });
            }
        }
        side
    }
}

impl Examination<'_> {
    /// The digest that a party's string to sign ends in.
    fn digest_in_string(&self, party: Party) -> Option<Sha256Digest> {
        let claim = self.attempt().string_to_sign(party)?;
        Some(claim.value()?.canonical_request_digest)
    }

    /// The canonical request that the service computed, where the signer's string to sign ends in
    /// the same digest.
    fn same_digest(&self) -> Option<&BStr> {
        let signers = self.hashed()?;
        let text = self.service_text()?;
        let is_same = self.digest_in_string(Party::Service) == Some(signers)
            || Sha256Digest::of(text) == signers;
        let printed = self.artifact(Party::Signer)?;
        (is_same && printed != text).then_some(text)
    }

    /// Whether the canonical request that the service computed is not here as it was: it does not
    /// hash to the digest in the service's string to sign.
    pub(super) fn is_service_text_edited(&self) -> bool {
        let digest = self.digest_in_string(Party::Service);
        let text = self.attempt().canonical_request(Party::Service);
        let differs =
            |(digest, text): (Sha256Digest, &Claim<_>)| Sha256Digest::of(&text.text) != digest;
        digest.zip(text).is_some_and(differs)
    }
}

/// The credential scope that a string to sign states; a form's string is its policy, which states
/// none.
pub(super) fn scope_in(string: &Artifact) -> Option<BString> {
    let mut lines = string.text.split_str("\n");
    let is_of_lines = lines.next()?.starts_with(b"AWS4-");
    lines.nth(1).filter(|_| is_of_lines).map(BString::from)
}

/// A side with the strings that its signer must have had.
fn as_recomputed(side: Side, draft: &Draft) -> Side {
    let made = |text: BString| Artifact {
        text,
        origin: Origin::Recomputed,
    };
    // A policy of an upload form is signed as it stands.
    let canonical = Some(draft.canonical_request()).filter(|_| !draft.is_of_policy());
    Side {
        canonical_request: canonical.map(made),
        string_to_sign: Some(made(draft.string_to_sign())),
        ..side
    }
}

/// A string to sign over another canonical request.
fn with_digest(string: &[u8], digest: &str) -> BString {
    let (front, _) = string.rsplit_once_str("\n").unwrap_or((string, b""));
    [front, b"\n", digest.as_bytes()].concat().into()
}

pub(super) fn captured<T>(claim: &Claim<T>) -> Artifact {
    Artifact {
        text: claim.text.clone(),
        origin: Origin::Captured(claim.fidelity),
    }
}

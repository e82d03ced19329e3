use crate::diagnose::{Circumstance, Confrontation, Draft, Finding, Need, Proof, Rule};

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
    /// The signer's artifacts beside those that the service says it computed.
    pub confrontation: Option<Confrontation>,
    /// How many hypotheses were computed.
    pub tried: u64,
    /// How many bytes their canonical requests have: what SHA-256 alone would have had to hash.
    pub tried_bytes: u64,
    /// How many mistakes were tried alone and not with others, for the request is too long.
    pub tried_alone: usize,
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
    /// The signer's string to sign holds the digest of its own canonical request; there is no
    /// request to derive another from.
    StringToSign,
    /// The signatures of all chunks of an upload, and of its trailer.
    Chunks,
    /// The service computed the same canonical request as the signer.
    ServiceAgrees,
    /// The service computed the canonical request that the request as captured gives; the
    /// signer's own is not known.
    CaptureArrived,
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
            Some(
                Proof::Signature(_) | Proof::CanonicalRequestDigest(_) | Proof::StringToSign(_),
            ) => Verdict::MistakeProven,
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

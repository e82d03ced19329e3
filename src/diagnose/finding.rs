use bstr::BString;

use crate::{
    diagnose::{Fix, Match, Rule},
    evidence::Span,
};

/// A mistake that was found.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The mistake.
    pub rule: &'static Rule,
    /// How sure it is.
    pub proof: Proof,
    /// Which form of it.
    pub parameter: Option<BString>,
    /// What should stand there and what does.
    pub exhibit: Exhibit,
    /// How it is put right.
    pub fix: Fix,
    /// Mistakes that were made together with it.
    pub with: Vec<&'static Rule>,
    /// Mistakes that have the same effect here, and special cases of it that apply.
    pub equivalent: Vec<&'static Rule>,
}

/// What a finding shows.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Exhibit {
    /// What should stand there.
    pub expected: Option<BString>,
    /// What stands there.
    pub actual: Option<BString>,
    /// Where that is read.
    pub at: Option<Span>,
    /// Further signs, a sentence each.
    pub signs: Vec<BString>,
}

/// How sure a finding is; the strongest first.
#[derive(Clone, Debug)]
pub enum Proof {
    /// With this mistake the signature comes out as sent.
    Signature(Match),
    /// With this mistake the canonical request hashes to the other side's digest, or is the other
    /// side's.
    CanonicalRequestDigest(Match),
    /// With this mistake the string to sign comes out as the signer's own.
    StringToSign(Match),
    /// Somebody says so, or it is left over.
    Circumstance(Circumstance),
}

/// What speaks for a mistake that was not recomputed; the strongest first.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Circumstance {
    /// The service or the request says so.
    Stated,
    /// A dated fact of the catalogue contradicts the request.
    Known,
    /// Everything else agrees.
    Excluded,
    /// It may be.
    Suspected,
}

impl Proof {
    /// The proof's id.
    #[must_use]
    pub const fn id(&self) -> &'static str {
        match self {
            Self::Signature(_) => "signature",
            Self::CanonicalRequestDigest(_) | Self::StringToSign(_) => "digest",
            Self::Circumstance(Circumstance::Stated) => "stated",
            Self::Circumstance(Circumstance::Known) => "known",
            Self::Circumstance(Circumstance::Excluded) => "excluded",
            Self::Circumstance(Circumstance::Suspected) => "suspected",
        }
    }

    /// Whether nothing but circumstances speak for it.
    #[must_use]
    pub const fn is_suspected(&self) -> bool {
        matches!(self, Self::Circumstance(Circumstance::Suspected))
    }

    /// Whether it was recomputed.
    #[must_use]
    pub const fn is_proven(&self) -> bool {
        match self {
            Self::Signature(_) | Self::CanonicalRequestDigest(_) | Self::StringToSign(_) => true,
            Self::Circumstance(_) => false,
        }
    }

    /// Whether it is more than a guess: recomputed, stated or known.
    #[must_use]
    pub const fn is_sure(&self) -> bool {
        match self {
            Self::Circumstance(Circumstance::Stated | Circumstance::Known) => true,
            Self::Circumstance(Circumstance::Excluded | Circumstance::Suspected) => false,
            _ => self.is_proven(),
        }
    }

    /// The strongest is the least.
    #[must_use]
    pub const fn rank(&self) -> u8 {
        match self {
            Self::Signature(_) => 0,
            Self::CanonicalRequestDigest(_) | Self::StringToSign(_) => 1,
            Self::Circumstance(Circumstance::Stated) => 2,
            Self::Circumstance(Circumstance::Known) => 3,
            Self::Circumstance(Circumstance::Excluded) => 4,
            Self::Circumstance(Circumstance::Suspected) => 5,
        }
    }
}

use std::fmt;

use bstr::{BStr, BString};

use crate::{
    diagnose::{Circumstance, Draft, Examination, Fix, Link, Variant, Variants},
    evidence::Span,
};

/// A mistake, declared once: what it is, how it is looked for, how it is put right.
pub struct Rule {
    /// Its name for ever, that of shared/mistakes.md.
    pub id: &'static str,
    /// What went wrong, in a line without a full stop.
    pub summary: &'static str,
    /// Where on the way to a signature it is made.
    pub stage: RuleStage,
    /// How often it is met.
    pub tier: Tier,
    /// What evidence it needs beyond what its check implies.
    pub needs: &'static [Need],
    /// The id of the rule that this one is a special case of.
    pub specialises: Option<&'static str>,
    /// The version that first had it.
    pub since: &'static str,
    /// What goes wrong, how it shows, how it is proved, the fix, where it was seen; Markdown.
    pub page: &'static str,
    /// How it is looked for.
    pub check: Check,
    /// How it is put right; the second argument is the form of the mistake that was found.
    pub fix: fn(&Examination<'_>, Option<&BStr>) -> Fix,
}

/// How a mistake is looked for.
pub enum Check {
    /// Reads what the evidence already says.
    Observe(fn(&Examination<'_>) -> Vec<Observation>),
    /// Makes the mistake, in every form it can take here; none means that it changes nothing.
    Make(fn(&Draft, &Examination<'_>, &mut Variants<'_>)),
    /// Both: the evidence says so, and making the mistake can prove it.
    Both {
        /// Reads what the evidence already says.
        observe: fn(&Examination<'_>) -> Vec<Observation>,
        /// Makes the mistake.
        make: fn(&Draft, &Examination<'_>, &mut Variants<'_>),
    },
    /// The evidence says so, and making the mistake on the signatures of an upload's chunks can prove
    /// it.
    Chain {
        /// Reads what the evidence already says.
        observe: fn(&Examination<'_>) -> Vec<Observation>,
        /// The texts that a signer may have signed for one of them, each with its form's name.
        forms: ChainForms,
    },
    /// What remains when a signature differs and no other rule explains it.
    LeftOver(LeftOver),
}

/// What can remain.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LeftOver {
    /// Signer and service computed different strings.
    Strings,
    /// They did not, so that it is the key.
    Key,
}

/// The texts that a signer may have signed for a chunk in place of the right one, with their names.
pub type ChainForms = fn(&Link<'_>) -> Vec<(&'static str, BString)>;

impl Check {
    /// The part that makes the mistake.
    #[must_use]
    pub fn make(&self) -> Option<fn(&Draft, &Examination<'_>, &mut Variants<'_>)> {
        match self {
            Self::Observe(_) | Self::Chain { .. } | Self::LeftOver(_) => None,
            Self::Make(make) | Self::Both { make, .. } => Some(*make),
        }
    }

    /// The part that reads what the evidence says.
    #[must_use]
    pub fn observe(&self) -> Option<fn(&Examination<'_>) -> Vec<Observation>> {
        match self {
            Self::Make(_) | Self::LeftOver(_) => None,
            Self::Observe(observe) | Self::Both { observe, .. } | Self::Chain { observe, .. } => {
                Some(*observe)
            }
        }
    }

    /// The part that makes the mistake on the signatures of chunks.
    #[must_use]
    pub fn forms(&self) -> Option<ChainForms> {
        match self {
            Self::Chain { forms, .. } => Some(*forms),
            _ => None,
        }
    }
}

/// What a rule reads in the evidence; never a proof.
#[derive(Clone, Debug)]
pub struct Observation {
    /// What kind of word it is.
    pub circumstance: Circumstance,
    /// Which form of the mistake.
    pub parameter: Option<BString>,
    /// What should stand there.
    pub expected: Option<BString>,
    /// What stands there.
    pub actual: Option<BString>,
    /// Where that is read.
    pub at: Option<Span>,
    /// Further signs, a sentence each, without full stops.
    pub signs: Vec<BString>,
}

impl Observation {
    /// An observation without anything to show.
    #[must_use]
    pub fn new(circumstance: Circumstance) -> Self {
        Self {
            circumstance,
            parameter: None,
            expected: None,
            actual: None,
            at: None,
            signs: vec![],
        }
    }

    /// Says what stands there and what should.
    #[must_use]
    pub fn shows(mut self, actual: impl Into<BString>, expected: impl Into<BString>) -> Self {
        self.actual = Some(actual.into());
        self.expected = Some(expected.into());
        self
    }

    /// Says where.
    #[must_use]
    pub fn at(mut self, span: Option<Span>) -> Self {
        self.at = span;
        self
    }

    /// Names the form.
    #[must_use]
    pub fn named(mut self, parameter: impl Into<BString>) -> Self {
        self.parameter = Some(parameter.into());
        self
    }

    /// Adds a sign.
    #[must_use]
    pub fn sign(mut self, sign: impl Into<BString>) -> Self {
        self.signs.push(sign.into());
        self
    }
}

/// Where on the way to a signature a mistake is made, in the order in which AWS checks.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum RuleStage {
    /// Route, method, content type, target.
    Target,
    /// The form of the authorization.
    Authorization,
    /// The signing time and the expiry.
    Clock,
    /// The credential scope.
    Scope,
    /// Key id and session token.
    Credentials,
    /// The path.
    Path,
    /// The query.
    Query,
    /// The headers.
    Header,
    /// The payload.
    Payload,
    /// The texts as a whole.
    Text,
    /// Secret and signing key.
    Key,
}

impl RuleStage {
    /// The stage's id.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Target => "target",
            Self::Authorization => "authorization",
            Self::Clock => "clock",
            Self::Scope => "scope",
            Self::Credentials => "credentials",
            Self::Path => "path",
            Self::Query => "query",
            Self::Header => "header",
            Self::Payload => "payload",
            Self::Text => "text",
            Self::Key => "key",
        }
    }
}

/// How often a mistake is met.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Tier {
    /// In most searches on the subject.
    A,
    /// In several threads.
    B,
    /// Seldom, or known and not found.
    C,
}

impl Tier {
    /// The tier's letter.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
        }
    }
}

/// Evidence without which a rule is not checked.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Need {
    /// The request itself.
    Request,
    /// The secret access key.
    Secret,
    /// A string to sign or a canonical request, of either party.
    StringToSign,
    /// The body.
    Body,
    /// The service's answer.
    Response,
}

impl Need {
    /// The need's id.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Secret => "secret",
            Self::StringToSign => "string-to-sign",
            Self::Body => "body",
            Self::Response => "response",
        }
    }
}

impl Rule {
    /// A form of this mistake.
    #[must_use]
    pub fn variant(&'static self) -> Variant {
        Variant::of(self)
    }

    /// Every form of this mistake on a draft; none where it is not made.
    #[must_use]
    pub fn variants(&self, draft: &Draft, it: &Examination<'_>) -> Vec<Variant> {
        self.make(draft, it, Variants::default())
    }

    /// The forms of this mistake that another one makes different, on the draft that holds it.
    pub(super) fn variants_behind(
        &self,
        mistake: &Variant,
        draft: &Draft,
        it: &Examination<'_>,
    ) -> Vec<Variant> {
        self.make(draft, it, Variants::behind(mistake))
    }

    fn make(
        &self,
        draft: &Draft,
        it: &Examination<'_>,
        mut variants: Variants<'_>,
    ) -> Vec<Variant> {
        if let Some(make) = self.check.make() {
            make(draft, it, &mut variants);
        }
        let mut variants = variants.into_vec();
        if it.is_of_all_regions() {
            // No chain of HMACs leads to the key of Version 4A.
            variants.retain(|variant| !variant.is_of_key_chain());
        }
        variants
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id)
    }
}

impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        // There is one of each.
        std::ptr::eq(self, other)
    }
}

impl Eq for Rule {}

use bstr::{BStr, BString};

use crate::{
    diagnose::{
        Draft, Slot, Variant,
        draft::{DraftKey, Hypothesis},
    },
    sigv4::{Sha256Digest, SigningKey},
};

/// What a hypothesis must come out as.
#[derive(Clone, Copy, Debug)]
pub(super) enum Goal<'a> {
    /// The signature that was sent, as its text.
    Signature(&'a BStr),
    /// The digest of a canonical request.
    Digest(Sha256Digest),
}

/// The word of the prover that a hypothesis came out as the goal; nothing else can make one.
///
/// ```compile_fail
/// let forged = countersign::diagnose::Match { recomputed: "".into() };
/// ```
#[derive(Clone, Debug)]
pub struct Match {
    recomputed: BString,
}

impl Match {
    /// What was recomputed: a signature or a digest in hex, or a part of a canonical request.
    #[must_use]
    pub fn recomputed(&self) -> &BStr {
        self.recomputed.as_ref()
    }
}

/// The outcome of a search.
#[derive(Clone, Debug, Default)]
pub(super) struct Search {
    /// Every smallest set of mistakes that comes out as the goal, as indices of the variants; an
    /// empty set where no mistake is needed.
    pub explanations: Vec<Explanation>,
    /// How many hypotheses were computed.
    pub tried: u64,
}

/// A set of mistakes that comes out as the goal.
#[derive(Clone, Debug)]
pub(super) struct Explanation {
    /// The mistakes, each as it was made.
    pub variants: Vec<Variant>,
    /// The prover's word.
    pub proof: Match,
}

/// Makes a rule's variants anew on a draft that holds another mistake already.
pub(super) type Remake<'a> = &'a dyn Fn(&Draft, &Variant) -> Vec<Variant>;

/// Seeks the smallest sets of at most `depth` mistakes that come out as the goal: none, then
/// singles, then pairs and so on. Two mistakes in one piece are made one after the other.
#[must_use]
pub(super) fn search(
    base: &Draft,
    variants: &[Variant],
    goal: &Goal<'_>,
    depth: usize,
    remake: Remake<'_>,
) -> Search {
    let relevant: Vec<&Variant> = variants
        .iter()
        .filter(|variant| goal.can_depend_on(variant))
        .collect();
    let mut bench = Bench::new(base, goal);
    let mut found = Vec::new();
    bench.attempt(&[], &mut found);
    if found.is_empty() && depth >= 1 {
        for variant in &relevant {
            bench.attempt(&[variant], &mut found);
        }
    }
    if found.is_empty() && depth >= 2 {
        bench.pairs(&relevant, remake, &mut found);
    }
    if found.is_empty() && depth >= 3 {
        bench.triples(&relevant, &mut found);
    }
    Search {
        explanations: found,
        tried: bench.tried,
    }
}

/// A part of a canonical request that a mistake accounts for: the mistake's pieces, made on the
/// right draft, are the pieces of `text`, where those differ.
#[must_use]
pub(super) fn account(right: &Draft, variant: &Variant, text: &Draft) -> Option<Match> {
    let canonical = || {
        variant
            .pieces
            .iter()
            .filter(|(slot, _)| slot.is_canonical())
    };
    let mut changed = false;
    for (slot, piece) in canonical() {
        let (was, is) = (right.get(*slot), text.get(*slot));
        if *slot == Slot::CanonicalHeaders {
            changed |= lines_account(was, piece.as_ref(), is)?;
        } else if piece != is {
            return None;
        } else {
            changed |= was != is;
        }
    }
    let (_, recomputed) = canonical().next()?;
    changed.then(|| Match {
        recomputed: recomputed.clone(),
    })
}

/// A chunk's signature as a mistake makes it, where that is the one that was sent.
#[must_use]
pub(super) fn chunk(key: &SigningKey, string_to_sign: &[u8], sent: &BStr) -> Option<Match> {
    let recomputed: BString = key.sign(string_to_sign).to_string().into();
    (recomputed == sent).then_some(Match { recomputed })
}

/// Whether the lines that a mistake changes are the other side's lines; `None` where one is not.
fn lines_account(was: &[u8], made: &[u8], is: &[u8]) -> Option<bool> {
    let lines = |text: &[u8]| -> Vec<Vec<u8>> {
        text.split(|byte| *byte == b'\n')
            .map(<[u8]>::to_vec)
            .collect()
    };
    let (was, made, is) = (lines(was), lines(made), lines(is));
    let added = made.iter().filter(|line| !was.contains(line));
    let removed = was.iter().filter(|line| !made.contains(line));
    let mut changed = false;
    for line in added {
        if !is.contains(line) {
            return None;
        }
        changed = true;
    }
    for line in removed {
        if is.contains(line) {
            return None;
        }
        changed = true;
    }
    if !changed {
        // The same lines in another order.
        return (made == is && made != was).then_some(true);
    }
    Some(true)
}

impl Goal<'_> {
    /// Whether a mistake can change what the goal is compared with.
    fn can_depend_on(&self, variant: &Variant) -> bool {
        match self {
            Self::Signature(_) => true,
            Self::Digest(_) => {
                variant.frame.canonical_request.is_some()
                    || variant.pieces.iter().any(|(slot, _)| slot.is_canonical())
            }
        }
    }
}

/// Computes hypotheses in buffers that are used again, with the base's key derived once.
struct Bench<'a> {
    base: &'a Draft,
    goal: &'a Goal<'a>,
    key: Option<DraftKey>,
    canonical_request: Vec<u8>,
    string_to_sign: Vec<u8>,
    tried: u64,
}

impl<'a> Bench<'a> {
    fn new(base: &'a Draft, goal: &'a Goal<'a>) -> Self {
        let key = match goal {
            Goal::Signature(_) => base.signing_key(),
            Goal::Digest(_) => None,
        };
        Self {
            base,
            goal,
            key,
            canonical_request: Vec::with_capacity(1024),
            string_to_sign: Vec::with_capacity(256),
            tried: 0,
        }
    }

    fn attempt(&mut self, variants: &[&Variant], found: &mut Vec<Explanation>) {
        let base = self.base;
        if let Some(proof) = self.compute(&Hypothesis { base, variants }) {
            let variants = variants.iter().map(|variant| (*variant).clone()).collect();
            found.push(Explanation { variants, proof });
        }
    }

    fn compute(&mut self, hypothesis: &Hypothesis<'_>) -> Option<Match> {
        self.tried += 1;
        hypothesis.write_canonical_request(&mut self.canonical_request);
        match self.goal {
            Goal::Digest(digest) => {
                let own = Sha256Digest::of(&self.canonical_request);
                (own == *digest).then(|| Match {
                    recomputed: own.to_string().into(),
                })
            }
            Goal::Signature(sent) => {
                hypothesis.write_string_to_sign(&self.canonical_request, &mut self.string_to_sign);
                let own = if hypothesis.has_own_key() {
                    hypothesis.signing_key()?.sign(&self.string_to_sign)
                } else {
                    self.key.as_ref()?.sign(&self.string_to_sign)
                };
                let text = hypothesis.signature_text(&own);
                (text == *sent).then_some(Match { recomputed: text })
            }
        }
    }

    fn pairs(&mut self, variants: &[&Variant], remake: Remake<'_>, found: &mut Vec<Explanation>) {
        for (at, first) in variants.iter().enumerate() {
            for second in variants.iter().skip(at + 1) {
                if first.rule == second.rule {
                    continue;
                }
                if !first.overlaps(second) {
                    self.attempt(&[first, second], found);
                    continue;
                }
                for (one, other) in [(first, second), (second, first)] {
                    for remade in remake(&self.base.with(one), other) {
                        self.attempt(&[one, &remade], found);
                    }
                }
            }
        }
    }

    fn triples(&mut self, variants: &[&Variant], found: &mut Vec<Explanation>) {
        for (at, first) in variants.iter().enumerate() {
            for (next, second) in variants.iter().enumerate().skip(at + 1) {
                if first.overlaps(second) || first.rule == second.rule {
                    continue;
                }
                for third in variants.iter().skip(next + 1) {
                    if !first.overlaps(third) && !second.overlaps(third) {
                        self.attempt(&[first, second, third], found);
                    }
                }
            }
        }
    }
}

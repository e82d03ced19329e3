mod bench;
mod budget;
mod combinations;
mod single;

use bstr::{BStr, BString};

use crate::{
    diagnose::{
        Draft, Progress, Rule, Slot, Variant,
        proof::{
            bench::{Bench, Prepared},
            budget::{Budget, spread},
            combinations::{pairs, triples},
            single::{Single, together},
        },
    },
    sigv4::{EcdsaKey, EcdsaPublicKey, EcdsaSignature, SecretAccessKey, Sha256Digest, SigningKey},
};

/// What a hypothesis must come out as.
#[derive(Clone, Copy, Debug)]
pub(super) enum Goal<'a> {
    /// The signature that was sent, as its text.
    Signature(&'a BStr),
    /// The digest of a canonical request.
    Digest(Sha256Digest),
    /// The text of a string to sign.
    StringToSign(&'a BStr),
    /// A text that the signature is of, in Version 4A.
    Signed(Asymmetric<'a>),
}

/// A signature of Version 4A, which is not made again: it is verified.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asymmetric<'a> {
    /// The access key id that the key is derived with.
    pub access_key_id: &'a BStr,
    /// The key of the access key.
    pub key: EcdsaPublicKey,
    /// The signature that was sent.
    pub sent: &'a BStr,
    /// The same, read.
    pub signature: EcdsaSignature,
}

impl Asymmetric<'_> {
    /// Whether the signature is of this text, under the access key or under that of another secret.
    fn is_of(&self, string_to_sign: &[u8], secret: Option<&SecretAccessKey>) -> bool {
        match secret {
            None => self.key.verifies(string_to_sign, &self.signature),
            Some(secret) => EcdsaKey::derive(secret, self.access_key_id)
                .is_some_and(|key| key.public().verifies(string_to_sign, &self.signature)),
        }
    }
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
    /// What was recomputed: a signature or a digest in hex, a string to sign, or a part of a
    /// canonical request.
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
    /// How many bytes their canonical requests have.
    pub bytes: u64,
    /// How many mistakes were tried alone and not with others, for they are too many of too long a
    /// request.
    pub alone: usize,
}

/// A set of mistakes that comes out as the goal.
#[derive(Clone, Debug)]
pub(super) struct Explanation {
    /// The mistakes, each as it was made.
    pub variants: Vec<Variant>,
    /// The prover's word.
    pub proof: Match,
}

/// Makes a rule's variants anew behind another mistake, on the draft that holds it.
pub(super) type Remake<'a> = &'a (dyn Fn(&Rule, &Variant, &Draft) -> Vec<Variant> + Sync);

/// Seeks the smallest sets of at most `depth` mistakes that come out as the goal: none, then
/// singles, then pairs and so on. Two mistakes in one piece are made one after the other.
#[must_use]
pub(super) fn search(
    base: &Draft,
    variants: &[Variant],
    goal: &Goal<'_>,
    depth: usize,
    remake: Remake<'_>,
    progress: Progress<'_>,
) -> Search {
    let relevant = variants
        .iter()
        .filter(|variant| goal.can_depend_on(variant));
    let (alone, relevant): (Vec<&Variant>, Vec<_>) = relevant.partition(|variant| variant.is_alone);
    let depth = goal.depth(depth);
    let mut bench = Bench::new(goal);
    let ground = bench.ground(base);
    let budget = Budget::of(ground.length());
    let (relevant, too_many) = spread(relevant, budget.combined(depth));
    let alone = || alone.iter().chain(&too_many).copied();
    let mut explanations = Vec::new();
    if let Some(proof) = bench.compute(&ground) {
        let variants = Vec::new();
        explanations.push(Explanation { variants, proof });
    }
    if explanations.is_empty() && depth >= 1 {
        let singles = Single::of_all(&bench, &ground, &relevant);
        let mut found = Vec::new();
        for single in &singles {
            let made = bench.compute_with(&ground, &single.prepared, Some(&single.level));
            found.extend(
                made.into_iter()
                    .flat_map(|proof| together(&[single], &proof)),
            );
        }
        for (at, variant) in alone().enumerate() {
            let prepared = Prepared::new(variant, &ground.draft);
            let made = bench.compute_with(&ground, &prepared, None);
            found.extend(made.map(|proof| {
                let variants = vec![variant.clone()];
                (vec![relevant.len() + at], Explanation { variants, proof })
            }));
        }
        if found.is_empty() && depth >= 2 {
            found = pairs(
                &mut bench,
                &ground,
                &singles,
                remake,
                budget.remade(variants.len()),
            );
        }
        if found.is_empty() && depth >= 3 {
            found = triples(&mut bench, &singles, progress);
        }
        // In the order of the mistakes, whatever was computed first.
        found.sort_by(|(one, _), (other, _)| one.cmp(other));
        explanations.extend(found.into_iter().map(|(_, explanation)| explanation));
    }
    Search {
        explanations,
        tried: bench.tried.count,
        bytes: bench.tried.bytes,
        alone: too_many.len(),
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
        // A line that has another value is not left out.
        let name = line
            .split_inclusive(|byte| *byte == b':')
            .next()
            .unwrap_or_default();
        let same_name = |own: &&Vec<u8>| {
            let begins = own.get(..name.len());
            begins.is_some_and(|begins| begins.eq_ignore_ascii_case(name))
        };
        let other = |own: &&Vec<u8>| same_name(own) && !made.contains(own);
        if is.contains(line) || is.iter().any(|own| other(&own)) {
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
    /// How many mistakes at once are sought where so many are asked for: to verify a signature takes
    /// some hundred times as long as to make one of Version 4.
    fn depth(&self, asked: usize) -> usize {
        match self {
            Self::Signed(_) => asked.min(1),
            Self::Signature(_) | Self::Digest(_) | Self::StringToSign(_) => asked,
        }
    }

    /// Whether a mistake can change what the goal is compared with.
    fn can_depend_on(&self, variant: &Variant) -> bool {
        match self {
            Self::Signature(_) => true,
            Self::Digest(_) => variant.changes_canonical_request(),
            Self::StringToSign(_) => {
                variant.changes_canonical_request() || variant.changes_string_to_sign()
            }
            Self::Signed(_) => {
                variant.changes_canonical_request()
                    || variant.changes_string_to_sign()
                    || variant.secret.is_some()
            }
        }
    }
}

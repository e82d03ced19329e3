mod bench;

use std::{
    collections::HashSet,
    num::NonZero,
    sync::atomic::{AtomicU64, AtomicUsize, Ordering},
    thread,
};

use bstr::{BStr, BString};

use crate::{
    diagnose::{
        Draft, Progress, Rule, Slot, Variant,
        proof::bench::{Bench, Level, Prepared},
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
    /// The text of a string to sign.
    StringToSign(&'a BStr),
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
    progress: Progress<'_>,
) -> Search {
    let relevant = variants
        .iter()
        .filter(|variant| goal.can_depend_on(variant));
    let (alone, relevant): (Vec<&Variant>, Vec<_>) = relevant.partition(|variant| variant.is_alone);
    let mut bench = Bench::new(goal);
    let ground = bench.ground(base);
    let mut found = Vec::new();
    found.extend(explanation(&[], bench.compute(&ground)));
    if found.is_empty() && depth >= 1 {
        let singles = Single::of_all(&bench, &ground, &relevant);
        for single in &singles {
            let made = bench.compute_with(&ground, &single.prepared, Some(&single.level));
            found.extend(explanation(&[single.prepared.variant], made));
        }
        for variant in alone {
            let prepared = Prepared::new(variant, &ground.draft);
            let made = bench.compute_with(&ground, &prepared, None);
            found.extend(explanation(&[variant], made));
        }
        if found.is_empty() && depth >= 2 {
            pairs(&mut bench, &singles, remake, &mut found);
        }
        if found.is_empty() && depth >= 3 {
            found = triples(&mut bench, &singles, progress);
        }
    }
    Search {
        explanations: found,
        tried: bench.tried,
    }
}

fn explanation(variants: &[&Variant], made: Option<BString>) -> Option<Explanation> {
    Some(Explanation {
        proof: Match { recomputed: made? },
        variants: variants.iter().map(|variant| (*variant).clone()).collect(),
    })
}

/// One mistake, and the draft that holds it alone.
struct Single<'a> {
    prepared: Prepared<'a>,
    level: Level,
}

impl<'a> Single<'a> {
    fn of_all(bench: &Bench<'_>, ground: &Level, variants: &[&'a Variant]) -> Vec<Self> {
        let single = |variant: &&'a Variant| {
            let prepared = Prepared::new(variant, &ground.draft);
            let level = bench.above(ground, &prepared);
            Self { prepared, level }
        };
        variants.iter().map(single).collect()
    }

    fn rule(&self) -> &'static Rule {
        self.prepared.variant.rule
    }
}

fn pairs(
    bench: &mut Bench<'_>,
    singles: &[Single<'_>],
    remake: Remake<'_>,
    found: &mut Vec<Explanation>,
) {
    // All forms of a rule are made anew at once.
    let mut remade = HashSet::new();
    for (at, first) in singles.iter().enumerate() {
        for (next, second) in singles.iter().enumerate().skip(at + 1) {
            if first.rule() == second.rule() {
                continue;
            }
            if !first.prepared.overlaps(&second.prepared) {
                let made = bench.compute_with(&first.level, &second.prepared, Some(&second.level));
                let variants = [first.prepared.variant, second.prepared.variant];
                found.extend(explanation(&variants, made));
                continue;
            }
            for (at, one, other) in [(at, first, second), (next, second, first)] {
                if !remade.insert((at, other.rule().id)) {
                    continue;
                }
                let remade = remake(&one.level.draft, other.prepared.variant);
                for other in remade.into_iter().filter(|other| !other.is_alone) {
                    let prepared = Prepared::new(&other, &one.level.draft);
                    let made = bench.compute_with(&one.level, &prepared, None);
                    found.extend(explanation(&[one.prepared.variant, &other], made));
                }
            }
        }
    }
}

/// On all processors; what is found is in the order of the mistakes all the same.
fn triples(
    bench: &mut Bench<'_>,
    singles: &[Single<'_>],
    progress: Progress<'_>,
) -> Vec<Explanation> {
    // The first mistake of a triple leaves as many pairs to go with it.
    let pairs_behind = |at: usize| {
        let behind = (singles.len() - at - 1) as u64;
        behind * behind.saturating_sub(1) / 2
    };
    let all: u64 = (0..singles.len()).map(pairs_behind).sum();
    let done = AtomicU64::new(0);
    let next = AtomicUsize::new(0);
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let work = |tell: &dyn Fn(u64)| {
        let mut bench = bench.another();
        let mut found = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            if at >= singles.len() {
                return (bench.tried, found);
            }
            let own = triples_from(&mut bench, singles, at);
            found.extend(own.into_iter().map(|explanation| (at, explanation)));
            let own = pairs_behind(at);
            tell(done.fetch_add(own, Ordering::Relaxed) + own);
        }
    };
    let (mut tried, mut found) = (0, Vec::new());
    thread::scope(|scope| {
        let others: Vec<_> = (1..threads)
            .map(|_| scope.spawn(|| work(&|_| ())))
            .collect();
        let own = work(&|done| progress.tell(done, all));
        let others = others.into_iter().map(|other| match other.join() {
            Ok(part) => part,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        for (count, part) in others.chain([own]) {
            tried += count;
            found.extend(part);
        }
    });
    bench.tried += tried;
    found.sort_by_key(|(at, _)| *at);
    found
        .into_iter()
        .map(|(_, explanation)| explanation)
        .collect()
}

/// The triples of which the first mistake is the one at `at`.
fn triples_from(bench: &mut Bench<'_>, singles: &[Single<'_>], at: usize) -> Vec<Explanation> {
    let mut found = Vec::new();
    let (first, rest) = match singles.get(at..) {
        Some([first, rest @ ..]) => (first, rest),
        _ => return found,
    };
    for (next, second) in rest.iter().enumerate() {
        if first.prepared.overlaps(&second.prepared) || first.rule() == second.rule() {
            continue;
        }
        let level = bench.above(&first.level, &second.prepared);
        for third in rest.iter().skip(next + 1) {
            let overlaps = |other: &Single<'_>| other.prepared.overlaps(&third.prepared);
            if overlaps(first) || overlaps(second) {
                continue;
            }
            let made = bench.compute_with(&level, &third.prepared, Some(&third.level));
            let variants = [first, second, third].map(|single| single.prepared.variant);
            found.extend(explanation(&variants, made));
        }
    }
    found
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
        let other = |own: &&Vec<u8>| own.starts_with(name) && !made.contains(own);
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
    /// Whether a mistake can change what the goal is compared with.
    fn can_depend_on(&self, variant: &Variant) -> bool {
        match self {
            Self::Signature(_) => true,
            Self::Digest(_) => variant.changes_canonical_request(),
            Self::StringToSign(_) => {
                variant.changes_canonical_request() || variant.changes_string_to_sign()
            }
        }
    }
}

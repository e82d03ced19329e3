//! Several mistakes at once, on all processors; what is found does not depend on how many there
//! are.

use std::{
    num::NonZero,
    sync::{
        OnceLock,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    thread,
};

use rustc_hash::FxHashMap;

use crate::diagnose::{
    Draft, Progress, Rule, Slot, Variant,
    proof::{
        Explanation, Goal, Remake,
        bench::{Bench, Level, Prepared, Touched},
        single::{Effect, Found, Single, together},
    },
};

/// Every two mistakes; two in one piece are made one after the other, behind the first
/// `most_remade` of them.
pub(super) fn pairs(
    bench: &mut Bench<'_>,
    ground: &Level,
    singles: &[Single<'_>],
    remake: Remake<'_>,
    most_remade: usize,
) -> Vec<Found> {
    let remade = Remade::new(bench.goal(), ground, singles, remake);
    let touched = touched(singles);
    // What takes longest goes first, so that all processors end together.
    let work = Work {
        count: singles.len() * 2,
        weight: &|_| 1,
        each: &|bench, at| match at.checked_sub(singles.len()) {
            None if at >= most_remade => Vec::new(),
            None => remade.pairs_from(bench, at),
            Some(at) => pairs_from(bench, singles, &touched, at),
        },
    };
    work.share(bench, Progress::default())
}

/// What each changes, side by side: most pairs need no more to be looked at.
fn touched(singles: &[Single<'_>]) -> Vec<Touched> {
    let touched = |single: &Single<'_>| single.prepared.touched;
    singles.iter().map(touched).collect()
}

/// The pairs of which the first mistake is the one at `at`, in pieces of their own.
fn pairs_from(
    bench: &mut Bench<'_>,
    singles: &[Single<'_>],
    touched: &[Touched],
    at: usize,
) -> Vec<Found> {
    let mut found = Vec::new();
    let Some([first, rest @ ..]) = singles.get(at..) else {
        return found;
    };
    let touched = touched.get(at + 1..).unwrap_or_default();
    for (second, touched) in rest.iter().zip(touched) {
        if bench.overlap(first.prepared.touched, *touched) || !can_meet(first, second) {
            continue;
        }
        let made = bench.compute_with(&first.level, &second.prepared, Some(&second.level));
        found.extend(
            made.iter()
                .flat_map(|proof| together(&[first, second], proof)),
        );
    }
    found
}

/// Whether both can be made by rules of their own.
fn can_meet(one: &Single<'_>, other: &Single<'_>) -> bool {
    one.rules().any(|rule| other.rules().any(|own| own != rule))
}

/// The pairs in one piece: the rule of the second is asked anew what it makes of the first. So are
/// those who write the host into the path, where the first has another host.
struct Remade<'a> {
    ground: &'a Level,
    singles: &'a [Single<'a>],
    remake: Remake<'a>,
    /// The mistakes of each rule, and all that they change.
    rules: Vec<(Touched, Vec<Asked<'a>>)>,
    /// What was tried alone, and whose it is.
    known: FxHashMap<Effect<'a>, Vec<&'static Rule>>,
}

/// A mistake whose rule is asked anew.
struct Asked<'a> {
    single: &'a Single<'a>,
    place: usize,
    variant: &'a Variant,
}

impl<'a> Remade<'a> {
    fn new(
        goal: &Goal<'_>,
        ground: &'a Level,
        singles: &'a [Single<'a>],
        remake: Remake<'a>,
    ) -> Self {
        let effect = |single: &'a Single<'a>| {
            let effect = Effect::of(goal, single.prepared.variant)?;
            Some((effect, single.rules().collect()))
        };
        let mut rules: Vec<(Touched, Vec<Asked<'a>>)> = Vec::new();
        let mut known: FxHashMap<&str, usize> = FxHashMap::default();
        for single in singles {
            for (place, variant) in single.same.iter().copied() {
                let next = rules.len();
                let rule = *known.entry(variant.rule.id).or_insert(next);
                let asked = Asked {
                    single,
                    place,
                    variant,
                };
                match rules.get_mut(rule) {
                    Some((touched, all)) => {
                        *touched = touched.and(single.prepared.touched);
                        all.push(asked);
                    }
                    None => rules.push((single.prepared.touched, vec![asked])),
                }
            }
        }
        Self {
            ground,
            singles,
            remake,
            rules,
            known: singles.iter().filter_map(effect).collect(),
        }
    }

    /// Those of which the first mistake is the one at `at`.
    fn pairs_from(&self, bench: &mut Bench<'_>, at: usize) -> Vec<Found> {
        let mut found = Vec::new();
        let Some(first) = self.singles.get(at) else {
            return found;
        };
        let draft = &first.level.draft;
        for (place, other) in self.others(bench, first) {
            let made_anew = (self.remake)(other.rule, first.prepared.variant, draft);
            for other in made_anew.into_iter().filter(|other| !other.is_alone) {
                if self.was_tried(bench, first, &other) {
                    continue;
                }
                let second = Prepared::new(&other, draft);
                let made = bench.compute_with(&first.level, &second, None);
                let of = first.same.iter().filter(|(_, one)| one.rule != other.rule);
                found.extend(made.iter().flat_map(|proof| {
                    of.clone().map(|(at, one)| {
                        let variants = vec![(*one).clone(), other.clone()];
                        let proof = proof.clone();
                        (vec![*at, place], Explanation { variants, proof })
                    })
                }));
            }
        }
        found
    }

    /// A mistake of each rule that changes what the first does, and its place among all.
    fn others(&self, bench: &Bench<'_>, first: &Single<'_>) -> Vec<(usize, &'a Variant)> {
        let host = |level: &Level| level.draft.header("host").map(ToOwned::to_owned);
        let has_other_host = host(&first.level) != host(self.ground);
        let overlaps = |own: Touched| {
            let depends = has_other_host && own.is_of(Slot::CanonicalUri);
            depends || bench.overlap(first.prepared.touched, own)
        };
        let asked = |(touched, all): &(Touched, Vec<Asked<'a>>)| {
            let mut all = all.iter().filter(|_| overlaps(*touched));
            let asked = all.find(|Asked { single, .. }| {
                !std::ptr::eq(*single, first) && overlaps(single.prepared.touched)
            })?;
            let meets = first.rules().any(|rule| rule != asked.variant.rule);
            meets.then_some((asked.place, asked.variant))
        };
        self.rules.iter().filter_map(asked).collect()
    }

    /// Whether a mistake that was made anew was tried, with the first or without it.
    fn was_tried(&self, bench: &Bench<'_>, first: &Single<'_>, variant: &Variant) -> bool {
        if is_made(&first.level.draft, variant) {
            return true;
        }
        let second = Touched::by(variant);
        let apart = !bench.overlap(first.prepared.touched, second);
        let instead = second.covers(first.prepared.touched);
        let held = match apart || instead {
            true => Effect::of(bench.goal(), variant).and_then(|effect| self.known.get(&effect)),
            false => None,
        };
        held.is_some_and(|rules| instead || rules.contains(&variant.rule))
    }
}

/// Whether a draft has all pieces of a mistake already.
fn is_made(draft: &Draft, variant: &Variant) -> bool {
    let mut pieces = variant.pieces.iter();
    variant.frame.is_standard()
        && variant.secret.is_none()
        && pieces.all(|(slot, piece)| draft.get(*slot) == piece)
}

/// Every three mistakes in pieces of their own.
pub(super) fn triples(
    bench: &mut Bench<'_>,
    singles: &[Single<'_>],
    progress: Progress<'_>,
) -> Vec<Found> {
    let touched = touched(singles);
    let work = Work {
        count: singles.len(),
        // The first mistake of a triple leaves as many pairs to go with it.
        weight: &|at| {
            let behind = (singles.len() - at - 1) as u64;
            behind * behind.saturating_sub(1) / 2
        },
        each: &|bench, at| triples_from(bench, singles, &touched, at),
    };
    work.share(bench, progress)
}

/// The triples of which the first mistake is the one at `at`.
fn triples_from(
    bench: &mut Bench<'_>,
    singles: &[Single<'_>],
    touched: &[Touched],
    at: usize,
) -> Vec<Found> {
    let mut found = Vec::new();
    let Some([first, rest @ ..]) = singles.get(at..) else {
        return found;
    };
    let touched = touched.get(at + 1..).unwrap_or_default();
    for (next, second) in rest.iter().enumerate() {
        if bench.overlap(first.prepared.touched, second.prepared.touched)
            || !can_meet(first, second)
        {
            continue;
        }
        let level = bench.above(&first.level, &second.prepared);
        for (third, own) in rest.iter().zip(touched).skip(next + 1) {
            let overlaps = |other: &Single<'_>| bench.overlap(other.prepared.touched, *own);
            if overlaps(first) || overlaps(second) {
                continue;
            }
            let made = bench.compute_with(&level, &third.prepared, Some(&third.level));
            let all = [first, second, third];
            found.extend(made.iter().flat_map(|proof| together(&all, proof)));
        }
    }
    found
}

/// How many there are. To ask the system takes as long as some hundred hypotheses.
fn processors() -> usize {
    static COUNT: OnceLock<usize> = OnceLock::new();
    *COUNT.get_or_init(|| thread::available_parallelism().map_or(1, NonZero::get))
}

/// Work in pieces that do not depend on one another.
struct Work<'a> {
    count: usize,
    /// How much a piece is of the whole.
    weight: &'a (dyn Fn(usize) -> u64 + Sync),
    each: &'a (dyn Fn(&mut Bench<'_>, usize) -> Vec<Found> + Sync),
}

impl Work<'_> {
    /// Shares it among all processors.
    fn share(&self, bench: &mut Bench<'_>, progress: Progress<'_>) -> Vec<Found> {
        // For less, a thread takes longer to begin than it saves.
        const FEW: usize = 64;
        let all: u64 = (0..self.count).map(self.weight).sum();
        let (next, done) = (AtomicUsize::new(0), AtomicU64::new(0));
        let work = |bench: &mut Bench<'_>, tell: &dyn Fn(u64)| {
            let mut found = Vec::new();
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                if at >= self.count {
                    return found;
                }
                found.push((at, (self.each)(bench, at)));
                let weight = (self.weight)(at);
                tell(done.fetch_add(weight, Ordering::Relaxed) + weight);
            }
        };
        let others = match self.count {
            0..FEW => 0,
            _ => processors() - 1,
        };
        let benches: Vec<Bench<'_>> = (0..others).map(|_| bench.another()).collect();
        thread::scope(|scope| {
            let work = &work;
            let begin = |mut bench: Bench<'_>| (work(&mut bench, &|_| ()), bench.tried);
            let others: Vec<_> = benches
                .into_iter()
                .map(|bench| scope.spawn(move || begin(bench)))
                .collect();
            let mut found = work(bench, &|done| progress.tell(done, all));
            for other in others {
                match other.join() {
                    Ok((part, tried)) => {
                        found.extend(part);
                        bench.tried += tried;
                    }
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            // In the order of the pieces, whoever did them.
            found.sort_unstable_by_key(|(at, _)| *at);
            found.into_iter().flat_map(|(_, found)| found).collect()
        })
    }
}

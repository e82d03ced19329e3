//! Several mistakes at once, on all processors; what is found does not depend on how many there
//! are.

use std::{
    collections::{HashMap, HashSet},
    num::NonZero,
    sync::atomic::{AtomicU64, AtomicUsize, Ordering},
    thread,
};

use crate::diagnose::{
    Draft, Progress, Rule, Variant,
    proof::{
        Explanation, Remake,
        bench::{Bench, Prepared},
        single::{Effect, Found, Single, together},
    },
};

/// Every two mistakes; two in one piece are made one after the other.
pub(super) fn pairs(
    bench: &mut Bench<'_>,
    singles: &[Single<'_>],
    remake: Remake<'_>,
) -> Vec<Found> {
    let work = Work {
        count: singles.len(),
        weight: &|_| 1,
        each: &|bench, at| pairs_from(bench, singles, at),
    };
    let remade = |bench: &mut Bench<'_>| remade(bench, singles, remake);
    work.share(bench, remade, Progress::default())
}

/// The pairs of which the first mistake is the one at `at`, in pieces of their own.
fn pairs_from(bench: &mut Bench<'_>, singles: &[Single<'_>], at: usize) -> Vec<Found> {
    let mut found = Vec::new();
    let Some([first, rest @ ..]) = singles.get(at..) else {
        return found;
    };
    for second in rest {
        if bench.overlap(&first.prepared, &second.prepared) || !can_meet(first, second) {
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

/// The pairs in one piece: the rule of the second is asked anew what it makes of the first.
fn remade(bench: &mut Bench<'_>, singles: &[Single<'_>], remake: Remake<'_>) -> Vec<Found> {
    let mut known: HashMap<Effect<'_>, Vec<&Rule>> = HashMap::new();
    for single in singles {
        if let Some(effect) = Effect::of(bench.goal(), single.prepared.variant) {
            known.insert(effect, single.rules().collect());
        }
    }
    let mut found = Vec::new();
    for first in singles {
        let overlapping = singles.iter().filter(|second| {
            !std::ptr::eq(*second, first) && bench.overlap(&first.prepared, &second.prepared)
        });
        let mut asked = HashSet::new();
        let others: Vec<(usize, &Variant)> = overlapping
            .flat_map(|second| second.same.iter().copied())
            .filter(|(_, other)| {
                let meets = first.rules().any(|rule| rule != other.rule);
                meets && asked.insert(other.rule.id)
            })
            .collect();
        for (place, other) in others {
            let made_anew = remake(&first.level.draft, other);
            for other in made_anew.into_iter().filter(|other| !other.is_alone) {
                let second = Prepared::new(&other, &first.level.draft);
                // It was tried, with the first or without it.
                let held = Effect::of(bench.goal(), &other).and_then(|effect| known.get(&effect));
                let with_first = !bench.overlap(&first.prepared, &second)
                    && held.is_some_and(|rules| rules.contains(&other.rule));
                let without_first = held.is_some() && second.covers(&first.prepared)
                    || is_made(&first.level.draft, &other);
                if with_first || without_first {
                    continue;
                }
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
    }
    found
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
    let work = Work {
        count: singles.len(),
        // The first mistake of a triple leaves as many pairs to go with it.
        weight: &|at| {
            let behind = (singles.len() - at - 1) as u64;
            behind * behind.saturating_sub(1) / 2
        },
        each: &|bench, at| triples_from(bench, singles, at),
    };
    work.share(bench, |_| Vec::new(), progress)
}

/// The triples of which the first mistake is the one at `at`.
fn triples_from(bench: &mut Bench<'_>, singles: &[Single<'_>], at: usize) -> Vec<Found> {
    let mut found = Vec::new();
    let Some([first, rest @ ..]) = singles.get(at..) else {
        return found;
    };
    for (next, second) in rest.iter().enumerate() {
        if bench.overlap(&first.prepared, &second.prepared) || !can_meet(first, second) {
            continue;
        }
        let level = bench.above(&first.level, &second.prepared);
        for third in rest.iter().skip(next + 1) {
            let overlaps = |other: &Single<'_>| bench.overlap(&other.prepared, &third.prepared);
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

/// Work in pieces that do not depend on one another.
struct Work<'a> {
    count: usize,
    /// How much a piece is of the whole.
    weight: &'a (dyn Fn(usize) -> u64 + Sync),
    each: &'a (dyn Fn(&mut Bench<'_>, usize) -> Vec<Found> + Sync),
}

impl Work<'_> {
    /// Shares it among all processors; this one does work of its `own` first.
    fn share(
        &self,
        bench: &mut Bench<'_>,
        own: impl FnOnce(&mut Bench<'_>) -> Vec<Found>,
        progress: Progress<'_>,
    ) -> Vec<Found> {
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
                found.extend((self.each)(bench, at));
                let weight = (self.weight)(at);
                tell(done.fetch_add(weight, Ordering::Relaxed) + weight);
            }
        };
        let others = match self.count {
            0..FEW => 0,
            _ => thread::available_parallelism().map_or(0, |all| NonZero::get(all) - 1),
        };
        let benches: Vec<Bench<'_>> = (0..others).map(|_| bench.another()).collect();
        thread::scope(|scope| {
            let work = &work;
            let begin = |mut bench: Bench<'_>| (work(&mut bench, &|_| ()), bench.tried);
            let others: Vec<_> = benches
                .into_iter()
                .map(|bench| scope.spawn(move || begin(bench)))
                .collect();
            let mut found = own(bench);
            found.extend(work(bench, &|done| progress.tell(done, all)));
            for other in others {
                match other.join() {
                    Ok((part, tried)) => {
                        found.extend(part);
                        bench.tried += tried;
                    }
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            found
        })
    }
}

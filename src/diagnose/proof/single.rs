use std::hash::{Hash, Hasher};

use rustc_hash::FxHashMap;

use crate::diagnose::{
    Rule, Slot, Variant,
    proof::{
        Explanation, Goal, Match,
        bench::{Bench, Level, Prepared},
    },
};

/// One mistake on its own, and all others that come to the same as far as the goal can tell: what
/// is computed of one holds for all.
pub(super) struct Single<'a> {
    pub(super) prepared: Prepared<'a>,
    /// The draft that holds it alone.
    pub(super) level: Level,
    /// Those that come to the same, this one first, each with its place among all.
    pub(super) same: Vec<(usize, &'a Variant)>,
}

/// Mistakes that give the goal, and their places among all.
pub(super) type Found = (Vec<usize>, Explanation);

impl<'a> Single<'a> {
    /// In the order in which they change the canonical request: of several that are made at once,
    /// a later one finds all that stands before it hashed.
    pub(super) fn of_all(bench: &Bench<'_>, ground: &Level, variants: &[&'a Variant]) -> Vec<Self> {
        let mut groups: Vec<(&'a Variant, Vec<(usize, &'a Variant)>)> = Vec::new();
        let mut known: FxHashMap<Effect<'a>, usize> = FxHashMap::default();
        for (at, variant) in variants.iter().copied().enumerate() {
            let next = groups.len();
            let effect = Effect::of(bench.goal(), variant);
            let group = effect.map_or(next, |effect| *known.entry(effect).or_insert(next));
            match groups.get_mut(group) {
                Some((_, group)) => group.push((at, variant)),
                None => groups.push((variant, vec![(at, variant)])),
            }
        }
        let single = |(first, same): (&'a Variant, _)| {
            let prepared = Prepared::new(first, &ground.draft);
            let level = bench.above(ground, &prepared);
            Self {
                prepared,
                level,
                same,
            }
        };
        let mut singles: Vec<Self> = groups.into_iter().map(single).collect();
        singles.sort_by_key(|single| single.prepared.same);
        singles
    }

    /// The rules whose mistakes come to the same here.
    pub(super) fn rules(&self) -> impl Iterator<Item = &'static Rule> {
        self.same.iter().map(|(_, variant)| variant.rule)
    }
}

/// Every set with one mistake of each, all by rules of their own.
pub(super) fn together(singles: &[&Single<'_>], proof: &Match) -> Vec<Found> {
    let mut sets: Vec<Vec<(usize, &Variant)>> = vec![Vec::new()];
    for single in singles {
        let mut longer = Vec::new();
        for set in &sets {
            for one in &single.same {
                if set.iter().all(|(_, other)| other.rule != one.1.rule) {
                    longer.push([&set[..], &[*one]].concat());
                }
            }
        }
        sets = longer;
    }
    let found = |mut set: Vec<(usize, &Variant)>| {
        set.sort_by_key(|(at, _)| *at);
        let variants = set.iter().map(|(_, variant)| (*variant).clone()).collect();
        let proof = proof.clone();
        let places = set.iter().map(|(at, _)| *at).collect();
        (places, Explanation { variants, proof })
    };
    sets.into_iter().map(found).collect()
}

/// What a mistake makes of any draft, as far as a goal can tell.
#[derive(Eq, PartialEq)]
pub(super) struct Effect<'a> {
    pieces: Vec<(Slot, &'a [u8])>,
    /// Where the code of each change of a whole text is.
    frame: [Option<usize>; 5],
}

impl<'a> Effect<'a> {
    /// `None` of a mistake that signs with another secret: secrets are not compared.
    pub(super) fn of(goal: &Goal<'_>, variant: &'a Variant) -> Option<Self> {
        let all = !matches!(goal, Goal::Digest(_));
        if all && variant.secret.is_some() {
            return None;
        }
        let pieces = variant.pieces.iter();
        let mut pieces: Vec<(Slot, &[u8])> = pieces
            .filter(|(slot, _)| all || slot.is_canonical())
            .map(|(slot, text)| (*slot, text.as_slice()))
            .collect();
        pieces.sort_unstable();
        let frame = &variant.frame;
        let beyond = [
            frame.digest.map(|change| change as usize),
            frame.string_to_sign.map(|change| change as usize),
            frame.key.map(|change| change as usize),
            frame.signature.map(|change| change as usize),
        ];
        let [digest, string, key, signature] = beyond.map(|change| change.filter(|_| all));
        let request = frame.canonical_request.map(|change| change as usize);
        Some(Self {
            pieces,
            frame: [request, digest, string, key, signature],
        })
    }
}

/// Long pieces nearly all differ in length or at an end, and to compare two takes less time than to
/// hash one.
impl Hash for Effect<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        const END: usize = 16;
        for (slot, text) in &self.pieces {
            match (text.first_chunk::<END>(), text.last_chunk::<END>()) {
                (Some(first), Some(last)) => (slot, text.len(), first, last).hash(state),
                _ => (slot, text).hash(state),
            }
        }
        self.frame.hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        diagnose::{Draft, rules::rules},
        sigv4::Sha256Digest,
    };

    #[test]
    fn what_comes_to_the_same_is_computed_once_and_named_each_time() {
        let [rule, other] = [rules()[0], rules()[1]];
        let alike = [
            rule.variant().with(Slot::Method, "GET"),
            other.variant().with(Slot::Method, "GET"),
            other
                .variant()
                .with(Slot::Method, "GET")
                .with(Slot::KeyRegion, "r"),
        ];
        let variants: Vec<&Variant> = alike.iter().collect();
        let draft = Draft::default();
        let sizes = |goal: &Goal<'_>| -> Vec<usize> {
            let bench = Bench::new(goal);
            let singles = Single::of_all(&bench, &bench.ground(&draft), &variants);
            singles.iter().map(|single| single.same.len()).collect()
        };
        assert_eq!(sizes(&Goal::Signature("0".into())), [2, 1]);
        let goal = Goal::Digest(Sha256Digest::of(&draft.with(&alike[0]).canonical_request()));
        assert_eq!(sizes(&goal), [3]);
        let mut bench = Bench::new(&goal);
        let ground = bench.ground(&draft);
        let singles = Single::of_all(&bench, &ground, &variants);
        let single = &singles[0];
        let proof = bench.compute_with(&ground, &single.prepared, Some(&single.level));
        let found = together(&[single], &proof.unwrap());
        let places: Vec<&[usize]> = found.iter().map(|(places, _)| &places[..]).collect();
        assert_eq!(places, [[0], [1], [2]]);
        // Never two mistakes of one rule.
        let both = together(&[single, single], &found[0].1.proof);
        assert!(
            both.iter()
                .all(|(_, made)| made.variants[0].rule != made.variants[1].rule)
        );
        assert_eq!(both.len(), 4);
    }
}

//! How much is computed of a request that is far longer than any of a real client's.

use rustc_hash::FxHashMap;

use crate::diagnose::Variant;

/// So many bytes are held of the canonical requests of mistakes that are combined; those of a usual
/// request with every known mistake take one megabyte.
const HELD: usize = 32 << 20;
/// So many bytes of canonical requests are made of two mistakes at once: a second's work or two.
const MADE: usize = 2 << 30;
/// And of three, which only who asks for them waits for.
const MADE_OF_THREE: usize = 64 << 30;

/// What a search may cost.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget {
    /// How long a canonical request is.
    length: usize,
}

impl Budget {
    /// For canonical requests of a length in bytes.
    pub(super) fn of(length: usize) -> Self {
        Self {
            length: length.max(1),
        }
    }

    /// How many mistakes are combined with each other, so many at once.
    pub(super) fn combined(self, at_once: usize) -> usize {
        // Of n mistakes there are fewer than n squared pairs, and a sixth of n cubed triples.
        let pairs = (MADE / self.length).isqrt();
        let most = match at_once {
            0..=2 => pairs,
            _ => pairs.min((6.0 * (MADE_OF_THREE / self.length) as f64).cbrt() as usize),
        };
        most.min(HELD / self.length)
    }

    /// Behind how many mistakes all of so many are made anew.
    pub(super) fn remade(self, of: usize) -> usize {
        MADE / self.length / of.max(1)
    }
}

/// At most so many mistakes, as many of each rule as there can be, in their order; and the others.
pub(super) fn spread<'a>(
    all: Vec<&'a Variant>,
    most: usize,
) -> (Vec<&'a Variant>, Vec<&'a Variant>) {
    if all.len() <= most {
        return (all, Vec::new());
    }
    let mut counts: FxHashMap<&str, usize> = FxHashMap::default();
    let mut turns: Vec<(usize, usize)> = Vec::with_capacity(all.len());
    for (at, variant) in all.iter().enumerate() {
        let count = counts.entry(variant.rule.id).or_default();
        turns.push((*count, at));
        *count += 1;
    }
    turns.sort_unstable();
    turns.truncate(most);
    let taken: rustc_hash::FxHashSet<usize> = turns.into_iter().map(|(_, at)| at).collect();
    let (taken, others): (Vec<_>, Vec<_>) = all
        .into_iter()
        .enumerate()
        .partition(|(at, _)| taken.contains(at));
    let only = |part: Vec<(usize, &'a Variant)>| part.into_iter().map(|(_, own)| own).collect();
    (only(taken), only(others))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::rules::rules;

    #[test]
    fn a_usual_request_is_combined_in_full() {
        for length in [400, 2_000, 5_000] {
            assert!(Budget::of(length).combined(2) > 600, "{length}");
            assert!(Budget::of(length).combined(3) > 400, "{length}");
            assert!(Budget::of(length).remade(600) > 600, "{length}");
        }
        assert!(Budget::of(57_000).combined(2) < 600);
        assert!(Budget::of(0).combined(2) > 0);
    }

    #[test]
    fn of_too_many_each_rule_has_its_share() {
        let [one, other] = [rules()[0], rules()[1]];
        let all: Vec<Variant> = [one, one, one, one, other, other]
            .into_iter()
            .map(Variant::of)
            .collect();
        let (taken, others) = spread(all.iter().collect(), 3);
        let ids = |part: &[&Variant]| part.iter().map(|own| own.rule.id).collect::<Vec<_>>();
        assert_eq!(ids(&taken), [one.id, one.id, other.id]);
        assert_eq!(ids(&others), [one.id, one.id, other.id]);
        let (taken, others) = spread(all.iter().collect(), 6);
        assert_eq!((taken.len(), others.len()), (6, 0));
    }
}

use crate::diagnose::{Rule, Variant, proof::Explanation};

/// Of several rules with one effect, the general one leads, then the commonest, then by id.
pub(super) fn leader(rules: impl Iterator<Item = &'static Rule>) -> &'static Rule {
    let mut rules: Vec<&'static Rule> = rules.collect();
    rules.sort_by_key(|rule| (rule.specialises.is_some(), rule.tier, rule.id));
    rules[0]
}

pub(super) fn order(found: &Explanation) -> Vec<(bool, crate::diagnose::Tier, &'static str)> {
    let key = |variant: &Variant| {
        let rule = variant.rule;
        (rule.specialises.is_some(), rule.tier, rule.id)
    };
    let mut keys: Vec<_> = found.variants.iter().map(key).collect();
    keys.sort_unstable();
    keys
}

pub(super) fn unique(rules: impl Iterator<Item = &'static Rule>) -> Vec<&'static Rule> {
    let mut out: Vec<&'static Rule> = Vec::new();
    for rule in rules {
        if !out.contains(&rule) {
            out.push(rule);
        }
    }
    out
}

//! Every mistake, one file each, grouped by where on the way to a signature it is made.

mod authorization;
mod capitals;
mod clock;
mod credentials;
mod escapes;
mod hashes;
mod header;
mod key;
mod layout;
mod path;
mod payload;
mod query;
mod scope;
mod target;
mod text;

use std::sync::OnceLock;

use crate::diagnose::Rule;

/// The groups' tables.
static GROUPS: &[&[&Rule]] = &[
    authorization::RULES,
    clock::RULES,
    credentials::RULES,
    header::RULES,
    key::RULES,
    path::RULES,
    payload::RULES,
    query::RULES,
    scope::RULES,
    text::RULES,
    target::RULES,
];

/// Every rule, by id.
#[must_use]
pub fn rules() -> &'static [&'static Rule] {
    static ALL: OnceLock<Vec<&'static Rule>> = OnceLock::new();
    ALL.get_or_init(|| {
        let mut all = GROUPS.concat();
        all.sort_by_key(|rule| rule.id);
        all
    })
}

/// The rule of that id.
#[must_use]
pub fn rule(id: &str) -> Option<&'static Rule> {
    rules().iter().copied().find(|rule| rule.id == id)
}

//! Where secrets stand in a text, and those that are known, wherever they stand.
//!
//! Two questions, and each has one answer for all formats. *Where does a secret stand?*
//! `places` holds the names, `behind` and `value` the ways in which a value follows one. *Where
//! does a known secret stand?* `known` finds it by its letters and digits, so that escapes, line
//! breaks and quotes within it do not matter, and in hex, in Base64 and in lists of numbers.
//!
//! Absent on purpose: formats. A secret is found in a log that no reader knows.

mod behind;
mod commands;
mod dump;
mod hexes;
mod index;
mod known;
mod numbers;
mod options;
mod packed;
mod places;
mod value;
mod view;

pub(crate) use dump::with_dumps;
pub(crate) use known::{Known, Style};
use std::ops::Range;

use bstr::BString;

use crate::evidence::{PLACEHOLDER, is_scrubbed};
use places::Named;
use view::{Letters, View};

/// What a secret is good for; what stands in its place says it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum SecretKind {
    /// A secret access key.
    SecretAccessKey,
    /// A session token.
    SessionToken,
    /// A key derived from the secret access key.
    SigningKey,
    /// A token that is a credential by itself: SSO, OAuth, web identity, an API key.
    Bearer,
    /// The value of a cookie header.
    Cookie,
    /// A password.
    Password,
    /// A key that the caller encrypts with.
    CustomerKey,
    /// A private key.
    PrivateKey,
}

impl SecretKind {
    /// What it is called.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::SecretAccessKey => "secret access key",
            Self::SessionToken => "session token",
            Self::SigningKey => "signing key",
            Self::Bearer => "bearer token",
            Self::Cookie => "cookie",
            Self::Password => "password",
            Self::CustomerKey => "encryption key",
            Self::PrivateKey => "private key",
        }
    }
}

/// Bytes of a text, and what comes in their place.
#[derive(Clone, Eq, PartialEq)]
pub(crate) struct Edit {
    pub(crate) range: Range<usize>,
    pub(crate) text: BString,
}

/// A text, read in all ways in which a secret may stand in it.
struct Seen {
    view: View,
    letters: Letters,
    named: Vec<Named>,
}

impl Seen {
    fn of(text: &[u8]) -> Self {
        let view = View::of(text);
        let letters = view.letters();
        let named = places::named(&view, &letters);
        Self {
            view,
            letters,
            named,
        }
    }
}

/// Calls back with each run of a packing that holds text, and with that text.
type Runs = fn(&[u8], &mut dyn FnMut(Range<usize>, &[u8]));
/// Packs a text as the run was that it stood in.
type Again = fn(&[u8], &[u8]) -> BString;

/// In what texts are packed: Base64, lists of numbers, hex.
const PACKINGS: [(Runs, Again); 3] = [
    (packed::runs, packed::again),
    (numbers::runs, numbers::again),
    (hexes::runs, hexes::again),
];

/// Base64 within Base64 is looked into so deep.
const DEEPEST: usize = 3;

/// A value with every escape undone.
pub(crate) fn plain(value: &[u8]) -> BString {
    View::of(value).bytes().into()
}

/// Learns every secret of a text by the name before it.
pub(crate) fn learn(known: &mut Known, text: &[u8]) {
    learn_at(known, text, 0);
}

/// Learns every secret of a text, and of the dumps in it.
pub(crate) fn learn_all(known: &mut Known, text: &[u8]) {
    // A row of a dump ends where no secret does.
    let text = with_dumps(known, text);
    learn(known, &text);
}

fn learn_at(known: &mut Known, text: &[u8], depth: usize) {
    let seen = Seen::of(text);
    for named in &seen.named {
        known.learn(named.kind, &named.value);
        if depth < DEEPEST {
            packed::within(&named.value, &mut |inner| learn_at(known, inner, depth + 1));
        }
    }
    if depth < DEEPEST {
        for (runs, _) in PACKINGS {
            runs(seen.view.bytes(), &mut |_, inner| {
                learn_at(known, inner, depth + 1)
            });
        }
    }
}

/// What must be changed in a text so that no secret is left in it, in order, none within another.
pub(crate) fn edits(known: &mut Known, text: &[u8]) -> Vec<Edit> {
    edits_at(known, text, 0)
}

fn edits_at(known: &mut Known, text: &[u8], depth: usize) -> Vec<Edit> {
    let seen = Seen::of(text);
    let mut found = known.hits(&seen.view, &seen.letters);
    for named in &seen.named {
        let id = known.learn(named.kind, &named.value);
        found.push(known.whole(id, named));
    }
    let mut edits: Vec<Edit> = found
        .into_iter()
        .map(|hit| Edit {
            range: seen.view.span(&hit.range),
            text: known.stand_in(text, &seen.view, &hit),
        })
        .collect();
    if depth < DEEPEST {
        for (runs, again) in PACKINGS {
            runs(seen.view.bytes(), &mut |run, inner| {
                let inner_edits = edits_at(known, inner, depth + 1);
                if !inner_edits.is_empty() {
                    edits.push(Edit {
                        range: seen.view.span(&run),
                        text: again(seen.view.get(run), &apply(inner, &inner_edits)),
                    });
                }
            });
        }
    }
    resolve(edits)
}

/// Edits that overlap made one: all that they take, for what the longest puts.
fn resolve(mut edits: Vec<Edit>) -> Vec<Edit> {
    edits.sort_by_key(|edit| (edit.range.start, std::cmp::Reverse(edit.range.end)));
    let mut kept: Vec<Edit> = Vec::new();
    for edit in edits {
        match kept.last_mut() {
            Some(last) if edit.range.start < last.range.end => {
                let whole = last.range.start..last.range.end.max(edit.range.end);
                if edit.range.len() > last.range.len() {
                    last.text = edit.text;
                }
                last.range = whole;
            }
            _ => kept.push(edit),
        }
    }
    kept
}

/// The text with its edits made.
pub(crate) fn apply(text: &[u8], edits: &[Edit]) -> BString {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    for edit in edits {
        out.extend_from_slice(text.get(at..edit.range.start).unwrap_or_default());
        out.extend_from_slice(&edit.text);
        at = edit.range.end;
    }
    out.extend_from_slice(text.get(at..).unwrap_or_default());
    out.into()
}

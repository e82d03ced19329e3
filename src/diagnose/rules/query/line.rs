//! A canonical query line taken apart, also where it is not in the right form.

use bstr::{BStr, BString, ByteSlice};

use crate::diagnose::{Draft, Slot};

/// A pair of a canonical query line, as it stands.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Pair {
    /// The name.
    pub(super) name: BString,
    /// The value, `None` where there is no equals sign.
    pub(super) value: Option<BString>,
}

impl Pair {
    /// The pair's text.
    pub(super) fn text(&self) -> BString {
        match &self.value {
            Some(value) => [self.name.as_bytes(), b"=", value].concat().into(),
            None => self.name.clone(),
        }
    }

    /// Whether the value is empty or missing.
    pub(super) fn is_empty(&self) -> bool {
        self.value.as_ref().is_none_or(|value| value.is_empty())
    }
}

/// The pairs of a draft's line.
pub(super) fn pairs(draft: &Draft) -> Vec<Pair> {
    split(draft.get(Slot::CanonicalQuery))
}

/// The pairs of a line.
pub(super) fn split(line: &BStr) -> Vec<Pair> {
    crate::wire::target::pairs(line)
        .map(|raw| Pair {
            name: raw.name.to_owned(),
            value: raw.value.map(ToOwned::to_owned),
        })
        .collect()
}

/// Puts pairs together.
pub(super) fn join(pairs: &[Pair]) -> BString {
    let texts: Vec<BString> = pairs.iter().map(Pair::text).collect();
    texts.join(&b'&').into()
}

/// The line with every name and value changed.
pub(super) fn map(draft: &Draft, change: impl Fn(&BStr) -> BString) -> BString {
    let changed: Vec<Pair> = pairs(draft)
        .into_iter()
        .map(|pair| Pair {
            name: change(pair.name.as_bstr()),
            value: pair.value.map(|value| change(value.as_bstr())),
        })
        .collect();
    join(&changed)
}

/// The lines of which one value alone is changed, each with the name of its pair; none where that
/// is the only value.
pub(super) fn each_alone(
    draft: &Draft,
    change: impl Fn(&BStr) -> BString,
) -> Vec<(BString, BString)> {
    let pairs = pairs(draft);
    if pairs.len() < 2 {
        return Vec::new();
    }
    let with = |at: usize| {
        let mut pairs = pairs.clone();
        let pair = pairs.get_mut(at)?;
        let changed = change(pair.value.as_ref()?.as_bstr());
        let name = pair.name.clone();
        let is_other = pair.value.replace(changed.clone()) != Some(changed);
        is_other.then(|| (name, join(&pairs)))
    };
    (0..pairs.len()).filter_map(with).collect()
}

/// Whether a parameter is one of those that presign a URL.
pub(super) fn presigns(name: &[u8]) -> bool {
    const NAMES: [&str; 7] = [
        "x-amz-algorithm",
        "x-amz-credential",
        "x-amz-date",
        "x-amz-expires",
        "x-amz-signedheaders",
        "x-amz-signature",
        "x-amz-security-token",
    ];
    NAMES
        .iter()
        .any(|own| name.eq_ignore_ascii_case(own.as_bytes()))
}

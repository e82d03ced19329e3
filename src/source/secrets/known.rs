use std::{collections::HashMap, fmt, ops::Range};

use bstr::BString;

use super::{
    Edit, Named, PLACEHOLDER, SecretKind, apply,
    index::{Entry, Index},
    packed,
    view::{Letters, View},
};
use crate::{sigv4::Sha256Digest, wire::base64::base64};

/// What is written in a secret's place.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Style {
    /// A word of its own for each secret, as long as the secret: for a text that is read again.
    Placeholder,
    /// What it was: for people.
    Mark,
}

/// The secrets that are known, and where they stand in a text, however they are spelled there.
#[derive(Clone)]
pub(crate) struct Known {
    style: Style,
    passing: Option<SecretKind>,
    secrets: Vec<Secret>,
    /// Their numbers by what they hash to.
    by_digest: HashMap<Sha256Digest, usize>,
    counts: Vec<(SecretKind, usize)>,
    needles: Vec<Needle>,
    /// Windows of letters and digits, for values that have many.
    long: Index,
    /// Beginnings of short values, as they are.
    short: Index,
    /// How many bytes all of that takes, about.
    held: usize,
}

impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Known")
            .field("secrets", &self.secrets.len())
            .finish_non_exhaustive()
    }
}

#[derive(Clone)]
struct Secret {
    kind: SecretKind,
    /// Which of its kind it is, counted from 1.
    number: usize,
    /// How many bytes it has.
    length: usize,
    /// Its bytes, where it is sought; else none.
    value: BString,
}

impl Secret {
    /// What is written in its place.
    fn stand_in(&self, style: Style) -> BString {
        match style {
            Style::Placeholder if self.length > LONGEST => placeholder(self.kind, self.number, 0),
            Style::Placeholder => placeholder(self.kind, self.number, self.length),
            Style::Mark => mark(self.kind, self.length),
        }
    }
}

/// A secret in one of the alphabets in which it may be written, by its letters and digits.
#[derive(Clone)]
struct Needle {
    secret: usize,
    kind: SecretKind,
    alphabet: Alphabet,
    letters: Vec<u8>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Alphabet {
    /// Its own.
    Own,
    /// Two digits for each byte.
    Hex,
    /// Base64, from one of three places of a byte within three.
    Base64,
}

/// A secret, or a part of one, in a view.
#[derive(Clone, Debug)]
pub(super) struct Hit {
    pub(super) range: Range<usize>,
    secret: usize,
    alphabet: Alphabet,
    /// Which bytes of the secret stand there, or which letters of its other spelling.
    part: Range<usize>,
}

/// Windows of so many letters are sought, and each text has one at every `STRIDE`.
const WINDOW: usize = 12;
const STRIDE: usize = 8;
/// A part of a secret is taken out from so many letters on; a window is found in any so long.
const PART: usize = WINDOW + STRIDE - 1;
/// The same of hex, where chance is kinder.
const HEX_PART: usize = 32;
/// Other alphabets are known by their beginnings.
const BEGINNING: usize = 48;
/// So many bytes are sought of a short value.
const SHORT: usize = 6;
/// More is not held; each further secret is still replaced where its name stands.
const MOST: usize = 96 << 20;
/// A secret that is longer is replaced where its name stands alone: no service gives out such ones.
const LONGEST: usize = 64 << 10;
/// What is held of a byte of a secret: its letters, in hex, and in Base64 from three places.
const SPELLINGS: usize = 8;
/// What a window takes in the index.
const ENTRY: usize = 24;

impl Known {
    pub(crate) fn new(style: Style) -> Self {
        Self {
            style,
            passing: None,
            secrets: Vec::new(),
            by_digest: HashMap::new(),
            counts: Vec::new(),
            needles: Vec::new(),
            long: Index::new(WINDOW),
            short: Index::new(SHORT),
            held: 0,
        }
    }

    /// How many different secrets of each kind are known.
    pub(crate) fn counts(&self) -> &[(SecretKind, usize)] {
        &self.counts
    }

    /// Remembers a secret, as it is when no escape is left; gives its number.
    pub(crate) fn learn(&mut self, kind: SecretKind, value: &[u8]) -> usize {
        let digest = Sha256Digest::of(value);
        if let Some(id) = self.by_digest.get(&digest) {
            return *id;
        }
        let id = self.secrets.len();
        let is_sought = self.held < MOST && value.len() <= LONGEST && self.passing != Some(kind);
        let number = self.count(kind);
        self.secrets.push(Secret {
            kind,
            number,
            length: value.len(),
            value: value
                .get(..if is_sought { value.len() } else { 0 })
                .unwrap_or_default()
                .into(),
        });
        self.by_digest.insert(digest, id);
        if is_sought {
            self.held += value.len() * (SPELLINGS + ENTRY / stride(kind));
            self.seek(kind, id, value);
        }
        id
    }

    /// Lets secrets of a kind pass.
    pub(crate) fn passing(mut self, kind: SecretKind) -> Self {
        self.passing = Some(kind);
        self
    }

    fn count(&mut self, kind: SecretKind) -> usize {
        match self.counts.iter_mut().find(|(own, _)| *own == kind) {
            Some((_, count)) => {
                *count += 1;
                *count
            }
            None => {
                self.counts.push((kind, 1));
                1
            }
        }
    }

    fn seek(&mut self, kind: SecretKind, id: usize, value: &[u8]) {
        let own = letters_of(value);
        if own.len() < WINDOW {
            if is_telling(value, self.style) {
                let at = self.needle(id, Alphabet::Own, value.to_ascii_lowercase());
                self.short.add(at, &value.to_ascii_lowercase(), 0..1);
            }
            return;
        }
        let last = own.len() - WINDOW;
        let places = (0..=last).step_by(stride(kind)).chain([last]);
        let at = self.needle(id, Alphabet::Own, own.clone());
        self.long.add(at, &own, places);
        let hex: String = value.iter().map(|byte| format!("{byte:02x}")).collect();
        self.seek_beginning(id, Alphabet::Hex, hex.into_bytes());
        for shift in 0..3 {
            self.seek_beginning(id, Alphabet::Base64, base64_within(value, shift));
        }
    }

    fn seek_beginning(&mut self, id: usize, alphabet: Alphabet, letters: Vec<u8>) {
        let places = 0..BEGINNING.min(letters.len().saturating_sub(WINDOW - 1));
        let at = self.needle(id, alphabet, letters.clone());
        self.long.add(at, &letters, places.step_by(STRIDE / 2));
    }

    fn needle(&mut self, secret: usize, alphabet: Alphabet, letters: Vec<u8>) -> usize {
        let kind = self
            .secrets
            .get(secret)
            .map_or(SecretKind::Password, |secret| secret.kind);
        self.needles.push(Needle {
            secret,
            kind,
            alphabet,
            letters,
        });
        self.needles.len() - 1
    }

    /// Where known secrets stand in a view.
    pub(super) fn hits(&self, view: &View, letters: &Letters) -> Vec<Hit> {
        let mut hits = Vec::new();
        let mut best: Option<Found> = None;
        self.long.scan(&letters.bytes, &mut |start, entry| {
            if best.as_ref().is_some_and(|best| best.text.end <= start) {
                hits.extend(
                    best.take()
                        .and_then(|found| self.hit(&found, view, letters)),
                );
            }
            if best
                .as_ref()
                .is_some_and(|best| best.is_along(start, entry))
            {
                return start;
            }
            let found = self.extend(&letters.bytes, start, entry);
            if found.as_ref().map_or(0, Found::len) > best.as_ref().map_or(0, Found::len) {
                let lesser = std::mem::replace(&mut best, found);
                hits.extend(lesser.and_then(|found| self.hit(&found, view, letters)));
            }
            // Nothing is longer than a whole secret, so nothing within it needs to be looked at.
            match &best {
                Some(best) if best.whole => best.text.end,
                _ => start,
            }
        });
        hits.extend(
            best.take()
                .and_then(|found| self.hit(&found, view, letters)),
        );
        self.short_hits(view, &mut hits);
        hits
    }

    /// How far the text and a secret are the same around a window that both have.
    fn extend(&self, text: &[u8], start: usize, entry: Entry) -> Option<Found> {
        let needle = self.needles.get(entry.text)?;
        let same = |(one, other): &(&u8, &u8)| one == other;
        let before = text.get(..start)?.iter().rev();
        let own_before = needle.letters.get(..entry.offset)?.iter().rev();
        let back = before.zip(own_before).take_while(same).count();
        let behind = text.get(start..)?.iter();
        let own_behind = needle.letters.get(entry.offset..)?.iter();
        let ahead = behind.zip(own_behind).take_while(same).count();
        let part = entry.offset - back..entry.offset + ahead;
        let whole = part.len() == needle.letters.len();
        let least = match needle.alphabet {
            Alphabet::Own if needle.kind == SecretKind::SecretAccessKey => WINDOW,
            Alphabet::Own | Alphabet::Base64 => PART,
            Alphabet::Hex => HEX_PART,
        };
        (ahead >= WINDOW && (whole || part.len() >= least)).then_some(Found {
            needle: entry.text,
            text: start - back..start + ahead,
            part,
            whole,
        })
    }

    /// A run of letters as the bytes of a secret, with the signs at its ends.
    fn hit(&self, found: &Found, view: &View, letters: &Letters) -> Option<Hit> {
        let needle = self.needles.get(found.needle)?;
        let secret = self.secrets.get(needle.secret)?;
        let first = *letters.at.get(found.text.start)? as usize;
        let last = *letters.at.get(found.text.end.checked_sub(1)?)? as usize;
        let mut range = first..last + 1;
        let mut part = found.part.clone();
        if needle.alphabet == Alphabet::Own {
            let places: Vec<usize> = places_of_letters(&secret.value).collect();
            part = *places.get(found.part.start)?..*places.get(found.part.end.checked_sub(1)?)? + 1;
            let ends = secret.value.get(part.end..).unwrap_or_default();
            if found.part.end == needle.letters.len() && view.from(range.end).starts_with(ends) {
                range.end += ends.len();
                part.end += ends.len();
            }
            let begins = secret.value.get(..part.start).unwrap_or_default();
            if found.part.start == 0 && view.get(0..range.start).ends_with(begins) {
                range.start -= begins.len();
                part.start -= begins.len();
            }
        }
        Some(Hit {
            range,
            secret: needle.secret,
            alphabet: needle.alphabet,
            part,
        })
    }

    fn short_hits(&self, view: &View, hits: &mut Vec<Hit>) {
        if self.short.is_empty() {
            return;
        }
        let lower = view.bytes().to_ascii_lowercase();
        let is_letter = |at: Option<usize>| {
            at.and_then(|at| lower.get(at))
                .is_some_and(u8::is_ascii_alphanumeric)
        };
        self.short.scan(&lower, &mut |start, entry| {
            let Some(needle) = self.needles.get(entry.text) else {
                return start;
            };
            let end = start + needle.letters.len();
            let apart = !is_letter(start.checked_sub(1)) && !is_letter(Some(end));
            if apart && lower.get(start..end) == Some(needle.letters.as_slice()) {
                hits.push(Hit {
                    range: start..end,
                    secret: needle.secret,
                    alphabet: Alphabet::Own,
                    part: 0..needle.letters.len(),
                });
                return end;
            }
            start
        });
    }

    /// A secret in the place in which it was named.
    pub(super) fn whole(&self, id: usize, named: &Named) -> Hit {
        Hit {
            range: named.range.clone(),
            secret: id,
            alphabet: Alphabet::Own,
            part: 0..self.secrets.get(id).map_or(0, |secret| secret.length),
        }
    }

    /// What comes in a hit's place: byte for byte of what stands for the secret, with the line
    /// breaks and quotes that part it.
    pub(super) fn stand_in(&self, text: &[u8], view: &View, hit: &Hit) -> BString {
        let Some(secret) = self.secrets.get(hit.secret) else {
            return BString::default();
        };
        let whole = secret.stand_in(self.style);
        if self.style == Style::Mark {
            return whole;
        }
        match hit.alphabet {
            Alphabet::Base64 => return whole,
            Alphabet::Hex => return in_hex(text, view, hit, &whole),
            Alphabet::Own => {}
        }
        let stand_in = whole.get(hit.part.clone());
        let stand_in = stand_in.filter(|_| whole.len() == secret.length);
        let seen = view.get(hit.range.clone());
        match (secret.value.get(hit.part.clone()), stand_in) {
            (Some(value), Some(stand_in)) if seen != value => {
                aligned(text, view, hit, value, stand_in)
            }
            (_, Some(stand_in)) => stand_in.into(),
            (_, None) => whole,
        }
    }

    /// A text without the known secrets, and without Base64 that holds one.
    pub(crate) fn without(&self, text: &[u8]) -> BString {
        if self.secrets.is_empty() {
            return text.into();
        }
        apply(text, &self.known_edits(text))
    }

    fn known_edits(&self, text: &[u8]) -> Vec<Edit> {
        let view = View::of(text);
        let letters = view.letters();
        let hits = self.hits(&view, &letters);
        let mut edits: Vec<Edit> = hits
            .iter()
            .map(|hit| Edit {
                range: view.span(&hit.range),
                text: self.stand_in(text, &view, hit),
            })
            .collect();
        packed::runs(view.bytes(), &mut |run, inner| {
            let inner_view = View::of(inner);
            let hits = self.hits(&inner_view, &inner_view.letters());
            if let Some(hit) = hits.first() {
                edits.push(Edit {
                    range: view.span(&run),
                    text: self.stand_in(inner, &inner_view, hit),
                });
            }
        });
        super::resolve(edits)
    }
}

/// How far apart the windows of a secret are.
fn stride(kind: SecretKind) -> usize {
    match kind {
        // Half a secret access key is too much to be told.
        SecretKind::SecretAccessKey => 1,
        _ => STRIDE,
    }
}

/// A run of letters that a text and a needle share.
struct Found {
    needle: usize,
    text: Range<usize>,
    part: Range<usize>,
    whole: bool,
}

impl Found {
    fn len(&self) -> usize {
        self.text.len()
    }

    /// Whether a window is one of the run itself.
    fn is_along(&self, start: usize, entry: Entry) -> bool {
        self.needle == entry.text && start + self.part.start == entry.offset + self.text.start
    }
}

/// What stands for a secret, laid over a spelling that differs in signs: bytes that are not the
/// secret's stay.
fn aligned(text: &[u8], view: &View, hit: &Hit, value: &[u8], stand_in: &[u8]) -> BString {
    let mut out = Vec::new();
    let mut own = value.iter().zip(stand_in).peekable();
    for at in hit.range.clone() {
        let byte = view.byte(at).unwrap_or_default();
        if byte.is_ascii_alphanumeric() {
            // The signs before it that are not in the text, and itself.
            for (secret, put) in own.by_ref() {
                out.push(*put);
                if secret.is_ascii_alphanumeric() {
                    break;
                }
            }
            continue;
        }
        let sign = own.next_if(|(secret, _)| {
            **secret == byte || !secret.is_ascii_alphanumeric() && b"+/=-_ ".contains(&byte)
        });
        match sign {
            Some((_, put)) => out.push(*put),
            None => out.extend_from_slice(text.get(view.span(&(at..at + 1))).unwrap_or_default()),
        }
    }
    out.extend(own.map(|(_, put)| *put));
    out.into()
}

/// What stands for a secret in hex, digit for digit; what parts the digits stays.
fn in_hex(text: &[u8], view: &View, hit: &Hit, stand_in: &[u8]) -> BString {
    let hex: String = stand_in.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut digits = hex
        .bytes()
        .chain(std::iter::repeat(b'0'))
        .skip(hit.part.start);
    let mut out = Vec::new();
    for at in hit.range.clone() {
        match view.byte(at) {
            Some(byte) if byte.is_ascii_alphanumeric() => out.extend(digits.next()),
            _ => out.extend_from_slice(text.get(view.span(&(at..at + 1))).unwrap_or_default()),
        }
    }
    out.into()
}

fn places_of_letters(value: &[u8]) -> impl Iterator<Item = usize> {
    let letters = value.iter().enumerate();
    letters
        .filter(|(_, byte)| byte.is_ascii_alphanumeric())
        .map(|(at, _)| at)
}

fn letters_of(value: &[u8]) -> Vec<u8> {
    let letters = value.iter().filter(|byte| byte.is_ascii_alphanumeric());
    letters.map(u8::to_ascii_lowercase).collect()
}

/// The letters of Base64 that a value gives wherever it stands at `shift` bytes behind three.
fn base64_within(value: &[u8], shift: usize) -> Vec<u8> {
    let before = vec![0; shift];
    let text = base64(&[before.as_slice(), value].concat());
    // The letters at both ends hold bits of the neighbours.
    let first = (shift * 8).div_ceil(6);
    let last = (shift + value.len()) * 8 / 6;
    letters_of(text.get(first..last).unwrap_or_default())
}

/// Whether a short value may be sought by itself: an ordinary word would be found in prose.
fn is_telling(value: &[u8], style: Style) -> bool {
    let word = value.iter().all(u8::is_ascii_alphabetic);
    let least = match style {
        Style::Placeholder if word => 12,
        Style::Placeholder => 8,
        Style::Mark => SHORT,
    };
    value.len() >= least
}

/// As long as the secret, so that lengths stay true, and of letters that no escape changes.
pub(super) fn placeholder(kind: SecretKind, number: usize, length: usize) -> BString {
    let words = kind.words().to_ascii_uppercase().replace(' ', "-");
    let mut text = format!("{PLACEHOLDER}{words}-{number}");
    if text.len() < length {
        text.push('-');
        text.push_str(&"x".repeat(length - text.len()));
    }
    text.into()
}

fn mark(kind: SecretKind, length: usize) -> BString {
    match kind {
        SecretKind::SessionToken => format!("[session token, {length} bytes]").into(),
        SecretKind::Bearer => "[credentials]".into(),
        kind => format!("[{}]", kind.words()).into(),
    }
}

#[cfg(test)]
mod tests {
    use bstr::ByteSlice;

    use super::*;

    #[test]
    fn nothing_secret_is_shown_by_debug() {
        let mut known = Known::new(Style::Mark);
        known.learn(SecretKind::Password, b"correct-horse");
        assert!(!format!("{known:?}").contains("horse"));
    }

    #[test]
    fn what_stands_for_a_secret_is_laid_over_what_parts_it() {
        let value = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
        let mut known = Known::new(Style::Placeholder);
        known.learn(SecretKind::SecretAccessKey, value.as_bytes());
        let placeholder = placeholder(SecretKind::SecretAccessKey, 1, value.len());
        let put = |from: usize, to: usize| placeholder.get(from..to).unwrap().to_str().unwrap();
        for (text, expected) in [
            (value.to_owned(), put(0, 40).to_owned()),
            (
                format!("{}\n {}", &value[..20], &value[20..]),
                format!("{}\n {}", put(0, 20), put(20, 40)),
            ),
            (value.replace('+', " "), put(0, 40).to_owned()),
            (
                format!("...{}", &value[15..]),
                format!("...{}", put(15, 40)),
            ),
            (value.to_ascii_lowercase(), put(0, 40).to_owned()),
        ] {
            assert_eq!(known.without(text.as_bytes()), expected, "{text}");
        }
    }
}

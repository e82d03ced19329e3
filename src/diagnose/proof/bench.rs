//! Hypotheses computed fast: what many of them share is computed once.

use std::slice;

use bstr::{BStr, ByteSlice};

use crate::{
    diagnose::{
        Draft, Slot, TextChange, Variant,
        draft::Hypothesis,
        proof::{Goal, Match},
    },
    sigv4::{PrefixedKey, Sha256Digest, Sha256State, Signature},
};

/// The pieces of a canonical request, in its order.
const CANONICAL: [Slot; 6] = [
    Slot::Method,
    Slot::CanonicalUri,
    Slot::CanonicalQuery,
    Slot::CanonicalHeaders,
    Slot::SignedHeaders,
    Slot::PayloadHash,
];

/// A draft and everything derived from it, for hypotheses that make one more mistake on it.
#[derive(Debug)]
pub(super) struct Level {
    pub(super) draft: Draft,
    changes: Changes,
    /// The canonical request before anything happens to it as a whole.
    canonical_request: Vec<u8>,
    /// Where each of its pieces begins.
    starts: [usize; CANONICAL.len()],
    /// What became of it as a whole, where something did: this is hashed in its place.
    changed: Option<Vec<u8>>,
    /// The state of the hash before each block, and before what is left behind the last.
    states: Vec<Sha256State>,
    /// The digest of what is hashed.
    digest: Sha256Digest,
    /// The length of what is hashed, in bytes.
    hashed: usize,
    /// What signs a whole string to sign; `None` where no signature is sought, or none can be
    /// signed so.
    key: Option<PrefixedKey>,
    /// The same after all of the string to sign that stands before the digest.
    begun: Option<PrefixedKey>,
}

impl Level {
    fn digested(&self) -> Digested {
        (self.digest, self.hashed)
    }

    /// The digest of a text that begins as what is hashed here does, or not.
    fn digest_of(&self, text: &[u8]) -> Digested {
        let hashed = self.changed.as_ref().unwrap_or(&self.canonical_request);
        let (at, state) = self.before(shared(text, hashed));
        (state.digest(text.get(at..).unwrap_or_default()), text.len())
    }

    /// The length of the canonical request, in bytes.
    pub(super) fn length(&self) -> usize {
        self.canonical_request.len()
    }

    /// Where the last block begins that `same` bytes reach, and the state of the hash there.
    fn before(&self, same: usize) -> (usize, Sha256State) {
        let block = (same / Sha256State::BLOCK).min(self.states.len().saturating_sub(1));
        let state = self.states.get(block).copied().unwrap_or_default();
        (block * Sha256State::BLOCK, state)
    }
}

/// The digest of a text, and the text's length in bytes.
type Digested = (Sha256Digest, usize);

/// How much was computed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tried {
    /// Hypotheses.
    pub(super) count: u64,
    /// The bytes of their canonical requests, or of what was hashed in their place.
    pub(super) bytes: u64,
}

impl Tried {
    fn add(&mut self, bytes: usize) {
        self.count += 1;
        self.bytes += bytes as u64;
    }
}

impl std::ops::AddAssign for Tried {
    fn add_assign(&mut self, other: Self) {
        self.count += other.count;
        self.bytes += other.bytes;
    }
}

/// A mistake, and what of it does not depend on the mistakes that it is made with.
#[derive(Debug)]
pub(super) struct Prepared<'a> {
    pub(super) variant: &'a Variant,
    /// What it changes.
    pub(super) touched: Touched,
    changes: Changes,
    /// How much of each canonical piece is as before.
    shared: [usize; CANONICAL.len()],
    /// How much of the canonical request is as before; all of it where it changes as a whole.
    pub(super) same: usize,
}

/// Which artifacts differ from those of the base.
#[derive(Clone, Copy, Debug, Default)]
struct Changes {
    canonical_request: bool,
    /// The key, or what is signed before the digest.
    signer: bool,
}

impl Changes {
    fn of(variant: &Variant) -> Self {
        let canonical = |slot: Slot| slot.is_canonical();
        let pieces = || variant.pieces.iter().map(|(slot, _)| *slot);
        Self {
            canonical_request: variant.changes_canonical_request(),
            signer: variant.secret.is_some()
                || variant.frame.key.is_some()
                || !pieces().all(canonical),
        }
    }

    fn and(self, other: Self) -> Self {
        Self {
            canonical_request: self.canonical_request || other.canonical_request,
            signer: self.signer || other.signer,
        }
    }
}

impl<'a> Prepared<'a> {
    /// Prepares a mistake to be made on a draft, or on one that differs from it elsewhere.
    pub(super) fn new(variant: &'a Variant, on: &Draft) -> Self {
        let mut alike = [0; CANONICAL.len()];
        let mut first = None;
        for (at, slot) in CANONICAL.into_iter().enumerate() {
            if let Some(piece) = variant.piece(slot) {
                alike[at] = shared(piece, on.get(slot));
                first = first.or(Some(at));
            }
        }
        let before = |first: usize| {
            let whole = CANONICAL[..first].iter();
            whole.map(|slot| draft_piece(on, *slot)).sum::<usize>() + alike[first]
        };
        let same = match first {
            Some(first) => before(first),
            None if variant.frame.canonical_request.is_some() => usize::MAX,
            None => 0,
        };
        Self {
            variant,
            touched: Touched::by(variant),
            changes: Changes::of(variant),
            shared: alike,
            same,
        }
    }
}

/// The length of a piece with the line feed behind it.
fn draft_piece(draft: &Draft, slot: Slot) -> usize {
    draft.get(slot).len() + 1
}

/// What a mistake changes: a bit for each piece, and for each text that changes as a whole, as
/// [`Variant::overlaps`] has it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Touched(u32);

impl Touched {
    /// The bit of the canonical request as a whole.
    const WHOLE_REQUEST: u32 = 1 << Slot::COUNT;

    pub(super) fn by(variant: &Variant) -> Self {
        let frame = &variant.frame;
        let whole = [
            frame.canonical_request.is_some(),
            variant.secret.is_some(),
            frame.digest.is_some(),
            frame.string_to_sign.is_some(),
            frame.key.is_some(),
            frame.signature.is_some(),
        ];
        let whole = whole.iter().enumerate().filter(|(_, is)| **is);
        let whole = whole.map(|(at, _)| Slot::COUNT + at);
        let pieces = variant.pieces.iter().map(|(slot, _)| *slot as usize);
        Self(pieces.chain(whole).fold(0, |bits, at| bits | 1 << at))
    }

    /// What either changes.
    pub(super) fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether a piece is changed.
    pub(super) fn is_of(self, slot: Slot) -> bool {
        self.0 & 1 << slot as u32 != 0
    }

    /// Whether this one changes everything that the other does.
    pub(super) fn covers(self, other: Self) -> bool {
        other.0 & !self.0 == 0
    }
}

/// How many bytes two texts begin with in common.
fn shared(one: &[u8], other: &[u8]) -> usize {
    const STEP: usize = 32;
    let steps = one.chunks_exact(STEP).zip(other.chunks_exact(STEP));
    let whole = steps.take_while(|(one, other)| one == other).count() * STEP;
    let rest = one.iter().zip(other).skip(whole);
    whole + rest.take_while(|(one, other)| one == other).count()
}

/// What computes; its buffers are used again and again.
pub(super) struct Bench<'a> {
    goal: &'a Goal<'a>,
    /// A bit for each piece that the goal depends on.
    seen: u32,
    /// The signature that is sought, where it is written as signatures are.
    sent: Option<Signature>,
    /// The digest that ends the string that is sought.
    ending: Option<Sha256Digest>,
    canonical_request: Vec<u8>,
    string_to_sign: Vec<u8>,
    /// What the last change of a text as a whole gave: several mistakes change the canonical request
    /// alike and differ in the string to sign. A text is known by its digest.
    changed: Option<(Sha256Digest, TextChange, Digested)>,
    pub(super) tried: Tried,
}

impl<'a> Bench<'a> {
    pub(super) fn new(goal: &'a Goal<'a>) -> Self {
        Self {
            goal,
            seen: match goal {
                Goal::Digest(_) => CANONICAL.iter().fold(Touched::WHOLE_REQUEST, |bits, slot| {
                    bits | 1 << *slot as u32
                }),
                Goal::Signature(_) | Goal::StringToSign(_) | Goal::Signed(_) => u32::MAX,
            },
            sent: match goal {
                Goal::Signature(sent) => Signature::parse(sent).ok(),
                Goal::Digest(_) | Goal::StringToSign(_) | Goal::Signed(_) => None,
            },
            ending: match goal {
                Goal::StringToSign(text) => text
                    .last_chunk::<64>()
                    .and_then(|hex| Sha256Digest::parse(hex.as_bstr()).ok()),
                Goal::Digest(_) | Goal::Signature(_) | Goal::Signed(_) => None,
            },
            canonical_request: Vec::new(),
            string_to_sign: Vec::new(),
            changed: None,
            tried: Tried::default(),
        }
    }

    /// Another with the same goal, for another thread.
    pub(super) fn another(&self) -> Self {
        Self::new(self.goal)
    }

    pub(super) fn goal(&self) -> &'a Goal<'a> {
        self.goal
    }

    /// Whether both change the same piece of what is compared with the goal.
    pub(super) fn overlap(&self, one: Touched, other: Touched) -> bool {
        one.0 & other.0 & self.seen != 0
    }

    /// The level of the draft that nothing is changed in.
    pub(super) fn ground(&self, base: &Draft) -> Level {
        self.level(base.clone(), Changes::default())
    }

    /// The level of one mistake more.
    pub(super) fn above(&self, level: &Level, more: &Prepared<'_>) -> Level {
        self.level(
            level.draft.with(more.variant),
            level.changes.and(more.changes),
        )
    }

    fn level(&self, draft: Draft, changes: Changes) -> Level {
        let mut canonical_request = Vec::with_capacity(1024);
        let mut starts = [0; CANONICAL.len()];
        for (start, slot) in starts.iter_mut().zip(CANONICAL) {
            *start = canonical_request.len();
            canonical_request.extend_from_slice(draft.get(slot));
            canonical_request.push(b'\n');
        }
        // Nothing stands behind the payload hash.
        canonical_request.pop();
        let change = draft.frame.canonical_request;
        let changed = change.map(|change| change(&canonical_request));
        let hashed = changed.as_ref().unwrap_or(&canonical_request);
        let mut state = Sha256State::default();
        let mut states = Vec::with_capacity(hashed.len() / Sha256State::BLOCK + 1);
        let (blocks, rest) = hashed.as_chunks();
        for block in blocks {
            states.push(state);
            state.update(slice::from_ref(block));
        }
        states.push(state);
        let digest = state.digest(rest);
        let length = hashed.len();
        let key = match self.goal {
            Goal::Signature(_) => draft.signing_key().and_then(|key| key.prefixed()),
            Goal::Digest(_) | Goal::StringToSign(_) | Goal::Signed(_) => None,
        };
        let mut beginning = Vec::with_capacity(128);
        draft.hypothesis().begin_string_to_sign(&mut beginning);
        // A policy is signed as a whole.
        let begun = key.as_ref().filter(|_| !draft.is_of_policy());
        let begun = begun.map(|key| key.and(&beginning));
        Level {
            draft,
            changes,
            canonical_request,
            starts,
            changed,
            states,
            digest,
            hashed: length,
            key,
            begun,
        }
    }

    /// What a level itself comes out as, if that is the goal.
    pub(super) fn compute(&mut self, level: &Level) -> Option<Match> {
        self.tried.add(level.hashed);
        self.compare(level, level.digest, &[], level.begun.as_ref())
    }

    /// What a level with one mistake more comes out as, if that is the goal; `alone` is the level
    /// of this mistake on the base.
    pub(super) fn compute_with(
        &mut self,
        level: &Level,
        more: &Prepared<'_>,
        alone: Option<&Level>,
    ) -> Option<Match> {
        let (digest, length) = match alone {
            _ if !more.changes.canonical_request => level.digested(),
            Some(alone) if !level.changes.canonical_request => alone.digested(),
            alone => self.digest(level, more, alone),
        };
        self.tried.add(length);
        let begun = match alone {
            _ if !more.changes.signer => level.begun.as_ref(),
            Some(alone) if !level.changes.signer => alone.begun.as_ref(),
            _ => None,
        };
        self.compare(level, digest, &[more.variant], begun)
    }

    fn digest(&mut self, level: &Level, more: &Prepared<'_>, alone: Option<&Level>) -> Digested {
        let frame = level.draft.frame.and(&more.variant.frame);
        if let Some(change) = frame.canonical_request {
            // Much of what the change gave already stays.
            let like = alone.filter(|alone| alone.changed.is_some());
            return self.changed_digest(level, more, change, like.unwrap_or(level));
        }
        // All before the first byte that differs is hashed already, but for its last block.
        let text = &level.canonical_request;
        let first = CANONICAL
            .iter()
            .position(|slot| more.variant.piece(*slot).is_some());
        let Some(first) = first else {
            return level.digested();
        };
        let same = level.starts[first] + more.shared[first];
        let (block, state) = level.before(same);
        let out = &mut self.canonical_request;
        out.clear();
        out.extend_from_slice(&text[block..same]);
        let mut from = more.shared[first];
        let mut kept = None;
        for (at, slot) in CANONICAL.iter().enumerate().skip(first) {
            match more.variant.piece(*slot) {
                Some(piece) => {
                    if let Some(kept) = kept.take() {
                        out.extend_from_slice(&text[kept..level.starts[at]]);
                    }
                    out.extend_from_slice(&piece[from..]);
                    if at + 1 < CANONICAL.len() {
                        out.push(b'\n');
                    }
                }
                None => kept = kept.or(Some(level.starts[at])),
            }
            from = 0;
        }
        if let Some(kept) = kept {
            out.extend_from_slice(&text[kept..]);
        }
        (state.digest_of(out), block + out.len())
    }

    /// The digest of a canonical request that changes as a whole.
    fn changed_digest(
        &mut self,
        level: &Level,
        more: &Prepared<'_>,
        change: TextChange,
        like: &Level,
    ) -> Digested {
        if more.same != usize::MAX || level.draft.frame.canonical_request.is_some() {
            let variants = &[more.variant];
            let hypothesis = Hypothesis {
                base: &level.draft,
                variants,
            };
            hypothesis.write_pieces(&mut self.canonical_request);
            return like.digest_of(&change(&self.canonical_request));
        }
        if let Some((of, by, digest)) = self.changed
            && of == level.digest
            && std::ptr::fn_addr_eq(by, change)
        {
            return digest;
        }
        let digest = like.digest_of(&change(&level.canonical_request));
        self.changed = Some((level.digest, change, digest));
        digest
    }

    /// Compares with the goal; `begun` is the key after the string's beginning, where it is known.
    fn compare(
        &mut self,
        level: &Level,
        digest: Sha256Digest,
        more: &[&Variant],
        begun: Option<&PrefixedKey>,
    ) -> Option<Match> {
        let matched = |recomputed: &BStr| Match {
            recomputed: recomputed.to_owned(),
        };
        if let Goal::Digest(sought) = self.goal {
            return (digest == *sought).then(|| matched(digest.to_string().as_str().into()));
        }
        let frame = more
            .iter()
            .fold(level.draft.frame, |frame, more| frame.and(&more.frame));
        let sent = match self.goal {
            Goal::Digest(_) => return None,
            Goal::StringToSign(text) => {
                let is_of_policy = || {
                    level.draft.is_of_policy()
                        || more.iter().any(|more| more.piece(Slot::Policy).is_some())
                };
                if frame.digest.is_none()
                    && frame.string_to_sign.is_none()
                    && self.ending != Some(digest)
                    && !is_of_policy()
                {
                    return None;
                }
                self.write_string(level, digest, more);
                return (self.string_to_sign == **text).then(|| matched(text));
            }
            Goal::Signed(asymmetric) => {
                self.write_string(level, digest, more);
                // One mistake at a time is made: a secret other than the key's is its own.
                let secret = more.iter().find_map(|more| more.secret.as_ref());
                let is_signed = asymmetric.is_of(&self.string_to_sign, secret);
                return is_signed.then(|| matched(asymmetric.sent));
            }
            Goal::Signature(sent) => *sent,
        };
        let signature = match begun {
            Some(begun) if frame.digest.is_none() && frame.string_to_sign.is_none() => {
                begun.sign(&digest.hex())
            }
            _ => self.sign(level, digest, more)?,
        };
        if frame.signature.is_none() {
            return (Some(signature) == self.sent).then(|| matched(sent));
        }
        let hypothesis = Hypothesis {
            base: &level.draft,
            variants: more,
        };
        let text = hypothesis.signature_text(signature.as_bytes());
        (text == sent).then(|| matched(sent))
    }

    fn write_string(&mut self, level: &Level, digest: Sha256Digest, more: &[&Variant]) {
        let hypothesis = Hypothesis {
            base: &level.draft,
            variants: more,
        };
        hypothesis.write_string_to_sign(
            digest,
            &mut self.canonical_request,
            &mut self.string_to_sign,
        );
    }

    /// Signs a string that must be written out.
    fn sign(
        &mut self,
        level: &Level,
        digest: Sha256Digest,
        more: &[&Variant],
    ) -> Option<Signature> {
        self.write_string(level, digest, more);
        let hypothesis = Hypothesis {
            base: &level.draft,
            variants: more,
        };
        match &level.key {
            Some(key) if !hypothesis.has_own_key() => Some(key.sign(&self.string_to_sign)),
            _ => {
                let key = hypothesis.signing_key()?;
                Some(Signature::new(key.sign(&self.string_to_sign)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use bstr::ByteSlice;

    use super::*;
    use crate::{
        diagnose::{Frame, WrongKey, rules::rules},
        sigv4::{CredentialScope, SecretAccessKey},
    };

    fn base() -> Draft {
        let text = "POST\n/a%20b\nb=1&c=2\ncontent-type:application/json\nhost:x.example.com\n\
             x-amz-date:20150830T123600Z\nx-amz-meta-long:0123456789012345678901234567890123456789\n\
             \ncontent-type;host;x-amz-date;x-amz-meta-long\n\
             e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let scope = CredentialScope {
            date: "20150830".into(),
            region: Some("eu-west-1".into()),
            service: "execute-api".into(),
        };
        let mut draft = Draft::of_texts(text.as_bytes(), "20150830T123600Z".into(), &scope);
        draft.set_secret(Some(SecretAccessKey::new(b"canary".to_vec())));
        draft
    }

    /// A mistake in each piece, at its front and at its end, in several at once, and as a whole.
    fn variants(base: &Draft) -> Vec<Variant> {
        let rule = rules()[0];
        let of = || Variant::of(rule);
        let mut all = Vec::new();
        for slot in Slot::ALL.into_iter().filter(|slot| *slot != Slot::Policy) {
            let text = base.get(slot);
            let longer = [text.as_bytes(), b"~"].concat();
            all.push(of().with(slot, longer));
            all.push(of().with(slot, &text[1..]));
            all.push(of().with(slot, ""));
        }
        all.push(
            of().with(Slot::Method, "GET")
                .with(Slot::CanonicalQuery, "c=2&b=1")
                .with(Slot::PayloadHash, "UNSIGNED-PAYLOAD"),
        );
        all.push(
            of().with(Slot::SignedHeaders, "host")
                .with(Slot::ScopeRegion, "r"),
        );
        all.push(of().with(Slot::KeyRegion, "r").with(Slot::ScopeRegion, "r"));
        all.push(of().with(Slot::Policy, "e30="));
        all.push(of().with_secret(SecretAccessKey::new(b"other".to_vec())));
        let frames = [
            Frame {
                canonical_request: Some(|text| [text, b"\n"].concat()),
                ..Frame::default()
            },
            Frame {
                digest: Some(<[u8]>::to_vec),
                ..Frame::default()
            },
            Frame {
                string_to_sign: Some(|text| [b"\xef\xbb\xbf", text].concat()),
                ..Frame::default()
            },
            Frame {
                key: Some(|_, date, _, _| WrongKey::new(date.to_vec())),
                ..Frame::default()
            },
            Frame {
                signature: Some(|raw| raw[..8].to_vec()),
                ..Frame::default()
            },
        ];
        all.extend(frames.map(|frame| of().framed(frame)));
        all
    }

    #[test]
    fn the_fast_way_comes_out_as_the_plain_way() {
        let base = base();
        let variants = variants(&base);
        let mut compared = 0;
        for first in &variants {
            for second in &variants {
                let plain = base.with(first).with(second);
                let signature = plain.signature().unwrap();
                let digest = Sha256Digest::of(&plain.canonical_request());
                let string = plain.string_to_sign();
                let goals = [
                    Goal::Signature(signature.as_ref()),
                    Goal::Digest(digest),
                    Goal::StringToSign(string.as_ref()),
                ];
                for goal in goals {
                    let mut bench = Bench::new(&goal);
                    let ground = bench.ground(&base);
                    let [one, other] = [first, second].map(|one| Prepared::new(one, &base));
                    if !matches!(goal, Goal::Digest(_)) {
                        assert_eq!(
                            bench.overlap(one.touched, other.touched),
                            first.overlaps(second)
                        );
                    }
                    let level = bench.above(&ground, &one);
                    let again = Prepared::new(second, &level.draft);
                    let alone = bench.above(&ground, &other);
                    let mut made = vec![bench.compute_with(&level, &again, None)];
                    if !bench.overlap(one.touched, other.touched) {
                        made.push(bench.compute_with(&level, &other, Some(&alone)));
                    }
                    let both = bench.above(&level, &again);
                    made.push(bench.compute(&both));
                    for made in made {
                        compared += 1;
                        assert!(made.is_some(), "{first:?} and {second:?}: {goal:?}");
                    }
                }
            }
        }
        assert!(compared > 5_000, "{compared}");
    }

    #[test]
    fn what_differs_does_not_come_out() {
        let base = base();
        let variants = variants(&base);
        let signature = base.signature().unwrap();
        let goal = Goal::Signature(signature.as_ref());
        let mut bench = Bench::new(&goal);
        let ground = bench.ground(&base);
        assert!(bench.compute(&ground).is_some());
        for variant in &variants {
            let prepared = Prepared::new(variant, &base);
            let alone = bench.above(&ground, &prepared);
            for alone in [None, Some(&alone)] {
                let made = bench.compute_with(&ground, &prepared, alone);
                assert!(made.is_none(), "{variant:?}");
            }
        }
    }
}

use std::sync::Arc;

use bstr::{BStr, BString, ByteSlice};

use crate::{
    compare::CanonicalParts,
    diagnose::{Frame, Variant},
    sigv4::{
        Algorithm, CredentialScope, Derivation, Key, PrefixedKey, SecretAccessKey, Sha256Digest,
        SigningKey, TERMINATOR,
    },
};

/// The pieces that a signer puts together, right to begin with.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// A mistake changes few of them: drafts share the others.
    slots: [Arc<[u8]>; Slot::COUNT],
    secret: Option<SecretAccessKey>,
    pub(super) frame: Frame,
}

/// A piece of what a signer puts together.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Slot {
    /// The method.
    Method,
    /// The canonical URI.
    CanonicalUri,
    /// The canonical query line.
    CanonicalQuery,
    /// All header lines, each with its line feed.
    CanonicalHeaders,
    /// The list of signed headers.
    SignedHeaders,
    /// The payload hash.
    PayloadHash,
    /// The algorithm.
    Algorithm,
    /// The signing time.
    Timestamp,
    /// The date in the scope.
    ScopeDate,
    /// The region in the scope; empty in a scope of all regions.
    ScopeRegion,
    /// The service in the scope.
    ScopeService,
    /// The last part of the scope.
    ScopeTerminator,
    /// The policy of a form; where there is one, it is the string to sign.
    Policy,
    /// The date that the signing key is derived from.
    KeyDate,
    /// The region that the signing key is derived from.
    KeyRegion,
    /// The service that the signing key is derived from.
    KeyService,
    /// The last text that the signing key is derived from.
    KeyTerminator,
}

impl Slot {
    /// How many there are.
    pub const COUNT: usize = 17;

    /// All slots, in the order of the artifacts.
    pub const ALL: [Self; Self::COUNT] = [
        Self::Method,
        Self::CanonicalUri,
        Self::CanonicalQuery,
        Self::CanonicalHeaders,
        Self::SignedHeaders,
        Self::PayloadHash,
        Self::Algorithm,
        Self::Timestamp,
        Self::ScopeDate,
        Self::ScopeRegion,
        Self::ScopeService,
        Self::ScopeTerminator,
        Self::Policy,
        Self::KeyDate,
        Self::KeyRegion,
        Self::KeyService,
        Self::KeyTerminator,
    ];

    /// Whether the piece is part of the canonical request.
    #[must_use]
    pub fn is_canonical(self) -> bool {
        self <= Self::PayloadHash
    }

    /// Whether the piece goes into the signing key alone.
    #[must_use]
    pub fn is_of_key(self) -> bool {
        self >= Self::KeyDate
    }
}

impl Draft {
    /// The pieces of a right derivation.
    #[must_use]
    pub fn of(derivation: &Derivation) -> Self {
        let string = &derivation.string_to_sign;
        let timestamp = string.timestamp.as_bstr();
        Self::of_texts(&derivation.canonical_request_text, timestamp, &string.scope)
    }

    /// The pieces of a canonical request's text, right or wrong.
    #[must_use]
    pub fn of_texts(canonical_request: &[u8], timestamp: &BStr, scope: &CredentialScope) -> Self {
        let mut draft = Self::default();
        draft.set_canonical(canonical_request);
        let pieces: [(Slot, &[u8]); 10] = [
            (Slot::Algorithm, scope.algorithm().name().as_bytes()),
            (Slot::Timestamp, timestamp),
            (Slot::ScopeDate, &scope.date),
            (Slot::ScopeRegion, scope.region_text()),
            (Slot::ScopeService, &scope.service),
            (Slot::ScopeTerminator, TERMINATOR.as_bytes()),
            (Slot::KeyDate, &scope.date),
            (Slot::KeyRegion, scope.region_text()),
            (Slot::KeyService, &scope.service),
            (Slot::KeyTerminator, TERMINATOR.as_bytes()),
        ];
        for (slot, text) in pieces {
            draft.set(slot, text);
        }
        draft
    }

    /// The pieces of a form, of which its policy alone is signed.
    #[must_use]
    pub fn of_policy(policy: &[u8], scope: &CredentialScope) -> Self {
        let mut draft = Self::of_texts(b"", b"".into(), scope);
        draft.set(Slot::CanonicalHeaders, b"");
        draft.set(Slot::Policy, policy);
        draft
    }

    /// Whether a policy is signed, and no request.
    #[must_use]
    pub fn is_of_policy(&self) -> bool {
        !self.get(Slot::Policy).is_empty()
    }

    /// Whether each canonical piece has the form of what it stands for: of a text with a line too
    /// many or too few, or with other signs in its lines, none is what it seems.
    #[must_use]
    pub fn is_parted(&self) -> bool {
        let method = self.get(Slot::Method);
        let list = self.get(Slot::SignedHeaders);
        !method.is_empty()
            && method.iter().all(u8::is_ascii_alphabetic)
            && !list.is_empty()
            && !list.iter().any(|byte| b":=".contains(byte))
            && !self.get(Slot::PayloadHash).contains(&b'\n')
    }

    /// Takes the canonical pieces from a text.
    pub fn set_canonical(&mut self, text: &[u8]) {
        let parts = CanonicalParts::of(text);
        let mut headers = Vec::new();
        for (name, value) in &parts.headers {
            push_line(&mut headers, name, value);
        }
        let pieces: [(Slot, &[u8]); 6] = [
            (Slot::Method, parts.method),
            (Slot::CanonicalUri, parts.uri),
            (Slot::CanonicalQuery, parts.query),
            (Slot::CanonicalHeaders, &headers),
            (Slot::SignedHeaders, parts.signed_headers),
            (Slot::PayloadHash, parts.payload_hash),
        ];
        for (slot, text) in pieces {
            self.set(slot, text);
        }
    }

    /// One piece.
    #[must_use]
    pub fn get(&self, slot: Slot) -> &BStr {
        self.slots[slot as usize].as_bstr()
    }

    /// Replaces one piece.
    pub fn set(&mut self, slot: Slot, text: &[u8]) {
        self.slots[slot as usize] = text.into();
    }

    /// The header lines: name and value.
    pub fn header_lines(&self) -> impl Iterator<Item = (&BStr, &BStr)> {
        self.get(Slot::CanonicalHeaders)
            .as_bytes()
            .lines()
            .filter_map(|line| {
                let (name, value) = line.split_at(line.find_byte(b':')?);
                Some((name.as_bstr(), value.get(1..)?.as_bstr()))
            })
    }

    /// The value of one header line.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&BStr> {
        self.header_lines()
            .find(|(own, _)| *own == name)
            .map(|(_, value)| value)
    }

    /// The text of the header lines with one line's value replaced, or the line left out.
    #[must_use]
    pub fn with_header(&self, name: &str, value: Option<&[u8]>) -> BString {
        self.around_header(name).with(value)
    }

    /// The header lines, parted at the lines of one name.
    #[must_use]
    pub fn around_header<'a>(&'a self, name: &'a str) -> AroundHeader<'a> {
        let lines = self.get(Slot::CanonicalHeaders).as_bytes();
        let mut kept = Vec::new();
        let (mut from, mut at) = (0, 0);
        for line in lines.lines_with_terminator() {
            let own = line.strip_prefix(name.as_bytes());
            if own.is_some_and(|behind| behind.starts_with(b":")) {
                kept.push(lines.get(from..at).unwrap_or_default());
                from = at + line.len();
            }
            at += line.len();
        }
        AroundHeader {
            name,
            kept,
            rest: lines.get(from..).unwrap_or_default(),
        }
    }

    /// The text of the header lines with every line's value as `change` has it; `None` keeps it.
    #[must_use]
    pub fn with_headers(&self, change: impl Fn(&BStr, &BStr) -> Option<BString>) -> BString {
        self.rewritten_headers(|name, held, out| match change(name, held) {
            Some(value) => push_line(out, name, &value),
            None => push_line(out, name, held),
        })
    }

    /// The text of the header lines, each as `write` has it, which writes its line feed too.
    #[must_use]
    pub fn rewritten_headers(&self, write: impl Fn(&BStr, &BStr, &mut Vec<u8>)) -> BString {
        const MORE: usize = 64;
        let mut out = Vec::with_capacity(self.get(Slot::CanonicalHeaders).len() + MORE);
        for (name, held) in self.header_lines() {
            write(name, held, &mut out);
        }
        out.into()
    }

    /// The secret that signs, where one is known.
    #[must_use]
    pub fn secret(&self) -> Option<&SecretAccessKey> {
        self.secret.as_ref()
    }

    /// Signs with another secret.
    pub fn set_secret(&mut self, secret: Option<SecretAccessKey>) {
        self.secret = secret;
    }

    /// The pieces as a signer has them who makes this mistake.
    #[must_use]
    pub fn with(&self, variant: &Variant) -> Self {
        let mut draft = self.clone();
        for (slot, text) in &variant.pieces {
            draft.set(*slot, text);
        }
        if let Some(secret) = &variant.secret {
            draft.secret = Some(secret.clone());
        }
        draft.frame = draft.frame.and(&variant.frame);
        draft
    }

    /// The draft as a hypothesis that changes nothing.
    pub(super) fn hypothesis(&self) -> Hypothesis<'_> {
        Hypothesis {
            base: self,
            variants: &[],
        }
    }

    /// The canonical request that the pieces make.
    #[must_use]
    pub fn canonical_request(&self) -> BString {
        let mut out = Vec::with_capacity(1024);
        self.hypothesis().write_canonical_request(&mut out);
        out.into()
    }

    /// The string to sign that the pieces make.
    #[must_use]
    pub fn string_to_sign(&self) -> BString {
        self.string_to_sign_over(Sha256Digest::of(&self.canonical_request()))
    }

    /// The string to sign that the pieces make, over this digest of a canonical request.
    pub(super) fn string_to_sign_over(&self, digest: Sha256Digest) -> BString {
        let mut out = Vec::with_capacity(192);
        self.hypothesis()
            .write_string_to_sign(digest, &mut Vec::new(), &mut out);
        out.into()
    }

    /// The scope's text.
    #[must_use]
    pub fn scope(&self) -> BString {
        let mut out = Vec::with_capacity(64);
        self.hypothesis().write_scope(&mut out);
        out.into()
    }

    /// The key that the pieces derive; `None` without a secret.
    #[must_use]
    pub fn signing_key(&self) -> Option<DraftKey> {
        self.hypothesis().signing_key()
    }

    /// The signature's text as the pieces make it; `None` without a secret.
    #[must_use]
    pub fn signature(&self) -> Option<BString> {
        let key = self.signing_key()?;
        Some(
            self.hypothesis()
                .signature_text(&key.sign(&self.string_to_sign())),
        )
    }
}

/// Header lines without those of one name.
#[derive(Clone, Debug)]
pub struct AroundHeader<'a> {
    name: &'a str,
    /// What stands before each of its lines, from the one before.
    kept: Vec<&'a [u8]>,
    rest: &'a [u8],
}

impl<'a> AroundHeader<'a> {
    /// The name, in lower case.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.name
    }

    /// The text with another value in each line of this name, or without them.
    #[must_use]
    pub fn with(&self, value: Option<&[u8]>) -> BString {
        let long = |text: &[u8]| text.len() + self.name.len() + value.map_or(0, <[u8]>::len) + 2;
        let all: usize = self.kept.iter().map(|text| long(text)).sum();
        let mut out = Vec::with_capacity(all + self.rest.len());
        for text in &self.kept {
            out.extend_from_slice(text);
            if let Some(value) = value {
                push_line(&mut out, self.name.as_bytes(), value);
            }
        }
        out.extend_from_slice(self.rest);
        out.into()
    }
}

/// Writes a header line, with its line feed.
pub(super) fn push_line(out: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    out.extend_from_slice(name);
    out.push(b':');
    out.extend_from_slice(value);
    out.push(b'\n');
}

/// A draft with the pieces of some mistakes laid over it; nothing is copied.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hypothesis<'a> {
    pub(super) base: &'a Draft,
    pub(super) variants: &'a [&'a Variant],
}

impl Hypothesis<'_> {
    fn get(&self, slot: Slot) -> &BStr {
        let over = self
            .variants
            .iter()
            .rev()
            .find_map(|variant| variant.piece(slot));
        over.map_or_else(|| self.base.get(slot), |text| text.as_bstr())
    }

    fn frame(&self) -> Frame {
        self.variants
            .iter()
            .fold(self.base.frame, |frame, variant| frame.and(&variant.frame))
    }

    fn secret(&self) -> Option<&SecretAccessKey> {
        let over = self
            .variants
            .iter()
            .rev()
            .find_map(|variant| variant.secret.as_ref());
        over.or(self.base.secret.as_ref())
    }

    /// Whether the signing key is another than the base's.
    pub(super) fn has_own_key(&self) -> bool {
        self.variants.iter().any(|variant| {
            variant.secret.is_some()
                || variant.frame.key.is_some()
                || variant.pieces.iter().any(|(slot, _)| slot.is_of_key())
        })
    }

    /// Writes the canonical request that the pieces make.
    pub(super) fn write_canonical_request(&self, out: &mut Vec<u8>) {
        self.write_pieces(out);
        if let Some(change) = self.frame().canonical_request {
            *out = change(out);
        }
    }

    /// Writes the canonical request before anything happens to it as a whole.
    pub(super) fn write_pieces(&self, out: &mut Vec<u8>) {
        out.clear();
        for slot in [Slot::Method, Slot::CanonicalUri, Slot::CanonicalQuery] {
            out.extend_from_slice(self.get(slot));
            out.push(b'\n');
        }
        out.extend_from_slice(self.get(Slot::CanonicalHeaders));
        out.push(b'\n');
        out.extend_from_slice(self.get(Slot::SignedHeaders));
        out.push(b'\n');
        out.extend_from_slice(self.get(Slot::PayloadHash));
    }

    /// Writes the string to sign; `digest` is that of the canonical request, for which there is
    /// room in `room`.
    pub(super) fn write_string_to_sign(
        &self,
        digest: Sha256Digest,
        room: &mut Vec<u8>,
        out: &mut Vec<u8>,
    ) {
        let frame = self.frame();
        let policy = self.get(Slot::Policy);
        if !policy.is_empty() {
            out.clear();
            out.extend_from_slice(policy);
            if let Some(change) = frame.string_to_sign {
                *out = change(out);
            }
            return;
        }
        self.begin_string_to_sign(out);
        match frame.digest {
            None => out.extend_from_slice(&digest.hex()),
            Some(digest) => {
                self.write_canonical_request(room);
                out.extend_from_slice(&digest(room));
            }
        }
        if let Some(change) = frame.string_to_sign {
            *out = change(out);
        }
    }

    /// Writes what stands in the string to sign before the digest.
    pub(super) fn begin_string_to_sign(&self, out: &mut Vec<u8>) {
        out.clear();
        for slot in [Slot::Algorithm, Slot::Timestamp] {
            out.extend_from_slice(self.get(slot));
            out.push(b'\n');
        }
        self.write_scope(out);
        out.push(b'\n');
    }

    fn write_scope(&self, out: &mut Vec<u8>) {
        for slot in [Slot::ScopeDate, Slot::ScopeRegion, Slot::ScopeService] {
            let text = self.get(slot);
            // A scope of all regions has no part for one.
            if slot == Slot::ScopeRegion && text.is_empty() && self.is_of_all_regions() {
                continue;
            }
            out.extend_from_slice(text);
            out.push(b'/');
        }
        out.extend_from_slice(self.get(Slot::ScopeTerminator));
    }

    fn is_of_all_regions(&self) -> bool {
        *self.get(Slot::Algorithm) == Algorithm::EcdsaP256Sha256.name()
    }

    /// The key that the pieces derive; `None` without a secret.
    pub(super) fn signing_key(&self) -> Option<DraftKey> {
        let secret = self.secret()?;
        let slots = [Slot::KeyDate, Slot::KeyRegion, Slot::KeyService];
        let [date, region, service] = slots.map(|slot| self.get(slot).as_bytes());
        Some(match self.frame().key {
            None if *self.get(Slot::KeyTerminator) != TERMINATOR => {
                let end = self.get(Slot::KeyTerminator);
                DraftKey::Wrong(WrongKey::chain(
                    b"AWS4",
                    secret,
                    &[date, region, service, end],
                ))
            }
            None => DraftKey::Right(Box::new(SigningKey::derive_from(
                secret, date, region, service,
            ))),
            Some(derive) => DraftKey::Wrong(derive(secret, date, region, service)),
        })
    }

    /// The text in which the signer writes a signature.
    pub(super) fn signature_text(&self, signature: &[u8; 32]) -> BString {
        match self.frame().signature {
            None => BString::from(crate::sigv4::Signature::new(*signature).hex().as_slice()),
            Some(write) => write(signature).into(),
        }
    }
}

/// What a mistake signs with: secret, and of any length.
#[derive(Clone)]
pub struct WrongKey {
    bytes: zeroize::Zeroizing<Vec<u8>>,
    /// Whether the signer takes it for the message, and the string to sign for the key.
    is_message: bool,
}

impl WrongKey {
    /// Takes the bytes that the mistake signs with.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self {
            bytes: zeroize::Zeroizing::new(bytes),
            is_message: false,
        }
    }

    /// The same, taken for the message of the last HMAC, of which the string to sign is the key.
    #[must_use]
    pub fn as_message(mut self) -> Self {
        self.is_message = true;
        self
    }

    /// The chain of HMACs over texts of the mistake's choice, from the secret behind a prefix.
    #[must_use]
    pub fn chain(prefix: &[u8], secret: &SecretAccessKey, texts: &[&[u8]]) -> Self {
        // The secret is what the first key is made of, and each key what the next is made of.
        let seed = Self::new([prefix, secret.expose()].concat());
        texts.iter().fold(seed, |key, text| {
            Self::new(Key::derive(key.expose(), text).expose().to_vec())
        })
    }

    /// The bytes. A caller says in a comment why it needs them.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.bytes
    }
}

impl std::fmt::Debug for WrongKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WrongKey(..)")
    }
}

/// A signing key, derived the right way or another.
#[derive(Clone, Debug)]
pub enum DraftKey {
    /// By the chain of four HMACs.
    Right(Box<SigningKey>),
    /// As a mistake derives it.
    Wrong(WrongKey),
}

impl DraftKey {
    /// The 32 raw bytes of the signature.
    #[must_use]
    pub fn sign(&self, string_to_sign: &[u8]) -> [u8; 32] {
        match self {
            Self::Right(key) => *key.sign(string_to_sign).as_bytes(),
            // A signature is public, however it was derived.
            Self::Wrong(key) if key.is_message => {
                *Key::derive(string_to_sign, key.expose()).expose()
            }
            Self::Wrong(key) => *Key::derive(key.expose(), string_to_sign).expose(),
        }
    }

    /// The key to sign many strings with that begin alike; `None` where the string is the key.
    #[must_use]
    pub fn prefixed(&self) -> Option<PrefixedKey> {
        match self {
            Self::Right(key) => Some(key.prefixed().clone()),
            Self::Wrong(key) if key.is_message => None,
            // It signs, and is no more shown than it was.
            Self::Wrong(key) => Some(PrefixedKey::new(key.expose())),
        }
    }
}

use bstr::BString;

use crate::{
    diagnose::{Rule, Slot, WrongKey},
    sigv4::SecretAccessKey,
};

/// What one mistake would have made of some of the pieces.
#[derive(Clone, Debug)]
pub struct Variant {
    /// The mistake.
    pub rule: &'static Rule,
    /// Which form of it, where it has several: a region, a header's name.
    pub parameter: Option<BString>,
    /// The pieces that are other than right.
    pub pieces: Vec<(Slot, BString)>,
    /// The secret, where another one signs.
    pub secret: Option<SecretAccessKey>,
    /// What happens to the texts as a whole.
    pub frame: Frame,
    /// Whether it is one of so many that it is made by itself only, and never with another
    /// mistake.
    pub is_alone: bool,
    /// Whether it is a mistake wherever it is made.
    pub wrong: Wrong,
    /// Whether the signer states one thing and signs another.
    pub beside_the_stated: bool,
    /// Whether those who show a request often change the same of it.
    pub is_as_shown: bool,
}

/// Where a way of signing is a mistake.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Wrong {
    /// Everywhere.
    #[default]
    Always,
    /// Where the service shows that it is: services differ.
    WhereRefused,
    /// Nowhere unless it was refused: what it changes was not captured, but assumed.
    Assumed,
    /// Where what was signed and what was sent are one request: two may differ so, and both be right.
    InOneRequest,
}

/// Changes a text as a whole.
pub type TextChange = fn(&[u8]) -> Vec<u8>;

/// Derives a signing key in another way from secret, date, region and service.
pub type KeyDerivation = fn(&SecretAccessKey, &[u8], &[u8], &[u8]) -> WrongKey;

/// Writes a signature's 32 bytes in another way.
pub type SignatureForm = fn(&[u8; 32]) -> Vec<u8>;

/// Mistakes of the texts as a whole, which are made last.
#[derive(Clone, Copy, Debug, Default)]
pub struct Frame {
    /// Of the canonical request, before it is hashed.
    pub canonical_request: Option<TextChange>,
    /// Of what stands for the canonical request in the string to sign: the text in place of 64
    /// hex digits.
    pub digest: Option<TextChange>,
    /// Of the string to sign, before it is signed.
    pub string_to_sign: Option<TextChange>,
    /// Of the signing key.
    pub key: Option<KeyDerivation>,
    /// Of the signature's 32 bytes: the text in place of 64 hex digits.
    pub signature: Option<SignatureForm>,
}

impl Frame {
    /// Something that happens to the canonical request alone.
    #[must_use]
    pub fn of_canonical_request(change: TextChange) -> Self {
        Self {
            canonical_request: Some(change),
            ..Self::default()
        }
    }

    /// Something that happens to the string to sign alone.
    #[must_use]
    pub fn of_string_to_sign(change: TextChange) -> Self {
        Self {
            string_to_sign: Some(change),
            ..Self::default()
        }
    }

    /// Whether nothing happens to any text.
    #[must_use]
    pub fn is_standard(&self) -> bool {
        self.canonical_request.is_none()
            && self.digest.is_none()
            && self.string_to_sign.is_none()
            && self.key.is_none()
            && self.signature.is_none()
    }

    /// Both mistakes; of two in one place the other's.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        Self {
            canonical_request: other.canonical_request.or(self.canonical_request),
            digest: other.digest.or(self.digest),
            string_to_sign: other.string_to_sign.or(self.string_to_sign),
            key: other.key.or(self.key),
            signature: other.signature.or(self.signature),
        }
    }

    /// Whether both change the same text.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        (self.canonical_request.is_some() && other.canonical_request.is_some())
            || (self.digest.is_some() && other.digest.is_some())
            || (self.string_to_sign.is_some() && other.string_to_sign.is_some())
            || (self.key.is_some() && other.key.is_some())
            || (self.signature.is_some() && other.signature.is_some())
    }
}

impl Variant {
    /// A form of the mistake that changes nothing yet.
    #[must_use]
    pub fn of(rule: &'static Rule) -> Self {
        Self {
            rule,
            parameter: None,
            pieces: Vec::new(),
            secret: None,
            frame: Frame::default(),
            wrong: Wrong::Always,
            is_alone: false,
            beside_the_stated: false,
            is_as_shown: false,
        }
    }

    /// Is a mistake at some services alone.
    #[must_use]
    pub fn where_refused(mut self) -> Self {
        self.wrong = Wrong::WhereRefused;
        self
    }

    /// Changes what was not captured, but assumed.
    #[must_use]
    pub fn assumed(mut self) -> Self {
        self.wrong = Wrong::Assumed;
        self
    }

    /// Changes what a request asks for, and not only how that is written.
    #[must_use]
    pub fn of_change(mut self) -> Self {
        self.wrong = Wrong::InOneRequest;
        self
    }

    /// Names the form.
    #[must_use]
    pub fn named(mut self, parameter: impl Into<BString>) -> Self {
        self.parameter = Some(parameter.into());
        self
    }

    /// Has another text in a slot.
    #[must_use]
    pub fn with(mut self, slot: Slot, text: impl Into<BString>) -> Self {
        // Most have one piece.
        self.pieces.reserve_exact(1);
        self.pieces.push((slot, text.into()));
        self
    }

    /// Signs with another secret.
    #[must_use]
    pub fn with_secret(mut self, secret: SecretAccessKey) -> Self {
        self.secret = Some(secret);
        self
    }

    /// Does something to a text as a whole.
    #[must_use]
    pub fn framed(mut self, frame: Frame) -> Self {
        self.frame = frame;
        self
    }

    /// Whether it makes another canonical request.
    #[must_use]
    pub fn changes_canonical_request(&self) -> bool {
        let canonical = |(slot, _): &(Slot, BString)| slot.is_canonical();
        self.frame.canonical_request.is_some() || self.pieces.iter().any(canonical)
    }

    /// Whether it makes another string to sign of one canonical request.
    #[must_use]
    pub fn changes_string_to_sign(&self) -> bool {
        let in_string = |(slot, _): &(Slot, BString)| !slot.is_canonical() && !slot.is_of_key();
        self.frame.digest.is_some()
            || self.frame.string_to_sign.is_some()
            || self.pieces.iter().any(in_string)
    }

    /// Whether it changes nothing but what the signing key of Version 4 is derived from, or how.
    #[must_use]
    pub fn is_of_key_chain(&self) -> bool {
        let of_key = |(slot, _): &(Slot, BString)| slot.is_of_key();
        (self.frame.key.is_some() || !self.pieces.is_empty())
            && self.pieces.iter().all(of_key)
            && !self.changes_canonical_request()
            && !self.changes_string_to_sign()
    }

    /// Is made beside what the request states otherwise.
    #[must_use]
    pub fn beside_the_stated(mut self) -> Self {
        self.beside_the_stated = true;
        self
    }

    /// Is what those who show a request often change of it: how JSON is laid out, the name of a host.
    #[must_use]
    pub fn as_shown(mut self) -> Self {
        self.is_as_shown = true;
        self
    }

    /// Is made by itself only.
    #[must_use]
    pub fn alone(mut self) -> Self {
        self.is_alone = true;
        self
    }

    /// The text it has in a slot.
    #[must_use]
    pub fn piece(&self, slot: Slot) -> Option<&BString> {
        self.pieces
            .iter()
            .find(|(own, _)| *own == slot)
            .map(|(_, text)| text)
    }

    /// Whether both change the same piece.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        let shared = |(slot, _): &(Slot, BString)| other.piece(*slot).is_some();
        self.pieces.iter().any(shared)
            || (self.secret.is_some() && other.secret.is_some())
            || self.frame.overlaps(&other.frame)
    }
}

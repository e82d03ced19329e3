use bstr::BString;

use crate::{
    evidence::Span,
    wire::{Fidelity, ParseError},
};

/// Somebody's word that an artifact was thus.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Claim<T> {
    /// The text, with escapes undone and nothing else done to it.
    pub text: BString,
    /// What the text says when it is in the right form.
    pub parsed: Result<T, ParseError>,
    /// Whose word it is.
    pub party: Party,
    /// How well the text survived.
    pub fidelity: Fidelity,
    /// Where it stands.
    pub span: Span,
}

/// Who makes a claim.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Party {
    /// The program that signed.
    Signer,
    /// A witness of the bytes that travelled.
    Wire,
    /// The service that answered.
    Service,
}

impl<T> Claim<T> {
    /// Claims what `parse` makes of `text`.
    pub fn parse(
        text: impl Into<BString>,
        parse: impl FnOnce(&[u8]) -> Result<T, ParseError>,
        party: Party,
        fidelity: Fidelity,
        span: Span,
    ) -> Self {
        let text = text.into();
        Self {
            parsed: parse(&text),
            text,
            party,
            fidelity,
            span,
        }
    }

    /// Claims a value that was put together from the text.
    pub fn of(
        text: impl Into<BString>,
        value: T,
        party: Party,
        fidelity: Fidelity,
        span: Span,
    ) -> Self {
        Self {
            text: text.into(),
            parsed: Ok(value),
            party,
            fidelity,
            span,
        }
    }

    /// The value, where the text is in the right form.
    pub fn value(&self) -> Option<&T> {
        self.parsed.as_ref().ok()
    }
}

use bstr::BString;

use crate::{
    compare::Stage,
    wire::{Fidelity, Request},
};

/// One side of a comparison: all that is known of one signed request.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Side {
    /// The request.
    pub request: Option<Request>,
    /// The canonical request.
    pub canonical_request: Option<Artifact>,
    /// The string to sign.
    pub string_to_sign: Option<Artifact>,
    /// The credential scope's text, right or wrong.
    pub scope: Option<BString>,
    /// The access key id.
    pub access_key_id: Option<BString>,
    /// The signature.
    pub signature: Option<BString>,
    /// The stage of the artifact in which the capture ends: of that and all behind it no more is known
    /// than there is.
    pub cut: Option<Stage>,
    /// A signature that the side says is another than the one it computed, which it keeps to
    /// itself, as a service does.
    pub refuses: Option<BString>,
}

/// An artifact's text, and how it is known.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Artifact {
    /// The text.
    pub text: BString,
    /// How it is known.
    pub origin: Origin,
}

/// How an artifact is known.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Origin {
    /// Somebody logged it.
    Captured(Fidelity),
    /// It was derived from the request, the right way.
    Derived,
    /// It was made as the signer must have made it: it gives the signature that was sent.
    Recomputed,
}

impl Artifact {
    /// Whether white space in it may be another than it was.
    #[must_use]
    pub fn is_reflowed(&self) -> bool {
        self.origin == Origin::Captured(Fidelity::Reflowed)
    }
}

/// What two sides are to each other.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Relation {
    /// Two captures of one call: what differs between any two requests is no cause.
    TwoRequests,
    /// Two views of one request: whatever differs is a cause.
    OneRequest,
}

use bstr::BString;

/// A message's body, as far as it was captured.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum Body {
    /// These bytes, and no others; an empty body is captured and empty.
    Captured(BString),
    /// The capture does not hold the body, or not all of it.
    #[default]
    NotCaptured,
}

impl Body {
    /// The captured bytes, or `None` when the capture does not hold them.
    #[must_use]
    pub fn bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Captured(bytes) => Some(bytes),
            Self::NotCaptured => None,
        }
    }
}

use std::fmt;

/// Why a request was not sent, or its answer not read; lower case, no full stop.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SendError {
    /// What is the matter.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// Whether it may go well another time.
    pub is_transient: bool,
}

impl SendError {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: None,
            is_transient: false,
        }
    }

    /// A failure of the way or of the other end, which may be over soon.
    pub(super) fn transient(message: impl Into<String>) -> Self {
        Self {
            is_transient: true,
            ..Self::new(message)
        }
    }

    #[must_use]
    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Self {
            hint: Some(hint.into()),
            ..self
        }
    }
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for SendError {}

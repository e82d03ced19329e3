use std::fmt;

/// A command that could not run: what failed, and what to do about it.
#[derive(Debug)]
pub(super) struct CommandError {
    message: String,
    hints: Vec<String>,
    is_transient: bool,
}

impl CommandError {
    /// Fits "failed to …" without it: lower case, no full stop.
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hints: Vec::new(),
            is_transient: false,
        }
    }

    /// The same, where it may go well another time.
    #[must_use]
    pub(super) fn transient(mut self, is_transient: bool) -> Self {
        self.is_transient = is_transient;
        self
    }

    /// Whether it may go well another time.
    pub(super) fn is_transient(&self) -> bool {
        self.is_transient
    }

    /// What failed.
    pub(super) fn message(&self) -> &str {
        &self.message
    }

    /// Adds what to do; nothing is added where nothing is said.
    #[must_use]
    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        let hint = hint.into();
        self.hints.extend((!hint.is_empty()).then_some(hint));
        self
    }
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // File names are the user's, and may hold anything.
        let safe = |text: &str| crate::report::Text::plain(text).to_string();
        writeln!(f, "error: {}", safe(&self.message))?;
        self.hints
            .iter()
            .try_for_each(|hint| writeln!(f, "hint: {}", safe(hint)))
    }
}

impl std::error::Error for CommandError {}

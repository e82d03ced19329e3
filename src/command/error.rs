use std::fmt;

/// A command that could not run: what failed, and what to do about it.
#[derive(Debug)]
pub(super) struct CommandError {
    message: String,
    hints: Vec<String>,
}

impl CommandError {
    /// Fits "failed to …" without it: lower case, no full stop.
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hints: Vec::new(),
        }
    }

    /// Adds what to do.
    #[must_use]
    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
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

use bstr::{BStr, BString, ByteSlice};

use crate::evidence::Statement;

/// A service's answer that it will not do what it was asked.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Refusal {
    /// The error code without its namespace: `InvalidSignatureException`.
    pub code: BString,
    /// The message.
    pub message: BString,
    /// Elements beside code and message, by their own names: `Region`, `ServerTime`.
    pub details: Vec<(BString, BString)>,
}

impl Refusal {
    /// The first detail of that name.
    #[must_use]
    pub fn detail(&self, name: &str) -> Option<&BStr> {
        let found = self.details.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_bstr())
    }

    /// What code, message and details state.
    #[must_use]
    pub fn statements(&self) -> Vec<Statement> {
        Statement::all_of(self)
    }
}

use std::fmt;

use zeroize::Zeroizing;

/// A secret access key; never shown, compared or written, and wiped when it is dropped.
#[derive(Clone)]
pub struct SecretAccessKey(Zeroizing<Vec<u8>>);

impl SecretAccessKey {
    /// Takes the key's bytes, just as the user's files hold them.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The key's bytes. A caller says in a comment why it needs them, and never shows them.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for SecretAccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretAccessKey(..)")
    }
}

use std::fmt;

use zeroize::Zeroizing;

/// A session token; secret, though the request must state it.
#[derive(Clone)]
pub struct SessionToken(Zeroizing<Vec<u8>>);

impl SessionToken {
    /// Takes the token's bytes.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The token's bytes. A caller says in a comment why it needs them.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionToken(..)")
    }
}

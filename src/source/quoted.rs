/// Where a walk over JSON, byte by byte, is in its strings.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) enum Quoted {
    #[default]
    Outside,
    Inside,
    /// Behind a backslash.
    Escaped,
}

impl Quoted {
    /// Where it is behind a further byte.
    pub(super) fn behind(self, byte: u8) -> Self {
        match (self, byte) {
            (Self::Escaped, _) | (Self::Outside, b'"') => Self::Inside,
            (Self::Inside, b'\\') => Self::Escaped,
            (Self::Inside, b'"') => Self::Outside,
            (held, _) => held,
        }
    }
}

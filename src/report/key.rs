/// Where the secret key that recomputes a signature is from, or why there is none.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum KeySource {
    /// None was looked for.
    #[default]
    NotAsked,
    /// From here, in words: `AWS_SECRET_ACCESS_KEY`, `profile default`.
    Found(String),
    /// There is none; what the places that were looked at have instead, a clause each.
    Missing(Vec<String>),
}

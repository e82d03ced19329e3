use std::fmt;

/// Is told how far a long search is, now and then, on the thread that began it.
#[derive(Clone, Copy, Default)]
pub struct Progress<'a>(Option<&'a (dyn Fn(u64, u64) + Sync)>);

impl<'a> Progress<'a> {
    /// Tells `listener` how many hypotheses are done, and of how many.
    #[must_use]
    pub fn to(listener: &'a (dyn Fn(u64, u64) + Sync)) -> Self {
        Self(Some(listener))
    }

    pub(super) fn tell(&self, done: u64, of: u64) {
        if let Some(listener) = self.0 {
            listener(done, of);
        }
    }
}

impl fmt::Debug for Progress<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Progress(..)")
    }
}

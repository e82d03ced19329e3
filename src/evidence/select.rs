use bstr::BString;

use crate::evidence::{Case, Tie};

/// Which of an input's cases is wanted.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Preference {
    /// The case of this number.
    Number(u32),
    /// The last that failed, else the last that is no credential call, else the last.
    Failed,
    /// The one that fits another request best: the same operation, else the same host, else the
    /// last that is no credential call.
    Like {
        /// The other request's target or operation, as far as it is known.
        operation: Option<BString>,
        /// The other request's host.
        host: Option<BString>,
    },
    /// One of whose attempts the claims of another input fit best, by signature, digest or time;
    /// else the last that failed.
    Fitting(Box<Case>),
}

/// Chooses one case of a stream and forgets the others.
#[derive(Clone, Debug)]
pub struct Selector {
    preference: Preference,
    best: Option<(Rank, Case)>,
    seen: u32,
}

/// A chosen case, and how many others there are.
#[derive(Clone, Debug)]
pub struct Selection {
    /// The case.
    pub case: Case,
    /// Why this one.
    pub choice: Choice,
    /// How many cases the input has, this one included.
    pub of: u32,
}

/// Why a case was chosen.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Choice {
    /// It was asked for.
    Asked,
    /// It failed, or fits, or is the only one worth looking at.
    Best,
}

/// How well a case suits; the greatest is taken, of equals the last.
type Rank = (u8, bool, bool);

impl Selector {
    /// Starts with no case seen.
    #[must_use]
    pub fn new(preference: Preference) -> Self {
        Self {
            preference,
            best: None,
            seen: 0,
        }
    }

    /// Looks at the next case.
    pub fn see(&mut self, case: Case) {
        self.seen += 1;
        let rank = self.rank(&case);
        let better = |(best, held): &(Rank, Case)| {
            rank > *best || (rank == *best && case.number > held.number)
        };
        if rank != (0, false, false) && self.best.as_ref().is_none_or(better) {
            self.best = Some((rank, case));
        }
    }

    /// The case that was chosen; `None` when there was none, or none of the wanted number.
    #[must_use]
    pub fn finish(self) -> Option<Selection> {
        let choice = match self.preference {
            Preference::Number(_) => Choice::Asked,
            _ => Choice::Best,
        };
        self.best.map(|(_, case)| Selection {
            case,
            choice,
            of: self.seen,
        })
    }

    /// How many cases were seen.
    #[must_use]
    pub fn seen(&self) -> u32 {
        self.seen
    }

    fn rank(&self, case: &Case) -> Rank {
        let own = !case.fetches_credentials();
        match &self.preference {
            Preference::Number(number) => (u8::from(case.number == *number), false, false),
            Preference::Failed => (u8::from(case.failed() && own), own, true),
            Preference::Like { operation, host } => {
                let same_operation = operation.is_some() && *operation == operation_of(case);
                let host_of = case
                    .last_attempt()
                    .and_then(|attempt| attempt.request()?.host());
                let same_host = host
                    .as_ref()
                    .is_some_and(|host| host_of.is_some_and(|of| of == host));
                (u8::from(same_operation), same_host, own)
            }
            Preference::Fitting(other) => (fit(case, other), case.failed() && own, own),
        }
    }
}

/// How well the claims of another input fit a case; more than nothing, for it is one at least.
fn fit(case: &Case, other: &Case) -> u8 {
    match Tie::between(case, other).map(|(tie, _, _)| tie) {
        None => 1,
        Some(Tie::Nothing) => 2,
        Some(Tie::Target) => 3,
        Some(Tie::KeyId) => 4,
        Some(Tie::Time) => 5,
        Some(Tie::Digest) => 6,
        Some(Tie::Signature) => 7,
    }
}

/// The operation that a case calls, by its hint or by the last word of its target.
pub(super) fn operation_of(case: &Case) -> Option<BString> {
    let target = || {
        let target = case.last_attempt()?.request()?.header("x-amz-target")?;
        target
            .rsplit(|byte| *byte == b'.')
            .next()
            .map(BString::from)
    };
    case.operation().map(ToOwned::to_owned).or_else(target)
}

impl Preference {
    /// What fits `case` best.
    #[must_use]
    pub fn like(case: &Case) -> Self {
        let host = case
            .last_attempt()
            .and_then(|attempt| attempt.request()?.host());
        Self::Like {
            operation: operation_of(case),
            host: host.map(ToOwned::to_owned),
        }
    }
}

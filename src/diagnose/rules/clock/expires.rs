//! What the rules about `X-Amz-Expires` share.

use crate::diagnose::{Circumstance, Examination, Fix, Observation};

/// The parameter as it stands, beside what should stand there.
pub(super) fn observation(it: &Examination<'_>, expected: &str) -> Observation {
    let observation = Observation::new(Circumstance::Stated);
    match (it.parameter("X-Amz-Expires"), it.raw_pair("X-Amz-Expires")) {
        (Some(value), Some(pair)) => observation.shows(value, expected).at(it.locate(&pair)),
        _ => observation,
    }
}

/// The parameter with a value that is right.
pub(super) fn fix(it: &Examination<'_>, words: &str, right: &str) -> Fix {
    let fix = Fix::words(words);
    match it.raw_pair("X-Amz-Expires") {
        Some(pair) => fix.edit(
            pair.clone(),
            format!("X-Amz-Expires={right}"),
            it.locate(&pair),
        ),
        None => fix,
    }
}

//! The whole way of the data: cases in, a document out.

use crate::{
    compare::{Comparison, Relation, Side, Stage, compare},
    diagnose::{Depth, Diagnosis, Evidence, Examination, Progress, diagnose, notes, put_right},
    evidence::{Attempt, Case, Note, Party, Selection, Span},
    report::{
        self, Departs, DiagnosisReport, DiffReport, Document, ExplanationReport, KeySource, Names,
        Redactor, Reveal, ShowReport,
    },
    sigv4::{SecretAccessKey, SessionToken, Timestamp},
};

/// What is known beside the captures.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The secret that belongs to the request's access key id.
    pub secret: Option<&'a SecretAccessKey>,
    /// The user's other secrets: no output may hold one of them.
    pub hidden: &'a [SecretAccessKey],
    /// The session token that belongs to the secret.
    pub session_token: Option<&'a SessionToken>,
    /// Where the secret is from, or why there is none.
    pub key: &'a KeySource,
    /// The time at which the service looked at the request.
    pub clock: Option<Timestamp>,
    /// How many mistakes at once are looked for.
    pub depth: Depth,
    /// Who is told how far the search for them is.
    pub progress: Progress<'a>,
    /// Which secrets may be shown.
    pub reveal: Reveal,
    /// The inputs' names.
    pub names: &'a Names,
    /// What the readers noticed.
    pub notes: &'a [Note],
}

impl<'a> Known<'a> {
    /// Every secret of the user's that is known.
    fn own_secrets(&self) -> impl Iterator<Item = &'a SecretAccessKey> {
        self.secret.into_iter().chain(self.hidden)
    }
}

/// A document, and whether it found anything.
#[derive(Clone, Debug)]
pub struct Examined {
    /// What to show.
    pub document: Document,
    /// Whether it holds a finding or a cause.
    pub found: Found,
}

/// Whether anything was found.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Found {
    /// Nothing.
    Nothing,
    /// A cause of difference or a finding.
    Something,
}

/// Finds out what is wrong with a request.
#[must_use]
pub fn examine(mine: &Selection, known: &Known<'_>) -> Examined {
    let attempt = mine.case.last_attempt().cloned().unwrap_or_default();
    let it = Examination::new(evidence(&mine.case, &attempt, known)).telling(known.progress);
    let diagnosis = diagnose(&it, known.depth);
    let redactor = Redactor::new([&mine.case], known.own_secrets(), known.reveal);
    let notes = [known.notes, &notes(&it, &diagnosis)].concat();
    let chosen = chosen(mine);
    let document = report::diagnosis(&DiagnosisReport {
        it: &it,
        diagnosis: &diagnosis,
        notes: &notes,
        names: known.names,
        key: known.key,
        chosen: chosen.as_deref(),
        redactor: &redactor,
    });
    Examined {
        document,
        found: found(&diagnosis, Found::Nothing),
    }
}

/// Compares two requests, and finds out what is wrong with the first.
#[must_use]
pub fn examine_pair(mine: &Selection, theirs: &Selection, known: &Known<'_>) -> Examined {
    let attempts = [mine, theirs].map(|side| side.case.last_attempt().cloned().unwrap_or_default());
    let other = Examination::new(Evidence {
        secret: None,
        session_token: None,
        ..evidence(&theirs.case, &attempts[1], known)
    });
    let it = Examination::new(Evidence {
        theirs: Some(&other),
        ..evidence(&mine.case, &attempts[0], known)
    });
    let diagnosis = diagnose(&it, known.depth);
    let cut = [&attempts[0], &attempts[1]].map(|attempt| cut(attempt, known.notes));
    let compared = |mine: Side| {
        let [mine, theirs] =
            [(mine, cut[0]), (other.side(), cut[1])].map(|(side, cut)| Side { cut, ..side });
        compare(&mine, &theirs, Relation::TwoRequests)
    };
    // What was signed like theirs and changed behind the signer differs as it was sent.
    let signed = compared(it.signed_side(diagnosis.signed.as_ref()));
    let comparison = match differs(&signed) {
        Found::Nothing => compared(it.side()),
        Found::Something => signed,
    };
    let redactor = Redactor::new(
        [&mine.case, &theirs.case],
        known.own_secrets(),
        known.reveal,
    );
    let notes = [known.notes, &notes(&it, &diagnosis)].concat();
    let [left, right] = [chosen(mine), chosen(theirs)];
    let document = report::diff(&DiffReport {
        mine: &it,
        theirs: &other,
        chosen: [left.as_deref(), right.as_deref()],
        cut,
        comparison: &comparison,
        confrontation: None,
        diagnosis: &diagnosis,
        notes: &notes,
        names: known.names,
        key: known.key,
        redactor: &redactor,
    });
    Examined {
        document,
        found: found(&diagnosis, differs(&comparison)),
    }
}

/// Compares a request with what its service says that it computed, and finds out what is wrong.
///
/// `refusal` is what the service said; `joined` is the request with it, where both are of one
/// request. Where they are not, that is no reason to show nothing.
#[must_use]
pub fn examine_refused(
    mine: &Selection,
    refusal: &Selection,
    joined: Option<&Selection>,
    known: &Known<'_>,
) -> Examined {
    let of = joined.unwrap_or(mine);
    let attempts = [of, refusal].map(|side| side.case.last_attempt().cloned().unwrap_or_default());
    let other = Examination::new(Evidence {
        secret: None,
        session_token: None,
        ..evidence(&refusal.case, &attempts[1], known)
    });
    let it = Examination::new(evidence(&of.case, &attempts[0], known));
    let diagnosis = diagnose(&it, known.depth);
    let of_another = || {
        let service = other.service_side()?;
        Some(compare(&it.side(), &service, Relation::TwoRequests))
    };
    let held = diagnosis.confrontation.as_ref();
    let comparison = match joined {
        Some(_) => held.map(|held| held.comparison.clone()),
        None => of_another(),
    };
    let comparison = comparison.unwrap_or_default();
    let redactor = Redactor::new([&of.case, &refusal.case], known.own_secrets(), known.reveal);
    let notes = [known.notes, &notes(&it, &diagnosis)].concat();
    let [left, right] = [chosen(mine), chosen(refusal)];
    let document = report::diff(&DiffReport {
        mine: &it,
        theirs: &other,
        chosen: [left.as_deref(), right.as_deref()],
        cut: [None, None],
        comparison: &comparison,
        confrontation: held.filter(|_| joined.is_some()),
        diagnosis: &diagnosis,
        notes: &notes,
        names: known.names,
        key: known.key,
        redactor: &redactor,
    });
    Examined {
        document,
        found: found(&diagnosis, differs(&comparison)),
    }
}

/// Derives a request step by step: as it was signed, and as it should have been; all steps, or one.
#[must_use]
pub fn explain(mine: &Selection, step: Option<u8>, known: &Known<'_>) -> Examined {
    let attempt = mine.case.last_attempt().cloned().unwrap_or_default();
    let evidence = evidence(&mine.case, &attempt, known);
    let it = Examination::new(evidence);
    let diagnosis = diagnose(&it, known.depth);
    let attempt = put_right(&it, &diagnosis);
    let right = Examination::new(Evidence {
        attempt: &attempt,
        ..evidence
    });
    let notes = [known.notes, &notes(&it, &diagnosis)].concat();
    let explained = report::explanation(&ExplanationReport {
        it: &it,
        right: &right,
        diagnosis: &diagnosis,
        step,
        notes: &notes,
        names: known.names,
        chosen: chosen(mine).as_deref(),
        reveal: known.reveal,
        redactor: &Redactor::new([&mine.case], known.own_secrets(), known.reveal),
    });
    Examined {
        document: explained.document,
        found: match explained.departs {
            Departs::Nowhere => Found::Nothing,
            Departs::Somewhere => Found::Something,
        },
    }
}

/// Shows everything that was found, judging nothing.
#[must_use]
pub fn show(cases: &[Case], known: &Known<'_>) -> Document {
    let redactor = Redactor::new(cases, known.own_secrets(), known.reveal);
    report::show(&ShowReport {
        cases,
        notes: known.notes,
        names: known.names,
        redactor: &redactor,
    })
}

/// What is known of one request, before another one is set beside it.
fn evidence<'a>(case: &'a Case, attempt: &'a Attempt, known: &Known<'a>) -> Evidence<'a> {
    Evidence {
        case,
        attempt,
        secret: known.secret,
        session_token: known.session_token,
        clock: known.clock,
        theirs: None,
    }
}

/// The stage of the artifact in which the capture of an attempt ends.
fn cut(attempt: &Attempt, notes: &[Note]) -> Option<Stage> {
    let canonical = attempt.canonical_request(Party::Signer);
    let string = attempt.string_to_sign(Party::Signer);
    let artifacts = [
        (canonical.map(|claim| &claim.span), Stage::CanonicalRequest),
        (string.map(|claim| &claim.span), Stage::StringToSign),
    ];
    let is_cut = |span: &Span| notes.iter().any(|note| note.cuts(span));
    let mut cut = artifacts
        .into_iter()
        .filter(|(span, _)| span.is_some_and(is_cut));
    cut.next().map(|(_, stage)| stage)
}

fn differs(comparison: &Comparison) -> Found {
    match comparison.first_cause() {
        Some(_) => Found::Something,
        None => Found::Nothing,
    }
}

fn found(diagnosis: &Diagnosis, otherwise: Found) -> Found {
    if diagnosis.findings.is_empty() {
        otherwise
    } else {
        Found::Something
    }
}

/// Which request of how many, where there are several.
fn chosen(selection: &Selection) -> Option<String> {
    (selection.of > 1).then(|| format!("request {} of {}", selection.case.number, selection.of))
}

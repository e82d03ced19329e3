//! The derivation of one request, step by step, in the order and words of AWS's documentation.

mod asymmetric;
mod canonical;
mod compared;
mod place;
mod source;
mod step;
mod steps;

use bstr::{BString, ByteSlice};

use crate::{
    diagnose::{Diagnosis, Examination, Finding},
    evidence::{Note, Party},
    report::{
        Answer, ArtifactsAnswer, Block, Document, ExplainAnswer, Mark, Names, Redactor, Reveal,
        Text, WarningAnswer, diagnosis as report, findings, place::url, show,
    },
    sigv4::{Authorization, Placement, Sha256Digest},
};
use compared::{Compared, Held};
use step::{Sheet, Step};

/// What an explanation is made of.
#[derive(Clone, Copy, Debug)]
pub struct ExplanationReport<'a> {
    /// The request as it was captured.
    pub it: &'a Examination<'a>,
    /// The same, put right where the request itself is wrong.
    pub right: &'a Examination<'a>,
    /// What was found.
    pub diagnosis: &'a Diagnosis,
    /// The only step to show.
    pub step: Option<u8>,
    /// What the readers noticed.
    pub notes: &'a [Note],
    /// The inputs' names.
    pub names: &'a Names,
    /// Which request of how many it is, where there are several.
    pub chosen: Option<&'a str>,
    /// Which secrets may be shown.
    pub reveal: Reveal,
    /// Takes secrets out.
    pub redactor: &'a Redactor,
}

/// An explanation, and whether the request departs from the right derivation.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// What to show.
    pub document: Document,
    /// Whether a step departs.
    pub departs: Departs,
}

/// Whether a request departs from the right derivation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Departs {
    /// In no step.
    Nowhere,
    /// In some.
    Somewhere,
}

/// Explains how a request was signed, and how it should have been.
#[must_use]
pub fn explanation(report: &ExplanationReport<'_>) -> Explanation {
    let compared = Compared::of(report);
    let mut steps = vec![canonical::step(&compared)];
    steps.extend(steps::steps(&compared));
    let departs = match steps.iter().any(Step::departs) || !report.diagnosis.findings.is_empty() {
        true => Departs::Somewhere,
        false => Departs::Nowhere,
    };
    let sheet = Sheet {
        redactor: report.redactor,
    };
    let shown = |step: &&Step| report.step.is_none_or(|number| number == step.number);
    let answer = ExplainAnswer {
        artifacts: right_artifacts(&compared),
        as_signed: signed_artifacts(&compared),
        request: report
            .it
            .request()
            .map(|request| show::request_answer(request, report.redactor)),
        steps: steps
            .iter()
            .filter(shown)
            .map(|step| sheet.answer(step))
            .collect(),
        warnings: warnings(report),
        notes: report
            .notes
            .iter()
            .map(|note| findings::note_answer(note, report.names, report.redactor))
            .collect(),
    };
    let mut document = Document::new(Answer::Explain(Box::new(answer)));
    head(&compared, &steps, &mut document);
    for step in steps.iter().filter(shown) {
        document.push(Block::Blank);
        document.blocks.extend(sheet.blocks(step));
    }
    document.push(Block::Blank);
    document.blocks.extend(findings::note_blocks(
        report.notes,
        report.names,
        report.redactor,
    ));
    document.push(report::next(report.diagnosis, &input(report)));
    Explanation { document, departs }
}

fn input(report: &ExplanationReport<'_>) -> String {
    let span = report.it.case().span();
    span.map_or("the input", |span| report.names.name(span.input))
        .to_owned()
}

fn head(compared: &Compared<'_>, steps: &[Step], document: &mut Document) {
    let report = compared.report;
    let mut title = Text::marked(Mark::Path, input(report));
    if let Some(request) = report.it.request() {
        let url = url(request);
        let method = report.redactor.text(&request.method);
        title = title.and(
            Mark::Strong,
            format!(", {method} {}", report.redactor.text(&url)),
        );
    }
    if let Some(chosen) = report.chosen {
        title = title.and(Mark::Plain, format!(" ({chosen})"));
    }
    document.push(Block::Headline(title));
    let departing: Vec<String> = steps
        .iter()
        .filter(|step| step.departs())
        .map(|step| {
            let parts = step.departing();
            match parts.is_empty() {
                true => step.number.to_string(),
                false => format!("{} ({})", step.number, parts.join(", ")),
            }
        })
        .collect();
    let words = match departing.len() {
        0 if report.diagnosis.findings.is_empty() => {
            "No step departs from the right derivation.".to_owned()
        }
        0 => match possible(steps) {
            ids if ids.is_empty() => {
                "No step is known to depart from the right derivation.".to_owned()
            }
            ids => {
                format!("No step is known to depart from the right derivation; possible: {ids}.")
            }
        },
        1 => format!(
            "1 of 6 steps departs from the right derivation: {}.",
            departing.join(", ")
        ),
        count => format!(
            "{count} of 6 steps depart from the right derivation: {}.",
            departing.join(", ")
        ),
    };
    document.push(Block::Paragraph(0, Text::marked(Mark::Strong, words)));
    let basis = match compared.held {
        Held::Captured => {
            "Shown is the request as signed: the capture holds the signer's own strings."
        }
        Held::Recomputed => {
            "Shown is the request as signed: recomputed with the secret key, it gives the signature that was sent."
        }
        Held::Derived => {
            "Shown is what a correct signer makes of the values that the request states. Whether the client signed just these bytes, only its secret key or its debug log can tell."
        }
        Held::Unlike => {
            "Shown is what a correct signer makes of the values that the request states. The client signed something else: the signature does not come out."
        }
        Held::Service => "Shown is what the service computed: the capture holds no request.",
    };
    document.push(Block::Paragraph(0, Text::plain(basis)));
    if departing.is_empty() {
        return;
    }
    let legend = "!  departs from the right value     >  differs because a line above does";
    document.push(Block::Paragraph(0, Text::plain(legend)));
}

/// The steps in which a mistake is possible that nothing shows, with its name.
fn possible(steps: &[Step]) -> String {
    let of_step = |step: &Step| {
        let ids: Vec<&str> = step.possible.iter().map(|rule| rule.id).collect();
        (!ids.is_empty()).then(|| format!("{} ({})", step.number, ids.join(", ")))
    };
    let named: Vec<String> = steps.iter().filter_map(of_step).collect();
    named.join(", ")
}

fn warnings(report: &ExplanationReport<'_>) -> Vec<WarningAnswer> {
    let warning = |finding: &Finding| WarningAnswer {
        rule: finding.rule.id,
        summary: finding.rule.summary,
        fix: report.redactor.value(&finding.fix.words),
    };
    report.diagnosis.findings.iter().map(warning).collect()
}

fn digest(text: &Option<BString>) -> Option<BString> {
    text.as_ref()
        .map(|text| Sha256Digest::of(text).to_string().into())
}

fn right_artifacts(compared: &Compared<'_>) -> ArtifactsAnswer {
    let value = |text: Option<BString>| text.map(|text| compared.report.redactor.value(&text));
    let scope = compared.right_scope();
    let stated = compared.report.it.stated();
    let in_header = stated.filter(|stated| stated.placement == Placement::Header);
    let authorization = in_header.and_then(|stated| {
        let id = stated.authorization.access_key_id();
        let credential = [id.as_bytes(), b"/", scope.as_ref()?].concat();
        let parts = Authorization {
            algorithm: compared.right_algorithm()?.into(),
            credential: credential.into(),
            signed_headers: stated.signed_headers().as_bstr().into(),
            signature: compared.right_signature.clone()?,
        };
        Some(parts.to_bytes())
    });
    ArtifactsAnswer {
        canonical_request: value(compared.right.clone()),
        canonical_request_digest: value(digest(&compared.right)),
        string_to_sign: value(compared.right_string.clone()),
        credential_scope: value(scope.clone()),
        signature: value(compared.right_signature.clone()),
        authorization: value(authorization),
    }
}

/// What the evidence holds: nothing that a right signer alone would have made.
fn signed_artifacts(compared: &Compared<'_>) -> ArtifactsAnswer {
    let it = compared.report.it;
    let value = |text: Option<BString>| text.map(|text| compared.report.redactor.value(&text));
    let held = matches!(compared.held, Held::Captured | Held::Recomputed);
    let canonical = Some(compared.signed.clone()).filter(|_| held);
    let string = it.attempt().string_to_sign(Party::Signer);
    let string = string
        .map(|claim| claim.text.clone())
        .or_else(|| Some(compared.signed_string.clone()).filter(|_| held));
    let stated = it.stated().map(|stated| &stated.authorization);
    let said = |text: &BString| Some(text.clone()).filter(|text| !text.is_empty());
    let header = it
        .request()
        .and_then(|request| request.header("authorization"));
    ArtifactsAnswer {
        canonical_request_digest: value(digest(&canonical)),
        canonical_request: value(canonical),
        string_to_sign: value(string),
        credential_scope: value(stated.map(|stated| stated.scope().to_owned())),
        signature: value(stated.and_then(|stated| said(&stated.signature))),
        authorization: value(header.map(ToOwned::to_owned)),
    }
}

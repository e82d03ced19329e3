use std::collections::BTreeMap;

use bstr::ByteSlice;

use crate::{
    diagnose::{Diagnosis, Examination, Need, Verdict, Verified},
    evidence::{Note, Statement},
    report::{Answer, Block, Document, Mark, Names, Redactor, Text, findings},
};

/// What a report of a diagnosis is made of.
#[derive(Clone, Copy, Debug)]
pub struct DiagnosisReport<'a> {
    /// What was examined.
    pub it: &'a Examination<'a>,
    /// What was found.
    pub diagnosis: &'a Diagnosis,
    /// What the readers noticed, and what else is to know.
    pub notes: &'a [Note],
    /// The inputs' names.
    pub names: &'a Names,
    /// Which request of how many it is, where there are several.
    pub chosen: Option<&'a str>,
    /// Takes secrets out.
    pub redactor: &'a Redactor,
}

/// Reports a diagnosis.
#[must_use]
pub fn diagnosis(report: &DiagnosisReport<'_>) -> Document {
    let DiagnosisReport {
        it,
        diagnosis,
        notes,
        names,
        redactor,
        ..
    } = *report;
    let answer = findings::answer(diagnosis, notes, names, redactor);
    let mut document = Document::new(Answer::Diagnose(answer));
    let input = it
        .case()
        .span()
        .map_or("the input", |span| names.name(span.input))
        .to_owned();
    document.push(Block::Headline(headline(diagnosis, &input)));
    document.blocks.extend(findings::blocks(
        diagnosis,
        it.expected().service_known,
        names,
        redactor,
    ));
    document.push(Block::Blank);
    document.push(Block::Paragraph(0, examined(report)));
    document.blocks.extend(verified(diagnosis, it));
    document.blocks.extend(unchecked(diagnosis, it));
    document
        .blocks
        .extend(findings::note_blocks(notes, names, redactor));
    document.push(Block::Blank);
    document.push(next(diagnosis, &input));
    document
}

/// The line that tells most.
pub(super) fn headline(diagnosis: &Diagnosis, input: &str) -> Text {
    let count = diagnosis.findings.len();
    let words = match (diagnosis.verdict(), count) {
        (Verdict::KeyDiffers, 1) => "The secret key differs. Nothing else does.".to_owned(),
        (Verdict::NothingWrongFound, _) => format!("No mistake found in {input}."),
        (Verdict::MistakeSuspected, 1) => {
            format!("1 possible mistake in {input}, not proven.")
        }
        (_, 1) => format!("1 mistake in {input}. Its fix is below."),
        _ => format!("{count} mistakes in {input}. Each has its fix below."),
    };
    Text::marked(Mark::Strong, words)
}

/// What was looked at.
fn examined(report: &DiagnosisReport<'_>) -> Text {
    let it = report.it;
    let request = it.request_or_hint();
    let what = request.map_or_else(
        || "Examined: artifacts without a request".to_owned(),
        |request| {
            let url = request.url().unwrap_or_else(|| request.target.clone());
            let method = report.redactor.text(&request.method);
            format!("Examined: {method} {}", report.redactor.text(&url))
        },
    );
    let mut text = Text::plain(what);
    let span = it.case().span();
    let in_a_file = |span: &crate::evidence::Span| report.names.name(span.input) != Names::SENT;
    if let Some(span) = span.filter(in_a_file) {
        text = text
            .and(Mark::Plain, ", ")
            .and(Mark::Path, report.names.name(span.input));
        text = text.and(Mark::Plain, format!(" {}", Names::lines(&span)));
    }
    if let Some(chosen) = report.chosen {
        text = text.and(Mark::Plain, format!(" ({chosen})"));
    }
    let answered = it.response().filter(|response| response.status > 0);
    if let Some(response) = answered {
        text = text.and(Mark::Plain, format!(", answered {}", response.status));
    }
    if let Some(refusal) = it.refusal() {
        text = text.and(
            Mark::Plain,
            format!(": {}", report.redactor.text(&refusal.code)),
        );
    }
    text.and(Mark::Plain, ".")
}

/// What came out right, and what no signature shows.
fn verified(diagnosis: &Diagnosis, it: &Examination<'_>) -> Vec<Block> {
    let words = |verified: &Verified| match verified {
        Verified::Signature => {
            "Recomputed with the secret: the signature is right for the request as captured."
        }
        Verified::CanonicalRequest => {
            "Recomputed: the signer's canonical request is the right one."
        }
        Verified::ServiceAgrees => {
            "Both sides computed the same canonical request and string to sign."
        }
    };
    let mut blocks: Vec<Block> = diagnosis
        .verified
        .iter()
        .map(|one| Block::Paragraph(0, Text::plain(words(one))))
        .collect();
    let nothing = diagnosis.verdict() == Verdict::NothingWrongFound;
    let right = diagnosis.verified.contains(&Verified::Signature);
    let agrees = diagnosis.verified.contains(&Verified::ServiceAgrees);
    if nothing && right && !agrees && it.statements().contains(&Statement::SignatureDiffers) {
        let why = "So the service has another secret for this key, or something on the way changed the request.";
        blocks.push(Block::Paragraph(0, Text::plain(why)));
    }
    if nothing && it.stated().is_some() {
        let rest =
            "No signature shows permissions, a wrong route or account, or the service's own clock.";
        blocks.push(Block::Paragraph(0, Text::plain(rest)));
    }
    blocks
}

/// What was not checked, and what would check it.
pub(super) fn unchecked(diagnosis: &Diagnosis, it: &Examination<'_>) -> Vec<Block> {
    let mut needs: BTreeMap<Need, usize> = BTreeMap::new();
    for unchecked in &diagnosis.unchecked {
        *needs.entry(unchecked.needs).or_default() += 1;
    }
    let key = it
        .stated()
        .map(|stated| stated.authorization.access_key_id().to_owned());
    let key = key.unwrap_or_default();
    let mut blocks = Vec::new();
    for (need, count) in needs {
        let rules = if count == 1 {
            "1 rule".to_owned()
        } else {
            format!("{count} rules")
        };
        let words = match need {
            Need::Secret if key.is_empty() => {
                format!("Not checked: {rules} that need a secret key.")
            }
            Need::Secret => format!(
                "Not recomputed: no secret key for {}, so {rules} could not be checked. --profile NAME checks them.",
                key.to_str_lossy()
            ),
            Need::Request => format!("Not checked: {rules} that need the request itself."),
            Need::StringToSign => format!(
                "Not checked: {rules} that need a canonical request or a string to sign, such as a client's debug log has."
            ),
            Need::Body => format!("Not checked: {rules} that need the body."),
            Need::Response => format!("Not checked: {rules} that need the service's answer."),
        };
        blocks.push(Block::Paragraph(0, Text::plain(words)));
    }
    if !diagnosis.vacuous.is_empty() {
        let count = diagnosis.vacuous.len();
        let words = match count {
            1 => "Cannot matter here: 1 mistake that changes nothing in this request.".to_owned(),
            _ => {
                format!("Cannot matter here: {count} mistakes that change nothing in this request.")
            }
        };
        blocks.push(Block::Paragraph(0, Text::plain(words)));
    }
    blocks
}

/// What to run next; commands are never wrapped.
pub(super) fn next(diagnosis: &Diagnosis, input: &str) -> Block {
    let line = |what: &str, command: String| Text::plain(what).and(Mark::Strong, command);
    let mut lines = match input {
        Names::SENT => Vec::new(),
        _ => vec![line(
            "Every byte: ",
            format!("countersign show {}", argument(input)),
        )],
    };
    if let Some(finding) = diagnosis.findings.first() {
        lines.push(line(
            "Why:        ",
            format!("countersign rules {}", finding.rule.id),
        ));
    }
    Block::Verbatim(lines)
}

/// An input's name as a shell takes it.
fn argument(input: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@%,".contains(c);
    if input == "standard input" {
        "-".to_owned()
    } else if input.chars().all(plain) {
        input.to_owned()
    } else {
        format!("'{}'", input.replace('\'', "'\\''"))
    }
}

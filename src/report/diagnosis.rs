use std::collections::BTreeMap;

use crate::{
    diagnose::{Check, Diagnosis, Examination, Finding, Need, Verdict, Verified},
    evidence::{Note, Party, Span},
    report::{
        Answer, Block, Document, KeySource, Mark, Names, Redactor, Text, confrontation,
        findings::{self, Told},
        place, received, refused,
    },
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
    /// Where the secret key is from, or why there is none.
    pub key: &'a KeySource,
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
    let input = input(it, names).to_owned();
    let received = (input == Names::SENT).then(|| received::headline(it, diagnosis, redactor));
    let received = received.flatten();
    let refused = refused::headline(it, &input, redactor);
    let strong = |words: &String| Text::marked(Mark::Strong, words);
    let alone = diagnosis.findings.is_empty();
    let open = refused::headline_alone(it, diagnosis, &input);
    let own = match (&received, &refused) {
        _ if open.is_some() => open.as_ref().map(strong),
        (Some(_), _) if alone => None,
        (None, Some(words)) if alone => Some(strong(words)),
        _ => Some(headline(diagnosis, &input)),
    };
    let headlines: Vec<Text> = received.iter().map(strong).chain(own).collect();
    for (at, text) in headlines.into_iter().enumerate() {
        if at > 0 {
            document.push(Block::Blank);
        }
        document.push(Block::Headline(text));
    }
    document.blocks.extend(findings::blocks(&Told {
        it,
        diagnosis,
        key: report.key,
        names,
        redactor,
    }));
    document.push(Block::Blank);
    let lacking = refused::lacking(it, diagnosis, &input);
    if !lacking.is_empty() {
        document.blocks.extend(lacking);
        document.push(Block::Blank);
    }
    document.push(Block::Paragraph(0, examined(report)));
    document.blocks.extend(verified(report));
    document.blocks.extend(refused::blocks(it));
    // A signature that was taken needs no further looking at.
    if !it.accepted() || !diagnosis.findings.is_empty() {
        let unchecked = unchecked(diagnosis, it, report.key, redactor);
        document.blocks.extend(unchecked);
    }
    document
        .blocks
        .extend(findings::note_blocks(notes, names, redactor));
    if let Some(held) = &diagnosis.confrontation {
        document
            .blocks
            .extend(confrontation::blocks(held, it, names, redactor));
    }
    document.push(Block::Blank);
    document.push(next(diagnosis, &input));
    document
}

/// The name of the input that has the request, else of the first that tells of it.
pub(super) fn input<'a>(it: &Examination<'_>, names: &'a Names) -> &'a str {
    let request = it.attempt().requests.first().map(|claim| claim.span.input);
    let input = request.or_else(|| it.case().span().map(|span| span.input));
    input.map_or("the input", |input| names.name(input))
}

/// The line that tells most.
pub(super) fn headline(diagnosis: &Diagnosis, input: &str) -> Text {
    let proofs = || diagnosis.findings.iter().map(|finding| &finding.proof);
    let count = proofs().count();
    let sure = proofs().filter(|proof| proof.is_sure()).count();
    let proven = proofs().filter(|proof| proof.is_proven()).count();
    let possible = count - sure;
    let words = match (diagnosis.verdict(), count) {
        (Verdict::KeyDiffers, 1) => "The secret key differs. Nothing else does.".to_owned(),
        (Verdict::NothingWrongFound, _)
            if !is_verified(diagnosis) && !diagnosis.unchecked.is_empty() =>
        {
            let untried = diagnosis.unchecked.len();
            format!("No mistake found in {input}, but {untried} could not be looked for.")
        }
        (Verdict::NothingWrongFound, _) => format!("No mistake found in {input}."),
        _ => {
            let mistakes = |count: usize| if count == 1 { "mistake" } else { "mistakes" };
            let what = match (sure, proven) {
                (0, _) => format!("{possible} possible {}", mistakes(possible)),
                (sure, proven) if sure == proven => format!("{sure} proven {}", mistakes(sure)),
                (sure, _) => format!("{sure} {}", mistakes(sure)),
            };
            let of_them = match (sure, proven, possible) {
                (0, _, 1) => ", not proven".to_owned(),
                (0, _, _) => ", none proven".to_owned(),
                (sure, proven, 0) if proven > 0 && proven < sure => format!(", {proven} proven"),
                (sure, proven, _) if proven > 0 && proven < sure => {
                    format!(", {proven} proven, and {possible} possible")
                }
                (_, _, 0) => String::new(),
                _ => format!(", and {possible} possible"),
            };
            // What is left over has no fix yet, but a way to find one.
            let is_left_over = |finding: &Finding| matches!(finding.rule.check, Check::LeftOver(_));
            let below = match count {
                _ if diagnosis.findings.iter().all(is_left_over) => "What to do next is below.",
                1 => "Its fix is below.",
                _ => "Each has its fix below.",
            };
            format!("{what} in {input}{of_them}. {below}")
        }
    };
    Text::marked(Mark::Strong, words)
}

/// Whether anything was recomputed that tells of the request itself.
fn is_verified(diagnosis: &Diagnosis) -> bool {
    let mut verified = diagnosis.verified.iter();
    verified.any(|one| *one != Verified::StringToSign)
}

/// What was looked at.
fn examined(report: &DiagnosisReport<'_>) -> Text {
    let it = report.it;
    let request = it.request_or_hint();
    let what = request.map_or_else(
        || match it.attempt().canonical_request(Party::Signer) {
            None if it.refusal().is_some() => "Examined: a refusal without its request".to_owned(),
            _ => "Examined: artifacts without a request".to_owned(),
        },
        |request| {
            let url = place::url(request);
            let method = report.redactor.text(&request.method);
            format!("Examined: {method} {}", report.redactor.text(&url))
        },
    );
    let mut text = Text::plain(what);
    let in_a_file = |span: &Span| report.names.name(span.input) != Names::SENT;
    let spans = it.case().spans().into_iter().filter(in_a_file);
    for (index, span) in spans.enumerate() {
        text = text
            .and(Mark::Plain, if index == 0 { ", " } else { " and " })
            .and(Mark::Path, report.names.name(span.input))
            .and(Mark::Plain, format!(" {}", Names::lines(&span)));
    }
    if let Some(chosen) = report.chosen {
        text = text.and(Mark::Plain, format!(" ({chosen}; --case N takes another)"));
    }
    let answered = it.response().filter(|response| response.status > 0);
    if let Some(response) = answered {
        text = text.and(Mark::Plain, format!(", answered {}", response.status));
    }
    let code = it.refusal().map(|refusal| &refusal.code);
    if let Some(code) = code.filter(|code| !code.is_empty()) {
        text = text.and(Mark::Plain, format!(": {}", report.redactor.text(code)));
    }
    text.and(Mark::Plain, ".")
}

/// What came out right, and what no signature shows.
fn verified(report: &DiagnosisReport<'_>) -> Vec<Block> {
    let DiagnosisReport { it, diagnosis, .. } = *report;
    let key = findings::key_words(it, report.key, report.redactor);
    let words = |verified: &Verified| {
        match verified {
        Verified::Signature if it.stated().is_some_and(|stated| stated.policy.is_some()) => {
            format!("Recomputed with {key}: the signature is right for the form's policy.")
        }
        Verified::Signature if it.request().is_none() => {
            let whose = match it.attempt().string_to_sign(Party::Service) {
                Some(_) => "the string that the service shows",
                None => "the signer's string to sign",
            };
            format!("Recomputed with {key}: {whose} gives the signature that was sent.")
        }
        Verified::Signature => {
            let how = if it.was_sent_here() { "sent" } else { "captured" };
            format!("Recomputed with {key}: the signature is right for the request as {how}.")
        }
        Verified::StringToSign => {
            "The string to sign ends in the hash of this canonical request. Whether that is right for the request, only the request shows.".to_owned()
        }
        Verified::CanonicalRequest => {
            "Recomputed: the signer's canonical request is the right one.".to_owned()
        }
        Verified::Chunks => {
            format!("Recomputed with {key}: the signature of every chunk is right.")
        }
        Verified::ServiceAgrees => {
            "Both sides computed the same canonical request and string to sign.".to_owned()
        }
        Verified::CaptureArrived => {
            "The service computed what this request gives: it arrived as it is captured.".to_owned()
        }
    }
    };
    // Where the key is what is left over, that is said there.
    let said = diagnosis.verdict() == Verdict::KeyDiffers;
    let mut blocks: Vec<Block> = diagnosis
        .verified
        .iter()
        .filter(|one| !said || **one != Verified::ServiceAgrees)
        .map(|one| Block::Paragraph(0, Text::plain(words(one))))
        .collect();
    if diagnosis.verdict() == Verdict::NothingWrongFound && is_verified(diagnosis) {
        let rest = "A right signature can still be refused: for a permission that is missing, a wrong route or account, or a clock that is off. No signature shows those.";
        blocks.push(Block::Paragraph(0, Text::plain(rest)));
    }
    blocks
}

/// What was not checked, and what would check it.
pub(super) fn unchecked(
    diagnosis: &Diagnosis,
    it: &Examination<'_>,
    key: &KeySource,
    redactor: &Redactor,
) -> Vec<Block> {
    let mut needs: BTreeMap<Need, usize> = BTreeMap::new();
    for unchecked in &diagnosis.unchecked {
        *needs.entry(unchecked.needs).or_default() += 1;
    }
    let id = it
        .stated()
        .map(|stated| stated.authorization.access_key_id().to_owned());
    let id = id.unwrap_or_default();
    let mut blocks = Vec::new();
    for (need, count) in needs {
        let mistakes = if count == 1 {
            "1 mistake".to_owned()
        } else {
            format!("{count} mistakes")
        };
        let words = match need {
            Need::Secret if id.is_empty() => {
                format!(
                    "Not checked: {mistakes} that only a secret key shows; none is stated here to have signed."
                )
            }
            Need::Secret if it.attempt().is_scrubbed() => {
                format!(
                    "Not recomputed: a secret was taken out of what was signed, so {mistakes} could not be tried, with any key."
                )
            }
            Need::Secret if !it.unknown_headers().is_empty() => {
                let names = bstr::join(", ", it.unknown_headers());
                format!(
                    "Not recomputed: the value of {}, which was signed, is not in the capture, so {mistakes} could not be tried, with any key.",
                    redactor.text(&names)
                )
            }
            Need::Secret => no_key(&mistakes, &redactor.text(&id), key, redactor),
            Need::Request => format!("Not checked: {mistakes} that only the request itself shows."),
            Need::StringToSign => format!(
                "Not checked: {mistakes} that only a canonical request or a string to sign shows; a client's debug log has them."
            ),
            Need::Body => {
                format!("Not checked: {mistakes} that only the body shows, which was not captured.")
            }
            Need::Response => {
                format!("Not checked: {mistakes} that only the service's answer shows.")
            }
        };
        blocks.push(Block::Paragraph(0, Text::plain(words)));
    }
    if diagnosis.tried_alone > 0 {
        let words = format!(
            "Not tried in pairs: {} mistakes, which were tried alone; the request is too long for all.",
            diagnosis.tried_alone
        );
        blocks.push(Block::Paragraph(0, Text::plain(words)));
    }
    if !diagnosis.vacuous.is_empty() {
        let count = diagnosis.vacuous.len();
        let words = match count {
            1 => "Cannot matter here: 1 mistake that would not change a byte of this request."
                .to_owned(),
            _ => {
                format!(
                    "Cannot matter here: {count} mistakes that would not change a byte of this request."
                )
            }
        };
        blocks.push(Block::Paragraph(0, Text::plain(words)));
    }
    blocks
}

/// What the missing secret key leaves unchecked, and how to give it.
fn no_key(mistakes: &str, id: &str, key: &KeySource, redactor: &Redactor) -> String {
    let held = match key {
        KeySource::Missing(held) if !held.is_empty() => {
            format!(" ({})", redactor.text(held.join("; ").as_bytes()))
        }
        KeySource::NotAsked => " (--no-credentials)".to_owned(),
        _ => String::new(),
    };
    format!(
        "Not recomputed: no secret key for {id}{held}, so {mistakes} could not be tried. Give the key with --profile NAME, or with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, to try them."
    )
}

/// What to run next.
pub(super) fn next(diagnosis: &Diagnosis, input: &str) -> Block {
    let line =
        |what: &str, command: String| (Text::plain(what), Text::marked(Mark::Strong, command));
    let mut commands = Vec::new();
    // Standard input cannot be read again.
    if input != Names::SENT && input != Names::STANDARD_INPUT {
        let show = format!("countersign show {}", Names::argument(input));
        commands.push(line("Every byte:", show));
    }
    for (index, finding) in diagnosis.findings.iter().enumerate() {
        // The special case tells more than the general one.
        let special = finding
            .equivalent
            .iter()
            .find(|rule| rule.specialises.is_some());
        let rule = special.map_or(finding.rule.id, |rule| rule.id);
        let rules = format!("countersign rules {rule}");
        commands.push(line(if index == 0 { "Why:" } else { "" }, rules));
    }
    Block::Commands(commands)
}

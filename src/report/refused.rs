//! A refusal that no mistake explains, and what a refusal proves by the order of AWS's checks.

use crate::{
    diagnose::{AwsCheck, Behind, Diagnosis, Examination, Reached},
    evidence::{Party, Statement},
    report::{Block, Mark, Names, Redactor, Text},
};

/// What a refused request is told where no mistake was found; `None` where it was not refused.
pub(super) fn headline(it: &Examination<'_>, input: &str, redactor: &Redactor) -> Option<String> {
    if !it.attempt().failed() {
        return None;
    }
    let status = it.response().map(|response| response.status);
    let status = status.filter(|status| *status > 0);
    let code = it.refusal().map(|refusal| redactor.text(&refusal.code));
    let code = code.filter(|code| !code.is_empty());
    let words = [status.map(|status| status.to_string()), code];
    let words: Vec<String> = words.into_iter().flatten().collect();
    let words = match words.is_empty() {
        true => String::new(),
        false => format!(" ({})", words.join(" ")),
    };
    let why = match (Behind::of(it), Behind::if_of_aws(it)) {
        (Some(behind), _) => format!("the signature is right; {}", behind.words()),
        (None, Some(Behind::Permission)) => {
            "AWS refuses no wrong signature so; the permission is missing, or the request was not signed at all".to_owned()
        }
        (None, Some(behind)) => {
            format!("AWS refuses no wrong signature so; {}", behind.words())
        }
        (None, None) => "none of the mistakes that are known here explains it".to_owned(),
    };
    Some(format!("Refused{words}: {why} ({input})."))
}

/// What is said of a signature that was refused where there is the refusal and nothing else.
pub(super) fn headline_alone(
    it: &Examination<'_>,
    diagnosis: &Diagnosis,
    input: &str,
) -> Option<String> {
    let is_open = diagnosis
        .findings
        .iter()
        .all(|finding| finding.proof.is_suspected());
    (is_open && is_alone(it))
        .then(|| format!("The signature does not match. {input} alone does not tell why."))
}

/// Which evidence would tell why a signature was refused, where there is the refusal and nothing
/// else.
pub(super) fn lacking(it: &Examination<'_>, diagnosis: &Diagnosis, input: &str) -> Vec<Block> {
    if headline_alone(it, diagnosis, input).is_none() {
        return Vec::new();
    }
    let paragraph = |words: &str| Block::Paragraph(0, Text::plain(words));
    let mut blocks = Vec::new();
    let shows_string = it.attempt().string_to_sign(Party::Service).is_some();
    if shows_string && it.stated().is_some() && it.secret().is_none() {
        blocks.push(paragraph(
            "This refusal shows the string to sign and the signature that was sent, so the secret key alone would tell: with it in the environment, every known mistake is tried.",
        ));
    }
    blocks.push(paragraph(
        "What tells is the request beside this refusal, as curl -v or your client's debug log shows it, or the canonical request that your program hashed:",
    ));
    let command = format!("countersign REQUEST {}", Names::argument(input));
    blocks.push(Block::Copy(Text::marked(Mark::Strong, command)));
    blocks
}

/// Whether there is a refused signature, and neither its request nor what its signer wrote.
fn is_alone(it: &Examination<'_>) -> bool {
    let attempt = it.attempt();
    it.says(&Statement::SignatureDiffers)
        && it.request().is_none()
        && attempt.canonical_request(Party::Signer).is_none()
        && attempt.string_to_sign(Party::Signer).is_none()
}

/// What the answer proves to be right, and which mistakes it hides.
pub(super) fn blocks(it: &Examination<'_>) -> Vec<Block> {
    let paragraph = |words: String| Block::Paragraph(0, Text::plain(words));
    let list = |checks: &[AwsCheck]| {
        let words: Vec<&str> = checks.iter().map(|check| check.words()).collect();
        words.join("; ")
    };
    let Some(reached) = Reached::of(it).filter(|_| it.refusal().is_some()) else {
        let reached = Reached::if_of_aws(it);
        let words = |reached: Reached| {
            format!(
                "Right, if it was AWS that refused, by the order of its checks: {}.",
                list(&reached.right)
            )
        };
        return reached.map(words).map(paragraph).into_iter().collect();
    };
    if reached.at == AwsCheck::Passed {
        return vec![paragraph(
            "AWS refuses for this reason only behind the signature, so all that was signed was right: key, clock, scope and signature.".to_owned(),
        )];
    }
    let mut blocks = Vec::new();
    if !reached.right.is_empty() {
        blocks.push(paragraph(format!(
            "Right, by the order in which AWS checks: {}.",
            list(&reached.right)
        )));
    }
    if !reached.open.is_empty() {
        blocks.push(paragraph(format!(
            "Not looked at before this refusal, and still possible: mistakes in {}.",
            list(&reached.open)
        )));
    }
    blocks
}

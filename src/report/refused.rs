//! A refusal that no mistake explains, and what a refusal proves by the order of AWS's checks.

use crate::{
    diagnose::{AwsCheck, Examination, Reached},
    report::{Block, Redactor, Text},
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
    Some(format!(
        "Refused{words}: none of the mistakes that are known here explains it ({input})."
    ))
}

/// What the answer proves to be right, and which mistakes it hides.
pub(super) fn blocks(it: &Examination<'_>) -> Vec<Block> {
    let Some(reached) = Reached::of(it).filter(|_| it.refusal().is_some()) else {
        return Vec::new();
    };
    let paragraph = |words: String| Block::Paragraph(0, Text::plain(words));
    if reached.at == AwsCheck::Passed {
        return vec![paragraph(
            "AWS refuses for this reason only behind the signature, so all that was signed was right: key, clock, scope and signature.".to_owned(),
        )];
    }
    let list = |checks: &[AwsCheck]| {
        let words: Vec<&str> = checks.iter().map(|check| check.words()).collect();
        words.join("; ")
    };
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

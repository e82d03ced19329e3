use crate::{
    compare::{Comparison, Side, Stage},
    report::{Block, Compared, Document, Mark, Redactor, Text, diff},
};

/// Puts before a diagnosis what differs between what was sent and what the service says it
/// received; leaves it as it is where nothing does.
#[must_use]
pub fn received(
    comparison: &Comparison,
    [sent, arrived]: [&Side; 2],
    diagnosis: Document,
    redactor: &Redactor,
) -> Document {
    let first = comparison
        .first_cause()
        .filter(|(stage, _)| *stage < Stage::SigningKey);
    let other = arrived.signature.is_some() && arrived.signature != sent.signature;
    let what = match first {
        Some((_, divergence)) => {
            let part = diff::label(&divergence.part, redactor);
            format!("another request than was sent: {part} differs")
        }
        None if other => "another signature than was sent".to_owned(),
        None => return diagnosis,
    };
    let mut document = Document::new(diagnosis.answer);
    let headline = format!("The service received {what}.");
    document.push(Block::Headline(Text::marked(Mark::Strong, headline)));
    document.push(Block::Blank);
    for stage in &comparison.stages {
        if stage.divergences().next().is_some() {
            document.push(Block::Compared(Compared {
                title: Text::marked(Mark::Strong, diff::heading(stage.stage)),
                sides: ["sent", "received"],
                rows: diff::rows(stage, first, redactor),
            }));
        }
    }
    document.push(Block::Blank);
    document.blocks.extend(diagnosis.blocks);
    document
}

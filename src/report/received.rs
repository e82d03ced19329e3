use crate::{
    compare::{Comparison, Side, Stage},
    report::{Block, Document, Mark, Redactor, Text, diff},
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
    let words = "mine is what was sent, theirs is what the service says it received.";
    document.push(Block::Paragraph(0, Text::plain(words)));
    for stage in &comparison.stages {
        if stage.divergences().next().is_some() {
            let heading = Text::marked(Mark::Strong, diff::heading(stage.stage));
            document.push(Block::Heading(heading));
            document.push(Block::Rows(diff::rows(stage, first, redactor)));
        }
    }
    document.push(Block::Blank);
    document.blocks.extend(diagnosis.blocks);
    document
}

use crate::{
    diagnose::Rule,
    report::{Answer, Block, Document, Mark, RuleAnswer, Text, answer::FormatAnswer},
    source::Format,
};

/// Lists rules.
#[must_use]
pub fn rules(rules: &[&'static Rule]) -> Document {
    let mut document = Document::new(Answer::Rules(
        rules.iter().map(|rule| rule_answer(rule)).collect(),
    ));
    let row = |rule: &&'static Rule| (Text::marked(Mark::Rule, rule.id), Text::plain(rule.summary));
    document.push(Block::Table(rules.iter().map(row).collect()));
    document.push(Block::Blank);
    let next = Text::plain("One page: ").and(Mark::Strong, "countersign rules ID");
    document.push(Block::Paragraph(0, next));
    document
}

/// Shows a rule's page.
#[must_use]
pub fn rule_page(rule: &'static Rule) -> Document {
    let mut document = Document::new(Answer::Rules(vec![rule_answer(rule)]));
    let title = Text::marked(Mark::Rule, rule.id)
        .and(Mark::Plain, ": ")
        .and(Mark::Strong, rule.summary);
    document.push(Block::Headline(title));
    if let Some(general) = rule.specialises {
        let words = Text::plain("A special case of ")
            .and(Mark::Rule, general)
            .and(Mark::Plain, ".");
        document.push(Block::Paragraph(0, words));
    }
    document.push(Block::Blank);
    document.push(Block::Markdown(rule.page));
    document
}

fn rule_answer(rule: &'static Rule) -> RuleAnswer {
    RuleAnswer {
        id: rule.id,
        summary: rule.summary,
        page: rule.page,
        stage: rule.stage.id(),
        needs: rule.needs.iter().map(|need| need.id()).collect(),
        tier: rule.tier.id(),
        specialises: rule.specialises,
        since: rule.since,
    }
}

/// Lists formats.
#[must_use]
pub fn formats(formats: &[&'static Format]) -> Document {
    let mut document = Document::new(Answer::Formats(
        formats.iter().map(|format| format_answer(format)).collect(),
    ));
    let row = |format: &&'static Format| {
        (
            Text::marked(Mark::Rule, format.id),
            Text::plain(format.summary),
        )
    };
    document.push(Block::Table(formats.iter().map(row).collect()));
    document.push(Block::Blank);
    let next = Text::plain("How to get one: ").and(Mark::Strong, "countersign formats ID");
    document.push(Block::Paragraph(0, next));
    document
}

/// Shows a format's page.
#[must_use]
pub fn format_page(format: &'static Format) -> Document {
    let mut document = Document::new(Answer::Formats(vec![format_answer(format)]));
    let title = Text::marked(Mark::Rule, format.id)
        .and(Mark::Plain, ": ")
        .and(Mark::Strong, format.summary);
    document.push(Block::Headline(title));
    document.push(Block::Blank);
    document.push(Block::Markdown(format.page));
    document
}

fn format_answer(format: &'static Format) -> FormatAnswer {
    FormatAnswer {
        id: format.id,
        summary: format.summary,
        page: format.page,
    }
}

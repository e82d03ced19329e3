use bstr::BString;

use super::source::Source;
use crate::{
    diagnose::Rule,
    report::{
        Block, Deviation, Mark, Redactor, StepAnswer, StepLineAnswer, Text, Trace, TraceRight,
        TraceRow, comparison, findings,
    },
};

/// One of the six steps.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) number: u8,
    /// Its name, in the words of AWS's documentation.
    pub(super) name: &'static str,
    /// What it is for, and its terms.
    pub(super) intro: &'static str,
    /// How this service or this request does it otherwise, with the page that says so.
    pub(super) deviations: Vec<(String, &'static Source)>,
    /// What comes out, line by line.
    pub(super) lines: Vec<Line>,
    /// What else is to say.
    pub(super) remarks: Vec<String>,
    /// Findings that no line shows.
    pub(super) findings: Vec<&'static Rule>,
    /// Mistakes that may have been made here, and that nothing shows.
    pub(super) possible: Vec<&'static Rule>,
    /// The page that it follows.
    pub(super) source: &'static Source,
}

/// A line of what comes out.
#[derive(Debug)]
pub(super) struct Line {
    /// What part it is, in a word.
    pub(super) part: String,
    pub(super) text: BString,
    /// Where it came from.
    pub(super) from: String,
    /// What was done to it.
    pub(super) done: String,
    pub(super) why: &'static str,
    pub(super) source: &'static Source,
    pub(super) departure: Departure,
    /// The pieces of the line, where it has several.
    pub(super) parts: Vec<Line>,
}

/// How a line stands to the right one.
#[derive(Debug, Default)]
pub(super) enum Departure {
    /// It is the right one, as far as is known.
    #[default]
    None,
    /// It differs because another does.
    Follows(BString),
    /// It is where the signer departed.
    Cause {
        right: Option<BString>,
        rule: Option<&'static Rule>,
    },
}

impl Line {
    /// A line that is as it should be.
    pub(super) fn new(
        part: impl Into<String>,
        text: impl Into<BString>,
        source: &'static Source,
    ) -> Self {
        Self {
            part: part.into(),
            text: text.into(),
            from: String::new(),
            done: String::new(),
            why: "",
            source,
            departure: Departure::None,
            parts: Vec::new(),
        }
    }

    pub(super) fn from(mut self, from: impl Into<String>) -> Self {
        self.from = from.into();
        self
    }

    pub(super) fn done(mut self, done: impl Into<String>, why: &'static str) -> Self {
        self.done = done.into();
        self.why = why;
        self
    }

    pub(super) fn is_cause(&self) -> bool {
        matches!(self.departure, Departure::Cause { .. })
    }
}

impl Step {
    /// A step of which nothing is said yet.
    pub(super) fn new(
        number: u8,
        name: &'static str,
        intro: &'static str,
        source: &'static Source,
    ) -> Self {
        Self {
            number,
            name,
            intro,
            deviations: Vec::new(),
            lines: Vec::new(),
            remarks: Vec::new(),
            findings: Vec::new(),
            possible: Vec::new(),
            source,
        }
    }

    /// Whether the signer departed here.
    pub(super) fn departs(&self) -> bool {
        self.lines.iter().any(Line::is_cause) || !self.findings.is_empty()
    }

    /// The parts in which it did.
    pub(super) fn departing(&self) -> Vec<String> {
        let causes = self.lines.iter().filter(|line| line.is_cause());
        let rules = self.findings.iter().map(|rule| rule.id.to_owned());
        let mut parts: Vec<String> = causes.map(|line| line.part.clone()).chain(rules).collect();
        parts.dedup();
        parts
    }
}

/// Turns steps into what is shown and what scripts read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sheet<'a> {
    pub(super) redactor: &'a Redactor,
}

impl Sheet<'_> {
    pub(super) fn answer(&self, step: &Step) -> StepAnswer {
        StepAnswer {
            step: step.number,
            name: step.name,
            deviations: step
                .deviations
                .iter()
                .map(|(text, source)| Deviation {
                    text: text.clone(),
                    source: source.text(),
                })
                .collect(),
            lines: step
                .lines
                .iter()
                .map(|line| self.line_answer(line))
                .collect(),
        }
    }

    fn line_answer(&self, line: &Line) -> StepLineAnswer {
        let (departs, expected) = match &line.departure {
            Departure::None => (None, None),
            Departure::Follows(right) => (None, Some(right)),
            Departure::Cause { right, rule } => (rule.map(|rule| rule.id), right.as_ref()),
        };
        StepLineAnswer {
            text: self.redactor.value(&line.text),
            from: line.from.clone(),
            done: line.done.clone(),
            why: line.why,
            source: line.source.text(),
            departs,
            expected: expected.map(|text| self.redactor.value(text)),
            parts: line
                .parts
                .iter()
                .map(|part| self.line_answer(part))
                .collect(),
        }
    }

    pub(super) fn blocks(&self, step: &Step) -> Vec<Block> {
        let title = format!("STEP {} OF 6  {}", step.number, step.name);
        let mut blocks = vec![
            Block::Heading(Text::marked(Mark::Strong, title)),
            Block::Paragraph(0, Text::plain(step.intro)),
        ];
        for (text, source) in &step.deviations {
            let words = Text::marked(Mark::Strong, "Otherwise here: ")
                .and(Mark::Plain, text)
                .and(Mark::Plain, format!(" ({})", source.title));
            blocks.push(Block::Paragraph(0, words));
        }
        let mut said = Vec::new();
        let mut rows = Vec::new();
        for line in &step.lines {
            rows.push(self.row(line, 0, &mut said));
            for part in &line.parts {
                rows.push(self.row(part, 2, &mut said));
            }
        }
        if !rows.is_empty() {
            blocks.push(Block::Trace(Trace { rows }));
        }
        for rule in &step.findings {
            let words = Text::marked(Mark::Actual, "! ")
                .and(Mark::Rule, rule.id)
                .and(Mark::Plain, format!(": {}.", rule.summary));
            blocks.push(Block::Paragraph(0, words));
        }
        for rule in &step.possible {
            let words = Text::plain("Possible, not shown: ")
                .and(Mark::Rule, rule.id)
                .and(Mark::Plain, format!(": {}.", rule.summary));
            blocks.push(Block::Paragraph(0, words));
        }
        for remark in &step.remarks {
            blocks.push(Block::Paragraph(
                0,
                Text::plain(self.redactor.text(remark.as_bytes())),
            ));
        }
        let source = Text::marked(Mark::Same, format!("AWS: {}", step.source.title));
        blocks.push(Block::Paragraph(0, source));
        blocks.push(Block::Copy(Text::marked(Mark::Path, step.source.url)));
        blocks
    }

    fn row(&self, line: &Line, indent: usize, said: &mut Vec<&'static str>) -> TraceRow {
        let text = match line.text.is_empty() {
            true => Text::marked(Mark::Same, "(empty)"),
            false => Text::plain(self.redactor.text(&line.text)),
        };
        // A reason is given once in a step.
        let why = if line.why.is_empty() || said.contains(&line.why) {
            ""
        } else {
            said.push(line.why);
            line.why
        };
        let done = match (line.done.is_empty(), why.is_empty()) {
            (_, true) => line.done.clone(),
            (true, false) => why.to_owned(),
            (false, false) => {
                format!(
                    "{} {}",
                    findings::sentence(&line.done),
                    findings::sentence(why)
                )
            }
        };
        TraceRow {
            indent,
            text,
            from: Text::marked(Mark::Path, self.redactor.text(line.from.as_bytes())),
            done: Text::plain(self.redactor.text(done.as_bytes())),
            right: self.right(line),
        }
    }

    fn right(&self, line: &Line) -> Option<TraceRight> {
        let signed = self.redactor.text(&line.text);
        match &line.departure {
            Departure::None => None,
            Departure::Follows(right) => Some(TraceRight {
                sign: ">",
                text: Some(Text::plain(self.redactor.text(right))),
                caret: None,
                see: Text::default(),
            }),
            Departure::Cause { right, rule } => {
                let right = right.as_ref().map(|right| self.redactor.text(right));
                let caret = right
                    .as_ref()
                    .filter(|right| !right.is_empty() && !signed.is_empty())
                    .and_then(|right| comparison::caret(&signed, right));
                let see = match rule {
                    Some(rule) => Text::marked(Mark::Rule, rule.id),
                    None => Text::plain("no known mistake explains this"),
                };
                let right = right.map(|right| match right.is_empty() {
                    true => Text::marked(Mark::Same, "(empty)"),
                    false => Text::marked(Mark::Expected, right),
                });
                Some(TraceRight {
                    sign: "!",
                    text: right,
                    caret,
                    see,
                })
            }
        }
    }
}

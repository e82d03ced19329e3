use crate::{
    compare::{Comparison, Kind, Part, Stage},
    diagnose::{Confrontation, Diagnosis, Examination},
    evidence::{Note, Party},
    report::{
        Answer, Block, DiffAnswer, Document, KeySource, Mark, Names, Redactor, SideAnswer, Text,
        comparison::{first_answer, label, legend, stage_answers, table},
        confrontation, diagnosis as report,
        findings::{self, Told},
        row_notes::row_notes,
    },
};

/// What a report of a comparison is made of.
#[derive(Clone, Copy, Debug)]
pub struct DiffReport<'a> {
    /// The left side.
    pub mine: &'a Examination<'a>,
    /// The right side.
    pub theirs: &'a Examination<'a>,
    /// Which request of how many each is.
    pub chosen: [Option<&'a str>; 2],
    /// The stage in whose artifact each side's capture ends.
    pub cut: [Option<Stage>; 2],
    /// What differs.
    pub comparison: &'a Comparison,
    /// The same, where the right side is the service that refused the left one.
    pub confrontation: Option<&'a Confrontation>,
    /// What is wrong with the left side.
    pub diagnosis: &'a Diagnosis,
    /// What the readers noticed.
    pub notes: &'a [Note],
    /// The inputs' names.
    pub names: &'a Names,
    /// Where the secret key is from, or why there is none.
    pub key: &'a KeySource,
    /// Takes secrets out.
    pub redactor: &'a Redactor,
}

/// Reports a comparison with its diagnosis.
#[must_use]
pub fn diff(of: &DiffReport<'_>) -> Document {
    let mut document = Document::new(Answer::Diff(Box::new(answer(of))));
    let inputs = [of.mine, of.theirs].map(|it| report::input(it, of.names).to_owned());
    let [mine, theirs] = &inputs;
    let first = of.comparison.first_cause();
    let swapped = is_swapped(of);
    let headline = match (of.diagnosis.findings.is_empty(), first) {
        (true, _) if swapped => Text::marked(
            Mark::Strong,
            format!("{theirs} is the one that was refused, and {mine} the one that works."),
        ),
        (false, _) => report::headline(of.diagnosis, mine),
        (true, Some((stage, divergence))) => {
            let part = label(&divergence.part, of.redactor);
            Text::marked(
                Mark::Strong,
                format!(
                    "{mine} and {theirs} differ first in {part} ({}). No known mistake explains it.",
                    stage.id().replace('-', " ")
                ),
            )
        }
        (true, None) if of.comparison.stages.is_empty() => {
            Text::marked(Mark::Strong, not_compared(of, &inputs))
        }
        (true, None) if of.cut.iter().any(Option::is_some) => {
            Text::marked(Mark::Strong, compared_to_the_cut(of, &inputs))
        }
        (true, None) if cut_body(of).is_some() => {
            let cut = cut_body(of).map_or("", |side| inputs[side].as_str());
            Text::marked(
                Mark::Strong,
                format!(
                    "What could be compared is the same in {mine} and {theirs}. The body of {cut} is not whole, so neither the bodies nor their hashes were compared."
                ),
            )
        }
        (true, None) => Text::marked(
            Mark::Strong,
            format!("Nothing that could be a cause differs between {mine} and {theirs}."),
        ),
    };
    document.push(Block::Headline(headline));
    if swapped {
        let words = "The request that fails comes first; what is wrong with it is looked for so:";
        document.push(Block::Paragraph(0, Text::plain(words)));
        let [mine, theirs] = [mine, theirs].map(|input| Names::argument(input));
        let command = format!("countersign diff {theirs} {mine}");
        document.push(Block::Copy(Text::marked(Mark::Strong, command)));
    }
    document.blocks.extend(findings::blocks(&Told {
        it: of.mine,
        diagnosis: of.diagnosis,
        key: of.key,
        names: of.names,
        redactor: of.redactor,
    }));
    document.push(Block::Blank);
    document.blocks.extend(report::unchecked(
        of.diagnosis,
        of.mine,
        of.key,
        of.redactor,
    ));
    let of_host = host_note(of);
    let notes: Vec<Note> = of
        .notes
        .iter()
        .filter(|note| Some(*note) != of_host)
        .cloned()
        .collect();
    document
        .blocks
        .extend(findings::note_blocks(&notes, of.names, of.redactor));
    if let Some(held) = of.confrontation {
        document
            .blocks
            .extend(confrontation::blocks(held, of.mine, of.names, of.redactor));
    } else if !of.comparison.stages.is_empty() {
        document.push(Block::Blank);
        document.push(legend(4));
        for (side, it, chosen, signed) in [
            (
                Text::marked(Mark::Mine, "mine  "),
                of.mine,
                of.chosen[0],
                of.diagnosis.signed.is_some(),
            ),
            (
                Text::marked(Mark::Theirs, "theirs"),
                of.theirs,
                of.chosen[1],
                false,
            ),
        ] {
            let line = side_line(side, it, chosen, of.names);
            let line = match basis(it, signed) {
                Some(basis) => line.and(Mark::Plain, format!(", {basis}")),
                None => line,
            };
            document.push(Block::Paragraph(4, line));
        }
        document.push(Block::Blank);
        document.blocks.extend(table(
            of.comparison,
            SIDES,
            &row_notes(of, of_host),
            of.redactor,
        ));
    }
    document.push(Block::Blank);
    document.push(report::next(of.diagnosis, mine));
    document
}

/// Whether the request that was accepted was given for the one that fails.
fn is_swapped(of: &DiffReport<'_>) -> bool {
    let answered = |it: &Examination<'_>| it.response().map_or(0, |answer| answer.status);
    let worked = (200..300).contains(&answered(of.mine)) && of.mine.refusal().is_none();
    worked && answered(of.theirs) >= 400
}

/// The side whose body alone was not captured whole.
fn cut_body(of: &DiffReport<'_>) -> Option<usize> {
    let whole = [of.mine, of.theirs].map(|it| {
        let request = it.request();
        request.is_none_or(|request| request.body.bytes().is_some())
    });
    match whole {
        [false, true] => Some(0),
        [true, false] => Some(1),
        _ => None,
    }
}

/// Says where a capture ends, and that what is there is the same.
fn compared_to_the_cut(of: &DiffReport<'_>, inputs: &[String; 2]) -> String {
    let [mine, theirs] = inputs;
    let cut = of.cut.iter().zip(inputs);
    let cut: Vec<String> = cut
        .filter_map(|(stage, input)| {
            let artifact = (*stage)?.id().replace('-', " ");
            Some(format!("{input} ends in the middle of its {artifact}"))
        })
        .collect();
    format!(
        "What could be compared is the same in {mine} and {theirs}. {}: what stands behind was not compared.",
        cut.join(", and ")
    )
}

/// Says why nothing could be compared.
fn not_compared(of: &DiffReport<'_>, [mine, theirs]: &[String; 2]) -> String {
    let strings = |it: &Examination<'_>| {
        let attempt = it.attempt();
        !attempt.canonical_requests.is_empty() || !attempt.strings_to_sign.is_empty()
    };
    let is_refusal = of.theirs.request().is_none() && of.theirs.refusal().is_some();
    let (held, lacks) = match (is_refusal, strings(of.theirs), of.mine.stated().is_some()) {
        (true, false, _) => (
            theirs,
            "the strings that the service computed, which it shows only with some refusals",
        ),
        (_, _, false) => (mine, "a signature, or strings that were signed"),
        _ => (theirs, "a request, or strings that were signed"),
    };
    format!("Nothing was compared: {held} lacks {lacks}.")
}

/// What the sides of a comparison of two requests are called.
pub(super) const SIDES: [&str; 2] = ["mine", "theirs"];

/// What is to know of a host that is another than theirs: it is told where the hosts are compared.
fn host_note<'a>(of: &DiffReport<'a>) -> Option<&'a Note> {
    let host = of.comparison.stages.iter().find_map(|stage| {
        let mut causes = stage.divergences().filter(|own| own.kind == Kind::Cause);
        causes.find(|own| own.part == Part::Header("host".into()))
    })?;
    let host = host.left.as_ref()?;
    of.notes.iter().find(|note| note.message.starts_with(host))
}

/// How a side's strings are known, where its signer did not print them.
fn basis(it: &Examination<'_>, recomputed: bool) -> Option<&'static str> {
    it.as_scoped()
        .filter(|_| it.artifact(Party::Signer).is_none())
        .map(|_| match recomputed {
            true => "as it was signed",
            false => "derived from the request; its signer printed no strings",
        })
}

fn side_line(side: Text, it: &Examination<'_>, chosen: Option<&str>, names: &Names) -> Text {
    let mut text = side.and(Mark::Plain, " ");
    if let Some(span) = it.case().span() {
        text = text
            .and(Mark::Path, names.name(span.input))
            .and(Mark::Plain, format!(", {}", Names::lines(&span)));
    }
    if let Some(chosen) = chosen {
        text = text.and(Mark::Plain, format!(", {chosen}"));
    }
    match it.response().filter(|response| response.status > 0) {
        Some(response) => text.and(Mark::Plain, format!(", answered {}", response.status)),
        None => text,
    }
}

fn answer(of: &DiffReport<'_>) -> DiffAnswer {
    let side = |it: &Examination<'_>| {
        let span = it.case().span();
        SideAnswer {
            input: span
                .as_ref()
                .map_or("", |span| of.names.name(span.input))
                .to_owned(),
            case: it.case().number,
            lines: span.map(|span| (span.first_line, span.last_line)),
        }
    };
    DiffAnswer {
        equal: of.comparison.first_cause().is_none(),
        mine: side(of.mine),
        theirs: side(of.theirs),
        first_divergence: first_answer(of.comparison, of.redactor),
        stages: stage_answers(of.comparison, of.redactor),
        diagnosis: findings::answer(of.diagnosis, of.notes, of.names, of.redactor),
    }
}

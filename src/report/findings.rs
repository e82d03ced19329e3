use bstr::{BString, ByteSlice};

use crate::{
    catalog,
    diagnose::{
        Check, Circumstance, Diagnosis, Edit, Examination, Finding, Known, LeftOver, Proof,
        RuleStage, Unchecked, Verified, Within,
    },
    evidence::Note,
    report::{
        Block, DiagnosisAnswer, EditAnswer, FindingAnswer, KeySource, Mark, Names, NoteAnswer,
        Redactor, Text, UncheckedAnswer, confrontation,
    },
};

/// What the words about a finding are made of, beside the finding.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told<'a> {
    pub(super) it: &'a Examination<'a>,
    pub(super) diagnosis: &'a Diagnosis,
    pub(super) key: &'a KeySource,
    pub(super) names: &'a Names,
    pub(super) redactor: &'a Redactor,
}

/// The findings as blocks, each with its fix.
pub(super) fn blocks(told: &Told<'_>) -> Vec<Block> {
    let diagnosis = told.diagnosis;
    let mut blocks = Vec::new();
    for (index, finding) in diagnosis.findings.iter().enumerate() {
        blocks.push(Block::Blank);
        let title = Text::marked(Mark::Rule, finding.rule.id)
            .and(Mark::Plain, ": ")
            .and(Mark::Strong, finding.rule.summary);
        blocks.push(Block::Numbered(index + 1, title));
        one(finding, told, &mut blocks);
    }
    blocks
}

fn one(finding: &Finding, told: &Told<'_>, blocks: &mut Vec<Block>) {
    let Told {
        names, redactor, ..
    } = *told;
    let edits = &finding.fix.edits;
    // What was signed and not sent stands in no line of the request.
    let at = match edits.first() {
        Some(edit) if edit.within != Within::Anything => edit.at.as_ref(),
        edit => edit
            .and_then(|edit| edit.at.as_ref())
            .or(finding.exhibit.at.as_ref()),
    };
    let words = proof_words(finding, told);
    let sure = match at {
        None => Text::plain(words),
        Some(span) => Text::plain(words.trim_end_matches('.'))
            .and(Mark::Plain, " (")
            .and(Mark::Path, names.place(span))
            .and(Mark::Plain, ")."),
    };
    blocks.push(Block::Paragraph(3, sure));
    if let Some(parameter) = finding.parameter.as_ref().filter(|_| edits.is_empty()) {
        let words = format!("Here: {}.", redactor.text(parameter));
        blocks.push(Block::Paragraph(3, Text::plain(words)));
    }
    for edit in edits {
        change(edit, redactor, blocks);
    }
    if edits.is_empty() {
        exhibit(finding, redactor, blocks);
    }
    let signs = finding.exhibit.signs.iter().map(|sign| {
        let words = sentence(&redactor.text(sign));
        Block::Paragraph(3, Text::plain(words))
    });
    // What was tried and left over comes before what to do about it.
    let is_of_key = matches!(finding.rule.check, Check::LeftOver(LeftOver::Key));
    if is_of_key {
        let tried = tried(told, finding).map(Text::plain);
        blocks.extend(tried.map(|words| Block::Paragraph(3, words)));
        blocks.extend(signs.clone());
    }
    let words = redactor.text(&finding.fix.words);
    let (words, command) = with_command(&words);
    if !finding.fix.words.is_empty() {
        blocks.push(Block::Paragraph(3, Text::plain(words)));
    }
    blocks.extend(command);
    if !is_of_key {
        blocks.extend(signs);
    }
    let ids = |rules: &[&'static crate::diagnose::Rule]| {
        rules
            .iter()
            .map(|rule| rule.id)
            .collect::<Vec<_>>()
            .join(", ")
    };
    if !finding.with.is_empty() {
        let words = format!("Made together with {}.", ids(&finding.with));
        blocks.push(Block::Paragraph(3, Text::plain(words)));
    }
    if !finding.equivalent.is_empty() {
        let (special, same): (Vec<_>, Vec<_>) = finding
            .equivalent
            .iter()
            .copied()
            .partition(|rule| rule.specialises == Some(finding.rule.id));
        for rule in special {
            let words = Text::plain("It is the special case ")
                .and(Mark::Rule, rule.id)
                .and(Mark::Plain, format!(": {}.", rule.summary));
            blocks.push(Block::Paragraph(3, words));
        }
        if !same.is_empty() {
            let words = format!("Has the same effect here: {}.", ids(&same));
            blocks.push(Block::Paragraph(3, Text::plain(words)));
        }
    }
}

fn change(edit: &Edit, redactor: &Redactor, blocks: &mut Vec<Block>) {
    let lines =
        |text: &BString| -> Vec<String> { text.lines().map(|line| redactor.text(line)).collect() };
    let (from, to) = (lines(&edit.from), lines(&edit.to));
    if from == to {
        let words = "What is to be changed stands in what is not shown here:";
        blocks.push(Block::Paragraph(3, Text::plain(words)));
        blocks.extend(
            from.iter()
                .map(|line| Block::Copy(Text::marked(Mark::Actual, line))),
        );
        return;
    }
    let intro = match (from.is_empty(), to.is_empty()) {
        (true, _) => "Add",
        (false, true) => "Remove",
        (false, false) => "Change",
    };
    let within = match edit.within {
        Within::Anything => "",
        Within::CanonicalRequest => ", in your canonical request and not in what is sent,",
        Within::Hashed => ", in your canonical request,",
        Within::StringToSign => ", in your string to sign and not in what is sent,",
    };
    blocks.push(Block::Paragraph(3, Text::plain(format!("{intro}{within}"))));
    blocks.extend(
        from.iter()
            .map(|line| Block::Copy(Text::marked(Mark::Actual, line))),
    );
    if !to.is_empty() {
        if !from.is_empty() {
            blocks.push(Block::Paragraph(3, Text::plain("to")));
        }
        blocks.extend(
            to.iter()
                .map(|line| Block::Copy(Text::marked(Mark::Expected, line))),
        );
    }
}

fn exhibit(finding: &Finding, redactor: &Redactor, blocks: &mut Vec<Block>) {
    let changed = matches!(finding.rule.stage, RuleStage::Path | RuleStage::Header)
        && finding.proof.is_proven();
    // What was changed on the way is right at neither end.
    let labels = match changed {
        true => ["received", "signed  "],
        false => ["expected", "actual  "],
    };
    let shown = [
        (labels[0], Mark::Expected, &finding.exhibit.expected),
        (labels[1], Mark::Actual, &finding.exhibit.actual),
    ];
    for (label, mark, text) in shown {
        let Some(text) = text else { continue };
        for line in text.lines() {
            let line = Text::plain(format!("{label} ")).and(mark, redactor.text(line));
            blocks.push(Block::Copy(line));
        }
    }
}

/// How sure it is, in one fixed sentence a level.
fn proof_words(finding: &Finding, told: &Told<'_>) -> String {
    match &finding.proof {
        Proof::Signature(_) if told.it.is_of_all_regions() => {
            "Proven: with this mistake the signature is one of the string to sign.".to_owned()
        }
        Proof::Signature(_) => {
            "Proven: with this mistake the signature comes out as sent.".to_owned()
        }
        Proof::CanonicalRequestDigest(found) if found.recomputed().len() != 64 => {
            "Proven: it accounts for this part of what differs between both canonical requests."
                .to_owned()
        }
        Proof::CanonicalRequestDigest(_) => {
            "Proven: with this mistake the canonical request hashes to the other side's digest."
                .to_owned()
        }
        Proof::StringToSign(_) => {
            "Proven: with this mistake the string to sign comes out as the signer's own.".to_owned()
        }
        Proof::Circumstance(Circumstance::Stated) => match told.it.expected().service_known {
            Known::Service => "Stated by the service.".to_owned(),
            _ => "Stated by the request or its answer.".to_owned(),
        },
        Proof::Circumstance(Circumstance::Known) => {
            format!("Known from the catalogue of botocore {}.", catalog::VERSION)
        }
        Proof::Circumstance(Circumstance::Excluded) => {
            "Left over: both sides computed the same canonical request and the same string to sign, so only the key can have made another signature.".to_owned()
        }
        Proof::Circumstance(Circumstance::Suspected) => {
            "Possible: only circumstances speak for it.".to_owned()
        }
    }
}

/// Whose secret key was used, in words.
pub(super) fn key_words(it: &Examination<'_>, key: &KeySource, redactor: &Redactor) -> String {
    let id = it
        .stated()
        .map(|stated| stated.authorization.access_key_id().to_owned());
    let of = id.filter(|id| !id.is_empty());
    let of = of.map_or_else(String::new, |id| format!(" of {}", redactor.text(&id)));
    match key {
        KeySource::Found(place) => {
            format!("the secret key{of} ({})", redactor.text(place.as_bytes()))
        }
        _ => format!("the secret key{of}"),
    }
}

/// What was tried before the key is suspected.
fn tried(told: &Told<'_>, finding: &Finding) -> Option<String> {
    told.it.secret()?;
    let key = key_words(told.it, told.key, told.redactor);
    let ways = thousands(told.diagnosis.tried);
    let so = match finding.proof {
        Proof::Circumstance(Circumstance::Excluded) => "",
        _ => {
            " So another key signed, or what was sent is not what was captured, or the mistake is none that is known."
        }
    };
    let verified = told.diagnosis.verified.contains(&Verified::Signature);
    // Without a request, or a signature to compare with, nothing was tried.
    (!verified && told.diagnosis.tried > 0).then(|| {
        format!(
            "Tried: with {key}, neither the request as captured nor any of {ways} known ways to sign it wrong gives the signature that was sent.{so}"
        )
    })
}

/// `28,285`.
fn thousands(count: u64) -> String {
    let digits = count.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Words made a sentence, and the command at their end, which is text to copy.
fn with_command(words: &str) -> (String, Option<Block>) {
    match words.split_once(": countersign ") {
        Some((words, arguments)) => {
            let command = Text::marked(Mark::Strong, format!("countersign {arguments}"));
            let words = format!("{}:", sentence(words).trim_end_matches('.'));
            (words, Some(Block::Copy(command)))
        }
        None => (sentence(words), None),
    }
}

/// A fragment made a sentence.
pub(super) fn sentence(words: &str) -> String {
    let full = if words.ends_with(['.', '!', '?']) {
        ""
    } else {
        "."
    };
    // A host or a file keeps its case.
    let is_name = words
        .split(' ')
        .next()
        .is_some_and(|first| first.contains(['.', '/', '_', ':']));
    let mut characters = words.chars();
    match characters.next() {
        Some(first) if !is_name => format!("{}{}{full}", first.to_uppercase(), characters.as_str()),
        _ => format!("{words}{full}"),
    }
}

/// The diagnosis as typed values.
pub(super) fn answer(
    diagnosis: &Diagnosis,
    notes: &[Note],
    names: &Names,
    redactor: &Redactor,
) -> DiagnosisAnswer {
    let ids = |rules: &[&'static crate::diagnose::Rule]| {
        rules.iter().map(|rule| rule.id).collect::<Vec<_>>()
    };
    let value = |text: &Option<BString>| text.as_ref().map(|text| redactor.value(text));
    let findings = diagnosis.findings.iter().map(|finding| FindingAnswer {
        rule: finding.rule.id,
        proof: finding.proof.id(),
        parameter: value(&finding.parameter),
        summary: finding.rule.summary,
        fix: redactor.value(&finding.fix.words),
        edits: finding
            .fix
            .edits
            .iter()
            .map(|edit| edit_answer(edit, names, redactor))
            // What differs there is not shown.
            .filter(|edit| edit.from != edit.to)
            .collect(),
        expected: value(&finding.exhibit.expected),
        actual: value(&finding.exhibit.actual),
        with: ids(&finding.with),
        equivalent: ids(&finding.equivalent),
    });
    DiagnosisAnswer {
        verdict: diagnosis.verdict().id(),
        findings: findings.collect(),
        vacuous: ids(&diagnosis.vacuous),
        unchecked: diagnosis.unchecked.iter().map(unchecked_answer).collect(),
        notes: notes
            .iter()
            .map(|note| note_answer(note, names, redactor))
            .collect(),
        compared: diagnosis
            .confrontation
            .as_ref()
            .map(|held| confrontation::answer(held, redactor)),
    }
}

fn edit_answer(edit: &Edit, names: &Names, redactor: &Redactor) -> EditAnswer {
    EditAnswer {
        input: edit
            .at
            .as_ref()
            .map(|span| names.name(span.input).to_owned()),
        line: edit.at.as_ref().map(|span| span.first_line),
        from: redactor.value(&edit.from),
        to: redactor.value(&edit.to),
    }
}

fn unchecked_answer(unchecked: &Unchecked) -> UncheckedAnswer {
    UncheckedAnswer {
        rule: unchecked.rule.id,
        needs: unchecked.needs.id(),
    }
}

/// A note as typed values.
pub(super) fn note_answer(note: &Note, names: &Names, redactor: &Redactor) -> NoteAnswer {
    NoteAnswer {
        input: names.name(note.span.input).to_owned(),
        line: note.span.first_line,
        message: redactor.text(&note.message),
    }
}

/// Notes as blocks.
pub(super) fn note_blocks(notes: &[Note], names: &Names, redactor: &Redactor) -> Vec<Block> {
    let line = |note: &Note| {
        let (words, command) = with_command(&redactor.text(&note.message));
        let text = Text::plain("Note: ")
            .and(Mark::Path, names.place(&note.span))
            .and(Mark::Plain, ": ")
            .and(Mark::Plain, words);
        [Block::Paragraph(0, text)].into_iter().chain(command)
    };
    notes.iter().flat_map(line).collect()
}

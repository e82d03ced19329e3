//! Two sides beside one another, part by part: as a table, and as typed values.

use bstr::{BStr, ByteSlice};

use crate::{
    compare::{Comparison, Divergence, Kind, Part, Row, Stage, StageComparison},
    report::{
        Block, Caret, Compared, DiffRow, DivergenceAnswer, Mark, Redactor, RowValue, Sign,
        StageAnswer, Text, Under,
    },
    wire::target::percent_decode,
};

/// What the marks of a table mean.
pub(super) fn legend(indent: usize) -> Block {
    let marks = [
        "= same",
        "! differs",
        "~ differs in every request",
        "> follows from the above",
    ];
    Block::Items(indent, marks.map(Text::plain).to_vec())
}

/// The artifacts of both sides, part by part.
pub(super) fn table(
    comparison: &Comparison,
    sides: [&'static str; 2],
    notes: &[(&'static str, String)],
    redactor: &Redactor,
) -> Vec<Block> {
    let first = comparison.first_cause();
    let signed = comparison
        .stages
        .iter()
        .any(|stage| stage.stage == Stage::CanonicalRequest);
    let stages = comparison.stages.iter();
    let block = |stage: &StageComparison| {
        let heading = match (stage.stage, signed) {
            (Stage::Request, true) => "REQUEST, unsigned parts",
            (stage, _) => heading(stage),
        };
        let mut rows = rows(stage, first, redactor);
        for row in &mut rows {
            let mut own = notes.iter().filter(|(label, _)| row.label == *label);
            if let (Some((_, words)), Sign::Cause) = (own.next(), row.sign) {
                row.note = Some(Text::plain(words));
            }
        }
        Block::Compared(Compared {
            title: Text::marked(Mark::Strong, heading),
            sides,
            rows,
        })
    };
    stages.map(block).collect()
}

pub(super) fn heading(stage: Stage) -> &'static str {
    match stage {
        Stage::Request => "REQUEST",
        Stage::CanonicalRequest => "CANONICAL REQUEST",
        Stage::StringToSign => "STRING TO SIGN",
        Stage::CredentialScope => "CREDENTIAL SCOPE",
        Stage::SigningKey => "SIGNING KEY, derived from",
        Stage::Signature => "SIGNATURE",
    }
}

/// A part's name, without secrets and with whatever is invisible in it made visible.
pub(super) fn label(part: &Part, redactor: &Redactor) -> String {
    let name = name(part);
    Text::plain(redactor.text(name.as_bytes())).to_string()
}

fn name(part: &Part) -> String {
    match part {
        Part::Header(name) => name.to_str_lossy().into_owned(),
        Part::QueryPair(name) => format!("query {}", name.to_str_lossy()),
        Part::Headers => "order of headers".to_owned(),
        Part::SignedHeaders => "signed headers".to_owned(),
        Part::PayloadHash => "payload hash".to_owned(),
        Part::CanonicalRequestDigest => "canonical request".to_owned(),
        Part::AccessKeyId => "access key id".to_owned(),
        Part::ScopeDate => "date".to_owned(),
        Part::ScopeRegion => "region".to_owned(),
        Part::ScopeService => "service".to_owned(),
        Part::ScopeTerminator => "terminator".to_owned(),
        Part::SigningKey => "key".to_owned(),
        other => other.to_string(),
    }
}

/// More headers that are the same than this are folded into a count.
const SAME_SHOWN: usize = 12;

pub(super) fn rows(
    stage: &StageComparison,
    first: Option<(Stage, &Divergence)>,
    redactor: &Redactor,
) -> Vec<DiffRow> {
    let same = stage
        .rows
        .iter()
        .filter(|row| row.divergence().is_none())
        .count();
    let fold = same > SAME_SHOWN;
    let mut rows = Vec::new();
    for row in &stage.rows {
        match row {
            Row::Same {
                part: Part::Header(_),
                ..
            } if fold => {}
            Row::Same { part, text } => rows.push(same_row(part, text.as_bstr(), redactor)),
            Row::Differs(divergence) => {
                let is_first = first == Some((stage.stage, divergence));
                rows.push(row_of(divergence, is_first, redactor));
            }
        }
    }
    if fold {
        let headers = stage.rows.iter().filter(|row| {
            matches!(
                row,
                Row::Same {
                    part: Part::Header(_),
                    ..
                }
            )
        });
        let text = Text::marked(
            Mark::Same,
            format!("{} more headers, the same", headers.count()),
        );
        rows.push(DiffRow {
            sign: Sign::Same,
            label: String::new(),
            value: RowValue::One(text),
            first: false,
            note: None,
        });
    }
    rows
}

fn same_row(part: &Part, text: &BStr, redactor: &Redactor) -> DiffRow {
    let shown = match part {
        Part::PayloadHash | Part::CanonicalRequestDigest | Part::Signature => shortened(text),
        Part::SignedHeaders => {
            format!("{} names", text.split_str(";").count())
        }
        _ if text.is_empty() => "(empty)".to_owned(),
        Part::Body => excerpt(&redactor.text(text)),
        _ => redactor.text(text),
    };
    let value = RowValue::One(Text::marked(Mark::Same, shown));
    DiffRow {
        sign: Sign::Same,
        label: label(part, redactor),
        value,
        first: false,
        note: None,
    }
}

fn row_of(divergence: &Divergence, first: bool, redactor: &Redactor) -> DiffRow {
    let sign = match divergence.kind {
        Kind::Cause => Sign::Cause,
        Kind::EachRequest => Sign::EachRequest,
        Kind::Follows => Sign::Follows,
    };
    let text = |side: &Option<bstr::BString>| match side {
        None => "(absent)".to_owned(),
        Some(text) if text.is_empty() => "(empty)".to_owned(),
        Some(text) if is_digest(text) => shortened(text.as_bstr()),
        Some(text) if divergence.part == Part::Body => excerpt(&redactor.text(text)),
        Some(text) => redactor.text(text),
    };
    let (left, right) = (text(&divergence.left), text(&divergence.right));
    let digest = divergence.left.as_ref().is_some_and(|text| is_digest(text));
    let value = if divergence.part == Part::SigningKey && left == right {
        // What it is derived from is the same, and what comes out is not.
        let words = format!("{left} on both sides: the secret is another");
        RowValue::One(Text::marked(Mark::Actual, words))
    } else if divergence.kind == Kind::Cause && !digest {
        let caret = match (&divergence.left, &divergence.right) {
            (Some(mine), Some(theirs)) if !mine.is_empty() && !theirs.is_empty() => {
                caret(&left, &right)
            }
            _ => None,
        };
        RowValue::Two {
            left: Text::marked(Mark::Mine, left),
            right: Text::marked(Mark::Theirs, right),
            caret,
        }
    } else {
        RowValue::Short(
            Text::marked(Mark::Mine, left),
            Text::marked(Mark::Theirs, right),
        )
    };
    DiffRow {
        sign,
        label: label(&divergence.part, redactor),
        value,
        first,
        note: None,
    }
}

fn is_digest(text: &[u8]) -> bool {
    text.len() == 64 && text.iter().all(u8::is_ascii_hexdigit)
}

fn shortened(text: &BStr) -> String {
    match is_digest(text) {
        true => format!("{}…", text[..8].to_str_lossy()),
        false => text.to_str_lossy().into_owned(),
    }
}

/// A body on one line.
fn excerpt(text: &str) -> String {
    const SHOWN: usize = 200;
    match text.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}… ({} bytes)", &text[..at], text.len()),
        None => text.to_owned(),
    }
}

/// Where two texts differ, and how they are laid below one another: equal ends meet.
pub(super) fn caret(left: &str, right: &str) -> Option<Caret> {
    let (mine, theirs): (Vec<char>, Vec<char>) = (
        Text::plain(left).to_string().chars().collect(),
        Text::plain(right).to_string().chars().collect(),
    );
    let prefix = mine
        .iter()
        .zip(&theirs)
        .take_while(|(left, right)| left == right)
        .count();
    let rest = mine.len().min(theirs.len()) - prefix;
    let ends = mine.iter().rev().zip(theirs.iter().rev());
    let suffix = ends
        .take_while(|(left, right)| left == right)
        .count()
        .min(rest);
    let (left_differs, right_differs) =
        (mine.len() - prefix - suffix, theirs.len() - prefix - suffix);
    let encoding = encoding(left, right);
    let word = encoding.unwrap_or_else(|| {
        word(
            &mine[prefix..prefix + left_differs],
            &theirs[prefix..prefix + right_differs],
        )
    });
    // How often a text is encoded is said of the left one.
    let under = match encoding.is_some() || right_differs == 0 {
        true => Under::Left,
        false => Under::Right,
    };
    let columns = |text: &[char]| Text::plain(text.iter().collect::<String>()).width();
    let left = columns(&mine[prefix..prefix + left_differs]);
    let right = columns(&theirs[prefix..prefix + right_differs]);
    if left_differs.max(right_differs) == 0 {
        return None;
    }
    // Where only the beginning differs, the shorter text moves so that the ends meet.
    let shift = if prefix == 0 && suffix > 0 {
        left.abs_diff(right)
    } else {
        0
    };
    Some(Caret {
        left_indent: if left < right { shift } else { 0 },
        right_indent: if left < right { 0 } else { shift },
        at: columns(&mine[..prefix]),
        left,
        right,
        word,
        under,
    })
}

/// Whether one text is the other, percent-encoded.
fn encoding(left: &str, right: &str) -> Option<&'static str> {
    let decoded = |text: &str| percent_decode(text.as_bytes());
    if decoded(left) == right {
        Some(if right.contains('%') {
            "encoded twice"
        } else {
            "encoded"
        })
    } else if decoded(right) == left {
        Some(if left.contains('%') {
            "encoded once"
        } else {
            "not encoded"
        })
    } else {
        None
    }
}

/// What is the matter with a difference: what the left side has, seen from the right.
fn word(left: &[char], right: &[char]) -> &'static str {
    let text = |side: &[char]| side.iter().collect::<String>();
    let (left, right) = (text(left), text(right));
    let blank = |text: &str| !text.is_empty() && text.chars().all(char::is_whitespace);
    if blank(&left) || blank(&right) {
        "space"
    } else if left.is_empty() {
        "missing"
    } else if right.is_empty() {
        "extra"
    } else if left.to_lowercase() == right.to_lowercase() {
        "other case"
    } else {
        "differs"
    }
}

/// The first cause as typed values, with its stage.
pub(super) fn first_answer(
    comparison: &Comparison,
    redactor: &Redactor,
) -> Option<(&'static str, DivergenceAnswer)> {
    let (stage, first) = comparison.first_cause()?;
    Some((stage.id(), divergence_answer(first, redactor)))
}

/// The stages as typed values.
pub(super) fn stage_answers(comparison: &Comparison, redactor: &Redactor) -> Vec<StageAnswer> {
    let value = |text: &Option<bstr::BString>| text.as_ref().map(|text| redactor.value(text));
    let divergence = |divergence| divergence_answer(divergence, redactor);
    let stages = comparison.stages.iter();
    stages
        .map(|stage| StageAnswer {
            stage: stage.stage.id(),
            equal: stage.divergences().next().is_none(),
            mine: value(&stage.left),
            theirs: value(&stage.right),
            divergences: stage.divergences().map(divergence).collect(),
        })
        .collect()
}

fn divergence_answer(divergence: &Divergence, redactor: &Redactor) -> DivergenceAnswer {
    let value = |text: &Option<bstr::BString>| text.as_ref().map(|text| redactor.value(text));
    DivergenceAnswer {
        part: redactor.value(divergence.part.to_string().as_bytes()),
        kind: match divergence.kind {
            Kind::Cause => "cause",
            Kind::EachRequest => "each-request",
            Kind::Follows => "follows",
        },
        mine: value(&divergence.left),
        theirs: value(&divergence.right),
        at: divergence.at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_ends_meet() {
        let found = caret("List", "Prefix.List").unwrap();
        assert_eq!(
            (found.left_indent, found.at, found.width(), found.word),
            (7, 0, 7, "missing")
        );
        let found = caret("autoscaling", "autoscaling-plans").unwrap();
        assert_eq!(
            (found.left_indent, found.at, found.width(), found.word),
            (0, 11, 6, "missing")
        );
        assert_eq!(caret("/a%2520b", "/a%20b").unwrap().word, "encoded twice");
        assert_eq!(caret("A", "a").unwrap().word, "other case");
        assert_eq!(caret("a", "a"), None);
    }
}

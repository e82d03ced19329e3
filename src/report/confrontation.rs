use crate::{
    compare::Origin,
    diagnose::{Confrontation, Examination},
    evidence::{Claim, Party, Span},
    report::{Block, ComparedAnswer, Mark, Names, Redactor, Text, comparison},
    wire::Fidelity,
};

/// What the sides are called.
const SIDES: [&str; 2] = ["client", "service"];

/// The signer's artifacts beside the service's, part by part.
pub(super) fn blocks(
    held: &Confrontation,
    it: &Examination<'_>,
    names: &Names,
    redactor: &Redactor,
) -> Vec<Block> {
    let mut blocks = vec![
        Block::Blank,
        comparison::legend(0),
        Block::Table(vec![
            (Text::marked(Mark::Mine, SIDES[0]), client(held, it, names)),
            (
                Text::marked(Mark::Theirs, SIDES[1]),
                service(held, it, names),
            ),
        ]),
        Block::Blank,
    ];
    blocks.extend(comparison::table(&held.comparison, SIDES, &[], redactor));
    blocks
}

/// How the client's side is known.
fn client(held: &Confrontation, it: &Examination<'_>, names: &Names) -> Text {
    let attempt = it.attempt();
    let of = |party: Party| {
        let printed = attempt.canonical_request(party).map(|claim| &claim.span);
        printed.or_else(|| attempt.string_to_sign(party).map(|claim| &claim.span))
    };
    let (words, span) = match held.signer {
        Origin::Captured(_) => ("what the signer printed", of(Party::Signer)),
        Origin::Recomputed => ("what gives the signature that was sent, recomputed", None),
        Origin::Derived => (
            "what this request gives; the signer's own strings are not at hand",
            attempt.requests.first().map(|claim| &claim.span),
        ),
    };
    place(words, span, names)
}

fn service(held: &Confrontation, it: &Examination<'_>, names: &Names) -> Text {
    let words = match held.service {
        Fidelity::Reflowed => {
            "what the service computed, from a text whose white space was lost: white space was not compared"
        }
        _ => "what the service computed",
    };
    let refusal = it
        .attempt()
        .refusals
        .first()
        .map(|claim: &Claim<_>| &claim.span);
    place(words, refusal, names)
}

fn place(words: &str, span: Option<&Span>, names: &Names) -> Text {
    let text = Text::plain(words);
    match span {
        None => text,
        Some(span) => text
            .and(Mark::Plain, " (")
            .and(Mark::Path, names.name(span.input))
            .and(Mark::Plain, format!(", {})", Names::lines(span))),
    }
}

/// The same as typed values.
pub(super) fn answer(held: &Confrontation, redactor: &Redactor) -> ComparedAnswer {
    ComparedAnswer {
        client: match held.signer {
            Origin::Captured(_) => "printed",
            Origin::Recomputed => "recomputed",
            Origin::Derived => "derived",
        },
        first_divergence: comparison::first_answer(&held.comparison, redactor),
        stages: comparison::stage_answers(&held.comparison, redactor),
    }
}

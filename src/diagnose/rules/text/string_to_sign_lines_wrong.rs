use bstr::{BStr, ByteSlice};

use crate::diagnose::{
    Check, Draft, Examination, Fix, Frame, Rule, RuleStage, TextChange, Tier, Variant,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "string-to-sign-lines-wrong",
    summary: "the string to sign lacks a line, or has its lines in another order",
    stage: RuleStage::Text,
    tier: Tier::C,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
The string to sign has four lines: the algorithm, the signing time, the credential scope, and the
hash of the canonical request. The signer left one of the first three out, put the scope before the
time, or joined the lines with nothing between them.

## How it shows
`SignatureDoesNotMatch` or `InvalidSignatureException`, for every call, with a signer of one's
own.

## How it is proved
The mistake is made, and the string to sign comes out as the signer printed it, or the signature
comes out as sent.

## Fix
Join algorithm, time, scope and hash with line feeds, in this order.

## Seen in
no thread; a mistake of many first attempts, shown by mutation
",
    check: Check::Make(make),
    fix,
};

fn make(_draft: &Draft, _it: &Examination<'_>, out: &mut Vec<Variant>) {
    let forms: [(TextChange, &str); 5] = [
        (|text| lines(text, &[1, 2, 3]), "without the algorithm"),
        (|text| lines(text, &[0, 2, 3]), "without the time"),
        (|text| lines(text, &[0, 1, 3]), "without the scope"),
        (
            |text| lines(text, &[0, 2, 1, 3]),
            "the scope before the time",
        ),
        (|text| text.replace("\n", ""), "without line feeds"),
    ];
    for (change, form) in forms {
        let frame = Frame::of_string_to_sign(change);
        out.push(RULE.variant().framed(frame).named(form));
    }
}

/// The lines of the string to sign that stand in `kept`, in its order; the last one may hold line
/// feeds itself.
fn lines(text: &[u8], kept: &[usize]) -> Vec<u8> {
    let lines: Vec<&[u8]> = text.splitn_str(4, "\n").collect();
    let kept = kept.iter().filter_map(|at| lines.get(*at));
    bstr::join("\n", kept)
}

fn fix(_it: &Examination<'_>, _parameter: Option<&BStr>) -> Fix {
    Fix::words(
        "join the algorithm, the time, the scope and the hash with line feeds, in this order",
    )
}

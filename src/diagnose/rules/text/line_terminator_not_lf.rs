use bstr::{BStr, ByteSlice};

use crate::diagnose::{
    Check, Circumstance, Draft, Examination, Fix, Frame, Observation, Rule, RuleStage, TextChange,
    Tier, Variants,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "line-terminator-not-lf",
    summary: "the lines of the canonical request or the string to sign do not end in a line feed alone",
    stage: RuleStage::Text,
    tier: Tier::C,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
Both texts have a single line feed between their lines. The signer joined them with CR LF, with
CR, with a space, or with a backslash and an `n`, as a single-quoted string has it.

## How it shows
`SignatureDoesNotMatch` or `InvalidSignatureException`, for every call, with a signer of one's
own.

## How it is proved
The mistake is made, and the canonical request hashes to the signer's digest, the string to sign
comes out as the signer printed it, or the signature comes out as sent. A string that is printed
with `\\n` in it, below a canonical request that is printed in lines, is suspected.

## Fix
Join the lines with the byte 0A and nothing else.

## Seen in
whosebug.com/question/6328044 (a copy of a Stack Overflow thread: CHAR(13) in T-SQL)
",
    check: Check::Both { observe, make },
    fix,
};

/// A string printed with `\n` in it, below a canonical request that was printed in lines.
fn observe(it: &Examination<'_>) -> Vec<Observation> {
    if !it.prints_in_two_ways() {
        return Vec::new();
    }
    let sign = "the string to sign is printed with \\n in it, and the canonical request in lines: either it was printed in two ways, or so it was signed";
    vec![Observation::new(Circumstance::Suspected).sign(sign)]
}

fn make(_draft: &Draft, _it: &Examination<'_>, out: &mut Variants<'_>) {
    let endings: [(TextChange, &str); 4] = [
        (|text| text.replace("\n", "\r\n"), "CR LF"),
        (|text| text.replace("\n", "\r"), "CR"),
        (|text| text.replace("\n", "\\n"), "a backslash and n"),
        (|text| text.replace("\n", " "), "a space"),
    ];
    for (change, ending) in endings {
        let request = Frame::of_canonical_request(change);
        let string = Frame::of_string_to_sign(change);
        let forms = [
            (request.and(&string), "in both texts"),
            (request, "in the canonical request"),
            (string, "in the string to sign"),
        ];
        for (frame, place) in forms {
            out.push(
                RULE.variant()
                    .framed(frame)
                    .named(format!("{ending} {place}")),
            );
        }
    }
}

fn fix(_it: &Examination<'_>, _parameter: Option<&BStr>) -> Fix {
    Fix::words("join the lines with a single line feed (0A) in both texts")
}

use bstr::BStr;

use crate::diagnose::{Check, Draft, Examination, Fix, Frame, Rule, RuleStage, Tier, Variants};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "trailing-line-feed",
    summary: "a line feed stands behind the last line",
    stage: RuleStage::Text,
    tier: Tier::C,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
Neither the canonical request nor the string to sign ends in a line feed: the payload hash and the
digest are the last bytes. The signer ended every line with one, as `echo`, a here-document, a text
template or `println` does.

## How it shows
`SignatureDoesNotMatch` or `InvalidSignatureException`, for every call, with a signer of one's
own.

## How it is proved
The mistake is made, and the canonical request hashes to the signer's digest, the string to sign
comes out as the signer printed it, or the signature comes out as sent.

## Fix
Join the lines with line feeds and put none behind the last; with a shell, `printf '%s'`.

## Seen in
no thread; a mistake of many first attempts, shown by mutation
",
    check: Check::Make(make),
    fix,
};

fn make(_draft: &Draft, _it: &Examination<'_>, out: &mut Variants<'_>) {
    let request = Frame::of_canonical_request(ended);
    let string = Frame::of_string_to_sign(ended);
    let forms = [
        (request, "behind the canonical request"),
        (string, "behind the string to sign"),
        (request.and(&string), "behind both texts"),
    ];
    for (frame, form) in forms {
        out.push(RULE.variant().framed(frame).named(form));
    }
}

fn ended(text: &[u8]) -> Vec<u8> {
    [text, b"\n"].concat()
}

fn fix(_it: &Examination<'_>, _parameter: Option<&BStr>) -> Fix {
    Fix::words("put no line feed behind the last line of either text")
}

use bstr::{BStr, BString, ByteSlice};

use crate::{
    diagnose::rules::{
        escapes::{self, Piece},
        query::line::{self, Pair},
    },
    diagnose::{Check, Draft, Examination, Fix, Rule, RuleStage, Slot, Tier, Variants},
    wire::target::percent_decode,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "query-not-encoded",
    summary: "the query was signed without being encoded, or encoded in part",
    stage: RuleStage::Query,
    tier: Tier::B,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
Names and values of the canonical query have everything encoded but `A-Z a-z 0-9 - . _ ~`, the
slash too. The signer took the query as it was sent, took it plainly, or used an encoder that
leaves some characters alone, in all values or in one of them. Of a presigned URL
presign-url-reencoded sees that too.

## How it shows
`SignatureDoesNotMatch` or `InvalidSignatureException`, only for calls with such characters in a
parameter.

## How it is proved
The mistake is made, and the canonical request hashes to the signer's digest, or the signature
comes out as sent.

## Fix
Encode every byte but `A-Z a-z 0-9 - . _ ~` in names and values.

## Seen in
durch/rust-s3#115, curl/curl#11794, inreachventures/aws-signing-request-interceptor#44,
danieljoos/aws-sign-web#16
",
    check: Check::Make(make),
    fix,
};

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    let mut seen: Vec<BString> = vec![draft.get(Slot::CanonicalQuery).to_owned()];
    let mut push = |line: BString, form: String| {
        if !seen.contains(&line) {
            seen.push(line.clone());
            out.push(RULE.variant().with(Slot::CanonicalQuery, line).named(form));
        }
    };
    push(
        line::map(draft, |text| percent_decode(text)),
        "not at all".to_owned(),
    );
    push(as_sent(draft, it), "as it was sent".to_owned());
    let sets = escapes::LEFT_ALONE
        .iter()
        .map(|(name, set)| ((*name).to_owned(), (*set).to_owned()));
    let singles = "/:!*'()@=&,;$+[] "
        .chars()
        .map(|one| (one.to_string(), one.to_string()));
    let escaped: Vec<u8> = escapes::pieces(draft.get(Slot::CanonicalQuery))
        .filter_map(|piece| match piece {
            Piece::Escape(_, byte) => Some(byte),
            Piece::Plain(_) => None,
        })
        .collect();
    for (name, characters) in sets.chain(singles) {
        if !characters.bytes().any(|one| escaped.contains(&one)) {
            continue;
        }
        let line = line::map(draft, |text| escapes::unencode(text, &characters));
        push(line, format!("{name} left alone"));
    }
    if !out.wants_alone() {
        return;
    }
    for (name, line) in line::each_alone(draft, |text| percent_decode(text)) {
        if !seen.contains(&line) {
            let variant = RULE.variant().with(Slot::CanonicalQuery, line);
            let form = [&name[..], b" alone not encoded"].concat();
            out.push(variant.named(form).alone());
        }
    }
}

/// The line with each pair as it was sent, where it was.
fn as_sent(draft: &Draft, it: &Examination<'_>) -> BString {
    let query = it
        .request()
        .and_then(|request| request.query())
        .unwrap_or_default();
    let mut sent: Vec<Pair> = line::split(query);
    let changed: Vec<Pair> = line::pairs(draft)
        .into_iter()
        .map(|pair| {
            let of_pair = |raw: &Pair| {
                let decoded = |text: &BString| percent_decode(&text.replace("+", " "));
                let value = raw.value.clone().unwrap_or_default();
                decoded(&raw.name) == percent_decode(&pair.name)
                    && decoded(&value)
                        == percent_decode(pair.value.as_deref().map_or(&[][..], |value| value))
            };
            match sent.iter().position(of_pair) {
                Some(at) => Pair {
                    value: pair
                        .value
                        .as_ref()
                        .and(sent.remove(at).value.or(Some(BString::default()))),
                    ..pair
                },
                None => pair,
            }
        })
        .collect();
    line::join(&changed)
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    let words = "encode every byte but A-Z a-z 0-9 - . _ ~ in names and values";
    let mut fix = Fix::undo(&RULE, it, parameter, words);
    let token = |text: &BString| {
        let mut pairs = line::split(text.as_bstr()).into_iter();
        pairs.find(|pair| pair.name == "X-Amz-Security-Token")
    };
    if fix
        .edits
        .iter()
        .any(|edit| token(&edit.from) != token(&edit.to))
    {
        let of_token = "; those of the session token too: + is %2B, / is %2F, = is %3D";
        fix.words.extend_from_slice(of_token.as_bytes());
    }
    fix
}

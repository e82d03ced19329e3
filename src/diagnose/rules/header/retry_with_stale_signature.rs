use bstr::{BStr, BString, ByteSlice};

use crate::{
    diagnose::rules::header::earlier,
    diagnose::{Check, Draft, Examination, Fix, Rule, RuleStage, Slot, Tier, Variants},
    sigv4::canonical_value,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "retry-with-stale-signature",
    summary: "a retry was sent with the signature of an earlier attempt",
    stage: RuleStage::Header,
    tier: Tier::B,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
A retry changed headers that are signed (`amz-sdk-request`, the date, an invocation id) and kept
the old signature; or the signer signs the `Authorization` header of the attempt before with all
others.

## How it shows
`SignatureDoesNotMatch` or `InvalidSignatureException`, from the second attempt on.

## How it is proved
The line is made as the signer's own canonical request, another capture of the request, or a
well-known default has it; then the canonical request hashes to the signer's digest, or the
signature comes out as sent.

## Fix
Sign every attempt anew, from a request without the headers of the last signing.

## Seen in
aws/aws-sdk-go-v2#533, aws/aws-sdk-go-v2#537, aws/aws-sdk-go#4219, aws/aws-sdk-go#632,
aws/aws-sdk-net#4050, wojtekmach/req#564
",
    check: Check::Make(make),
    fix,
};

/// Headers that change from attempt to attempt.
const NAMES: [&str; 4] = [
    "amz-sdk-request",
    "amz-sdk-invocation-id",
    "amz-sdk-retry",
    "authorization",
];

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    for name in NAMES {
        let now = draft.header(name).unwrap_or_default();
        earlier::lines(&RULE, draft, it, name, guesses(name, now), out);
    }
    // All that an earlier attempt had.
    let own = it.request();
    let others = it.witnesses().filter(|other| Some(*other) != own);
    for (at, other) in others.enumerate() {
        let lines = draft.with_headers(|name, _| {
            let value = other
                .headers
                .iter()
                .find(|field| field.name.eq_ignore_ascii_case(name))?;
            Some(canonical_value(value.value.as_bstr()).into_owned())
        });
        let mut variant = RULE.variant().with(Slot::CanonicalHeaders, lines);
        if let Some(date) = other.header("x-amz-date").filter(|date| date.len() == 16) {
            variant = variant.with(Slot::Timestamp, date);
        }
        out.push(
            variant
                .named(format!("every header of capture {}", at + 1))
                .of_change(),
        );
    }
}

/// Earlier attempts' values: `attempt=2; max=3` was `attempt=1; max=3`.
fn guesses(name: &str, now: &BStr) -> Vec<BString> {
    let Some((_, behind)) = now
        .split_once_str("attempt=")
        .filter(|_| name == "amz-sdk-request")
    else {
        return Vec::new();
    };
    let digits = behind
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let (number, rest) = behind.split_at(digits);
    let number: u8 = number
        .to_str()
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(1);
    let with = |attempt: u8| {
        now.replace(
            [b"attempt=", behind].concat(),
            [format!("attempt={attempt}").as_bytes(), rest].concat(),
        )
    };
    let mut values: Vec<BString> = (1..number.min(10)).rev().map(|n| with(n).into()).collect();
    values.extend(earlier::texts(&["attempt=1", "attempt=1; max=3"]));
    values
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    Fix::undo(
        &RULE,
        it,
        parameter,
        "sign every attempt anew, and never sign the Authorization header",
    )
}

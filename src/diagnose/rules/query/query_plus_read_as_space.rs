use bstr::{BStr, BString, ByteSlice};

use crate::{
    diagnose::rules::query::line::{self, Pair},
    diagnose::{Check, Draft, Examination, Fix, Rule, RuleStage, Slot, Tier, Variants},
    sigv4::encode,
    wire::target::percent_decode,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "query-plus-read-as-space",
    summary: "a plus sign in the query was read as a space, or the other way about",
    stage: RuleStage::Query,
    tier: Tier::A,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
A plus that is meant as a plus is `%2B` on the wire and in the canonical query. One side decoded
it as a form would and signed `%20` in its place. Or a plain `+` was sent and signed as a plus,
and the service takes it for a space.

## How it shows
`SignatureDoesNotMatch` or `InvalidSignatureException`, only for calls with a plus in a parameter:
base64, times with an offset, e-mail addresses.

## How it is proved
The mistake is made, and the canonical request hashes to the signer's digest, or the signature
comes out as sent. A plain `+` that was signed as a plus is a suspicion until the service refuses
the signature, for not every service takes it for a space.

## Fix
Decode `%XX` alone, send a plus as `%2B`, and sign `%2B`.

## Seen in
smithy-lang/smithy-rs#4227, envoyproxy/envoy#40619, ceph/ceph#10919, ceph/ceph#16116
",
    check: Check::Make(make),
    fix,
};

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    let line = draft.get(Slot::CanonicalQuery);
    let variant = |line: BString, form: &str| {
        let variant = RULE.variant().with(Slot::CanonicalQuery, line);
        variant.named(form)
    };
    let as_space = line.replace("%2B", "%20");
    out.push(variant(as_space.into(), "a plus signed as a space"));
    // A pair that was sent with a plain plus, and its spaces signed as pluses.
    let query = it.request().and_then(|request| request.query());
    let sent = |pair: &Pair| {
        let text = pair.text();
        line::split(query.unwrap_or_default()).iter().any(|raw| {
            let raw = raw.text();
            raw.contains(&b'+') && encode_plain(&raw.replace("+", " ")) == text
        })
    };
    let changed: Vec<Pair> = line::pairs(draft)
        .into_iter()
        .map(|pair| match (sent(&pair), pair.value) {
            (true, Some(value)) => Pair {
                value: Some(value.replace("%20", "%2B").into()),
                ..pair
            },
            (_, value) => Pair { value, ..pair },
        })
        .collect();
    // Some servers take a plain + for a plus, as the standard for URLs does.
    let as_plus = variant(line::join(&changed), "a + signed as a plus");
    out.push(as_plus.where_refused());
}

/// A raw pair in canonical form.
fn encode_plain(raw: &[u8]) -> BString {
    let (name, value) = raw.split_once_str("=").unwrap_or((raw, b""));
    let encoded = |text: &[u8]| encode(&percent_decode(text));
    [encoded(name).as_bytes(), b"=", &encoded(value)]
        .concat()
        .into()
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    Fix::undo(
        &RULE,
        it,
        parameter,
        "send and sign a plus as %2B, a space as %20",
    )
}

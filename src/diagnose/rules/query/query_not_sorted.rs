use bstr::{BStr, BString, ByteSlice};

use crate::{
    diagnose::{
        Check, Circumstance, Draft, Examination, Fix, Observation, Rule, RuleStage, Slot, Tier,
        Variants,
    },
    wire::target::pairs,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "query-not-sorted",
    summary: "the query was signed in another order than the sorted one",
    stage: RuleStage::Query,
    tier: Tier::A,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
The canonical query has its pairs sorted, by encoded name and then by encoded value. The signer
left them in the order in which they are sent.

## How it shows
`SignatureDoesNotMatch` or `InvalidSignatureException`, only for calls with two parameters or more
that happen to stand out of order.

## How it is proved
The mistake is made, and the canonical request hashes to the signer's digest, or the signature comes
out as sent.

A canonical request alone says so itself.

## Fix
Sort the pairs by name, then by value, after encoding them. What is sent may stay as it is.

## Seen in
curl/curl#9717, lucacasonato/deno_aws_sign_v4#7, ticofab/aws-request-signer#9, NetSPI/AWSSigner#13
",
    check: Check::Both { observe, make },
    fix,
};

/// The signer's own line, with nothing beside it.
fn observe(it: &Examination<'_>) -> Vec<Observation> {
    // With a request or the service's lines beside it, making the mistake tells more.
    let alone = it.request().is_none() && it.service_text().is_none();
    let Some(printed) = it.printed().filter(|_| alone && !it.accepted()) else {
        return Vec::new();
    };
    let line = printed.get(Slot::CanonicalQuery);
    let parts: Vec<(&[u8], &[u8])> = line
        .split_str("&")
        .map(|pair| pair.split_once_str("=").unwrap_or((pair, b"")))
        .collect();
    // A question mark or what is no name is another mistake.
    let is_name = |name: &[u8]| {
        let is_encoded = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~%".contains(byte);
        !name.is_empty() && name.iter().all(is_encoded)
    };
    let first = parts.windows(2).find(|pair| pair[0] > pair[1]);
    let Some([_, (name, _)]) = first.filter(|_| parts.iter().all(|(name, _)| is_name(name))) else {
        return Vec::new();
    };
    let mut sorted = parts.clone();
    sorted.sort_unstable();
    let [actual, expected] = [&parts, &sorted].map(|parts| {
        let pairs = parts
            .iter()
            .map(|(name, value)| [name, &b"="[..], value].concat());
        bstr::join("&", pairs)
    });
    vec![
        Observation::new(Circumstance::Stated)
            .shows(actual, expected)
            .at(it.locate_signed(&[name, &b"="[..]].concat())),
    ]
}

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    let sent = it
        .request()
        .map(|request| request.query().unwrap_or_default().to_owned());
    let Some(query) = sent.or_else(|| signed_order(it)) else {
        return;
    };
    let line = draft.get(Slot::CanonicalQuery);
    // The pairs as they are in the canonical query, in the order of their names on the wire.
    let mut left: Vec<(&BStr, &[u8])> = line
        .split_str("&")
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            (
                pair.split_str("=").next().unwrap_or_default().as_bstr(),
                pair,
            )
        })
        .collect();
    let mut ordered: Vec<&[u8]> = Vec::new();
    for raw in pairs(query.as_bstr()) {
        let name = crate::wire::target::percent_decode(raw.name);
        let value = crate::wire::target::percent_decode(raw.value.unwrap_or_default());
        let encoded = crate::sigv4::encode(&name);
        let whole = [encoded.as_bytes(), b"=", &crate::sigv4::encode(&value)].concat();
        let exact = left.iter().position(|(_, pair)| *pair == whole);
        let at = exact.or_else(|| left.iter().position(|(own, _)| *own == encoded));
        if let Some(at) = at {
            ordered.push(left.remove(at).1);
        }
    }
    ordered.extend(left.into_iter().map(|(_, pair)| pair));
    let mut without_case: Vec<&[u8]> = line.split_str("&").collect();
    without_case.sort_by_key(|pair| pair.to_ascii_lowercase());
    let backwards: Vec<&[u8]> = line.rsplit_str("&").collect();
    let forms = [
        (names_alone(&ordered), "names in the order of the wire"),
        (ordered, "in the order of the wire"),
        (without_case, "without regard to case"),
        (backwards, "backwards"),
    ];
    let mut seen = vec![line.to_vec()];
    for (pairs, form) in forms {
        let text = pairs.join(&b'&');
        if !seen.contains(&text) {
            seen.push(text.clone());
            let variant = RULE.variant().with(Slot::CanonicalQuery, text);
            out.push(variant.named(form));
        }
    }
}

/// The pairs with equal names together, where the first of them stands, sorted by their values.
fn names_alone<'a>(ordered: &[&'a [u8]]) -> Vec<&'a [u8]> {
    let name = |pair: &'a [u8]| pair.split_str("=").next().unwrap_or_default();
    let place = |pair: &'a [u8]| ordered.iter().position(|own| name(own) == name(pair));
    let mut pairs = ordered.to_vec();
    pairs.sort_by_cached_key(|pair| (place(pair), *pair));
    pairs
}

/// The signer's own line, where the request is not at hand and the line follows no order.
fn signed_order(it: &Examination<'_>) -> Option<BString> {
    let line = it.signed_piece(Slot::CanonicalQuery)?;
    let sorted = line.split_str("&").collect::<Vec<_>>().is_sorted();
    (!sorted).then_some(line)
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    let words = "sort the pairs of the canonical query by name, then by value";
    Fix::undo(&RULE, it, parameter, words)
}

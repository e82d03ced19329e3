use bstr::{BStr, BString, ByteSlice};

use crate::{
    diagnose::{
        Check, Draft, Examination, Fix, Rule, RuleStage, Slot, Tier, Variants,
        rules::query::line::{self, Pair},
    },
    sigv4::{ALGORITHM, Placement, Sha256Digest, encode},
    wire::target::percent_decode,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "query-line-miswritten",
    summary: "the line of the query holds something that is not the query",
    stage: RuleStage::Query,
    tier: Tier::C,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
The third line of the canonical request is the query as it is sent, without its question mark: pairs
joined by `&`. The signer kept the question mark, left an `&` at an end, put the fields of a form there
that travel in the body, or the `X-Amz-` parameters of a presigned URL though it signs in a header.

## How it shows
`SignatureDoesNotMatch` or `InvalidSignatureException`, for every call, with a signer of one's
own.

## How it is proved
The mistake is made, and the canonical request hashes to the signer's digest, or the signature
comes out as sent.

## Fix
Write the pairs of the URL's query there, and nothing else; without a query the line is empty.

## Seen in
no thread; a mistake of many first attempts, shown by mutation
",
    check: Check::Make(make),
    fix,
};

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    let query = draft.get(Slot::CanonicalQuery);
    let variant = |text: &[u8], form: &str| {
        let variant = RULE.variant().with(Slot::CanonicalQuery, text);
        variant.named(form)
    };
    if !query.is_empty() {
        out.push(variant(
            &[b"?", query.as_bytes()].concat(),
            "a question mark before it",
        ));
        out.push(variant(
            &[query.as_bytes(), b"&"].concat(),
            "an & at its end",
        ));
        out.push(variant(
            &[b"&", query.as_bytes()].concat(),
            "an & before it",
        ));
        if query.contains(&b'&') {
            let escaped = variant(&query.replace("&", "&amp;"), "&amp; for &");
            out.push(escaped.alone());
        }
    }
    if let Some(fields) = fields(it).filter(|_| query.is_empty()) {
        let whole = variant(&fields, "the form that is the body");
        let empty = Sha256Digest::of(b"").to_string();
        out.push(whole.clone());
        out.push(
            whole
                .with(Slot::PayloadHash, empty)
                .named("the form in place of the body"),
        );
    }
    let every = draft.get(Slot::SignedHeaders);
    let fewest = BStr::new("host;x-amz-date");
    for parameters in [every, fewest]
        .iter()
        .filter_map(|list| parameters(draft, it, list))
    {
        let mut pairs: Vec<&[u8]> = query.split_str("&").filter(|own| !own.is_empty()).collect();
        pairs.extend(parameters.iter().map(|pair| pair.as_bytes()));
        pairs.sort_unstable();
        out.push(variant(
            &pairs.join(&b'&'),
            "the parameters of a presigned URL",
        ));
    }
}

/// The pairs of a form that is the body, as the query would have them.
fn fields(it: &Examination<'_>) -> Option<BString> {
    let request = it.request()?;
    let kind = request.header("content-type")?;
    kind.contains_str("form-urlencoded").then_some(())?;
    let body = request.body.bytes().filter(|body| body.contains(&b'='))?;
    let plain = |text: &BString| percent_decode(&text.replace("+", " "));
    let mut pairs: Vec<Pair> = line::split(body.as_bstr());
    for pair in &mut pairs {
        pair.name = encode(&plain(&pair.name));
        pair.value = Some(encode(&plain(&pair.value.clone().unwrap_or_default())));
    }
    pairs.sort_by(|one, other| (&one.name, &one.value).cmp(&(&other.name, &other.value)));
    Some(line::join(&pairs))
}

/// What a presigned URL states in its query, of a request that states it in its header.
fn parameters(draft: &Draft, it: &Examination<'_>, list: &BStr) -> Option<Vec<BString>> {
    let stated = it
        .stated()
        .filter(|stated| stated.placement == Placement::Header)?;
    let texts: [(&str, &[u8]); 4] = [
        ("X-Amz-Algorithm", ALGORITHM.as_bytes()),
        ("X-Amz-Credential", &stated.authorization.credential),
        ("X-Amz-Date", draft.get(Slot::Timestamp)),
        ("X-Amz-SignedHeaders", list),
    ];
    let pair = |(name, text): (&str, &[u8])| [name.as_bytes(), b"=", &encode(text)].concat();
    Some(texts.map(pair).map(BString::from).to_vec())
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    let words = "write the pairs of the URL's query on this line, and nothing else";
    Fix::undo(&RULE, it, parameter, words)
}

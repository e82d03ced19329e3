use bstr::{BString, ByteSlice};

use crate::{
    diagnose::{
        Circumstance, Diagnosis, Examination, Exhibit, Finding, Link, Need, Proof, Rule, RuleStage,
        Unchecked, Verified, proof, rules::rules,
    },
    sigv4::{ChunkSigning, ChunkedBody, Signature, SigningKey},
};

/// Looks at the signatures of an upload's chunks.
pub(super) fn look(it: &Examination<'_>, diagnosis: &mut Diagnosis) {
    let chained = rules().iter().filter(|rule| rule.check.forms().is_some());
    for rule in chained {
        match derive(it, rule, diagnosis) {
            Chain::Unsigned => diagnosis.vacuous.push(rule),
            Chain::Lacks(needs) => diagnosis.unchecked.push(Unchecked { rule, needs }),
            Chain::Unfounded => {}
            Chain::Right => diagnosis.verified.push(Verified::Chunks),
            Chain::Departs(finding) => diagnosis.findings.push(*finding),
        }
    }
}

/// What came of looking at the signatures of an upload's chunks.
enum Chain {
    /// The chunks are not signed, or there are none.
    Unsigned,
    /// It could not be looked at for want of this.
    Lacks(Need),
    /// The request's own signature is not understood, so neither is what is chained to it.
    Unfounded,
    /// Every one is right.
    Right,
    /// One departs; those behind it were not looked at.
    Departs(Box<Finding>),
}

/// Derives the chain of an upload's chunk signatures and finds the first that departs.
fn derive(it: &Examination<'_>, rule: &'static Rule, diagnosis: &Diagnosis) -> Chain {
    if !signs_chunks(it) {
        return Chain::Unsigned;
    }
    let body = it.request().and_then(|request| request.body.bytes());
    let Some(body) = body.and_then(|body| ChunkedBody::parse(body).ok()) else {
        return Chain::Lacks(Need::Body);
    };
    let (Some(secret), Some(stated)) = (it.secret(), it.stated()) else {
        return Chain::Lacks(Need::Secret);
    };
    let seed = Signature::parse(&stated.authorization.signature).ok();
    let proven = |finding: &Finding| {
        matches!(finding.proof, Proof::Signature(_)) && finding.rule.stage != RuleStage::Key
    };
    let founded =
        diagnosis.verified.contains(&Verified::Signature) || diagnosis.findings.iter().any(proven);
    let (Some(seed), Some(timestamp), Some(scope)) = (seed, stated.time(), stated.scope()) else {
        return Chain::Unfounded;
    };
    if !founded {
        return Chain::Unfounded;
    }
    let key = SigningKey::derive(secret, &scope);
    let signing = ChunkSigning {
        timestamp,
        scope: &scope,
        key: &key,
        seed,
    };
    match (0..links(&body)).find_map(|at| departure(it, rule, &Link::new(signing, &body, at))) {
        Some(finding) => Chain::Departs(Box::new(finding)),
        None => Chain::Right,
    }
}

/// Whether the request says that its chunks are signed with HMAC.
fn signs_chunks(it: &Examination<'_>) -> bool {
    const KEYWORDS: [&str; 2] = [
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
    ];
    let stated = it.header("x-amz-content-sha256").map(|value| value.trim());
    stated.is_some_and(|stated| KEYWORDS.iter().any(|keyword| stated == keyword.as_bytes()))
}

/// How many signatures the chain has.
fn links(body: &ChunkedBody<'_>) -> usize {
    body.chunks.len() + usize::from(!body.trailer.fields.is_empty())
}

/// The finding about a link whose signature is not the one that is derived.
fn departure(it: &Examination<'_>, rule: &'static Rule, link: &Link<'_>) -> Option<Finding> {
    let right = link.signing.key.sign(&link.string_to_sign()).to_string();
    let sent = link.sent().unwrap_or_default();
    if *sent == right.as_bytes() {
        return None;
    }
    let key = link.signing.key;
    let made = rule.check.forms().into_iter().flat_map(|make| make(link));
    let proven = made
        .filter_map(|(form, text)| Some((form, proof::chunk(key, &text, sent)?)))
        .next();
    let name = link.name();
    let (parameter, proof) = match proven {
        Some((form, proof)) => (format!("{name}: {form}"), Proof::Signature(proof)),
        None => (name, Proof::Circumstance(Circumstance::Stated)),
    };
    let mut signs: Vec<BString> = Vec::new();
    if link.is_followed_from(sent) {
        signs.push("what stands behind it follows from the signature that is sent here".into());
    }
    Some(Finding {
        rule,
        proof,
        fix: (rule.fix)(it, Some(parameter.as_bytes().as_bstr())),
        parameter: Some(parameter.into()),
        exhibit: Exhibit {
            expected: Some(right.into()),
            actual: Some(sent.to_owned()),
            at: it.locate(sent),
            signs,
        },
        with: Vec::new(),
        equivalent: Vec::new(),
    })
}

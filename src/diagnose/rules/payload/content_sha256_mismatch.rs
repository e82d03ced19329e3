use bstr::{BStr, BString, ByteSlice};

use crate::{
    diagnose::{Check, Circumstance, Examination, Fix, Observation, Rule, RuleStage, Tier},
    evidence::Statement,
    sigv4::Sha256Digest,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "content-sha256-mismatch",
    summary: "x-amz-content-sha256 is not the hash of the body that was sent",
    stage: RuleStage::Payload,
    tier: Tier::A,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
The header `x-amz-content-sha256` states the SHA-256 of the body, and the body that was sent has
another: the signer hashed no body at all (`e3b0c442…` is the hash of nothing), hashed a file before
it was changed, or read a stream to its end before sending it.

## How it shows
Amazon S3 answers 400 `XAmzContentSHA256Mismatch` with both hashes.

## How it is proved
The service states both hashes; or the captured body is hashed and compared with the header.

## Fix
Hash exactly the bytes that are sent, and sign again: the header is part of the signature.

## Seen in
grosskur/lua-resty-aws#2, postmanlabs/postman-app-support#3680, s3tools/s3cmd#812, 10up/snapshots#25
",
    check: Check::Observe(observe),
    fix,
};

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    let Some((stated, computed)) = hashes(it) else {
        return Vec::new();
    };
    let mut observation = Observation::new(Circumstance::Stated)
        .at(it.locate(&stated))
        .shows(stated.clone(), computed.clone())
        .named(computed);
    if stated == Sha256Digest::OF_NOTHING.to_string() {
        observation = observation.sign("the stated hash is that of no body at all");
    }
    vec![observation]
}

/// The hash that the request states and the one that the body has, where they differ.
fn hashes(it: &Examination<'_>) -> Option<(BString, BString)> {
    let header = it
        .request()
        .and_then(|request| request.header("x-amz-content-sha256"));
    let said = it
        .statements()
        .iter()
        .find_map(|statement| match statement {
            Statement::PayloadHashDiffers { stated, computed } => {
                Some((stated.clone(), computed.clone()))
            }
            _ => None,
        });
    let body = || {
        it.request()?
            .body
            .bytes()
            .map(|body| Sha256Digest::of(body).to_string().into())
    };
    if let Some((stated, computed)) = said {
        let stated = stated.or_else(|| header.map(|value| value.trim().into()))?;
        return Some((stated, computed.or_else(body)?));
    }
    let stated = Sha256Digest::parse(header?.trim()).ok()?;
    let body = it.request()?.body.bytes()?;
    let computed = Sha256Digest::of(body);
    (stated != computed).then(|| (stated.to_string().into(), computed.to_string().into()))
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    let fix = Fix::words("hash the bytes that are sent, and sign again");
    match (hashes(it), parameter) {
        (Some((stated, _)), Some(computed)) => {
            let field = it.field("x-amz-content-sha256");
            let name = field.map_or(&b"x-amz-content-sha256"[..], |field| &field.name);
            let line = |hash: &[u8]| BString::from([name, b": ", hash].concat());
            let at = it.locate(&stated);
            fix.edit(line(&stated), line(computed), at)
        }
        _ => fix,
    }
}

use bstr::{BStr, BString, ByteSlice};

use crate::{
    diagnose::rules::path::{bucket_style_mismatch::is_path_style, segments::behind},
    diagnose::{Check, Draft, Examination, Fix, Rule, RuleStage, Slot, Tier, Variants},
    sigv4::{PathEncoding, canonical_uri, normalize},
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "path-rewritten-by-proxy",
    summary: "another path was signed than was sent, as where a proxy rewrites it",
    stage: RuleStage::Path,
    tier: Tier::B,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
A reverse proxy strips a prefix from the path (nginx: `location /store/ { proxy_pass
http://upstream/; }`) or puts one before it, and the service signs the path that reaches it.

## How it shows
403 `SignatureDoesNotMatch` through the proxy, while the same call without it works; the path that
the service shows is the end of the one that was signed, or the other way about.

## How it is proved
The mistake is made, and the canonical request hashes to the signer's digest, or the signature
comes out as sent.

## Fix
Rewrite no paths between signer and service; nginx: `proxy_pass` without a path. Or sign behind
the proxy.

## Seen in
minio/minio#6546, nginx/nginx-s3-gateway#585
",
    check: Check::Make(make),
    fix,
};

/// Headers in which a proxy tells the path before its rewriting, whole or the prefix alone.
const TOLD: [&str; 7] = [
    "x-forwarded-prefix",
    "x-forwarded-uri",
    "x-original-uri",
    "x-original-url",
    "x-rewrite-url",
    "x-envoy-original-path",
    "x-script-name",
];

/// Prefixes that are often stripped.
const PREFIXES: [&str; 8] = [
    "/s3", "/minio", "/store", "/storage", "/api", "/aws", "/files", "/v1",
];

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    let uri = draft.get(Slot::CanonicalUri);
    // A signer's mistake is made on the path that the proxy got, and never on what it made of it.
    if !it.has_right_piece(draft, Slot::CanonicalUri) {
        return;
    }
    let host = draft.header("host").unwrap_or_default();
    let mut paths: Vec<BString> = Vec::new();
    // A prefix was cut off, or put in front; the bare slash is the end of many.
    let related = |signed: &BString| {
        let (short, long) = match signed.len() < uri.len() {
            true => (signed.as_bstr(), uri),
            false => (uri, signed.as_bstr()),
        };
        // The same path with dots and empty segments in it was not rewritten.
        if normalize(signed) == uri {
            return false;
        }
        let is_path = short.len() > 1 && short.starts_with(b"/") && !long.contains_str("://");
        is_path && is_cut_out_of(short, long)
    };
    paths.extend(it.signed_piece(Slot::CanonicalUri).filter(related));
    for request in it.witnesses() {
        paths.push(canonical_uri(request.path(), it.recipe()));
        for told in TOLD.iter().filter_map(|name| request.header(name)) {
            let path = told.split_str("?").next().unwrap_or_default();
            paths.push(canonical_uri(path, it.recipe()));
            paths.push([path, uri].concat().into());
        }
    }
    paths.extend(
        PREFIXES
            .iter()
            .map(|prefix| [prefix.as_bytes(), uri].concat().into()),
    );
    paths.extend((1..=3).filter_map(|count| behind(uri, count)));
    // The bucket and the stage are other rules'.
    let first = behind(uri, 1);
    let of_stage =
        draft.get(Slot::ScopeService) == "execute-api" && host.contains_str(".execute-api.");
    let of_bucket = it.recipe().path_encoding == PathEncoding::Once && is_path_style(host);
    if of_stage || of_bucket {
        paths.retain(|path| Some(path) != first.as_ref());
    }
    let mut seen: Vec<BString> = vec![uri.to_owned()];
    for path in paths.into_iter().filter(|path| path.starts_with(b"/")) {
        if !seen.contains(&path) {
            seen.push(path.clone());
            out.push(
                RULE.variant()
                    .with(Slot::CanonicalUri, path.clone())
                    .named(path)
                    .of_change(),
            );
        }
    }
}

/// Whether one path is the other without some segments in a row; the last is in both.
fn is_cut_out_of(short: &BStr, long: &BStr) -> bool {
    let [short, long] = [short, long].map(|path| path.split_str("/").collect::<Vec<_>>());
    let front = short.iter().zip(&long).take_while(|(a, b)| a == b).count();
    let back = short.iter().rev().zip(long.iter().rev());
    let back = back.take_while(|(a, b)| a == b).count();
    back > 0 && front + back >= short.len() && long.len() > short.len()
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    Fix::undo(
        &RULE,
        it,
        parameter,
        "let the proxy pass the path on as it was signed",
    )
}

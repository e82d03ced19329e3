use bstr::{BStr, BString, ByteSlice};

use crate::{
    diagnose::{Check, Draft, Examination, Fix, Rule, RuleStage, Slot, Tier, Variants},
    sigv4::PathEncoding,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "bucket-style-mismatch",
    summary: "the path was signed for the other style of addressing the bucket",
    stage: RuleStage::Path,
    tier: Tier::B,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
A bucket is named either in the host (`bucket.s3.region.amazonaws.com/key`) or in the path
(`s3.region.amazonaws.com/bucket/key`). The signer made path or host for one style, and the
request goes out in the other; or a name of one's own (a CNAME) was called with a URL that was
presigned for the host of Amazon S3.

## How it shows
403 `SignatureDoesNotMatch`; in the canonical request that the service shows, the path has or
lacks `/bucket`.

## How it is proved
The mistake is made, and the canonical request hashes to the signer's digest, or the signature
comes out as sent.

## Fix
Sign the URL that is sent, host and path.

## Seen in
s3tools/s3cmd#675, s3tools/s3cmd#1366, aws/aws-sdk-ruby#938, boto/boto3#1644
",
    check: Check::Make(make),
    fix,
};

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    if it.recipe().path_encoding != PathEncoding::Once {
        return;
    }
    let uri = draft.get(Slot::CanonicalUri);
    let host = draft.header("host").unwrap_or_default();
    let region = draft.get(Slot::ScopeRegion);
    let mut hosts: Vec<BString> = Vec::new();
    let mut paths: Vec<BString> = Vec::new();
    let mut both: Vec<(BString, BString)> = Vec::new();
    match style(host) {
        Style::Host { bucket, rest } => {
            let path = BString::from([b"/", bucket.as_bytes(), uri].concat());
            paths.push(path.clone());
            both.push((rest.to_owned(), path));
            hosts.push(rest.to_owned());
        }
        Style::Path => {
            if let Some((bucket, key)) = split_bucket(uri) {
                let other = BString::from([bucket.as_bytes(), b".", host].concat());
                paths.push(key.clone());
                both.push((other.clone(), key));
                hosts.push(other);
            }
        }
        Style::OwnName => {
            if let Some((_, key)) = split_bucket(uri) {
                paths.push(key);
            }
            hosts.push([host.as_bytes(), b".s3.amazonaws.com"].concat().into());
            hosts.push(
                [host.as_bytes(), b".s3.", region, b".amazonaws.com"]
                    .concat()
                    .into(),
            );
        }
    }
    let line = |host: &[u8]| draft.with_header("host", Some(host));
    for path in paths {
        let name = [&b"path "[..], &path].concat();
        out.push(
            RULE.variant()
                .with(Slot::CanonicalUri, path)
                .named(name)
                .of_change()
                .as_shown(),
        );
    }
    for host in hosts {
        let name = [&b"host "[..], &host].concat();
        out.push(
            RULE.variant()
                .with(Slot::CanonicalHeaders, line(&host))
                .named(name)
                .of_change()
                .as_shown(),
        );
    }
    for (host, path) in both {
        let name = [&b"host and path "[..], &host, &path].concat();
        let variant = RULE.variant().with(Slot::CanonicalUri, path);
        out.push(
            variant
                .with(Slot::CanonicalHeaders, line(&host))
                .named(name)
                .of_change()
                .as_shown(),
        );
    }
}

/// How a host addresses a bucket.
enum Style<'a> {
    /// In the host.
    Host {
        /// The bucket.
        bucket: &'a BStr,
        /// The host of Amazon S3 behind it.
        rest: &'a BStr,
    },
    /// In the path.
    Path,
    /// A name that is not of Amazon S3.
    OwnName,
}

fn style(host: &BStr) -> Style<'_> {
    if host.starts_with(b"s3.") || host.starts_with(b"s3-") {
        return Style::Path;
    }
    let at = host.find(".s3.").or_else(|| host.find(".s3-"));
    match at.and_then(|at| Some((host.get(..at)?, host.get(at + 1..)?))) {
        Some((bucket, rest)) => Style::Host {
            bucket: bucket.as_bstr(),
            rest: rest.as_bstr(),
        },
        None => Style::OwnName,
    }
}

/// Whether the first segment of an S3 path is the bucket.
pub(super) fn is_path_style(host: &BStr) -> bool {
    !matches!(style(host), Style::Host { .. })
}

fn split_bucket(uri: &BStr) -> Option<(&BStr, BString)> {
    let path = uri.strip_prefix(b"/")?;
    let (bucket, key) = path.split_once_str("/").unwrap_or((path, b""));
    let key = [&b"/"[..], key].concat();
    (!bucket.is_empty()).then(|| (bucket.as_bstr(), key.into()))
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    Fix::undo(
        &RULE,
        it,
        parameter,
        "sign host and path in the style in which they are sent",
    )
}

use bstr::{BStr, BString, ByteSlice};

use crate::{
    catalog::Reason,
    diagnose::rules::header::earlier,
    diagnose::{Check, Draft, Examination, Fix, Rule, RuleStage, Tier, Variants},
    sigv4::Placement,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "content-type-added-or-changed",
    summary: "Content-Type was set or changed after the request was signed",
    stage: RuleStage::Header,
    tier: Tier::B,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
An HTTP library adds a `Content-Type` of its own, or `; charset=utf-8` behind the one that is
there, after the request was signed with `content-type` among the signed headers.

## How it shows
`SignatureDoesNotMatch` or `InvalidSignatureException`, only for calls with a body; the
`content-type` line of both sides differs.

## How it is proved
The line is made as the signer's own canonical request, another capture of the request, or a
well-known default has it; then the canonical request hashes to the signer's digest, or the
signature comes out as sent.

## Fix
Set the content type explicitly before signing, in just the form in which it is sent.

## Seen in
mhart/aws4#120, tedder/requests-aws4auth#71, postmanlabs/postman-app-support#3232,
aws/aws-sdk-js#244
",
    check: Check::Make(make),
    fix,
};

/// Content types that libraries set by themselves.
const DEFAULTS: [&str; 14] = [
    "application/json",
    "application/json; charset=utf-8",
    "application/json; charset=UTF-8",
    "application/json;charset=UTF-8",
    "application/octet-stream",
    "application/x-amz-json-1.0",
    "application/x-amz-json-1.1",
    "application/x-www-form-urlencoded",
    "application/x-www-form-urlencoded; charset=utf-8",
    "application/x-www-form-urlencoded; charset=UTF-8",
    "binary/octet-stream",
    "multipart/form-data",
    "text/plain",
    "text/plain; charset=utf-8",
];

/// Content types that a file's name stands for.
const OF_FILES: [&str; 18] = [
    "application/gzip",
    "application/javascript",
    "application/pdf",
    "application/xml",
    "application/zip",
    "audio/mpeg",
    "image/gif",
    "image/jpeg",
    "image/png",
    "image/svg+xml",
    "image/webp",
    "text/css",
    "text/csv",
    "text/html",
    "text/javascript",
    "text/xml",
    "video/mp4",
    "video/quicktime",
];

/// The content types that may have been signed in place of this one.
pub(super) fn types(now: &BStr) -> Vec<BString> {
    let plain = now.split_str(";").next().unwrap_or_default().trim();
    let mut values: Vec<BString> = vec![
        plain.into(),
        now.to_ascii_lowercase().into(),
        now.to_ascii_uppercase().into(),
    ];
    for set in [
        "; charset=utf-8",
        "; charset=UTF-8",
        ";charset=utf-8",
        ";charset=UTF-8",
    ] {
        values.push([plain, set.as_bytes()].concat().into());
    }
    values.extend(earlier::texts(&DEFAULTS));
    values.extend(earlier::texts(&OF_FILES));
    values
}

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    let by_header = it
        .stated()
        .is_none_or(|stated| stated.placement == Placement::Header);
    if let Some(now) = draft.header("content-type").filter(|_| by_header) {
        earlier::lines(&RULE, draft, it, "content-type", types(now), out);
    }
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    let signed = parameter.and_then(|line| line.strip_prefix(b"content-type:"));
    // Where the service wants what was signed, it is what was sent that is wrong.
    let wanted = signed.filter(|signed| {
        let mut candidates = it.expected().candidates.iter();
        candidates.any(|one| {
            let own = one.service.content_type();
            one.because.contains(&Reason::Target)
                && own.is_some_and(|own| own.as_bytes() == *signed)
        })
    });
    match (wanted, it.field("content-type")) {
        (Some(wanted), Some(field)) => {
            let line = |value: &[u8]| [&field.name[..], b": ", value].concat();
            let at = it.header_place("content-type");
            Fix::words("send the Content-Type that was signed; curl -d and many libraries send one of their own where none is set")
                .edit(line(&field.value), line(wanted), at)
        }
        _ => {
            let words = "set Content-Type before signing, as it is sent";
            match earlier::lacking(it, "content-type", parameter) {
                Some(line) => {
                    Fix::words("send the Content-Type that was signed").edit("", line, None)
                }
                None => Fix::undo(&RULE, it, parameter, words),
            }
        }
    }
}

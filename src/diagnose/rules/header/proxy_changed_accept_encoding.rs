use bstr::BStr;

use crate::{
    diagnose::rules::header::earlier,
    diagnose::{Check, Draft, Examination, Fix, Rule, RuleStage, Tier, Variants},
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "proxy-changed-accept-encoding",
    summary: "another Accept-Encoding was signed than was sent, as where a proxy changes it",
    stage: RuleStage::Header,
    tier: Tier::A,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
Some signers sign `Accept-Encoding` (AWS's SDK for Go v2, MinIO's clients, Elixir's req), and
front ends set it to what they understand: Cloudflare to `gzip` or `gzip, br`, Google's to
`identity,gzip(gfe)`. Signing it is no mistake by itself: it works with AWS.

## How it shows
403 `SignatureDoesNotMatch`, through Cloudflare, with Google Cloud Storage, or with another
S3-compatible service behind a front end.

## How it is proved
The line is made as the signer's own canonical request, another capture of the request, or a
well-known default has it; then the canonical request hashes to the signer's digest, or the
signature comes out as sent.

## Fix
Do not sign `Accept-Encoding`: take it off before signing and put it back afterwards.

## Seen in
aws/aws-sdk-go-v2#1816, rclone/rclone#6670, siderolabs/talos-backup#64, hashicorp/terraform#36412,
wojtekmach/req#546, supabase/storage#729
",
    check: Check::Make(make),
    fix,
};

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    let guesses = earlier::texts(&[
        "identity",
        "gzip",
        "gzip, deflate",
        "gzip, deflate, br",
        "gzip, deflate, br, zstd",
        "gzip, br",
        "gzip,deflate",
        "br, gzip",
        "br, gzip, deflate",
        "deflate, gzip",
        "deflate, gzip, br, zstd",
        "zstd, br, gzip",
        "*",
        "gzip;q=1.0",
        "gzip, x-gzip, deflate",
        "identity,gzip(gfe)",
        "identity, gzip(gfe)",
    ]);
    earlier::lines(&RULE, draft, it, "accept-encoding", guesses, out);
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    Fix::undo(
        &RULE,
        it,
        parameter,
        "leave accept-encoding out of the signed headers",
    )
}

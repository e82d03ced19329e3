use bstr::BStr;

use crate::diagnose::{Check, Draft, Examination, Fix, Rule, RuleStage, Slot, Tier, Variants};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "host-in-canonical-uri",
    summary: "the host stands on the line of the canonical URI",
    stage: RuleStage::Path,
    tier: Tier::C,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
The second line of the canonical request is the path alone. The signer put the host, or the whole
URL, there.

## How it shows
S3 answers 403 `SignatureDoesNotMatch`, other services `SignatureDoesNotMatch` or
`InvalidSignatureException`, for every call.

## How it is proved
The mistake is made, and the canonical request hashes to the signer's digest, or the signature
comes out as sent.

## Fix
Put the path alone on that line, `/` where there is none.

## Seen in
whosebug.com/question/6328044 (a copy of a Stack Overflow thread)
",
    check: Check::Make(make),
    fix,
};

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    let uri = draft.get(Slot::CanonicalUri);
    let own = draft.header("host").filter(|host| !host.is_empty());
    let Some(host) = own.or_else(|| it.request()?.host()) else {
        return;
    };
    let query = draft.get(Slot::CanonicalQuery);
    let with_query = |scheme: &[u8]| [scheme, host, uri, &b"?"[..], query].concat();
    let mut forms = vec![
        ([&b""[..], host, uri].concat(), "host and path"),
        ([&b"https://"[..], host, uri].concat(), "URL"),
        ([&b"http://"[..], host, uri].concat(), "URL, http"),
        ([&b"//"[..], host, uri].concat(), "URL without its scheme"),
        (
            [&b"/"[..], host, uri].concat(),
            "host and path behind a slash",
        ),
    ];
    if *uri == "/" {
        forms.push((host.to_vec(), "host alone"));
        forms.push(([&b"https://"[..], host].concat(), "URL without a path"));
    }
    if !query.is_empty() {
        forms.push((with_query(b"https://"), "URL with its query"));
    }
    for (text, form) in forms {
        out.push(RULE.variant().with(Slot::CanonicalUri, text).named(form));
    }
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    Fix::undo(
        &RULE,
        it,
        parameter,
        "put the path alone on the second line",
    )
}

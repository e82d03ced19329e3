use bstr::{BStr, ByteSlice};

use crate::diagnose::{Check, Draft, Examination, Fix, Rule, RuleStage, Slot, Tier, Variants};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "header-sort-by-whole-line",
    summary: "the headers were sorted by whole name:value lines; names are sorted",
    stage: RuleStage::Header,
    tier: Tier::B,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
Header lines are sorted by name. The signer sorted the texts `name:value`: then
`x-amz-meta-test-two:` stands before `x-amz-meta-test:`, for `-` sorts before the colon.

## How it shows
403 `SignatureDoesNotMatch`, only where one signed name begins with another and goes on with a
character before the colon: a hyphen or a digit.

## How it is proved
The mistake is made, and the canonical request hashes to the signer's digest, or the signature
comes out as sent.

## Fix
Sort by name alone.

## Seen in
curl/curl#14370, aws/aws-sdk-php#3109
",
    check: Check::Make(make),
    fix,
};

fn make(draft: &Draft, _it: &Examination<'_>, out: &mut Variants<'_>) {
    let mut lines: Vec<&[u8]> = draft.get(Slot::CanonicalHeaders).lines().collect();
    lines.sort_unstable();
    let names: Vec<&[u8]> = lines
        .iter()
        .filter_map(|line| line.split_str(":").next())
        .collect();
    let names = names.join(&b';');
    let mut text = lines.join(&b'\n');
    text.push(b'\n');
    // What another mistake made of the list alone is no order of lines.
    if text == *draft.get(Slot::CanonicalHeaders) {
        return;
    }
    let variant = |form: &str| {
        RULE.variant()
            .named(form)
            .with(Slot::CanonicalHeaders, text.clone())
    };
    out.push(variant("the lines alone"));
    out.push(variant("the list of names too").with(Slot::SignedHeaders, names));
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    Fix::undo(&RULE, it, parameter, "sort the header lines by name alone")
}

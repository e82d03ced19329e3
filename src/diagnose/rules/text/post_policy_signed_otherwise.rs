use bstr::{BStr, BString, ByteSlice};

use crate::{
    diagnose::rules::layout::{self, Layout},
    diagnose::{Check, Draft, Examination, Fix, Rule, RuleStage, Slot, Stated, Tier, Variants},
    sigv4::{ALGORITHM, PolicyDocument, Sha256Digest, encode},
    wire::base64::base64,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "post-policy-signed-otherwise",
    summary: "what was signed of the upload form is not the text of its policy field",
    stage: RuleStage::Text,
    tier: Tier::C,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: r"## What goes wrong
The string to sign of a form that uploads to Amazon S3 is the text of its field `policy`: JSON in
Base64, byte for byte as it is sent. The signer signed the JSON itself, the Base64 with or without the
line breaks that an encoder puts into it, its hash, or a string to sign as a request has one.

## How it shows
403 `SignatureDoesNotMatch`, whose `StringToSign` is the policy in Base64.

## How it is proved
The mistake is made, and the signature comes out as sent.

## Fix
Encode the policy in Base64 without line breaks (`tr -d '\n'`, `base64 -w 0`, `Base64.strict_encode64`),
sign that text, and put the same text into the form. A browser sends each line break of a field as CR LF.

## Seen in
no thread; shown by mutation
",
    check: Check::Make(make),
    fix,
};

fn make(_draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    let Some(stated) = it.stated() else { return };
    let Some(policy) = &stated.policy else {
        return;
    };
    for (form, text) in forms(policy, stated) {
        if text != *policy {
            out.push(RULE.variant().with(Slot::Policy, text).named(form));
        }
    }
}

/// The texts that a signer may have signed in place of the policy, each with its name.
fn forms(policy: &BString, stated: &Stated) -> Vec<(&'static str, BString)> {
    let bare: BString = policy.fields().collect::<Vec<_>>().concat().into();
    let mut forms: Vec<(&str, BString)> = vec![
        ("without its line breaks", bare.clone()),
        (
            "with LF in place of CR LF",
            policy.replace("\r\n", "\n").into(),
        ),
        ("percent-encoded", encode(policy)),
        (
            "without = at its end",
            bare.trim_end_with(|byte| byte == '=').into(),
        ),
        (
            "in the letters of Base64 for URLs",
            bare.replace("+", "-").replace("/", "_").into(),
        ),
        ("its SHA-256", Sha256Digest::of(policy).to_string().into()),
        (
            "a string to sign over its SHA-256",
            string_to_sign(stated, policy),
        ),
    ];
    // Python's encodebytes and MIME, Ruby's encode64, PEM.
    for width in [76, 60, 64] {
        for (form, end) in [
            ("with the line breaks of an encoder", "\n"),
            ("with the line breaks of an encoder", "\r\n"),
        ] {
            let lines: Vec<&[u8]> = bare.chunks(width).collect();
            let joined = lines.join(end.as_bytes());
            let ended = [&joined[..], end.as_bytes()].concat();
            forms.push((form, joined.into()));
            forms.push((form, ended.into()));
        }
    }
    if let Some(json) = PolicyDocument::text(policy) {
        let over = string_to_sign(stated, &json);
        forms.push(("a string to sign over the JSON's SHA-256", over));
        let laid_out = |layout| layout::lay_out(&json, layout);
        let others = [
            (laid_out(Layout::Minified), "its JSON without white space"),
            (laid_out(Layout::Spaced), "its JSON as Python writes it"),
            (
                laid_out(Layout::Pretty("  ")),
                "its JSON with two spaces before each line",
            ),
            (
                laid_out(Layout::Pretty("    ")),
                "its JSON with four spaces before each line",
            ),
            (
                Some([&json[..], b"\n"].concat()),
                "its JSON with a line feed at its end",
            ),
            (Some(utf_16(&json)), "its JSON in UTF-16"),
        ];
        for (text, form) in others {
            forms.extend(text.map(|text| (form, base64(&text).into())));
        }
        forms.push(("the JSON itself", json));
    }
    forms
}

/// As PowerShell's `Unicode` writes it.
fn utf_16(text: &[u8]) -> Vec<u8> {
    let text = text.to_str_lossy();
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// The four lines that are signed for a request.
fn string_to_sign(stated: &Stated, text: &[u8]) -> BString {
    let time = stated.timestamp.clone().unwrap_or_default();
    let digest = Sha256Digest::of(text).to_string();
    let scope = stated.authorization.scope();
    let lines: [&[u8]; 4] = [ALGORITHM.as_bytes(), &time, scope, digest.as_bytes()];
    lines.join(&b'\n').into()
}

fn fix(_it: &Examination<'_>, _parameter: Option<&BStr>) -> Fix {
    Fix::words("sign the text of the field policy as it is sent: Base64 without line breaks")
}

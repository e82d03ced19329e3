use bstr::{BStr, BString, ByteSlice};

use crate::{
    diagnose::rules::authorization::loose::Loose,
    diagnose::{
        AwsCheck, Check, Circumstance, Examination, Fix, Observation, Rule, RuleStage, Tier,
    },
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "credential-has-whitespace",
    summary: "white space stands inside the credential",
    stage: RuleStage::Authorization,
    tier: Tier::A,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
The access key id was copied with a space, a tab or a line end, and `Credential=` holds it. The
header is cut there, and what follows is no `name=value` any more.

## How it shows
400 `IncompleteSignature` (`IncompleteSignatureException`),
*'KEY/20181128/eu-central-1/…/aws4_request' not a valid key=value pair (missing equal-sign) in
Authorization header: 'AWS4-HMAC-SHA256 Credential= KEY/…*

## How it is proved
It stands in the request, or in the header that the service quotes.

## Fix
Strip the access key id, and look whether the secret has the same; sign again.

## Seen in
iann0036/cloud9-sync#10, awslabs/fhir-works-on-aws-deployment#379,
amazon-archives/aws-cognito-angular-quickstart#50, jenkinsci/aws-credentials-plugin#72
",
    check: Check::Observe(observe),
    fix,
};

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    let Some(credential) = found(it).filter(|_| !it.passed(AwsCheck::Authorization)) else {
        return Vec::new();
    };
    let at = it.locate(&credential);
    vec![
        Observation::new(Circumstance::Stated)
            .shows(credential.clone(), stripped(&credential))
            .at(at),
    ]
}

/// The credential with its white space, in the request, else as the refusal quotes it.
pub(super) fn found(it: &Examination<'_>) -> Option<BString> {
    let has = |credential: &BString| {
        credential.iter().any(u8::is_ascii_whitespace) && !names_a_key(credential)
    };
    let in_header = || Some(Loose::of(it.authorization_text()?).credential()?.to_owned());
    let in_query = || it.parameter("X-Amz-Credential");
    let quoted = || {
        let (_, text) = it
            .refusal()?
            .message
            .split_once_str("Authorization header: '")?;
        Some(Loose::of(text).credential()?.to_owned())
    };
    in_header()
        .filter(has)
        .or_else(|| in_query().filter(has))
        .or_else(|| quoted().filter(has))
}

/// Whether words stand where the access key id belongs, and the white space is theirs: `{public key}`,
/// `<MY ACCESS KEY>`, `MY ACCESS KEY`.
fn names_a_key(credential: &[u8]) -> bool {
    let id = credential.split_str("/").next().unwrap_or_default();
    let frames = [(b"<", b">"), (b"{", b"}"), (b"[", b"]")];
    let is_framed = frames
        .iter()
        .any(|(opens, closes)| id.starts_with(*opens) && id.ends_with(*closes));
    let names = id.to_ascii_lowercase();
    let is_between = id.trim().contains(&b' ') && id.trim() == id;
    let has_more = credential.get(id.len()..).unwrap_or_default();
    let is_alone = !has_more.iter().any(u8::is_ascii_whitespace);
    is_alone && (is_framed || is_between && names.contains_str("key"))
}

fn stripped(credential: &[u8]) -> BString {
    let kept = credential
        .iter()
        .copied()
        .filter(|byte| !byte.is_ascii_whitespace());
    BString::from(kept.collect::<Vec<u8>>())
}

fn fix(it: &Examination<'_>, _parameter: Option<&BStr>) -> Fix {
    let fix = Fix::words("strip the access key id, and sign again");
    match found(it) {
        Some(credential) => {
            let at = it.locate(&credential);
            fix.edit(credential.clone(), stripped(&credential), at)
        }
        None => fix,
    }
}

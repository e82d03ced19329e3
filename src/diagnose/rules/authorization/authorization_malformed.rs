use bstr::{BStr, BString, ByteSlice};

use crate::{
    diagnose::rules::authorization::{credential_has_whitespace, loose::Loose},
    diagnose::{
        AwsCheck, Check, Circumstance, Examination, Fix, Observation, Rule, RuleStage, Tier,
    },
    evidence::{Statement, out_of_quotes},
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "authorization-malformed",
    summary: "the Authorization value is not put together as it should be",
    stage: RuleStage::Authorization,
    tier: Tier::B,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: r#"## What goes wrong
The value of the header is the algorithm, a space, and `Credential=…, SignedHeaders=…, Signature=…`
with commas between. The request's has something else: the header's name once more inside the value,
a part that is no `name=value`, quotes around the values as other schemes have them, or no commas.
Or the access key id holds the name of its setting too (`aws_access_key_id=`).

## How it shows
*'…' not a valid key=value pair (missing equal-sign) in Authorization header: '…'*; Amazon S3
answers 400, *the authorization component "…" is malformed.*

## How it is proved
The service names the part, or it stands in the header.

## Fix
Put it together as `AWS4-HMAC-SHA256 Credential=KEY/SCOPE, SignedHeaders=NAMES, Signature=HEX`.

## Seen in
amzn/selling-partner-api-docs#836, zendesk/apt-s3#10
"#,
    check: Check::Observe(observe),
    fix,
};

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    if it.passed(AwsCheck::Authorization) || credential_has_whitespace::found(it).is_some() {
        return Vec::new();
    }
    let said = said(it);
    // A token of another scheme is no value of this one that went wrong.
    let other = it.is_told_of_another_scheme()
        || it.authorization_text().is_some_and(|text| {
            let scheme = text.split_str(" ").next().unwrap_or_default();
            let mut schemes = ["bearer", "basic"].iter();
            schemes.any(|own| scheme.eq_ignore_ascii_case(own.as_bytes()))
                && !text.contains_str("AWS4-")
        });
    let why = |part: &BString| match before_the_key(part) {
        Some(_) => "the access key id was copied with the name before it",
        None => "it is no name=value",
    };
    let said = said.map(|part| (part.clone(), why(&part)));
    let Some((part, why)) = wrong(it).or(said) else {
        return Vec::new();
    };
    if other {
        return Vec::new();
    }
    let right = match before_the_key(&part) {
        Some(name) => part.replacen(name, "", 1).into(),
        None => BString::from("Credential=…, SignedHeaders=…, Signature=…"),
    };
    let observation = Observation::new(Circumstance::Stated)
        .shows(part.clone(), right)
        .at(it.locate(&part))
        .sign(why);
    vec![observation]
}

/// The part that the service complains of.
fn said(it: &Examination<'_>) -> Option<BString> {
    it.states(|statement| match statement {
        Statement::AuthorizationPartMalformed(part) => Some(part.clone()),
        _ => None,
    })
}

/// The name of a setting, with its equals sign, that stands before the access key id.
fn before_the_key(part: &BString) -> Option<&[u8]> {
    let credential = part.strip_prefix(b"Credential=")?;
    let id = credential.split_str("/").next()?;
    let key = id.rsplit_str("=").next()?.trim_start();
    let name = id.get(..id.len() - key.len())?;
    name.contains(&b'=').then_some(name)
}

/// What is wrong in the text, and why.
fn wrong(it: &Examination<'_>) -> Option<(BString, &'static str)> {
    let text = it.authorization_text()?;
    if let Some(name) = repeated_name(text) {
        return Some((name.into(), "the header's name stands inside its value"));
    }
    let loose = Loose::of(text);
    let old = text.trim().starts_with(b"AWS");
    if it.is_at_aws() && !loose.is_version_4() && !old && loose.scheme.len() < text.trim().len() {
        return Some((loose.scheme.into(), "it begins with no algorithm of AWS's"));
    }
    if !loose.is_version_4() || loose.credential().is_none() {
        return None;
    }
    if loose.scheme.ends_with(b",") {
        return Some((loose.scheme.into(), "a comma stands behind the algorithm"));
    }
    if let Some(stray) = loose.stray.first() {
        return Some((
            (*stray).into(),
            "it is none of the three parts, or stands there twice",
        ));
    }
    let mut parts = loose.parts.into_iter().flatten();
    if let Some(part) = parts.find(|part| out_of_quotes(part).is_some()) {
        return Some((part.into(), "its value stands in quotes"));
    }
    loose
        .lacks_comma
        .then(|| (text.trim().into(), "there is no comma between the parts"))
}

/// The header's name at the front of its value.
fn repeated_name(text: &BStr) -> Option<&[u8]> {
    const NAME: &[u8] = b"authorization:";
    let head = text.get(..NAME.len())?;
    head.eq_ignore_ascii_case(NAME).then_some(head)
}

fn fix(it: &Examination<'_>, _parameter: Option<&BStr>) -> Fix {
    if said(it).is_some_and(|part| before_the_key(&part).is_some()) {
        return Fix::words("give the signer the access key id alone");
    }
    let fix = Fix::words("put the value together anew from its three parts");
    let Some(text) = it.authorization_text() else {
        return fix;
    };
    let rest = match repeated_name(text) {
        Some(name) => text.get(name.len()..).unwrap_or_default().trim(),
        None => text.trim(),
    };
    let rest = rest.trim_with(|c| matches!(c, '"' | '\''));
    let loose = Loose::of(rest);
    let [Some(credential), Some(signed), Some(signature)] = loose.parts else {
        return fix;
    };
    // Parts that semicolons keep apart, and names that commas do.
    let plain = |part: &'_ BStr| {
        part.trim_with(|c| matches!(c, ';' | '"' | '\'') || c.is_whitespace())
            .to_vec()
    };
    let is_name = |text: &&BStr| {
        !text.is_empty()
            && text
                .iter()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(byte))
    };
    let mut names = vec![plain(signed)];
    names.extend(
        loose
            .stray
            .iter()
            .filter(|stray| is_name(stray))
            .map(|stray| stray.to_vec()),
    );
    let (credential, signed, signature) = (plain(credential), names.join(&b';'), plain(signature));
    let parts: [&[u8]; 7] = [
        loose.scheme.trim_end_with(|c| c == ','),
        b" Credential=",
        &credential,
        b", SignedHeaders=",
        &signed,
        b", Signature=",
        &signature,
    ];
    fix.edit(text.trim(), parts.concat(), it.locate(text.trim()))
}

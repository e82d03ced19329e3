use bstr::{BStr, BString, ByteSlice};

use crate::{
    diagnose::{
        Check, Draft, Examination, Fix, Frame, Rule, RuleStage, Slot, TextChange, Tier, Variant,
        Variants, Within,
    },
    sigv4::Timestamp,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "string-to-sign-scope-differs",
    summary: "the scope in the string to sign is not the one in the credential",
    stage: RuleStage::Text,
    tier: Tier::C,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
The third line of the string to sign is the credential scope, letter for letter as it stands in
`Credential` behind the access key id. The signer wrote the whole credential there, left
`aws4_request` out, put a slash behind it, `%2F` for each slash, the service before the region, or had
the scope of another date, region or service.

## How it shows
`SignatureDoesNotMatch` or `InvalidSignatureException`, for every call, with a signer of one's
own.

## How it is proved
The mistake is made, and the string to sign comes out as the signer printed it, or the signature
comes out as sent.

## Fix
Put the scope together once, and use that text in both places.

## Seen in
no thread; a mistake of many first attempts, shown by mutation
",
    check: Check::Make(make),
    fix,
};

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    // Which part of the credential's scope is missing cannot be told.
    let is_known = |slot: &Slot| !draft.get(*slot).is_empty();
    let parts = [Slot::ScopeDate, Slot::ScopeRegion, Slot::ScopeService];
    if it.service_has_printed_line(SCOPE) || !parts.iter().all(is_known) {
        return;
    }
    let stated = it
        .stated()
        .map(|stated| stated.authorization.scope().to_owned());
    let own = draft.scope();
    let forms: [(TextChange, &str); 6] = [
        (
            |text| scope(text, |own| own.replace("/aws4_request", "")),
            "without aws4_request",
        ),
        (
            |text| scope(text, |own| [own, b"/"].concat()),
            "a slash behind it",
        ),
        (
            |text| scope(text, |own| [b"/", own].concat()),
            "a slash before it",
        ),
        (
            |text| scope(text, |own| own.replace("/", "%2F")),
            "%2F for each slash",
        ),
        (
            |text| scope(text, <[u8]>::to_ascii_uppercase),
            "in capitals",
        ),
        (|text| scope(text, swapped), "the service before the region"),
    ];
    for (change, form) in forms {
        // What the credential has as well is no difference.
        let made = change(&[b"\n\n", own.as_slice()].concat());
        if stated
            .as_ref()
            .is_some_and(|stated| made.ends_with(&[b"\n", stated.as_slice()].concat()))
        {
            continue;
        }
        let frame = Frame::of_string_to_sign(change);
        out.push(RULE.variant().framed(frame).named(form));
    }
    out.extend(printed_whole(draft, it));
    let now = |slot: Slot| draft.get(slot);
    let mut texts: Vec<(Slot, BString)> = Vec::new();
    if let Some(stated) = it.stated() {
        let id = stated.authorization.access_key_id();
        texts.push((
            Slot::ScopeDate,
            [id.as_bytes(), b"/", now(Slot::ScopeDate)].concat().into(),
        ));
    }
    texts.push((Slot::ScopeDate, now(Slot::Timestamp).to_owned()));
    texts.extend(printed(it));
    let time = Timestamp::parse(now(Slot::Timestamp)).ok();
    let day = |days: i64| Some(BString::from(time?.plus(days * 86_400)?.date()));
    let mut seen: Vec<(Slot, BString)> = Vec::new();
    let mut variant = |(slot, text): (Slot, BString)| {
        let is_new = text != now(slot) && !seen.contains(&(slot, text.clone()));
        seen.push((slot, text.clone()));
        let variant = RULE.variant().with(slot, text.clone()).named(text);
        is_new.then(|| variant.beside_the_stated())
    };
    out.extend(texts.into_iter().filter_map(&mut variant));
    if !out.wants_alone() {
        return;
    }
    let days = [-1, 1].into_iter().filter_map(day);
    let mut rare: Vec<(Slot, BString)> = days.map(|day| (Slot::ScopeDate, day)).collect();
    rare.extend(REGIONS.map(|name| (Slot::ScopeRegion, name.into())));
    rare.extend(TERMINATORS.map(|name| (Slot::ScopeTerminator, name.into())));
    let region = now(Slot::ScopeRegion).to_ascii_uppercase();
    rare.push((Slot::ScopeRegion, region.into()));
    let known = it.expected().services.iter().cloned();
    let label = draft
        .header("host")
        .and_then(|host| host.split_str(".").next());
    let services = known
        .chain(label.map(BString::from))
        .chain(SERVICES.map(BString::from));
    rare.extend(services.map(|name| (Slot::ScopeService, name)));
    let rare = rare.into_iter().filter_map(&mut variant);
    out.extend(rare.map(Variant::alone));
}

/// A scope with region and service in each other's place.
fn swapped(scope: &[u8]) -> Vec<u8> {
    let mut parts: Vec<&[u8]> = scope.split_str("/").collect();
    if parts.len() > 2 {
        parts.swap(1, 2);
    }
    parts.join(&b'/')
}

/// Other ways to write the end of a scope.
const TERMINATORS: [&str; 4] = [
    "AWS4_REQUEST",
    "Aws4_Request",
    "aws4-request",
    "aws4request",
];

/// The line of the scope in a string to sign, counted from 0.
const SCOPE: usize = 2;

/// The scope of the signer's own string, where more than one of its parts differs.
fn printed_whole(draft: &Draft, it: &Examination<'_>) -> Option<Variant> {
    const PLACES: [Slot; 4] = [
        Slot::ScopeDate,
        Slot::ScopeRegion,
        Slot::ScopeService,
        Slot::ScopeTerminator,
    ];
    let line = it.printed_line(SCOPE)?;
    let parts: Vec<&[u8]> = line.split_str("/").collect();
    let parts: [&[u8]; 4] = parts.try_into().ok()?;
    let differs = PLACES.into_iter().zip(parts);
    let differs = differs.filter(|(slot, part)| draft.get(*slot) != part);
    let differs: Vec<(Slot, &[u8])> = differs.collect();
    let is_last = |(slot, _): &(Slot, &[u8])| *slot == Slot::ScopeTerminator;
    let needed = differs.len() > 1 || differs.iter().any(is_last);
    let variant = differs
        .into_iter()
        .fold(RULE.variant(), |variant, (slot, part)| {
            variant.with(slot, part)
        });
    needed.then(|| variant.named(line).beside_the_stated().alone())
}

/// Regions that signers have as defaults.
const REGIONS: [&str; 4] = ["us-east-1", "us-west-2", "eu-west-1", "aws-global"];
/// Names that signers have as defaults.
const SERVICES: [&str; 4] = ["s3", "execute-api", "iam", "host"];

/// What the signer's own string has in the scope's places.
fn printed(it: &Examination<'_>) -> Vec<(Slot, BString)> {
    const PLACES: [Slot; 3] = [Slot::ScopeDate, Slot::ScopeRegion, Slot::ScopeService];
    let parts = it
        .printed_line(SCOPE)
        .into_iter()
        .flat_map(|line| line.split_str("/"));
    PLACES.into_iter().zip(parts.map(BString::from)).collect()
}

/// The string to sign with its third line changed.
fn scope(text: &[u8], change: fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let lines = text.splitn_str(4, "\n").enumerate();
    let lines = lines.map(|(at, line)| match at {
        2 => change(line),
        _ => line.to_vec(),
    });
    bstr::join("\n", lines)
}

/// The line of the scope is one text, and stands in no other: its parts stand in the request too.
fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    let fix = Fix::words(
        "put the scope together once, and use it in Credential and in the string to sign",
    );
    let Some(draft) = it.draft() else {
        return fix;
    };
    let variants = RULE.variants(&draft, it);
    let own =
        |variant: &&Variant| variant.parameter.as_ref().map(|text| text.as_bstr()) == parameter;
    let Some(variant) = variants.iter().find(own) else {
        return fix;
    };
    let line = |draft: &Draft| -> Option<BString> {
        let text = draft.string_to_sign();
        text.split_str("\n").nth(SCOPE).map(BString::from)
    };
    match (line(&draft.with(variant)), line(&draft)) {
        (Some(signed), Some(right)) => {
            let at = it.locate_in_string(&signed);
            fix.edit(signed, right, at).within(Within::StringToSign)
        }
        _ => fix,
    }
}

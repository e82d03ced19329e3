use bstr::{BStr, ByteSlice};

use crate::{
    diagnose::rules::query::line::{self, Pair},
    diagnose::{Check, Draft, Examination, Fix, Rule, RuleStage, Slot, Tier, Variants},
    sigv4::{Placement, SessionTokenPlacement, encode},
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "iot-token-must-not-be-signed",
    summary: "the session token was signed into the URL; AWS IoT wants it appended afterwards",
    stage: RuleStage::Query,
    tier: Tier::A,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
For MQTT over WebSocket AWS IoT wants `X-Amz-Security-Token` appended to the URL after signing;
nearly every other service wants it signed. The signer signed it.

## How it shows
The WebSocket is refused with 403 and no body.

## How it is proved
The mistake is made, and the canonical request hashes to the signer's digest, or the signature
comes out as sent.

## Fix
Sign without the token, then append it; the signing name is `iotdevicegateway`.

## Seen in
aws/aws-sdk-js#1456, mhart/aws4#30, aws/aws-sdk-go#2485, soto-project/soto-core#453,
awslabs/aws-c-auth#34
",
    check: Check::Make(make),
    fix,
};

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    let appended = it.recipe().session_token == SessionTokenPlacement::Appended;
    let Some(stated) = it
        .stated()
        .filter(|stated| stated.placement == Placement::Query)
    else {
        return;
    };
    let name = "X-Amz-Security-Token";
    // Without the URL, what the signer printed has it.
    let printed = || {
        let query = it.signed_piece(Slot::CanonicalQuery)?;
        let pairs = line::split(query.as_bstr());
        pairs.into_iter().find(|pair| pair.name == name)?.value
    };
    let sent = stated.session_token.as_ref().map(|token| encode(token));
    let Some(token) = sent.or_else(printed).filter(|_| appended) else {
        return;
    };
    let mut pairs = line::pairs(draft);
    if pairs.iter().any(|pair| pair.name == name) {
        return;
    }
    pairs.push(Pair {
        name: name.into(),
        value: Some(token),
    });
    pairs.sort_by(|one, other| (&one.name, &one.value).cmp(&(&other.name, &other.value)));
    out.push(
        RULE.variant()
            .with(Slot::CanonicalQuery, line::join(&pairs)),
    );
}

fn fix(_it: &Examination<'_>, _parameter: Option<&BStr>) -> Fix {
    Fix::words("sign without X-Amz-Security-Token and append it behind X-Amz-Signature")
}

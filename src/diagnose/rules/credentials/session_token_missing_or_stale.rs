use bstr::{BStr, ByteSlice};

use crate::{
    diagnose::{
        Check, Circumstance, Draft, Examination, Fix, Observation, Rule, RuleStage, Slot, Tier,
        Variants, rules::credentials::retired_or_unknown_access_key::is_either,
    },
    evidence::{Party, Statement, is_cut, is_mask, is_scrubbed},
    sigv4::Placement,
    wire::target::percent_decode,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "session-token-missing-or-stale",
    summary: "the session token is missing, belongs to other credentials, or was not signed",
    stage: RuleStage::Credentials,
    tier: Tier::A,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
Temporary credentials are three: a key id that begins with `ASIA`, its secret, and a session token
that is sent as `X-Amz-Security-Token` and signed. The token is missing, or it is one of another
session, or stands beside a long-term key (`AKIA`), or was left out of what was signed.

## How it shows
`UnrecognizedClientException` or `InvalidClientTokenId`, *The security token included in the
request is invalid*, which is said of an unknown key id too: retired-or-unknown-access-key. Amazon S3:
`InvalidAccessKeyId` or `InvalidToken`. A token that was not signed: `SignatureDoesNotMatch`.

## How it is proved
The key id and the token of the request say so, or the service does, or the canonical request that it
shows has an empty token or a name in its place. A token of another capture,
or none, is signed in its place, and the signature comes out as sent.

Where the secret access key is at hand, and its session token with it, the token that was sent is
compared with that one.

## Fix
Take key id, secret and token from one source, all three, and sign the token.

## Seen in
aws-azure-login/aws-azure-login#37, ArranJacques/laravel-aws-cognito-auth#25, aws/aws-sdk-js#2359
",
    check: Check::Both { observe, make },
    fix,
};

const NAME: &str = "x-amz-security-token";

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    if let Some(sign) = empty_at_service(it) {
        let observation = Observation::new(Circumstance::Stated);
        return vec![observation.sign(sign)];
    }
    if is_either(it) {
        return vec![Observation::new(Circumstance::Suspected)];
    }
    let (Some(stated), true) = (it.stated(), it.request().is_some()) else {
        return Vec::new();
    };
    // Presigned URLs without a token are another rule's.
    if stated.placement == Placement::Query {
        return Vec::new();
    }
    let key = stated.authorization.access_key_id();
    if let Some((circumstance, sign)) = unlike_ours(it) {
        return vec![Observation::new(circumstance).at(it.locate(key)).sign(sign)];
    }
    let refused = it.statements().contains(&Statement::CredentialsUnknown);
    let (circumstance, shows) = match &stated.session_token {
        None if key.starts_with(b"ASIA") => {
            (Circumstance::Stated, "a temporary key without a token")
        }
        Some(_) if key.starts_with(b"AKIA") => {
            (Circumstance::Stated, "a token beside a long-term key")
        }
        Some(_) if refused => (
            Circumstance::Suspected,
            "a token that the service does not know",
        ),
        _ => return Vec::new(),
    };
    vec![
        Observation::new(circumstance)
            .at(it.locate(key))
            .sign(shows),
    ]
}

/// What the service got for a token that is none: nothing, or a name that was to be filled in.
fn empty_at_service(it: &Examination<'_>) -> Option<&'static str> {
    let text = it.artifact(Party::Service)?;
    let mut lines = text.lines();
    let value = lines.find_map(|line| line.strip_prefix(NAME.as_bytes())?.strip_prefix(b":"))?;
    let value = value.trim();
    let is_name = value.eq_ignore_ascii_case(NAME.as_bytes())
        || value.eq_ignore_ascii_case(b"AWS_SESSION_TOKEN")
        || value.eq_ignore_ascii_case(b"SessionToken");
    match value {
        b"" => Some("the token that reached the service is empty"),
        _ if is_name => Some("what reached the service for a token is a name, and no token"),
        _ => None,
    }
}

/// How the token that was sent departs from the one that belongs to the secret at hand: a session has
/// one of each.
fn unlike_ours(it: &Examination<'_>) -> Option<(Circumstance, &'static str)> {
    // Compared only: no text says what stands in it.
    let own = it.session_token()?.expose();
    let sent = it.stated()?.session_token.as_ref()?;
    if it.accepted() || *sent == own || is_mask(sent) || is_cut(sent) || is_scrubbed(sent) {
        return None;
    }
    let plain = percent_decode(sent);
    Some(if plain == own || percent_decode(&plain) == own {
        let sign = "the token was percent-encoded on its way into the header, where it must stand as it is";
        (Circumstance::Stated, sign)
    } else if *sent == own.replace("+", " ") {
        let sign = "each + of the token became a space";
        (Circumstance::Stated, sign)
    } else if *sent == own.trim() {
        return None;
    } else if sent.fields().collect::<Vec<_>>().concat() == own.trim() {
        (Circumstance::Stated, "white space stands inside the token")
    } else if sent.len() < own.len() && own.starts_with(sent) {
        (Circumstance::Stated, "the end of the token is cut off")
    } else {
        let sign = "the token that was sent is not the one that stands beside the secret access key at hand: of one session, both have one value";
        (Circumstance::Suspected, sign)
    })
}

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    // A token that another capture had.
    let Some(now) = draft.header(NAME) else {
        return unsigned_in_query(draft, out);
    };
    for value in it.other_values(NAME, now) {
        let lines = draft.with_header(NAME, Some(&value));
        let variant = RULE.variant().with(Slot::CanonicalHeaders, lines);
        out.push(
            variant
                .named("another token of the evidence was signed")
                .of_change(),
        );
    }
    let empty = draft.with_header(NAME, Some(b""));
    out.push(
        RULE.variant()
            .with(Slot::CanonicalHeaders, empty)
            .named("an empty token was signed"),
    );
    let none = draft.with_header(NAME, None);
    out.push(
        RULE.variant()
            .with(Slot::CanonicalHeaders, none)
            .named("the token was not signed"),
    );
}

/// The token of a presigned URL, appended after signing although the service wants it signed.
fn unsigned_in_query(draft: &Draft, out: &mut Variants<'_>) {
    let line = draft.get(Slot::CanonicalQuery);
    let is_token = |pair: &&[u8]| {
        pair.split_str("=")
            .next()
            .is_some_and(|name| name.eq_ignore_ascii_case(NAME.as_bytes()))
    };
    let left: Vec<&[u8]> = line.split_str("&").filter(|pair| !is_token(pair)).collect();
    let line = left.join(&b'&');
    out.push(
        RULE.variant()
            .with(Slot::CanonicalQuery, line)
            .named("the token was not signed"),
    );
}

fn fix(_it: &Examination<'_>, _parameter: Option<&BStr>) -> Fix {
    Fix::words("take key id, secret and session token from one source, and sign the token")
}

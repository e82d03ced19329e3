use bstr::{BStr, ByteSlice};

use crate::{
    diagnose::{Check, Circumstance, Examination, Fix, Observation, Rule, RuleStage, Tier},
    evidence::{Refusal, Statement},
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "retired-or-unknown-access-key",
    summary: "the service does not know the access key id",
    stage: RuleStage::Credentials,
    tier: Tier::B,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
The access key id was deleted, belongs to another system, or was copied with a mistake.

## How it shows
Amazon S3 answers 403 `InvalidAccessKeyId`; query services 403 `InvalidClientTokenId`; JSON services
400 `UnrecognizedClientException`, *The security token included in the request is invalid.* The same
is said of a session token: session-token-missing-or-stale.

## How it is proved
The service says so, and the key id is not one of temporary credentials that lack their token. With
a token beside it, or without the request, either can be meant, and it is a suspicion.

## Fix
Look the key id up in IAM, or at the server that was called; make a new key where it is gone.

## Seen in
evanshortiss/sns-mobile#14
",
    check: Check::Observe(observe),
    fix,
};

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    let unknown = it.says(&Statement::AccessKeyUnknown)
        || it.says(&Statement::CredentialsUnknown) && !it.says(&Statement::TokenInvalid);
    let token = it.has_session_token();
    if !unknown || it.has_temporary_key() && !token {
        return Vec::new();
    }
    let circumstance = match token || is_either(it) {
        true => Circumstance::Suspected,
        false => Circumstance::Stated,
    };
    let id = it.access_key_id().unwrap_or_default();
    let mut observation = Observation::new(circumstance).at(it.locate(&id));
    if let Some(shape) = shape(&id).filter(|_| it.is_at_aws()) {
        observation = observation.sign(shape);
    }
    if !id.is_empty() {
        observation = observation.named(id);
    }
    if is_either(it) {
        observation = observation.sign(either(it));
    }
    vec![observation]
}

/// What a service means by credentials that it does not know.
///
/// Source: the services' lists of common errors, which name the key id alone for
/// `InvalidClientTokenId`; threads show it of a missing session token too.
fn either(it: &Examination<'_>) -> &'static str {
    let refusal = it.refusal();
    match refusal.is_some_and(|refusal| refusal.code == "InvalidClientTokenId") {
        true => {
            "AWS documents InvalidClientTokenId for a key id that does not exist; it comes back for temporary credentials without their session token too"
        }
        false => {
            "this is said of a key id that does not exist, and of temporary credentials whose session token is missing or is not theirs"
        }
    }
}

/// Whether the service may mean the key id or the session token, and nothing else tells which.
pub(super) fn is_either(it: &Examination<'_>) -> bool {
    let says_which = it.says(&Statement::AccessKeyUnknown) || it.says(&Statement::TokenInvalid);
    it.says(&Statement::CredentialsUnknown)
        && !says_which
        && it.request().is_none()
        && it.access_key_id().is_none()
}

/// What is unlike an access key id of AWS.
fn shape(id: &[u8]) -> Option<String> {
    if id.is_empty() {
        return None;
    }
    let capital = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    if !id.iter().all(capital) {
        return Some("an access key id has capitals and digits alone".to_owned());
    }
    (id.len() != 20).then(|| format!("an access key id has 20 characters, this one {}", id.len()))
}

fn fix(it: &Examination<'_>, _parameter: Option<&BStr>) -> Fix {
    // MinIO and its kin leave AWS out of Amazon S3's message.
    let says = |refusal: &Refusal| {
        let message = refusal.message.to_ascii_lowercase();
        message.contains_str("the access key id you provided")
    };
    Fix::words(
        match it.foreign_host().is_some() || it.refusal().is_some_and(says) {
            true => {
                "look the key id up at the server that was called, and make a new key where it is gone"
            }
            false => "look the key id up in IAM, and make a new key where it is gone",
        },
    )
}

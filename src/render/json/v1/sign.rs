use serde::Serialize;

use super::{Request, Text, text};
use crate::report::{ChangeAnswer, ForeseenAnswer, SignAnswer};

#[derive(Serialize)]
pub(super) struct Sign<'a> {
    artifacts: Artifacts<'a>,
    request: Request<'a>,
    credentials: Credentials<'a>,
    changes: Vec<Change<'a>>,
    warnings: Vec<Warning<'a>>,
}

#[derive(Serialize)]
struct Artifacts<'a> {
    canonical_request: Text<'a>,
    canonical_request_digest: &'a str,
    string_to_sign: Text<'a>,
    credential_scope: Text<'a>,
    signature: &'a str,
    authorization: Text<'a>,
}

#[derive(Serialize)]
struct Credentials<'a> {
    access_key_id: Text<'a>,
    provider: &'a str,
}

#[derive(Serialize)]
struct Change<'a> {
    part: &'a str,
    from: Option<Text<'a>>,
    to: Option<Text<'a>>,
}

#[derive(Serialize)]
struct Warning<'a> {
    rule: &'static str,
    summary: &'a str,
    fix: &'a str,
}

impl<'a> Sign<'a> {
    pub(super) fn of(answer: &'a SignAnswer) -> Self {
        Self {
            artifacts: Artifacts {
                canonical_request: Text(&answer.canonical_request),
                canonical_request_digest: &answer.canonical_request_digest,
                string_to_sign: Text(&answer.string_to_sign),
                credential_scope: Text(&answer.credential_scope),
                signature: &answer.signature,
                authorization: Text(&answer.authorization),
            },
            request: Request::of(&answer.request),
            credentials: Credentials {
                access_key_id: Text(&answer.access_key_id),
                provider: &answer.provider,
            },
            changes: answer.changes.iter().map(Change::of).collect(),
            warnings: answer.warnings.iter().map(Warning::of).collect(),
        }
    }
}

impl<'a> Change<'a> {
    fn of(answer: &'a ChangeAnswer) -> Self {
        Self {
            part: &answer.part,
            from: text(&answer.from),
            to: text(&answer.to),
        }
    }
}

impl<'a> Warning<'a> {
    fn of(answer: &'a ForeseenAnswer) -> Self {
        Self {
            rule: answer.rule,
            summary: &answer.summary,
            fix: &answer.fix,
        }
    }
}

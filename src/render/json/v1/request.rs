use serde::Serialize;

use super::{Text, text};
use crate::report::{Bytes, RefusalAnswer, RequestAnswer, ResponseAnswer};

fn headers(headers: &[(Bytes, Bytes)]) -> Vec<[Text<'_>; 2]> {
    headers
        .iter()
        .map(|(name, value)| [Text(name), Text(value)])
        .collect()
}

#[derive(Serialize)]
pub(super) struct Request<'a> {
    method: Text<'a>,
    target: Text<'a>,
    url: Option<Text<'a>>,
    headers: Vec<[Text<'a>; 2]>,
    body: Option<Text<'a>>,
}

impl<'a> Request<'a> {
    pub(super) fn of(answer: &'a RequestAnswer) -> Self {
        Self {
            method: Text(&answer.method),
            target: Text(&answer.target),
            url: text(&answer.url),
            headers: headers(&answer.headers),
            body: text(&answer.body),
        }
    }
}

#[derive(Serialize)]
pub(super) struct Response<'a> {
    status: Option<u16>,
    headers: Vec<[Text<'a>; 2]>,
    body: Option<Text<'a>>,
}

impl<'a> Response<'a> {
    pub(super) fn of(answer: &'a ResponseAnswer) -> Self {
        Self {
            status: answer.status,
            headers: headers(&answer.headers),
            body: text(&answer.body),
        }
    }
}

#[derive(Serialize)]
pub(super) struct Refusal<'a> {
    code: Text<'a>,
    message: Text<'a>,
    canonical_request: Option<Text<'a>>,
    string_to_sign: Option<Text<'a>>,
}

impl<'a> Refusal<'a> {
    pub(super) fn of(answer: &'a RefusalAnswer) -> Self {
        Self {
            code: Text(&answer.code),
            message: Text(&answer.message),
            canonical_request: text(&answer.canonical_request),
            string_to_sign: text(&answer.string_to_sign),
        }
    }
}

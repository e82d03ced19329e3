use bstr::{BStr, ByteSlice};

use crate::{
    evidence::{Attempt, Claim, Party, Refusal, Span},
    sigv4::{CanonicalRequest, StringToSign},
    source::{refusal_json, refusal_xml, service_strings::ServiceStrings},
    wire::{Fidelity, Response, escape::xml_text},
};

/// Adds to `attempt` what an answer's body refuses, and the service's own artifacts in it.
pub(super) fn examine(attempt: &mut Attempt, response: &Response, fidelity: Fidelity, span: &Span) {
    let Some(body) = response.body.bytes() else {
        return;
    };
    let Some(mut refusal) = parse(body, response.status) else {
        return;
    };
    if refusal.code.is_empty() {
        let kind = response.header("x-amzn-errortype").unwrap_or_default();
        refusal.code = bare_code(kind).into();
    }
    add(attempt, body.as_bstr(), refusal, fidelity, span);
}

/// Reads the body of a refusal: JSON or XML; `None` when it is neither, or refuses nothing.
///
/// `status` is 0 where it is not known: then a message on its own refuses nothing.
pub(super) fn parse(body: &[u8], status: u16) -> Option<Refusal> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let text = body.trim_start();
    match text.first()? {
        b'{' | b'[' | b'"' => refusal_json::parse(text, status),
        b'<' => refusal_xml::parse(text),
        b'&' => refusal_xml::parse(&xml_text(text)),
        _ => None,
    }
}

/// Adds a refusal, and the strings that the service says it computed.
pub(super) fn add(
    attempt: &mut Attempt,
    text: &BStr,
    refusal: Refusal,
    fidelity: Fidelity,
    span: &Span,
) {
    let strings = ServiceStrings::of(&refusal, fidelity);
    let service = Party::Service;
    if let Some((text, fidelity)) = strings.canonical_request {
        let parse = CanonicalRequest::parse;
        let claim = Claim::parse(text, parse, service, fidelity, span.clone());
        attempt.canonical_requests.push(claim);
    }
    if let Some((text, fidelity)) = strings.string_to_sign {
        let claim = Claim::parse(text, StringToSign::parse, service, fidelity, span.clone());
        attempt.strings_to_sign.push(claim);
    }
    attempt
        .refusals
        .push(Claim::of(text, refusal, service, fidelity, span.clone()));
}

/// The code without a namespace before `#` or a colon behind.
pub(super) fn bare_code(code: &[u8]) -> &[u8] {
    let code = code.rsplit_once_str("#").map_or(code, |(_, code)| code);
    code.split_once_str(":")
        .map_or(code, |(code, _)| code)
        .trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_grants_is_no_refusal() {
        assert_eq!(parse(br#"{"ScalingPlans":[]}"#, 200), None);
        assert_eq!(parse(br#"{"message":"hello"}"#, 200), None);
        let refused = parse(
            br#"{"__type":"com.amazon.coral.service#X","Message":"m"}"#,
            400,
        );
        assert_eq!(refused.unwrap().code, "X");
    }
}

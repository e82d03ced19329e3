use bstr::{BStr, ByteSlice};

use crate::{
    evidence::{Attempt, Claim, Party, Refusal, Span},
    sigv4::{CanonicalRequest, StringToSign},
    source::{refusal_json, refusal_xml, service_strings::ServiceStrings},
    wire::{Fidelity, Response, escape::xml_text},
};

/// Adds to `attempt` what an answer's body refuses, and the service's own artifacts in it.
pub(super) fn examine(attempt: &mut Attempt, response: &Response, fidelity: Fidelity, span: &Span) {
    let body = response.body.bytes().unwrap_or_default();
    let joined = dechunked(response, body);
    let body = joined.as_deref().unwrap_or(body);
    let kind = response
        .header("x-amzn-errortype")
        .map(|kind| bare_code(kind));
    // A head alone says by its header what was refused.
    let of_head = || {
        let code = kind.filter(|_| body.trim().is_empty() && response.status >= 400)?;
        Some(Refusal {
            code: code.into(),
            ..Refusal::default()
        })
    };
    let in_words = || in_words(body).filter(|_| response.status >= 400);
    let Some(mut refusal) = parse(body, response.status)
        .or_else(of_head)
        .or_else(in_words)
    else {
        return;
    };
    if refusal.code.is_empty() {
        refusal.code = kind.unwrap_or_default().into();
    }
    add(attempt, body.as_bstr(), refusal, fidelity, span);
}

/// A body as it travelled in chunks, put together (RFC 9112, section 7.1); `None` where it did not,
/// or is whole already.
fn dechunked(response: &Response, body: &[u8]) -> Option<Vec<u8>> {
    let coding = response.header("transfer-encoding")?;
    if !coding.to_ascii_lowercase().contains_str("chunked") {
        return None;
    }
    let mut out = Vec::with_capacity(body.len());
    let mut rest = body;
    while let Some((size, behind)) = rest.split_once_str("\n") {
        let size = size.split_str(";").next().unwrap_or_default().trim();
        let size = std::str::from_utf8(size).ok()?;
        let size = usize::from_str_radix(size, 16).ok()?;
        if size == 0 {
            break;
        }
        out.extend_from_slice(behind.get(..size.min(behind.len())).unwrap_or_default());
        let next = behind.get(size..).unwrap_or_default();
        rest = next
            .strip_prefix(b"\r\n")
            .or(next.strip_prefix(b"\n"))
            .unwrap_or(next);
    }
    (!out.is_empty()).then_some(out)
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

/// A refusal whose message stands there alone, out of its JSON or XML.
fn in_words(body: &[u8]) -> Option<Refusal> {
    const LENGTH: usize = 64 << 10;
    let text = body.trim();
    // JSON or XML that is cut is told of elsewhere.
    let is_words = text.first().is_some_and(|sign| !b"{[<\"&".contains(sign));
    is_words.then_some(())?;
    let refusal = Refusal {
        message: text.get(..text.len().min(LENGTH))?.into(),
        ..Refusal::default()
    };
    (!refusal.statements().is_empty()).then_some(refusal)
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
    fn a_body_in_chunks_is_put_together() {
        let whole = |body: &str| {
            let text = format!("HTTP/1.1 403 No\r\nTransfer-Encoding: chunked\r\n\r\n{body}");
            let parsed = Response::parse(text.as_bytes()).unwrap().message;
            dechunked(&parsed, body.as_bytes()).map(|body| String::from_utf8(body).unwrap())
        };
        let chunks = "4;a=b\r\n<Err\r\n6\r\nor>abc\r\n0\r\n\r\n";
        assert_eq!(whole(chunks).as_deref(), Some("<Error>abc"));
        assert_eq!(whole("<Error>\nabc</Error>"), None);
        assert_eq!(whole("ff\r\n<Err").as_deref(), Some("<Err"));
    }

    #[test]
    fn a_head_alone_names_the_refusal() {
        let text = b"HTTP/1.1 403 Forbidden\nContent-Length: 42\nx-amzn-ErrorType: MissingAuthenticationTokenException:http://internal/\n\n";
        let (cases, _, _) = crate::source::read_all(crate::evidence::InputId(0), &mut &text[..]);
        let refusal = cases[0].attempts[0].refusal().unwrap();
        assert_eq!(refusal.code, "MissingAuthenticationTokenException");
    }

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

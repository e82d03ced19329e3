use bstr::{BString, ByteSlice};
use serde_json::{Map, Value};

use crate::{
    evidence::Refusal,
    source::{exception_frame::TELLING, quoted::Quoted, refusal, refusal::bare_code},
};

/// Reads a refusal in JSON: JSON 1.0 and 1.1, REST, API Gateway, AppSync, SP-API, CloudSearch,
/// Neptune, Glacier, OpenSearch Serverless, and any of them inside a field of another object.
pub(super) fn parse(text: &[u8], status: u16) -> Option<Refusal> {
    let mut values = serde_json::Deserializer::from_slice(text).into_iter::<Value>();
    let value = values.next()?.ok()?;
    if (1..300).contains(&status) {
        return None;
    }
    find(&value, status, 0)
}

/// Reads a refusal that is cut in a string, as far as it goes; `None` of one that is whole.
pub(super) fn cut(text: &[u8]) -> Option<Refusal> {
    let mut values = serde_json::Deserializer::from_slice(text).into_iter::<Value>();
    match values.next()? {
        Err(error) if error.is_eof() => parse(&closed(text)?, 0),
        _ => None,
    }
}

/// A text that ends within a string, with that string and all that is open around it closed.
fn closed(text: &[u8]) -> Option<Vec<u8>> {
    let mut open = Vec::new();
    let mut quoted = Quoted::Outside;
    for byte in text {
        match (quoted, byte) {
            (Quoted::Outside, b'{') => open.push(b'}'),
            (Quoted::Outside, b'[') => open.push(b']'),
            (Quoted::Outside, b'}' | b']') => drop(open.pop()),
            _ => {}
        }
        quoted = quoted.behind(*byte);
    }
    // An escape may be cut as well: `\u00`.
    let last = text.rfind_byte(b'\\').unwrap_or(text.len());
    let whole = match text.get(last..)? {
        [_, b'u', digits @ ..] if digits.len() < 4 => last,
        [_] if quoted == Quoted::Escaped => last,
        _ => text.len(),
    };
    open.reverse();
    let is_cut = quoted != Quoted::Outside;
    is_cut.then(|| [text.get(..whole).unwrap_or_default(), b"\"", &open].concat())
}

/// Reads a whole body that is a message and nothing else, as API Gateway sends it.
pub(super) fn bare(text: &[u8]) -> Option<Refusal> {
    let value: Value = serde_json::from_slice(text).ok()?;
    let object = value.as_object().filter(|object| object.len() == 1)?;
    let message = object.get("message").or_else(|| object.get("Message"))?;
    Some(Refusal {
        message: message.as_str()?.into(),
        ..Refusal::default()
    })
}

/// The refusal that a text begins with, and how long it is: JSON that is one by itself, or that is a
/// message which tells of the signature.
pub(super) fn first(text: &[u8]) -> Option<(Refusal, usize)> {
    text.starts_with(b"{").then_some(())?;
    let mut values = serde_json::Deserializer::from_slice(text).into_iter::<Value>();
    values.next()?.ok()?;
    let length = values.byte_offset();
    let text = text.get(..length)?;
    let tells = |refusal: &Refusal| !refusal.statements().is_empty();
    let refusal = parse(text, 0).or_else(|| bare(text).filter(tells))?;
    Some((refusal, length))
}

/// No refusal is wrapped more often than this.
const DEPTH: usize = 6;

fn find(value: &Value, status: u16, depth: usize) -> Option<Refusal> {
    if depth > DEPTH {
        return None;
    }
    match value {
        // What is nested as text is the answer; what is around it, the program that logged it.
        Value::Object(object) => {
            let texts = object.values().filter(|value| value.is_string());
            let mut texts = texts.filter_map(|value| find(value, 0, depth + 1));
            texts.next().or_else(|| direct(object, status)).or_else(|| {
                let mut inner = object.values();
                inner.find_map(|value| find(value, 0, depth + 1))
            })
        }
        Value::Array(items) => items
            .iter()
            .find_map(|value| find(value, status, depth + 1)),
        Value::String(text) => {
            let text = text.trim_start();
            let nested = text.starts_with(['{', '[', '<', '"']);
            nested.then(|| refusal::parse(text.as_bytes(), 0)).flatten()
        }
        _ => None,
    }
}

fn direct(object: &Map<String, Value>, status: u16) -> Option<Refusal> {
    const CODES: [&str; 5] = ["__type", "code", "Code", "errorType", "errorCode"];
    const MESSAGES: [&str; 4] = ["message", "Message", "detailedMessage", "errorMessage"];
    let text = |names: &[&str]| {
        let found = names.iter().find_map(|name| object.get(*name)?.as_str());
        found.map(BString::from)
    };
    let message = text(&MESSAGES);
    let code = text(&CODES).filter(|code| is_code(code));
    if let Some(reason) = object.get("reason").and_then(Value::as_str) {
        return from_reason(reason.as_bytes());
    }
    let errors = object
        .get("errors")
        .or(object.get("Error"))
        .filter(|inner| inner.is_array() || inner.is_object());
    if message.is_none() && errors.is_some() {
        return find(errors?, status, DEPTH - 1);
    }
    let known = object.contains_key("__type") || object.contains_key("errorType");
    let tells = |code: &BString| TELLING.iter().any(|known| code == known);
    let complete = known || code.is_some() && message.is_some() || code.as_ref().is_some_and(tells);
    if !complete && (message.is_none() || status < 400 && !is_refusal(object, message.as_ref()?)) {
        return None;
    }
    let details = object
        .iter()
        .filter(|(name, _)| !CODES.contains(&name.as_str()) && !MESSAGES.contains(&name.as_str()));
    let details =
        details.filter_map(|(name, value)| Some((name.as_str().into(), value.as_str()?.into())));
    Some(Refusal {
        code: bare_code(&code.unwrap_or_default()).into(),
        message: message.unwrap_or_default(),
        details: details.collect(),
    })
}

/// A code is one word, be it with a namespace; Lambda and others have numbers and sentences there.
fn is_code(code: &[u8]) -> bool {
    let letters = code.iter().any(u8::is_ascii_alphabetic);
    letters && !code.iter().any(u8::is_ascii_whitespace)
}

/// Whether a message that stands alone is a service's: about signing, or about a permission.
fn is_refusal(object: &Map<String, Value>, message: &BString) -> bool {
    if object.len() == 1 && message == "Forbidden"
        || message.contains_str("is not authorized to perform: ")
    {
        return true;
    }
    let refusal = Refusal {
        message: message.clone(),
        ..Refusal::default()
    };
    !refusal.statements().is_empty()
}

/// OpenSearch Serverless: `… ResultDetail: { Code=InvalidSignature, Message=… }`.
fn from_reason(reason: &[u8]) -> Option<Refusal> {
    let (_, rest) = reason.split_once_str("Code=")?;
    let (code, rest) = rest.split_once_str(",")?;
    let message = rest.split_once_str("Message=").map_or(rest, |(_, m)| m);
    let message = message.trim_end_with(|c| c == '}' || c.is_whitespace());
    Some(Refusal {
        code: code.trim().into(),
        message: message.trim_end().into(),
        details: vec![("reason".into(), reason.into())],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_is_read_as_far_as_it_goes() {
        let whole =
            r#"{"a":["b\\"],"__type":"x#InvalidSignatureException","message":"one\u00e9 two"}"#;
        let message = |length: usize| cut(&whole.as_bytes()[..length]).map(|found| found.message);
        let from = whole.find("one").unwrap();
        assert_eq!(message(from + 3).unwrap(), "one");
        assert_eq!(message(from + 4).unwrap(), "one");
        assert_eq!(message(from + 7).unwrap(), "one");
        assert_eq!(message(from + 9).unwrap(), "one\u{e9}");
        assert_eq!(message(whole.len()), None);
        assert_eq!(message(12), None);
    }

    const DIFFERS: &str = "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";

    fn read(text: &str) -> (String, String) {
        let refusal = parse(text.as_bytes(), 0).unwrap_or_else(|| panic!("{text}"));
        (refusal.code.to_string(), refusal.message.to_string())
    }

    #[test]
    fn every_family_is_read() {
        for (text, code, message) in [
            (
                r#"{"__type":"com.amazon.coral.service#InvalidSignatureException","message":"M"}"#,
                "InvalidSignatureException",
                "M",
            ),
            (
                r#"{"__type":"UnknownOperationException"}"#,
                "UnknownOperationException",
                "",
            ),
            (
                r#"{"__type":"X:http://internal.amazon.com/coral/","Message":"M"}"#,
                "X",
                "M",
            ),
            (
                r#"{"message":"Missing Authentication Token"}"#,
                "",
                "Missing Authentication Token",
            ),
            (r#"{"Message":"Forbidden"}"#, "", "Forbidden"),
            (
                r#"{"message":"User: u is not authorized to perform: p:A on resource: r"}"#,
                "",
                "User: u is not authorized to perform: p:A on resource: r",
            ),
            (
                r#"{"errors":[{"errorType":"IncompleteSignatureException","message":"M"}]}"#,
                "IncompleteSignatureException",
                "M",
            ),
            (
                r#"{"errors":[{"message":"M","code":"InvalidSignature"}]}"#,
                "InvalidSignature",
                "M",
            ),
            (
                r#"{"error":{"reason":"Customer authentication failed: ResultDetail: { Code=InvalidSignature, Message=Invalid }"}}"#,
                "InvalidSignature",
                "Invalid",
            ),
            (
                r#"{"code":"AccessDeniedException","requestId":"r","detailedMessage":"M"}"#,
                "AccessDeniedException",
                "M",
            ),
            (
                r##"{"__type":"#SignatureDoesNotMatch","error":{"message":"[*Deprecated*: Use the outer message field] M"},"message":"M"}"##,
                "SignatureDoesNotMatch",
                "M",
            ),
            (
                r#"{"message":"M","code":"InvalidSignatureException","type":"Client"}"#,
                "InvalidSignatureException",
                "M",
            ),
            (
                r#"{"error":{"message":null,"code":"SignatureDoesNotMatch","http_code":403}}"#,
                "SignatureDoesNotMatch",
                "",
            ),
            (
                r#"{"Error":{"Code":"ExpiredToken","Message":"M"},"ResponseMetadata":{"HTTPStatusCode":403}}"#,
                "ExpiredToken",
                "M",
            ),
        ] {
            assert_eq!(read(text), (code.into(), message.into()), "{text}");
        }
    }

    #[test]
    fn json_in_json_is_undone_layer_by_layer() {
        let mut text = format!(r#"{{"__type":"InvalidSignatureException","message":"{DIFFERS}"}}"#);
        for field in ["body", "log", "message"] {
            text = Value::Object(Map::from_iter([(field.into(), Value::String(text))])).to_string();
            assert_eq!(
                read(&text),
                ("InvalidSignatureException".into(), DIFFERS.into()),
                "{text}"
            );
        }
        let xml =
            r#"{"statusCode":403,"body":"<Error><Code>A</Code><Message>M</Message></Error>"}"#;
        assert_eq!(read(xml), ("A".into(), "M".into()));
    }

    #[test]
    fn what_refuses_nothing_is_none() {
        for text in [
            r#"{"message":"hello"}"#,
            r#"{"a":{"b":[1,"c"]}}"#,
            r#"{"code":200,"message":"ok"}"#,
            "[]",
            "{",
        ] {
            assert_eq!(parse(text.as_bytes(), 0), None, "{text}");
        }
        assert_eq!(parse(br#"{"__type":"X","message":"M"}"#, 200), None);
    }
}

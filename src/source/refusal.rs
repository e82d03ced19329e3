use bstr::{BStr, BString, ByteSlice};
use serde_json::Value;

use crate::{
    evidence::{Attempt, Claim, Party, Refusal, Span},
    sigv4::{CanonicalRequest, StringToSign},
    wire::{
        Fidelity, Response,
        escape::{hex_pairs, xml_text},
    },
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
pub(super) fn parse(body: &[u8], status: u16) -> Option<Refusal> {
    let text = body.trim_start();
    match text.first()? {
        b'{' => json(text, status),
        b'<' => xml(text),
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
    let strings = ServiceStrings::of(&refusal);
    let service = Party::Service;
    for (text, fidelity) in strings
        .canonical_request
        .into_iter()
        .flat_map(|s| s.claims(fidelity))
    {
        let claim = Claim::parse(
            text,
            CanonicalRequest::parse,
            service,
            fidelity,
            span.clone(),
        );
        attempt.canonical_requests.push(claim);
    }
    for (text, fidelity) in strings
        .string_to_sign
        .into_iter()
        .flat_map(|s| s.claims(fidelity))
    {
        let claim = Claim::parse(text, StringToSign::parse, service, fidelity, span.clone());
        attempt.strings_to_sign.push(claim);
    }
    attempt
        .refusals
        .push(Claim::of(text, refusal, service, fidelity, span.clone()));
}

/// One of the strings that the service says it computed: its text, and its bytes in hex.
struct ServiceString {
    text: BString,
    bytes: Option<BString>,
}

impl ServiceString {
    /// The bytes where the answer has them: they survive what the text does not.
    fn claims(self, fidelity: Fidelity) -> Option<(BString, Fidelity)> {
        match self.bytes {
            Some(bytes) => Some((bytes, Fidelity::Unescaped)),
            None => (!self.text.is_empty()).then_some((self.text, fidelity)),
        }
    }
}

#[derive(Default)]
struct ServiceStrings {
    canonical_request: Option<ServiceString>,
    string_to_sign: Option<ServiceString>,
}

impl ServiceStrings {
    fn of(refusal: &Refusal) -> Self {
        let element = |name: &str| {
            let text = refusal.detail(name)?.to_owned();
            let bytes = refusal
                .detail(&format!("{name}Bytes"))
                .and_then(|hex| hex_pairs(hex));
            Some(ServiceString { text, bytes })
        };
        let quoted = |phrase: &str| {
            let text = quoted_string(&refusal.message, phrase)?;
            Some(ServiceString {
                text: text.into(),
                bytes: None,
            })
        };
        Self {
            canonical_request: element("CanonicalRequest").or_else(|| quoted("canonical string")),
            string_to_sign: element("StringToSign").or_else(|| quoted("string-to-sign")),
        }
    }
}

/// The text in single quotes behind "The … should have been"; a quote inside it does not end it,
/// for only one before a line break or the end does.
fn quoted_string<'a>(message: &'a [u8], phrase: &str) -> Option<&'a [u8]> {
    let lower = message.to_ascii_lowercase();
    let start = lower.find(phrase)?;
    let should = start + lower.get(start..)?.find("should have been")? + "should have been".len();
    let open = should + message.get(should..)?.find_byte(b'\'')? + 1;
    let rest = message.get(open..)?;
    let end = rest
        .find_iter("'")
        .find(|at| {
            rest.get(at + 1)
                .is_none_or(|next| matches!(next, b'\n' | b'\r' | b' '))
        })
        .unwrap_or(rest.len());
    rest.get(..end)
}

/// The code without a namespace before `#` or a colon behind.
fn bare_code(code: &[u8]) -> &[u8] {
    let code = code.rsplit_once_str("#").map_or(code, |(_, code)| code);
    code.split_once_str(":")
        .map_or(code, |(code, _)| code)
        .trim()
}

fn json(text: &[u8], status: u16) -> Option<Refusal> {
    let mut values = serde_json::Deserializer::from_slice(text).into_iter::<Value>();
    let value = values.next()?.ok()?;
    let object = value.as_object()?;
    let text = |names: &[&str]| {
        let found = names.iter().find_map(|name| object.get(*name)?.as_str());
        found.map(BString::from)
    };
    let code = text(&["__type", "code", "Code", "errorType"]);
    let message = text(&["message", "Message", "detailedMessage", "errorMessage"]);
    if code.is_none() && (message.is_none() || status < 400) {
        return None;
    }
    if status != 0 && status < 300 {
        return None;
    }
    let code = code.unwrap_or_default();
    let used = ["__type", "code", "Code", "message", "Message"];
    let details = object
        .iter()
        .filter(|(name, _)| !used.contains(&name.as_str()));
    let details =
        details.filter_map(|(name, value)| Some((name.as_str().into(), value.as_str()?.into())));
    Some(Refusal {
        code: bare_code(&code).into(),
        message: message.unwrap_or_default(),
        details: details.collect(),
    })
}

fn xml(text: &[u8]) -> Option<Refusal> {
    let code = element(text, "Code")?;
    let details = elements(text).filter(|(name, _)| !matches!(*name, b"Code" | b"Message"));
    Some(Refusal {
        code: xml_text(code),
        message: element(text, "Message").map(xml_text).unwrap_or_default(),
        details: details
            .map(|(name, value)| (name.into(), xml_text(value)))
            .collect(),
    })
}

/// What stands between the first `<name>` and the `</name>` behind it.
fn element<'a>(text: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let (_, rest) = text.split_once_str(&format!("<{name}>"))?;
    rest.split_once_str(&format!("</{name}>"))
        .map(|(value, _)| value)
}

/// Every element that holds text alone, in order.
fn elements(text: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            let (_, behind) = rest.split_once_str("<")?;
            let (name, value) = behind.split_once_str(">")?;
            rest = value;
            let Some((inner, after)) = value.split_once_str("<") else {
                continue;
            };
            let closes = after
                .strip_prefix(b"/")
                .is_some_and(|after| after.starts_with(name));
            if closes && !name.is_empty() {
                return Some((name, inner));
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strings_in_a_message_are_read() {
        let message = "The request signature we calculated does not match.\n\nThe Canonical String for this request should have been\n'POST\n/\n\nx-a:it's\n\nx-a\n00'\n\nThe String-to-Sign should have been\n'AWS4-HMAC-SHA256\nt\ns\nd'\n";
        let canonical = quoted_string(message.as_bytes(), "canonical string").unwrap();
        assert_eq!(canonical.as_bstr(), "POST\n/\n\nx-a:it's\n\nx-a\n00");
        let string = quoted_string(message.as_bytes(), "string-to-sign").unwrap();
        assert_eq!(string.as_bstr(), "AWS4-HMAC-SHA256\nt\ns\nd");
    }

    #[test]
    fn bytes_in_hex_are_believed_before_the_text() {
        let body = b"<?xml version=\"1.0\"?>\n<Error><Code>SignatureDoesNotMatch</Code><Message>no &amp; no</Message><StringToSign>a\n   b</StringToSign><StringToSignBytes>61 0a 62</StringToSignBytes></Error>";
        let refusal = parse(body, 403).unwrap();
        assert_eq!(refusal.message, "no & no");
        let string = ServiceStrings::of(&refusal).string_to_sign.unwrap();
        let (text, fidelity) = string.claims(Fidelity::Exact).unwrap();
        assert_eq!((text, fidelity), ("a\nb".into(), Fidelity::Unescaped));
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

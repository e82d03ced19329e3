//! The request and the answer in objects that JavaScript's clients make of an exchange: the SDKs,
//! Node's own, fetch's, axios's.

use bstr::{BString, ByteSlice};

use crate::{
    source::{aws_cli_history::header_fields, object_text::Value},
    wire::{Body, HeaderField, Origin, Request},
};

/// How a request's target is known.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Target {
    Shown,
    /// From a path and an object of decoded values.
    Rebuilt,
}

/// An answer that an object holds.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<HeaderField>,
    pub(super) body: AnswerBody,
}

/// What is shown of an answer's body.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum AnswerBody {
    None,
    /// Its text.
    Text(BString),
    /// What a client made of JSON, written as JSON again.
    SetAnew(BString),
}

/// The request and the answer of an axios error or response: what was asked stands in `config`.
pub(super) fn axios_exchange(value: &Value) -> Option<((Request, Target), Option<Answer>)> {
    let config = value.get("config")?;
    let (mut request, target) = whole_request(config)?;
    let head = value
        .get("request")
        .and_then(|sent| sent.text_of("_header"));
    if let Some(sent) = head.and_then(|head| Request::parse(head).ok()) {
        // Node keeps the head as it went out, with what it added itself.
        let sent = sent.message;
        let body = std::mem::take(&mut request.body);
        request = Request {
            origin: request.origin,
            body,
            ..sent
        };
    }
    let of_error = value.get("response").filter(|it| !it.fields().is_empty());
    let answer = answer(of_error.unwrap_or(value)).or_else(|| {
        let status = u16::try_from(value.get("status")?.number()?).ok()?;
        Some(Answer {
            status,
            headers: Vec::new(),
            body: AnswerBody::None,
        })
    });
    Some(((request, target), answer))
}

/// The answer of an object with a status and headers.
pub(super) fn answer(value: &Value) -> Option<Answer> {
    let status = value.get("statusCode").or(value.get("status"))?.number()?;
    let status = u16::try_from(status).ok()?;
    let headers = value.get("headers")?;
    let shown = ["data", "body", "text"].iter();
    let shown = shown.filter_map(|name| value.get(name)).map(body_of);
    let mut bodies = shown.filter(|body| *body != AnswerBody::None);
    Some(Answer {
        status,
        headers: header_fields(Some(headers)),
        body: bodies.next().unwrap_or(AnswerBody::None),
    })
}

fn body_of(value: &Value) -> AnswerBody {
    match (value, value.bytes()) {
        (Value::Text(text), _) => AnswerBody::Text(text.clone()),
        (_, Some(bytes)) => AnswerBody::Text(bytes),
        (Value::Object(pairs), _) if !pairs.is_empty() => {
            let mut text = Vec::new();
            write_json(value, &mut text);
            AnswerBody::SetAnew(text.into())
        }
        _ => AnswerBody::None,
    }
}

/// Writes a value as JSON; what is no JSON value becomes a text.
fn write_json(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Text(text) => write_text(text, out),
        Value::Plain(text) => {
            let digits = text.iter().all(|byte| b"0123456789.-".contains(byte));
            let is_json = digits || [&b"true"[..], b"false", b"null"].contains(&text.as_slice());
            if is_json && !text.is_empty() {
                out.extend_from_slice(text);
            } else {
                write_text(text, out);
            }
        }
        Value::Object(pairs) => {
            out.push(b'{');
            for (at, (name, value)) in pairs.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                write_text(name, out);
                out.push(b':');
                write_json(value, out);
            }
            out.push(b'}');
        }
        Value::List(items) => {
            out.push(b'[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                write_json(item, out);
            }
            out.push(b']');
        }
    }
}

fn write_text(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    for byte in text {
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', *byte]),
            0..0x20 => out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
            _ => out.push(*byte),
        }
    }
    out.push(b'"');
}

/// The request of an object with a method, headers and a place to go to.
pub(super) fn whole_request(value: &Value) -> Option<(Request, Target)> {
    let mut method = BString::from(value.text_of("method")?);
    // Every client of JavaScript's sends these in capitals, however they were given.
    if method.iter().all(u8::is_ascii_lowercase) {
        method.make_ascii_uppercase();
    }
    let shown = value.get("headers");
    let headers = header_fields(Some(shown.filter(|it| matches!(it, Value::Object(_)))?));
    let (origin, mut target) = place(value)?;
    let mut known = Target::Shown;
    let fields = |name| value.get(name).map(Value::fields).unwrap_or_default();
    let (query, params) = (fields("query"), fields("params"));
    let written = match (query.is_empty(), params.is_empty()) {
        (false, _) => query_of(query),
        (true, false) => params_of(params),
        (true, true) => Vec::new(),
    };
    if !written.is_empty() {
        known = Target::Rebuilt;
        let sign = if target.contains(&b'?') { b'&' } else { b'?' };
        target.push(sign);
        target.extend_from_slice(&written);
    }
    let mut request = Request {
        method,
        target,
        origin,
        headers,
        body: Body::NotCaptured,
    };
    let shown = value.get("body").or(value.get("data"));
    let bytes = match shown {
        Some(Value::Text(text)) => Some(text.clone()),
        Some(Value::Plain(none)) if none == "undefined" || none == "null" => {
            Some(BString::default())
        }
        Some(shown) => shown.bytes(),
        // JSON leaves out what axios was not given.
        None => value.get("transformResponse").map(|_| BString::default()),
    };
    let length = request.header("content-length");
    let length = length.and_then(|digits| digits.to_str().ok()?.parse::<usize>().ok());
    if let Some(bytes) = bytes.filter(|bytes| length.is_none_or(|length| length == bytes.len())) {
        request.body = Body::Captured(bytes);
    }
    Some((request, known))
}

/// Where a request goes: a URL, whole or behind a base, or a host and a path.
fn place(value: &Value) -> Option<(Option<Origin>, BString)> {
    if let Some(url) = value.text_of("url") {
        let base = value.text_of("baseURL").unwrap_or_default();
        let split = Origin::split(url).or_else(|| {
            let base = base.trim_end_with(|sign| sign == '/');
            let path = url.trim_start_with(|sign| sign == '/');
            Origin::split(&[base, b"/", path].concat())
        });
        if let Some((origin, target)) = split {
            return Some((Some(origin), target));
        }
    }
    let path = value.text_of("path").or(value.text_of("pathname"));
    let target = path.or(value.text_of("url"));
    let host = value.text_of("hostname").or(value.text_of("host"));
    if target.or(host).is_none() && value.get("endpoint").is_none() {
        return None;
    }
    let target = BString::from(target.map_or(&b"/"[..], |path| path.as_ref()));
    let scheme = value
        .text_of("protocol")
        .map(|scheme| scheme.trim_end_with(|sign| sign == ':'));
    let origin = host.map(|host| Origin {
        scheme: scheme.unwrap_or(b"https").into(),
        authority: match value.get("port").and_then(Value::number) {
            Some(port) if !host.contains(&b':') => format!("{host}:{port}").into(),
            _ => host.into(),
        },
    });
    Some((origin, target))
}

/// A query as `@smithy/querystring-builder` writes it: keys sorted, everything encoded.
fn query_of(query: &[(BString, Value)]) -> Vec<u8> {
    let mut sorted: Vec<&(BString, Value)> = query.iter().collect();
    sorted.sort_by(|(one, _), (other, _)| one.cmp(other));
    let encode = |text: &[u8]| crate::sigv4::encode(text);
    let pairs = sorted.into_iter().flat_map(|(name, value)| {
        let values = match value {
            Value::List(items) => items.iter().filter_map(Value::plain).collect(),
            value => vec![value.plain().unwrap_or_default()],
        };
        let pair = |value: BString| [&encode(name)[..], b"=", &encode(&value)].concat();
        values.into_iter().map(pair).collect::<Vec<_>>()
    });
    pairs.collect::<Vec<_>>().join(&b'&')
}

/// A query as axios writes it: in its order, with signs that few encode left as they are.
fn params_of(params: &[(BString, Value)]) -> Vec<u8> {
    let encode = |text: &[u8]| {
        let byte = |byte: &u8| match byte {
            b' ' => b"+".to_vec(),
            byte if byte.is_ascii_alphanumeric() || b"-_.~!'()*:$,".contains(byte) => vec![*byte],
            byte => format!("%{byte:02X}").into(),
        };
        text.iter().flat_map(byte).collect::<Vec<u8>>()
    };
    let pairs = params.iter().filter_map(|(name, value)| {
        Some([&encode(name)[..], b"=", &encode(&value.plain()?)].concat())
    });
    pairs.collect::<Vec<_>>().join(&b'&')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        evidence::{Attempt, InputId},
        source::read_all,
    };

    const AUTHORIZATION: &str = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20250102/us-east-1/dynamodb/aws4_request, SignedHeaders=host;x-amz-date, Signature=00";

    fn read(text: &str) -> Attempt {
        let text = text.replace("AUTHORIZATION", AUTHORIZATION);
        let (cases, _, _) = read_all(InputId(0), &mut text.as_bytes());
        let [case] = cases.as_slice() else {
            panic!("{} cases", cases.len())
        };
        assert_eq!(case.format, "js-inspect");
        case.attempts[0].clone()
    }

    #[test]
    fn an_axios_error_holds_both() {
        let inspected = "AxiosError: Request failed with status code 400\n    at settle (file:///a/settle.js:19:12) {\n  code: 'ERR_BAD_REQUEST',\n  config: [Object: null prototype] {\n    env: { FormData: [Function], Blob: [class Blob] },\n    headers: Object [AxiosHeaders] {\n      'Content-Type': undefined,\n      'Content-Length': '2',\n      'X-Amz-Date': '20250102T030405Z',\n      Authorization: 'AUTHORIZATION'\n    },\n    method: 'post',\n    url: 'http://a.example/b?c',\n    data: '{}'\n  },\n  request: <ref *1> ClientRequest {\n    _header: 'POST /b?c HTTP/1.1\\r\\n' +\n      'Content-Length: 2\\r\\n' +\n      'Authorization: AUTHORIZATION\\r\\n' +\n      'Host: a.example\\r\\n' +\n      '\\r\\n',\n    path: '/b?c'\n  },\n  response: {\n    status: 400,\n    headers: Object [AxiosHeaders] { 'content-length': '72' },\n    request: <ref *1> ClientRequest { path: '/' },\n    data: {\n      __type: 'InvalidSignatureException',\n      message: 'The request signature we calculated does not match it\\n'\n    }\n  },\n  status: 400\n}\n";
        let json = r#"{"message":"Request failed","config":{"headers":{"Content-Length":"2","Host":"a.example","Authorization":"AUTHORIZATION"},"method":"post","baseURL":"http://a.example/","url":"/b?c","data":"{}"},"response":{"status":400,"headers":{},"data":{"__type":"InvalidSignatureException","message":"The request signature we calculated does not match it\n"}}}"#;
        for text in [inspected, json] {
            let attempt = read(text);
            let request = attempt.request().unwrap();
            assert_eq!(request.method, "POST");
            assert_eq!(request.url().unwrap(), "http://a.example/b?c");
            assert_eq!(request.header("host").unwrap(), "a.example");
            assert_eq!(request.body.bytes().unwrap(), b"{}");
            let answer = attempt.response().unwrap();
            assert_eq!((answer.status, &answer.body), (400, &Body::NotCaptured));
            let refusal = attempt.refusal().unwrap();
            assert_eq!(refusal.code, "InvalidSignatureException");
        }
    }

    #[test]
    fn what_an_interceptor_printed_is_no_second_request() {
        let config = "{\n  headers: {\n    Host: 'a.example',\n    Authorization: 'AUTHORIZATION'\n  },\n  method: 'get',\n  url: 'http://a.example/'\n}";
        let attempt = read(&format!(
            "Starting Request {config}\nError: {{ config: {config}, status: 403 }}\n"
        ));
        assert_eq!(attempt.requests.len(), 1);
        assert_eq!(attempt.response().unwrap().status, 403);
    }

    #[test]
    fn a_body_behind_a_status_is_no_head() {
        let request = "{\n  host: 'a.example',\n  path: '/',\n  method: 'GET',\n  headers: { Host: 'a.example', Authorization: 'AUTHORIZATION' }\n}\n";
        for (text, fields, refuses) in [
            (
                r#"400 {"__type":"InvalidSignatureException","message":"m"}"#,
                0,
                true,
            ),
            (
                "403 <Error><Code>SignatureDoesNotMatch</Code><Message>m</Message></Error>",
                0,
                true,
            ),
            (
                "403 Forbidden {\n  'content-type': 'text/xml'\n}\n<Error><Code>SignatureDoesNotMatch</Code><Message>m</Message></Error>",
                1,
                true,
            ),
            (
                "← 400 {\n  'content-length': '50'\n} {\"__type\":\"InvalidSignatureException\",\"message\":\"mm\"}\nRequest failed",
                1,
                true,
            ),
            ("200 { 'content-type': 'text/xml' }", 1, false),
        ] {
            let attempt = read(&format!("{request}{text}\n"));
            assert_eq!(attempt.response().unwrap().headers.len(), fields, "{text}");
            assert_eq!(attempt.refusal().is_some(), refuses, "{text}");
        }
    }

    #[test]
    fn got_prints_the_body_behind_the_headers() {
        let text = "→ POST http://a.example/ {\n  host: 'a.example',\n  'content-length': 2,\n  authorization: 'AUTHORIZATION'\n} {}\n← 200 {\n  date: 'x'\n} \n";
        let attempt = read(text);
        assert_eq!(attempt.request().unwrap().body.bytes().unwrap(), b"{}");
    }

    #[test]
    fn parameters_are_written_as_axios_writes_them() {
        let params = [
            (BString::from("b"), Value::Text("x y:/".into())),
            (BString::from("a"), Value::Plain("1".into())),
        ];
        assert_eq!(params_of(&params), b"b=x+y:%2F&a=1");
    }
}

use bstr::{BStr, BString, ByteSlice};

use crate::{
    evidence::{Attempt, Claim, Party},
    sigv4::PayloadHash,
    source::{
        Breadth, Format, Likeness, Line, Reader, Sink, Step,
        artifact_block::Artifact,
        exchange::{Bodies, Extent, Gathered, add_artifact, add_response, emit},
        python_dict::{self, Value},
    },
    wire::{Body, Fidelity, HeaderField, Origin, Request, escape::python_repr},
};

pub(super) static FORMAT: Format = Format {
    id: "awscurl-verbose",
    summary: "output of `awscurl -v`",
    page: "\
## How to get it
`awscurl -v --service SERVICE --region REGION URL > awscurl.log 2>&1`

## What it holds
The canonical request, the string to sign, the headers with the `Authorization` value, the URL, the answer
with its body. **The secret access key and the session token, in clear**, among the arguments at its top:
`countersign scrub` takes them out.

## What it lacks
`Host` and `User-Agent` as sent. The body of a request, when it is not given with `-d`.
",
    markers: &["CANONICAL REQUEST = ", "{'access_key': '", "STRING_TO_SIGN = "],
    breadth: Breadth::Client,
    recognise: |_| Likeness::None,
    start: |_| Box::new(AwscurlVerbose::default()),
};

/// Reads the values that awscurl gives to `pprint`, one after the other.
///
/// Source: awscurl 0.44, `awscurl/awscurl.py`.
#[derive(Default)]
struct AwscurlVerbose {
    call: Option<Call>,
    /// A value of several lines.
    value: Option<Gathered>,
    /// The answer: its head, then its body.
    answer: Option<Gathered>,
    silent: usize,
}

#[derive(Default)]
struct Call {
    number: u32,
    attempt: Attempt,
    method: Option<BString>,
    data: Option<BString>,
    headers: Vec<HeaderField>,
    next: Next,
    status: Option<BString>,
}

/// What the next dict is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Next {
    #[default]
    Nothing,
    RequestHeaders,
    ResponseHeaders,
}

/// So many lines of anything else are borne inside a call.
const PATIENCE: usize = 200;

impl Reader for AwscurlVerbose {
    fn line(&mut self, line: &Line<'_>, sink: &mut Sink<'_>) -> Step {
        if self.answer.is_some() {
            return self.body(line, sink);
        }
        let text = line.text();
        if let Some(mut value) = self.value.take() {
            value.push(b"\n", line);
            value.push(text, line);
            let closing = if value.text.starts_with(b"(") {
                b")"
            } else {
                b"}"
            };
            if text.ends_with(closing) {
                return self.value(value, sink);
            }
            self.value = Some(value);
            return Step::More;
        }
        let opens = match text.first() {
            Some(b'(') => !text.ends_with(b")"),
            Some(b'{') => !text.ends_with(b"}"),
            Some(b'\'' | b'"') => false,
            _ => {
                self.silent += 1;
                let waits = self.call.is_some() && self.silent < PATIENCE;
                return if waits { Step::Wait } else { Step::Pass };
            }
        };
        let value = Gathered::begin(text, line);
        if opens {
            self.value = Some(value);
            return Step::More;
        }
        self.value(value, sink)
    }

    fn end(&mut self, sink: &mut Sink<'_>) {
        self.close(sink);
    }
}

impl AwscurlVerbose {
    fn value(&mut self, value: Gathered, sink: &mut Sink<'_>) -> Step {
        self.silent = 0;
        if value.text.starts_with(b"{") {
            self.dict(value, sink);
        } else if let Some(text) = literals(&value.text) {
            self.text(&text, value, sink);
        }
        if self.call.is_some() {
            Step::More
        } else {
            Step::Pass
        }
    }

    fn dict(&mut self, value: Gathered, sink: &mut Sink<'_>) {
        let (read, _) = python_dict::value(&value.text);
        if read.get("access_key").is_some() && read.get("secret_key").is_some() {
            self.close(sink);
            let text = |name: &str| read.get(name).and_then(Value::text).map(ToOwned::to_owned);
            self.call = Some(Call {
                number: sink.number(),
                method: text("request"),
                data: text("data"),
                ..Call::default()
            });
            sink.note(SECRET, value.span);
            return;
        }
        let Some(call) = &mut self.call else { return };
        let headers = read.header_fields();
        match std::mem::take(&mut call.next) {
            Next::RequestHeaders => call.headers = headers,
            Next::ResponseHeaders => {
                let mut head = call.status.take().unwrap_or_else(|| "HTTP/1.1 0".into());
                head.extend_from_slice(b"\r\n");
                for field in headers {
                    for part in [&field.name[..], b": ", &field.value, b"\r\n"] {
                        head.extend_from_slice(part);
                    }
                }
                head.extend_from_slice(b"\r\n");
                let mut answer = value;
                answer.text = head.into();
                answer.fidelity = answer.fidelity.min(Fidelity::Unescaped);
                self.answer = Some(answer);
            }
            Next::Nothing => {}
        }
    }

    fn text(&mut self, text: &[u8], value: Gathered, sink: &mut Sink<'_>) {
        let text = text.strip_prefix(b"\n").unwrap_or(text);
        let artifacts = [
            (&b"CANONICAL REQUEST = "[..], Artifact::CanonicalRequest),
            (b"STRING_TO_SIGN = ", Artifact::StringToSign),
        ];
        for (label, kind) in artifacts {
            if let Some(artifact) = text.strip_prefix(label) {
                let call = self.call.get_or_insert_with(|| Call {
                    number: sink.number(),
                    ..Call::default()
                });
                let fidelity = value.fidelity.min(Fidelity::Unescaped);
                add_artifact(&mut call.attempt, kind, artifact, fidelity, value.span);
                return;
            }
        }
        let Some(call) = &mut self.call else { return };
        if text.starts_with(b"HEADERS+++") {
            call.next = Next::RequestHeaders;
        } else if let Some(url) = text.strip_prefix(b"Request URL = ") {
            call.request(url.as_bstr(), &value);
        } else if let Some(code) = text.strip_prefix(b"Response code: ") {
            call.status = Some([b"HTTP/1.1 ", code.trim()].concat().into());
            call.next = Next::ResponseHeaders;
        }
    }

    /// Takes a line of the answer's body; an empty string stands before it.
    fn body(&mut self, line: &Line<'_>, sink: &mut Sink<'_>) -> Step {
        let Some(mut answer) = self.answer.take() else {
            return Step::Pass;
        };
        let begun = answer.text.find("\r\n\r\n").map_or(0, |at| at + 4) < answer.text.len();
        if !begun && line.text() == b"''" {
            self.answer = Some(answer);
            return Step::More;
        }
        if let Some(Extent::Whole(whole)) = answer.extent() {
            let left = whole.saturating_sub(answer.text.len());
            answer.push(line.raw.get(..left).unwrap_or(line.raw), line);
            if answer.text.len() < whole {
                self.answer = Some(answer);
                return Step::More;
            }
        } else {
            answer.push(line.raw, line);
            self.answer = Some(answer);
            return Step::More;
        }
        self.answer = Some(answer);
        self.close(sink);
        Step::Idle
    }

    fn close(&mut self, sink: &mut Sink<'_>) {
        let Some(mut call) = self.call.take() else {
            return;
        };
        if let Some(answer) = self.answer.take() {
            add_response(&mut call.attempt, answer, Bodies::Shown);
        }
        emit(FORMAT.id, call.number, call.attempt, sink);
    }
}

const SECRET: &str = "awscurl printed the secret access key here: scrub this log before you pass \
    it on";

impl Call {
    fn request(&mut self, url: &BStr, value: &Gathered) {
        let Some((origin, target)) = Origin::split(url) else {
            return;
        };
        let signed = self.attempt.canonical_requests.first();
        let signed = signed.map(|claim| claim.text.as_bstr());
        let method = signed.and_then(|text| text.lines().next());
        let method = method.map_or_else(|| self.method.clone(), |method| Some(method.into()));
        let hash = signed.and_then(|text| PayloadHash::parse(text.lines().next_back()?).ok());
        let body = match &self.data {
            Some(data) if hash.is_none_or(|hash| PayloadHash::of(data) == hash) => {
                Body::Captured(data.clone())
            }
            _ => Body::NotCaptured,
        };
        let request = Request {
            method: method.unwrap_or_else(|| "GET".into()),
            target,
            origin: Some(origin),
            headers: std::mem::take(&mut self.headers),
            body,
        };
        let fidelity = value.fidelity.min(Fidelity::Unescaped);
        let place = value.span.clone();
        let claim = Claim::of(url, request, Party::Signer, fidelity, place);
        self.attempt.requests.push(claim);
    }
}

/// The text of one literal, or of several in brackets.
fn literals(text: &[u8]) -> Option<BString> {
    let mut rest = text.strip_prefix(b"(").unwrap_or(text);
    let mut out = BString::default();
    let mut any = false;
    while let Some(literal) = python_repr(rest) {
        any = true;
        out.extend_from_slice(&literal.bytes);
        rest = rest.get(literal.length..).unwrap_or_default().trim_start();
    }
    any.then_some(out)
}

use bstr::{BString, ByteSlice};
use serde_json::Value;

use crate::{
    evidence::{Attempt, Case, Claim, Party, Span},
    source::{Breadth, Format, Likeness, Line, Reader, Sink, Step, exchange, masked, refusal},
    wire::{Body, Fidelity, HeaderField, Origin, Request, Response, escape::double_quoted},
};

pub(super) static FORMAT: Format = Format {
    id: "terraform-aws-log",
    summary: "log of Terraform's and OpenTofu's AWS provider, and of aws-sdk-go-base",
    page: "\
## How to get it
`TF_LOG=DEBUG terraform plan 2> terraform.log`, or `TF_LOG_PROVIDER=DEBUG`; `TF_LOG=JSON` is read too.

## What it holds
Method, URL, headers and body of the request, the `Authorization` value with its scope and signed headers; status,
headers and body of the answer.

## What it lacks
The signature and the session token, which are masked: no switch shows them, and nothing is concluded from a mask. The
artifacts: they are derived. The `Host` header and the spelling of names, of which small letters and `_` for `-` are
left; line ends of bodies; objects of S3. Make the same call with the AWS CLI to see what it signs.
",
    markers: &[SENT, "HTTP Response Received"],
    breadth: Breadth::Client,
    recognise: |_| Likeness::None,
    start: |_| Box::new(TerraformAwsLog::default()),
};

const SENT: &str = "HTTP Request Sent";
const RECEIVED: &str = "HTTP Response Received";

#[derive(Default)]
struct TerraformAwsLog {
    open: Option<Record>,
    calls: Vec<Call>,
    noted: bool,
    /// What repeats the refusal that was read last.
    echo: Echo,
}

/// Where in a log what repeats a refusal may stand: errors have it in their text.
#[derive(Clone, Copy, Debug, Default)]
struct Echo {
    /// For how many more lines.
    patience: usize,
    /// Whether the last record began with it, so that the lines below are of it.
    inside: bool,
}

/// What one record says, field by field.
struct Record {
    kind: Kind,
    fields: Vec<(BString, BString)>,
    span: Span,
    /// Whether the lines of the last field's text follow.
    in_text: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    Request,
    Response,
}

/// A call and its attempts; the last may wait for its answer.
struct Call {
    case: Case,
    /// What the records of one operation have in common.
    operation: Vec<BString>,
    invocation: BString,
    waits: bool,
}

/// No more calls are kept open than this.
const CALLS: usize = 64;
/// What is tried more often is another call.
const ATTEMPTS: usize = 64;
/// No record has more lines.
const FIELDS: usize = 1_000;
const LENGTH: usize = 1 << 20;
/// How many lines may stand between an answer and the last error that it became.
const PATIENCE: usize = 200;

const MASKED: &str = "Terraform's AWS provider masks signatures and session tokens in its log, and no \
    switch shows them: what was signed can be derived, not compared";

impl Reader for TerraformAwsLog {
    fn line(&mut self, line: &Line<'_>, sink: &mut Sink<'_>) -> Step {
        let text = line.text();
        if let Some(record) = &mut self.open {
            if record.further(text) {
                record.span = record.span.cover(&line.span());
                return Step::More;
            }
            self.close(sink);
        }
        let Some((kind, rest)) = begun(text) else {
            return self.between(text);
        };
        let mut record = Record {
            kind,
            fields: Vec::new(),
            span: line.span(),
            in_text: false,
        };
        record.pairs(rest);
        self.open = Some(record);
        Step::More
    }

    fn record(&mut self, line: &Line<'_>, sink: &mut Sink<'_>) -> Step {
        let Ok(Value::Object(object)) = serde_json::from_slice(line.text()) else {
            return Step::Pass;
        };
        let kind = match object.get("@message").and_then(Value::as_str) {
            Some(SENT) => Kind::Request,
            Some(RECEIVED) => Kind::Response,
            _ => return Step::Pass,
        };
        self.close(sink);
        let texts = |value: &Value| match value {
            Value::String(text) => vec![BString::from(text.as_str())],
            Value::Array(items) => items
                .iter()
                .filter_map(|item| item.as_str().map(BString::from))
                .collect(),
            other => vec![other.to_string().into()],
        };
        let fields = object.iter().flat_map(|(name, value)| {
            let name = BString::from(name.as_str());
            texts(value)
                .into_iter()
                .map(move |text| (name.clone(), text))
        });
        self.open = Some(Record {
            kind,
            fields: fields.collect(),
            span: line.span(),
            in_text: false,
        });
        self.close(sink);
        Step::Idle
    }

    fn boundary(&mut self, sink: &mut Sink<'_>) -> Step {
        self.close(sink);
        Step::Idle
    }

    fn end(&mut self, sink: &mut Sink<'_>) {
        self.close(sink);
        for call in self.calls.drain(..) {
            sink.case(call.case);
        }
    }
}

impl TerraformAwsLog {
    /// A line of another record: an error's text repeats the refusal that was read.
    fn between(&mut self, text: &[u8]) -> Step {
        let echo = &mut self.echo;
        echo.patience = echo.patience.saturating_sub(1);
        if echo.patience == 0 {
            return Step::Pass;
        }
        let levels = [
            " [TRACE] ",
            " [DEBUG] ",
            " [INFO] ",
            " [WARN] ",
            " [ERROR] ",
        ];
        if levels.iter().any(|level| text.contains_str(level)) {
            echo.inside = text.contains_str("api error ");
        }
        match echo.inside || text.starts_with(b"  | ") {
            true => Step::More,
            false => Step::Wait,
        }
    }

    fn close(&mut self, sink: &mut Sink<'_>) {
        let Some(record) = self.open.take() else {
            return;
        };
        match record.kind {
            Kind::Request => self.asked(&record, sink),
            Kind::Response => self.answered(&record, sink),
        }
    }

    fn asked(&mut self, record: &Record, sink: &mut Sink<'_>) {
        let mut attempt = Attempt::default();
        let Some(request) = record.request() else {
            return;
        };
        let claim = Claim::of(
            record.text(),
            request,
            Party::Wire,
            Fidelity::Reflowed,
            record.span.clone(),
        );
        attempt.requests.push(claim);
        if masked::add_masked(&mut attempt, &record.span) && !self.noted {
            self.noted = true;
            sink.note(MASKED, record.span.clone());
        }
        if !exchange::is_signed(&attempt) {
            return;
        }
        let invocation = record.get("http.request.header.amz_sdk_invocation_id");
        let invocation = BString::from(invocation.unwrap_or_default());
        let again = self.calls.iter_mut().find(|call| {
            !call.waits
                && !invocation.is_empty()
                && call.invocation == invocation
                && call.case.attempts.len() < ATTEMPTS
        });
        if let Some(call) = again {
            call.case.attempts.push(attempt);
            call.waits = true;
            return;
        }
        if self.calls.len() >= CALLS {
            sink.case(self.calls.remove(0).case);
        }
        self.calls.push(Call {
            case: Case {
                number: sink.number(),
                format: FORMAT.id,
                attempts: vec![attempt],
                hints: Vec::new(),
            },
            operation: record.operation(),
            invocation,
            waits: true,
        });
    }

    /// Gives an answer to the only request that waits for one of its operation.
    fn answered(&mut self, record: &Record, sink: &mut Sink<'_>) {
        let Some(response) = record.response() else {
            return;
        };
        let operation = record.operation();
        let waiting = self.calls.iter_mut();
        let mut waiting: Vec<&mut Call> = waiting
            .filter(|call| call.waits && call.operation == operation)
            .collect();
        if waiting.len() > 1 {
            let count = waiting.len();
            sink.note(
                format!(
                    "{count} requests waited for this answer, and the log does not say whose it is"
                ),
                record.span.clone(),
            );
            return;
        }
        let call = waiting.pop();
        let Some(attempt) = call.and_then(|call| {
            call.waits = false;
            call.case.attempts.last_mut()
        }) else {
            return;
        };
        record.add_response(attempt, response);
        if !attempt.refusals.is_empty() {
            self.echo.patience = PATIENCE;
        }
    }
}

impl Record {
    /// Takes a further line of the record: of a text, or of fields behind one.
    fn further(&mut self, text: &[u8]) -> bool {
        if self.fields.len() > FIELDS {
            return false;
        }
        if let Some(shown) = text
            .strip_prefix(b"  | ")
            .or((text == b"  |").then_some(b""))
        {
            if let Some((_, value)) = self.fields.last_mut().filter(|_| self.in_text)
                && value.len() < LENGTH
            {
                value.extend_from_slice(shown);
                value.push(b'\n');
            }
            return self.in_text;
        }
        let Some(rest) = text.strip_prefix(b"  ") else {
            return false;
        };
        if let Some(key) = rest.strip_suffix(b"=").filter(|key| is_key(key)) {
            self.fields.push((key.into(), BString::default()));
            self.in_text = true;
            return true;
        }
        let own = self.in_text && (rest.is_empty() || rest.starts_with(b" "));
        self.in_text = false;
        if own {
            self.pairs(rest);
        }
        own
    }

    /// Takes `key=value key="value"`.
    ///
    /// Source: go-hclog 1.6.3, `intlogger.go`.
    fn pairs(&mut self, text: &[u8]) {
        let mut rest = text.trim_start();
        while let Some((key, behind)) = rest.split_once_str("=").filter(|(key, _)| is_key(key)) {
            let (value, length) = match double_quoted(behind) {
                Some(literal) => (literal.bytes, literal.length),
                None => {
                    let length = behind.find_byte(b' ').unwrap_or(behind.len());
                    (behind.get(..length).unwrap_or_default().into(), length)
                }
            };
            self.fields.push((key.into(), value));
            rest = behind.get(length..).unwrap_or_default().trim_start();
        }
    }

    fn get(&self, name: &str) -> Option<&[u8]> {
        let mut fields = self.fields.iter();
        let found = fields.find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_slice())
    }

    fn number(&self, name: &str) -> Option<usize> {
        self.get(name)?.to_str().ok()?.parse().ok()
    }

    /// What tells its call from others at the same time.
    fn operation(&self) -> Vec<BString> {
        let names = ["rpc.method", "rpc.service", "aws.region", "tf_req_id"];
        let value = |name| self.get(name).unwrap_or_default().into();
        names.into_iter().map(value).collect()
    }

    fn request(&self) -> Option<Request> {
        let (origin, target) = Origin::split(self.get("http.url")?)?;
        let mut headers = self.headers("http.request.header.");
        for (name, key) in [
            ("user-agent", "http.user_agent"),
            ("content-length", "http.request_content_length"),
        ] {
            let value = self.get(key).map(BString::from);
            headers.extend(value.map(|value| HeaderField {
                name: name.into(),
                value,
            }));
        }
        Some(Request {
            method: self.get("http.method")?.into(),
            target,
            origin: Some(origin),
            headers,
            body: self.body("http.request.body", "http.request_content_length"),
        })
    }

    fn response(&self) -> Option<Response> {
        Some(Response {
            status: u16::try_from(self.number("http.status_code")?).ok()?,
            headers: self.headers("http.response.header."),
            body: self.body("http.response.body", "http.response_content_length"),
        })
    }

    fn add_response(&self, attempt: &mut Attempt, response: Response) {
        let (fidelity, span) = (Fidelity::Reflowed, self.span.clone());
        if response.body == Body::NotCaptured
            && let Some(shown) = self.get("http.response.body")
        {
            let mut shown_anew = response.clone();
            shown_anew.body = Body::Captured(shown.into());
            refusal::examine(attempt, &shown_anew, fidelity, &span);
        }
        exchange::answer(attempt, &self.text(), response, fidelity, span);
    }

    /// Names have `_` for `-`, and small letters.
    fn headers(&self, prefix: &str) -> Vec<HeaderField> {
        let fields = self.fields.iter();
        let own =
            fields.filter_map(|(key, value)| Some((key.strip_prefix(prefix.as_bytes())?, value)));
        let fields = own.map(|(name, value)| HeaderField {
            name: name.replace("_", "-").into(),
            value: value.clone(),
        });
        fields.collect()
    }

    /// A body, where it is as long as was announced: each of its lines ends in a line feed here, and
    /// keys in it are masked with as many stars.
    fn body(&self, name: &str, length: &str) -> Body {
        let shown = self.get(name).unwrap_or_default();
        let length = self.number(length).unwrap_or_default();
        let masked = shown.contains_str("****") || shown.starts_with(b"[Redacted: ");
        let without_last = shown.strip_suffix(b"\n").unwrap_or(shown);
        let whole = [shown, without_last]
            .into_iter()
            .find(|body| body.len() == length && !masked);
        whole.map_or(Body::NotCaptured, |body| Body::Captured(body.into()))
    }

    fn text(&self) -> Vec<u8> {
        let fields = self.fields.iter();
        let fields = fields.map(|(name, value)| [name.as_slice(), b"=", value, b"\n"].concat());
        fields.collect::<Vec<_>>().concat()
    }
}

fn is_key(text: &[u8]) -> bool {
    let sign = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-@".contains(byte);
    !text.is_empty() && text.iter().all(sign)
}

/// What `… HTTP Request Sent: key=value …` is about, and its fields.
fn begun(line: &[u8]) -> Option<(Kind, &[u8])> {
    let kinds = [(SENT, Kind::Request), (RECEIVED, Kind::Response)];
    kinds.into_iter().find_map(|(label, kind)| {
        let rest = line.get(line.find(label)? + label.len()..)?;
        Some((kind, rest.strip_prefix(b":")?))
    })
}

#[cfg(test)]
mod tests {
    use crate::{evidence::InputId, source::read_all, wire::Body};

    const SENT: &str = "2025-01-02T03:04:05.678Z [DEBUG] provider.terraform-provider-aws_v6.0.0_x5: HTTP Request Sent:";
    const RECEIVED: &str = "2025-01-02T03:04:05.789Z [DEBUG] provider.terraform-provider-aws_v6.0.0_x5: HTTP Response Received:";

    fn request(id: &str, name: &str, body: &str) -> String {
        format!(
            "{SENT} tf_req_id={id} http.method=POST http.url=https://a.example/?b=c http.request.header.authorization=\"AWS4-HMAC-SHA256 Credential=AKID************MPLE/20250102/us-east-1/dynamodb/aws4_request, SignedHeaders=host;x-amz-target, Signature=*****\" http.request_content_length={}\n  http.request.body=\n  | {body}\n   http.request.header.x_amz_target=\"a \\\"{name}\\\"\" timestamp=2025-01-02T03:04:05.678Z\n",
            body.len()
        )
    }

    fn answer(id: &str, code: &str) -> String {
        format!(
            "{RECEIVED} tf_req_id={id} http.status_code=400\n  http.response.body=\n  | {{\"__type\":\"{code}\",\n  |\n  | \"message\":\"m\"}}\n   timestamp=2025-01-02T03:04:05.789Z\n"
        )
    }

    #[test]
    fn fields_stand_before_and_behind_a_body() {
        let text = [
            &request("1", "one", "{}")[..],
            &request("2", "two", "key AKID************MPLE"),
            &answer("2", "Two"),
            &answer("1", "One"),
            "2025-01-02T03:04:05.789Z [DEBUG] provider.terraform-provider-aws_v6.0.0_x5: request failed with unretryable error https response error StatusCode: 400, RequestID: X, api error InvalidSignatureException: m\n\nThe Canonical String for this request should have been\n'POST\n/\n\n'\n",
            "2025-01-02T03:04:06.000Z [INFO]  provider: plugin process exited\n",
        ]
        .concat();
        let (cases, notes, _) = read_all(InputId(0), &mut text.as_bytes());
        assert_eq!((cases.len(), notes.len()), (2, 1));
        for (case, (name, code)) in cases.iter().zip([("one", "One"), ("two", "Two")]) {
            assert_eq!(case.format, "terraform-aws-log");
            let attempt = &case.attempts[0];
            let request = attempt.request().unwrap();
            let target = format!("a \"{name}\"");
            assert_eq!(request.header("x-amz-target").unwrap(), target.as_str());
            assert_eq!(request.target, "/?b=c");
            assert_eq!(attempt.authorization().unwrap().signature, "");
            assert_eq!(attempt.refusal().unwrap().code, code);
            assert_eq!(attempt.response().unwrap().body, Body::NotCaptured);
        }
        let requests = cases.iter().map(|case| case.attempts[0].request().unwrap());
        let bodies: Vec<_> = requests.collect();
        assert_eq!(bodies[0].body.bytes().unwrap(), b"{}");
        assert_eq!(bodies[1].body, Body::NotCaptured, "a mask stands in it");
    }
}

use bstr::{BString, ByteSlice};

use crate::{
    evidence::{Attempt, Case, Claim, OperationHint, Party, Span},
    source::{
        Breadth, Format, Likeness, Line, Reader, Sink, Step,
        collected::Collected,
        exchange::{answer, is_signed},
        object_text::{self, Value},
        refusal,
        sqlite::{self, Row},
    },
    wire::{Body, Fidelity, HeaderField, Origin, Request, Response},
};

pub(super) static FORMAT: Format = Format {
    id: "aws-cli-history",
    summary: "the AWS CLI's own record of its calls: ~/.aws/cli/history/history.db",
    page: "\
## How to get it
`aws configure set cli_history enabled`, then the command again, then the file `~/.aws/cli/history/history.db`,
or the one that `AWS_CLI_HISTORY_FILE` names. While a command runs, the newest records stand in
`history.db-wal` beside it: wait until it has ended, or copy them together with `sqlite3 history.db .backup`.

## What it holds
Every call of every command: the request with its whole `Authorization` value and its body, the answer, the
retries. **What services gave out, in clear**: AssumeRole's answer with its secret access key and session
token. The configured secret access key is not in it.

## What it lacks
The artifacts and the `Host` header: they are derived from the URL. Bodies that are streamed: uploads and
downloads of S3.
",
    markers: &[],
    breadth: Breadth::Client,
    recognise: |head| {
        if head.starts_with(sqlite::MAGIC) || sqlite::is_log(head) {
            Likeness::Sure
        } else {
            Likeness::None
        }
    },
    start: |_| {
        Box::new(AwsCliHistory {
            held: Collected::up_to(LENGTH),
        })
    },
};

/// No larger database is held: its pages may stand in any order.
const LENGTH: usize = 256 << 20;

struct AwsCliHistory {
    held: Collected,
}

impl Reader for AwsCliHistory {
    fn line(&mut self, line: &Line<'_>, _sink: &mut Sink<'_>) -> Step {
        // Behind a gap nothing would stand where the pages say.
        if !self.held.is_cut() {
            self.held.push(line);
        }
        Step::More
    }

    fn end(&mut self, sink: &mut Sink<'_>) {
        let held = std::mem::take(&mut self.held);
        let Some(whole) = held.span().cloned() else {
            return;
        };
        if sqlite::is_log(held.text()) {
            return sink.note(LOG_ALONE, whole);
        }
        if held.is_cut() {
            sink.note(TOO_LARGE, whole.clone());
        }
        let mut calls = Calls::default();
        sqlite::rows(held.text(), "records", &mut |row| {
            let place = held.place(row.at, row.length);
            calls.take(&row, &place.unwrap_or_else(|| whole.clone()), sink);
        });
        calls.end(sink);
    }
}

const LOG_ALONE: &str = "this is the write-ahead log of a database: give the database beside it, \
    history.db, once the command has ended";
const TOO_LARGE: &str = "the database is larger than is held, so its newest records may be missing: \
    copy the last of them into a database of their own";

/// The calls of a history: one for each `request_id`, with its attempts.
#[derive(Default)]
struct Calls {
    open: Vec<Call>,
}

struct Call {
    id: BString,
    case: Case,
    attempt: Attempt,
}

/// No more calls are kept open than this: the oldest is given away first.
const OPEN: usize = 64;

impl Calls {
    /// Takes in a record: `id, request_id, source, event_type, timestamp, payload`.
    fn take(&mut self, row: &Row, span: &Span, sink: &mut Sink<'_>) {
        let (Some(id), Some(event), Some(payload)) = (row.text(1), row.text(3), row.text(5)) else {
            return;
        };
        let (payload, _) = object_text::value(payload);
        let call = self.call(id, sink);
        match event.as_slice() {
            b"API_CALL" => call.hint(&payload, span),
            b"HTTP_REQUEST" => call.sent(&payload, span),
            b"HTTP_RESPONSE" => call.answered(&payload, span),
            b"PARSED_RESPONSE" => parsed(&mut call.attempt, &payload, Fidelity::Unescaped, span),
            _ => {}
        }
    }

    fn call(&mut self, id: &BString, sink: &mut Sink<'_>) -> &mut Call {
        let at = match self.open.iter().position(|call| call.id == *id) {
            Some(at) => at,
            None => {
                if self.open.len() >= OPEN {
                    self.open.remove(0).give(sink);
                }
                self.open.push(Call {
                    id: id.clone(),
                    case: Case {
                        number: sink.number(),
                        format: FORMAT.id,
                        ..Case::default()
                    },
                    attempt: Attempt::default(),
                });
                self.open.len() - 1
            }
        };
        #[expect(clippy::indexing_slicing, reason = "found or pushed above")]
        &mut self.open[at]
    }

    fn end(self, sink: &mut Sink<'_>) {
        for call in self.open {
            call.give(sink);
        }
    }
}

impl Call {
    fn hint(&mut self, payload: &Value, span: &Span) {
        if let Some(operation) = payload.text_of("operation") {
            let hint = OperationHint {
                operation: operation.into(),
                ..OperationHint::default()
            };
            let (party, fidelity) = (Party::Signer, Fidelity::Unescaped);
            let claim = Claim::of("", hint, party, fidelity, span.clone());
            self.case.hints.push(claim);
        }
    }

    fn sent(&mut self, payload: &Value, span: &Span) {
        self.close();
        if let Some(request) = request(payload) {
            let (party, fidelity) = (Party::Signer, Fidelity::Unescaped);
            let claim = Claim::of("", request, party, fidelity, span.clone());
            self.attempt.requests.push(claim);
        }
    }

    fn answered(&mut self, payload: &Value, span: &Span) {
        let status = payload.get("status_code").and_then(Value::number);
        let Some(status) = status.and_then(|status| u16::try_from(status).ok()) else {
            return;
        };
        let response = Response {
            status,
            headers: header_fields(payload.get("headers")),
            body: body(payload),
        };
        let fidelity = Fidelity::Unescaped;
        answer(&mut self.attempt, b"", response, fidelity, span.clone());
    }

    fn close(&mut self) {
        let attempt = std::mem::take(&mut self.attempt);
        if is_signed(&attempt) {
            self.case.attempts.push(attempt);
        }
    }

    fn give(mut self, sink: &mut Sink<'_>) {
        self.close();
        if !self.case.attempts.is_empty() {
            sink.case(self.case);
        }
    }
}

fn request(payload: &Value) -> Option<Request> {
    let (origin, target) = Origin::split(payload.text_of("url")?)?;
    Some(Request {
        method: payload.text_of("method")?.into(),
        target,
        origin: Some(origin),
        headers: header_fields(payload.get("headers")),
        body: body(payload),
    })
}

/// The body, unless it is streamed or no text: then a repr of Python's stands there.
fn body(payload: &Value) -> Body {
    let streamed = payload.get("streaming") == Some(&Value::Plain("true".into()));
    match payload.get("body") {
        Some(Value::Text(text)) if !streamed && text != "<Byte sequence>" => {
            Body::Captured(text.clone())
        }
        Some(Value::Plain(none)) if none == "null" => Body::Captured(BString::default()),
        _ => Body::NotCaptured,
    }
}

/// The headers of an object of names and values.
pub(super) fn header_fields(headers: Option<&Value>) -> Vec<HeaderField> {
    let fields = headers.map(Value::fields).unwrap_or_default();
    let field =
        |(name, value): &(BString, Value)| Some(HeaderField::new(name.clone(), value.plain()?));
    fields.iter().filter_map(field).collect()
}

/// Adds what botocore made of a refusal, where the answer itself does not show it: the body of
/// S3's answers is streamed.
pub(super) fn parsed(attempt: &mut Attempt, payload: &Value, fidelity: Fidelity, span: &Span) {
    let Some(error) = payload.get("Error") else {
        return;
    };
    if !attempt.refusals.is_empty() {
        return;
    }
    let detail = |(name, value): &(BString, Value)| match name.as_slice() {
        b"Code" | b"Message" | b"message" => None,
        _ => Some((name.clone(), value.plain()?)),
    };
    let message = error.text_of("Message").or(error.text_of("message"));
    let refusal = crate::evidence::Refusal {
        code: error.text_of("Code").unwrap_or_default().into(),
        message: message.unwrap_or_default().into(),
        details: error.fields().iter().filter_map(detail).collect(),
    };
    refusal::add(attempt, b"".as_bstr(), refusal, fidelity, span);
}

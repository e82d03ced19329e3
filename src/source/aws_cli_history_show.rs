use bstr::{BString, ByteSlice};

use crate::{
    evidence::{Attempt, Case, Claim, OperationHint, Party, Span},
    source::{
        Breadth, Format, Likeness, Line, Reader, Sink, Step,
        aws_cli_history::{header_fields, parsed},
        exchange::{Gathered, is_signed},
        masked::{add_masked, restore},
        object_text::{self, Value},
        refusal,
    },
    wire::{Body, Fidelity, Origin, Request, Response},
};

pub(super) static FORMAT: Format = Format {
    id: "aws-cli-history-show",
    summary: "output of `aws history show`",
    page: "\
## How to get it
`aws configure set cli_history enabled`, then the command again, then `aws history show > history.txt`.
Better: give the database itself, `~/.aws/cli/history/history.db`; it is whole and is read as `aws-cli-history`.

## What it holds
The method, URL and headers of every request of the last command, sorted; bodies set anew; the answers.
**What services gave out, in clear**: AssumeRole's answer with its secret access key and session token.

## What it lacks
The signature: `aws history show` cuts it to four digits, and only a refusal of S3 repeats it whole; the database has it. The artifacts and the
`Host` header: they are derived. Streamed bodies, and the line breaks inside XML; S3's own strings are taken from
what the CLI made of its refusal.
",
    markers: &[
        "] API call made",
        "] HTTP request sent",
        "] HTTP response received",
        "] HTTP response parsed",
        "AWS CLI command entered",
        "AWS CLI command exited",
    ],
    breadth: Breadth::Client,
    recognise: |_| Likeness::None,
    start: |_| Box::new(AwsCliHistoryShow::default()),
};

#[derive(Default)]
struct AwsCliHistoryShow {
    section: Option<Section>,
    calls: Vec<Call>,
    noted: Noted,
}

/// Whether it was noted that signatures are cut.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Noted {
    #[default]
    NotYet,
    Already,
}

/// A section: its title, and the lines below it.
struct Section {
    number: BString,
    kind: Kind,
    text: Gathered,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    Call,
    Request,
    Response,
    Parsed,
}

struct Call {
    number: BString,
    case: Case,
    attempt: Attempt,
    /// The answer's body, and where it stands: what it refuses may stand better below.
    body: Option<(Response, Span)>,
}

/// No section has more bytes.
const LENGTH: usize = 16 << 20;

impl Reader for AwsCliHistoryShow {
    fn line(&mut self, line: &Line<'_>, sink: &mut Sink<'_>) -> Step {
        let text = line.text();
        if let Some((number, kind)) = title(text) {
            self.close(sink);
            self.section = Some(Section {
                number: number.into(),
                kind,
                text: Gathered::begin(b"", line),
            });
            return Step::More;
        }
        if text == b"AWS CLI command entered" || text == b"AWS CLI command exited" {
            self.close(sink);
            self.give(sink);
            return Step::Idle;
        }
        match &mut self.section {
            Some(section) if section.text.text.len() < LENGTH => {
                section.text.push(line.raw, line);
                Step::More
            }
            _ => Step::Pass,
        }
    }

    fn end(&mut self, sink: &mut Sink<'_>) {
        self.close(sink);
        self.give(sink);
    }
}

/// The number and the kind of `[0] HTTP request sent`.
fn title(line: &[u8]) -> Option<(&[u8], Kind)> {
    let (number, name) = line.strip_prefix(b"[")?.split_once_str("] ")?;
    let kind = match name {
        b"API call made" => Kind::Call,
        b"HTTP request sent" => Kind::Request,
        b"HTTP response received" => Kind::Response,
        b"HTTP response parsed" => Kind::Parsed,
        _ => return None,
    };
    number
        .iter()
        .all(u8::is_ascii_digit)
        .then_some((number, kind))
}

impl AwsCliHistoryShow {
    fn close(&mut self, sink: &mut Sink<'_>) {
        let Some(section) = self.section.take() else {
            return;
        };
        let known = self
            .calls
            .iter()
            .position(|call| call.number == section.number);
        let at = match known {
            Some(at) => at,
            None => {
                self.calls.push(Call {
                    number: section.number,
                    case: Case {
                        number: sink.number(),
                        format: FORMAT.id,
                        ..Case::default()
                    },
                    attempt: Attempt::default(),
                    body: None,
                });
                self.calls.len() - 1
            }
        };
        let Some(call) = self.calls.get_mut(at) else {
            return;
        };
        let (text, span) = (section.text.text, section.text.span);
        match section.kind {
            Kind::Call => call.hint(&text, &span),
            Kind::Request => {
                call.sent(&text, &span);
                if add_masked(&mut call.attempt, &span) && self.noted == Noted::NotYet {
                    self.noted = Noted::Already;
                    sink.note(CUT, span);
                }
            }
            Kind::Response => call.answered(&text, span),
            Kind::Parsed => {
                if let Some(value) = field(&text, "parsed to: ") {
                    let (value, _) = object_text::value(value);
                    parsed(&mut call.attempt, &value, Fidelity::Unescaped, &span);
                }
            }
        }
    }

    fn give(&mut self, sink: &mut Sink<'_>) {
        for call in std::mem::take(&mut self.calls) {
            call.give(sink);
        }
    }
}

const CUT: &str = "`aws history show` cuts the signature to four digits: give the database \
    ~/.aws/cli/history/history.db in its place";

impl Call {
    fn hint(&mut self, text: &[u8], span: &Span) {
        if let Some(operation) = field(text, "using operation: ") {
            let hint = OperationHint {
                operation: first_line(operation).into(),
                ..OperationHint::default()
            };
            let (party, fidelity) = (Party::Signer, Fidelity::Unescaped);
            let claim = Claim::of("", hint, party, fidelity, span.clone());
            self.case.hints.push(claim);
        }
    }

    fn sent(&mut self, text: &[u8], span: &Span) {
        self.close();
        if let Some(request) = request(text) {
            let (party, fidelity) = (Party::Signer, Fidelity::Unescaped);
            let claim = Claim::of("", request, party, fidelity, span.clone());
            self.attempt.requests.push(claim);
        }
    }

    fn answered(&mut self, text: &[u8], span: Span) {
        let status = field(text, "with status code: ");
        let Some(status) = status.and_then(|digits| first_line(digits).to_str().ok()?.parse().ok())
        else {
            return;
        };
        let headers = header_fields(headers(text).as_ref());
        let mut response = Response {
            status,
            headers,
            body: Body::NotCaptured,
        };
        let claim = Claim::of(
            "",
            response.clone(),
            Party::Wire,
            Fidelity::Unescaped,
            span.clone(),
        );
        self.attempt.responses.push(claim);
        let shown = field(text, "with body: ").unwrap_or_default().trim_end();
        response.body = Body::Captured(shown.into());
        if shown.starts_with(b"{") {
            // JSON is set anew, but not inside its texts.
            refusal::examine(&mut self.attempt, &response, Fidelity::Unescaped, &span);
        } else {
            self.body = Some((response, span));
        }
    }

    fn close(&mut self) {
        let mut attempt = std::mem::take(&mut self.attempt);
        if let Some((response, span)) = self.body.take()
            && attempt.refusals.is_empty()
        {
            refusal::examine(&mut attempt, &response, Fidelity::Reflowed, &span);
        }
        restore(&mut attempt);
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

fn request(text: &[u8]) -> Option<Request> {
    let (origin, target) = Origin::split(first_line(field(text, "to URL: ")?))?;
    let method = first_line(field(text, "with method: ")?);
    let mut request = Request {
        method: method.into(),
        target,
        origin: Some(origin),
        headers: header_fields(headers(text).as_ref()),
        body: Body::NotCaptured,
    };
    let shown = field(text, "with body: ").unwrap_or_default();
    let shown = shown.trim_end_with(|end| end == '\n');
    if shown == b"There is no associated body" {
        request.body = Body::Captured(BString::default());
    } else if let Some(length) = request.header("content-length")
        && length.trim() == shown.len().to_string().as_bytes()
    {
        request.body = Body::Captured(shown.into());
    }
    Some(request)
}

fn headers(text: &[u8]) -> Option<Value> {
    field(text, "with headers: ").map(|headers| object_text::value(headers).0)
}

/// What stands behind the name of a field, which begins a line, to the end of the section.
fn field<'a>(text: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let found = text.find_iter(name).find(|at| {
        let before = at.checked_sub(1).and_then(|before| text.get(before));
        before.is_none_or(|byte| *byte == b'\n')
    })?;
    text.get(found + name.len()..)
}

fn first_line(text: &[u8]) -> &[u8] {
    text.lines().next().unwrap_or_default()
}

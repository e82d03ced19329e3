//! What programs print of a request: artifacts under labels, the request as an object, the answer.

use bstr::{BString, ByteSlice};

use crate::{
    evidence::{Attempt, Case, Claim, Party, Span},
    source::{
        Line, Reader, Sink, Step, Whole,
        artifact_finder::{self, Found},
        aws_cli_history::header_fields,
        bare_artifact::{claim, fits, settle},
        collected::Collected,
        exception_frame,
        exchange::{answer, is_signed},
        js_inspect, labelled_artifacts,
        object_text::{self, Balance, Value},
        refusal,
        shown::Shown,
    },
    wire::{Body, Fidelity, Origin, Request, RequestLine, Response},
};

/// Reads it; a case with the signer's artifacts is `labelled-artifacts`, one without
/// `js-inspect`.
pub(super) struct Printed {
    whole: Whole,
    /// What was printed since the last object that was known.
    before: Collected,
    object: Option<Open>,
    attempt: Attempt,
    answer: Option<Shown>,
    /// What an inspected error, or a line of version 2 of the SDK, says was answered.
    status: Option<(u16, Span)>,
    /// An inspected error.
    error: Vec<u8>,
    /// In a log: for how many more lines an answer is waited for.
    patience: usize,
    rebuilt: Rebuilt,
}

/// An object whose brackets are not closed yet.
struct Open {
    lines: Collected,
    balance: Balance,
    end: usize,
}

/// Whether it was noted that a target was put together from a query object.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Rebuilt {
    NotYet,
    Noted,
}

/// No object that is printed has more lines.
const LINES: usize = 4_000;
const PATIENCE: usize = 300;
/// What begins a request in a log that holds other things as well.
pub(super) const MARKER: &str = "HttpRequest {";

impl Printed {
    pub(super) fn new(whole: Whole) -> Self {
        Self {
            whole,
            before: Collected::default(),
            object: None,
            attempt: Attempt::default(),
            answer: None,
            status: None,
            error: Vec::new(),
            patience: 0,
            rebuilt: Rebuilt::NotYet,
        }
    }
}

impl Reader for Printed {
    fn line(&mut self, line: &Line<'_>, sink: &mut Sink<'_>) -> Step {
        if let Some(mut open) = self.object.take() {
            let at = open.lines.text().len();
            open.lines.push(line);
            match open.balance.push(line.raw) {
                Some(end) => {
                    open.end = at + end;
                    self.take(&open, line, sink);
                }
                None if open.lines.len() >= LINES => self.pass_over(&open, line),
                None => self.object = Some(open),
            }
            return Step::More;
        }
        if self.whole == Whole::Log && !self.is_awaited(line.text()) {
            self.patience = self.patience.saturating_sub(1);
            let waits = self.patience > 0;
            return if waits { Step::Wait } else { Step::Pass };
        }
        self.patience = PATIENCE;
        if line.text().contains(&b'{') && aws_line(line.text()).is_none() {
            let mut open = Open {
                lines: Collected::default(),
                balance: Balance::default(),
                end: 0,
            };
            open.lines.push(line);
            match open.balance.push(line.raw) {
                Some(end) => {
                    open.end = end;
                    self.take(&open, line, sink);
                }
                None => self.object = Some(open),
            }
        } else {
            self.plain(line, sink);
        }
        Step::More
    }

    fn end(&mut self, sink: &mut Sink<'_>) {
        if let Some(open) = self.object.take() {
            self.before.append(&open.lines);
        }
        self.signed(Request::default, sink);
        self.give(&[], sink);
        self.before = Collected::default();
    }
}

impl Printed {
    /// In a log: whether a line may be of the exchange that is read.
    fn is_awaited(&self, line: &[u8]) -> bool {
        let answers =
            || self.patience > 0 && (status_before(line).is_some() || aws_line(line).is_some());
        line.contains_str(MARKER) || answers()
    }

    fn plain(&mut self, line: &Line<'_>, sink: &mut Sink<'_>) {
        if let Some(answer) = &mut self.answer {
            answer.push_body(line.raw, line);
            return;
        }
        if let Some(status) = aws_line(line.text()) {
            self.status = Some((status, line.span()));
        } else if is_status_line(line.text()) && self.is_artifact_before() {
            self.signed(Request::default, sink);
            let first = [b"HTTP/1.1 ", line.text()].concat();
            self.answer = Some(Shown::begin(&first, line));
        } else {
            self.before.push(line);
        }
    }

    fn is_artifact_before(&self) -> bool {
        !self.attempt.is_empty() || !artifact_finder::find(self.before.text()).is_empty()
    }

    /// Takes in an object that is whole: a request, an answer, an error, or something else.
    fn take(&mut self, open: &Open, line: &Line<'_>, sink: &mut Sink<'_>) {
        let text = open.lines.text();
        let first = text.lines().next().unwrap_or_default();
        let at = first.find_byte(b'{').unwrap_or(0);
        let prefix = first.get(..at).unwrap_or_default();
        let (value, _) = object_text::value(text.get(at..open.end).unwrap_or_default());
        let Some(span) = open.lines.span().cloned() else {
            return;
        };
        if let Some((request, target)) = self.request(prefix, &value) {
            self.answer_ends();
            self.signed(|| request.clone(), sink);
            if target == Target::Rebuilt && self.rebuilt == Rebuilt::NotYet {
                self.rebuilt = Rebuilt::Noted;
                sink.note(TARGET, span.clone());
            }
            let fidelity = match target {
                Target::Rebuilt => Fidelity::Reflowed,
                Target::Shown => Fidelity::Unescaped,
            };
            let claim = Claim::of(text, request, Party::Signer, fidelity, span);
            self.attempt.requests.push(claim);
        } else if let Some((status, headers)) = response(prefix, &value) {
            self.signed(Request::default, sink);
            let first = [b"HTTP/1.1 ", status.to_string().as_bytes()].concat();
            let mut answer = Shown::begin(&first, line);
            for field in header_fields(Some(headers)) {
                answer.push_head(&[&field.name[..], b": ", &field.value].concat(), line);
            }
            self.answer = Some(answer);
        } else {
            let known = ["httpStatusCode", "statusCode"].iter().find_map(|name| {
                let metadata = value.get("$metadata");
                let status = metadata
                    .and_then(|inner| inner.get(name))
                    .or(value.get(name));
                u16::try_from(status?.number()?).ok()
            });
            match known {
                // What an inspected error shows is the service's.
                Some(status) => {
                    self.status = Some((status, span));
                    self.error.extend_from_slice(text);
                }
                None => self.pass_over(open, line),
            }
        }
    }

    /// An object that is none of an exchange: a line of an answer's body, or of an error.
    fn pass_over(&mut self, open: &Open, line: &Line<'_>) {
        match &mut self.answer {
            Some(answer) => answer.push_body(open.lines.text(), line),
            None if self.whole == Whole::Document => self.before.append(&open.lines),
            None => {}
        }
    }

    /// The request that an object is, or whose headers it is.
    fn request(&self, prefix: &[u8], value: &Value) -> Option<(Request, Target)> {
        if let Some(request) = whole_request(value) {
            return Some(request);
        }
        let above = || {
            self.before
                .text()
                .lines()
                .rfind(|line| !line.trim().is_empty())
        };
        let named = request_line(prefix).or_else(|| {
            let alone = prefix.trim().is_empty();
            alone.then(above).flatten().and_then(request_line)
        })?;
        let headers = header_fields(Some(value));
        let (method, (origin, target)) = named;
        let request = Request {
            method: method.into(),
            target,
            origin: Some(origin),
            headers,
            body: Body::NotCaptured,
        };
        request.header("authorization")?;
        Some((request, Target::Shown))
    }

    /// Takes in the artifacts that were printed; `next` is the request that follows them, if one
    /// does.
    fn signed(&mut self, next: impl Fn() -> Request, sink: &mut Sink<'_>) {
        let before = std::mem::take(&mut self.before);
        let found = artifact_finder::find(before.text());
        let begins = found
            .first()
            .map_or(before.text().len(), |first| first.range.start);
        let tail = before.text().get(..begins).unwrap_or_default();
        let is_next = !next().method.is_empty();
        let open = !self.attempt.requests.is_empty() || self.is_answered();
        if open && (is_next || !found.is_empty()) {
            self.give(tail, sink);
        } else if open {
            self.before = before;
            return;
        }
        for artifact in found {
            self.artifact(artifact, &before, sink);
        }
        settle(&mut self.attempt);
    }

    fn is_answered(&self) -> bool {
        self.answer.is_some() || self.status.is_some()
    }

    fn artifact(&mut self, found: Found, from: &Collected, sink: &mut Sink<'_>) {
        let Some(span) = from.place(found.range.start, found.range.len()) else {
            return;
        };
        if !fits(&self.attempt, &found) {
            settle(&mut self.attempt);
            self.give(&[], sink);
        }
        claim(&mut self.attempt, found, span);
    }

    fn answer_ends(&mut self) {
        if let Some(answer) = self.answer.take() {
            answer.add_response(&mut self.attempt);
        }
    }

    /// Gives the attempt away; `tail` is what was printed behind its request.
    fn give(&mut self, tail: &[u8], sink: &mut Sink<'_>) {
        self.answer_ends();
        let before = std::mem::take(&mut self.before);
        let tail = if tail.is_empty() { before.text() } else { tail };
        let tail = &[tail, &std::mem::take(&mut self.error)].concat();
        let status = self.status.take();
        let mut attempt = std::mem::take(&mut self.attempt);
        if let Some((status, span)) = status.filter(|_| attempt.responses.is_empty()) {
            let response = Response {
                status,
                ..Response::default()
            };
            answer(&mut attempt, b"", response, Fidelity::Unescaped, span);
        }
        let last = attempt.spans().last();
        if let (true, Some(found), Some(span)) = (
            attempt.refusals.is_empty(),
            exception_frame::parse(tail),
            before.span().cloned().or(last),
        ) {
            let fidelity = Fidelity::Unescaped;
            refusal::add(
                &mut attempt,
                tail.trim().as_bstr(),
                found.refusal,
                fidelity,
                &span,
            );
        }
        if is_signed(&attempt) {
            let number = sink.number();
            sink.case(Case {
                number,
                format: format_of(&attempt),
                attempts: vec![attempt],
                hints: Vec::new(),
            });
        }
    }
}

fn format_of(attempt: &Attempt) -> &'static str {
    let signers = attempt.canonical_request(Party::Signer).is_some()
        || attempt.string_to_sign(Party::Signer).is_some();
    if signers {
        labelled_artifacts::FORMAT.id
    } else {
        js_inspect::FORMAT.id
    }
}

const TARGET: &str = "the target was put together from an object of decoded values, as the SDK \
    sorts and encodes it";

/// How a request's target is known.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Target {
    Shown,
    /// From a path and an object of decoded values.
    Rebuilt,
}

/// The request of an object with a method and headers.
fn whole_request(value: &Value) -> Option<(Request, Target)> {
    let method = value.text_of("method")?;
    let shown = value.get("headers");
    let headers = header_fields(Some(shown.filter(|it| matches!(it, Value::Object(_)))?));
    let path = value.text_of("path").or(value.text_of("pathname"));
    let mut target = BString::from(path.map_or(&b"/"[..], |path| path.as_ref()));
    let mut known = Target::Shown;
    let query = value.get("query").map(Value::fields).unwrap_or_default();
    if !query.is_empty() {
        known = Target::Rebuilt;
        let sign = if target.contains(&b'?') { b'&' } else { b'?' };
        target.push(sign);
        target.extend_from_slice(&query_of(query));
    }
    let host = value.text_of("hostname").or(value.text_of("host"));
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
    let mut request = Request {
        method: method.into(),
        target,
        origin,
        headers,
        body: Body::NotCaptured,
    };
    let bytes = match value.get("body") {
        Some(Value::Text(text)) => Some(text.clone()),
        Some(Value::Plain(none)) if none == "undefined" || none == "null" => {
            Some(BString::default())
        }
        Some(shown) => shown.bytes(),
        None => None,
    };
    let length = request.header("content-length");
    let length = length.and_then(|digits| digits.to_str().ok()?.parse::<usize>().ok());
    if let Some(bytes) = bytes.filter(|bytes| length.is_none_or(|length| length == bytes.len())) {
        request.body = Body::Captured(bytes);
    }
    Some((request, known))
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

/// Method and URL at the end of `Request: PUT https://host/path`.
fn request_line(text: &[u8]) -> Option<(&[u8], (Origin, BString))> {
    let mut words = text.trim().rsplitn(2, |byte| *byte == b' ');
    let (url, rest) = (words.next()?, words.next()?);
    let method = rest.fields().last()?;
    let line = [method, b" ", url].concat();
    RequestLine::parse(&line)?;
    let upper = method.iter().all(u8::is_ascii_uppercase);
    upper.then_some((method, Origin::split(url)?))
}

/// Status and headers of an object behind a status, or of one that has both.
fn response<'a>(prefix: &[u8], value: &'a Value) -> Option<(u16, &'a Value)> {
    if let Some(status) = status_before(prefix) {
        return Some((status, value));
    }
    let status = value.get("statusCode").or(value.get("status"))?.number()?;
    let headers = value.get("headers")?;
    Some((u16::try_from(status).ok()?, headers))
}

/// The status in `Response: 200 {`.
fn status_before(line: &[u8]) -> Option<u16> {
    let before = line.split_once_str("{").map_or(line, |(before, _)| before);
    let word = before.fields().last()?;
    let labelled = before.fields().count() <= 3;
    let status: u16 = word
        .to_str()
        .ok()
        .filter(|_| word.len() == 3)?
        .parse()
        .ok()?;
    (labelled && (100..600).contains(&status)).then_some(status)
}

/// The status in `[AWS s3 403 0.115s 0 retries] getObject(…)`, as version 2's logger writes it.
fn aws_line(line: &[u8]) -> Option<u16> {
    let mut words = line.strip_prefix(b"[AWS ")?.fields().skip(1);
    words.next()?.to_str().ok()?.parse().ok()
}

/// Whether a line is a status and its reason: `403 Forbidden`.
fn is_status_line(line: &[u8]) -> bool {
    let Some((status, reason)) = line.split_once_str(" ") else {
        return false;
    };
    let digits = status.len() == 3 && status.iter().all(u8::is_ascii_digit);
    let words = reason
        .iter()
        .all(|byte| byte.is_ascii_alphabetic() || *byte == b' ');
    digits && words && reason.first().is_some_and(u8::is_ascii_uppercase)
}

/// Whether a text holds a request as an object, signed.
pub(super) fn shows_request(head: &[u8]) -> bool {
    holds_signature(head)
        && each_object(head).any(|(prefix, value)| {
            whole_request(&value).is_some() || request_line(prefix).is_some()
        })
        || headers_below(head)
}

/// Whether a text holds an answer, printed as a status with or without headers.
pub(super) fn shows_answer(head: &[u8]) -> bool {
    head.lines()
        .any(|line| is_status_line(line) || line.ends_with(b"{") && status_before(line).is_some())
}

/// Whether headers with a signature stand as an object below a method and a URL.
fn headers_below(head: &[u8]) -> bool {
    let lines: Vec<&[u8]> = head.lines().collect();
    lines.windows(2).any(|pair| {
        matches!(pair, [above, below] if below.starts_with(b"{") && request_line(above).is_some())
    }) && holds_signature(head)
}

/// Whether a text holds a signature: the algorithm alone may stand in a service's string to sign.
fn holds_signature(text: &[u8]) -> bool {
    text.contains_str("AWS4-HMAC-SHA256 ") || text.contains_str("X-Amz-Algorithm")
}

/// The objects that begin on a line of their own, or behind a few words, with those words.
fn each_object(head: &[u8]) -> impl Iterator<Item = (&[u8], Value)> {
    let mut at = 0;
    head.lines_with_terminator().filter_map(move |line| {
        let start = at;
        at += line.len();
        let brace = line.find_byte(b'{')?;
        const WORDS: usize = 400;
        let opens = line.trim_end().ends_with(b"{") || brace == 0;
        if !opens || brace > WORDS {
            return None;
        }
        let (value, _) = object_text::value(head.get(start + brace..)?);
        Some((line.get(..brace)?, value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_without_a_signature_is_not_shown() {
        let shown = |authorization: &str| {
            let text = format!(
                "{{\n  \"request\": {{\n    \"method\": \"POST\",\n    \"url\": \"http://h/\",\n    \
                 \"headers\": {{{authorization}}}\n  }},\n  \"message\": \"'AWS4-HMAC-SHA256\\n2025'\"\n}}\n"
            );
            shows_request(text.as_bytes())
        };
        assert!(shown(r#""authorization": "AWS4-HMAC-SHA256 Credential=A""#));
        assert!(!shown(""));
    }
}

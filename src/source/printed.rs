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
        exchange::{answer, is_signed, is_signed_request},
        js_inspect, labelled_artifacts,
        object_text::{self, Balance, Value},
        printed_body,
        printed_exchange::{self, Answer, AnswerBody, Target, axios_exchange, whole_request},
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
/// What stands in a request that a logger wrote as JSON.
pub(super) const SIGNED: &str = "\"AWS4-HMAC-SHA256 Credential=";

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
        if self.object.is_none() && self.is_body(line) {
            return Step::More;
        }
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

    fn record(&mut self, line: &Line<'_>, sink: &mut Sink<'_>) -> Step {
        let text = line.text();
        if self.object.is_some() || !text.starts_with(b"{") || !self.may_be_record(text) {
            return Step::Pass;
        }
        let (value, _) = object_text::value(text);
        let objects = || std::iter::once(&value).chain(value.fields().iter().map(|(_, it)| it));
        let span = line.span();
        let signed = |(request, _): &(Request, Target)| is_signed_request(request);
        if let Some((asked, answer)) = objects().find_map(axios_exchange) {
            self.asked(asked, text, &span, sink);
            if let Some(answer) = answer.filter(|_| self.attempt.responses.is_empty()) {
                self.answered(answer, text, span);
            }
        } else if let Some(asked) = objects().filter_map(whole_request).find(signed) {
            self.asked(asked, text, &span, sink);
        } else if let Some(answer) = objects().find_map(printed_exchange::answer)
            && self.is_asked()
            && !self.is_answered()
        {
            self.answered(answer, text, span);
        } else {
            return Step::Pass;
        }
        self.patience = PATIENCE;
        Step::More
    }

    fn boundary(&mut self, _sink: &mut Sink<'_>) -> Step {
        match self.patience > 0 {
            true => Step::Wait,
            false => Step::Idle,
        }
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
    /// Whether a logger's record may hold a request, or the answer that is waited for.
    fn may_be_record(&self, text: &[u8]) -> bool {
        text.contains_str(SIGNED) || self.patience > 0 && text.contains_str("\"headers\":")
    }

    /// In a log: whether a line may be of the exchange that is read.
    fn is_awaited(&self, line: &[u8]) -> bool {
        let answers = || {
            self.patience > 0
                && (status_before(line).is_some()
                    || aws_line(line).is_some()
                    || status_and_body(line).is_some())
        };
        line.contains_str(MARKER) || answers()
    }

    fn plain(&mut self, line: &Line<'_>, sink: &mut Sink<'_>) {
        if let Some(answer) = self.answer.as_mut().filter(|answer| !answer.is_whole()) {
            answer.push_body(line.raw, line);
            return;
        }
        if let Some((status, body)) = status_and_body(line.raw)
            && !self.is_answered()
            && self.is_asked()
        {
            self.signed(Request::default, sink);
            let mut answer = Shown::begin(&status_line(status), line);
            answer.push_body(body, line);
            self.answer = Some(answer);
        } else if let Some(status) = aws_line(line.text()) {
            self.status = Some((status, line.span()));
        } else if is_status_line(line.text()) && self.is_artifact_before() {
            self.signed(Request::default, sink);
            let first = [b"HTTP/1.1 ", line.text()].concat();
            self.answer = Some(Shown::begin(&first, line));
        } else {
            self.before.push(line);
        }
    }

    /// Takes the line right below a request that is shown without its body, where that is one.
    fn is_body(&mut self, line: &Line<'_>) -> bool {
        let answered = self.is_answered();
        let last = self.attempt.requests.last_mut().filter(|_| !answered);
        let Some(Claim {
            parsed: Ok(request),
            span,
            ..
        }) = last
        else {
            return false;
        };
        let is_below = request.body == Body::NotCaptured && span.last_line + 1 == line.number;
        let text = line.text().trim();
        let Some((body, length)) = Some(text)
            .filter(|text| is_below && !text.is_empty())
            .and_then(|text| printed_body::unlabelled(request, text))
        else {
            return false;
        };
        let is_whole = length == text.len() && body.bytes().is_some_and(|body| !body.is_empty());
        if is_whole {
            request.body = body;
            *span = span.cover(&line.span());
        }
        is_whole
    }

    fn is_asked(&self) -> bool {
        !self.attempt.requests.is_empty() || self.is_artifact_before()
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
        let behind = text.get(open.end..).unwrap_or_default();
        if let Some((asked, answer)) = axios_exchange(&value) {
            self.asked(asked, text, &span, sink);
            if let Some(answer) = answer.filter(|_| self.attempt.responses.is_empty()) {
                self.answered(answer, text, span);
            }
        } else if let Some((mut request, target)) = self.request(prefix, &value) {
            add_body(&mut request, behind);
            self.asked((request, target), text, &span, sink);
        } else if let Some(status) = status_before(prefix) {
            self.signed(Request::default, sink);
            let mut answer = Shown::begin(&status_line(status), line);
            if are_headers(&value) {
                for field in header_fields(Some(&value)) {
                    answer.push_head(&[&field.name[..], b": ", &field.value].concat(), line);
                }
                if !behind.trim().is_empty() {
                    answer.push_body(behind.strip_prefix(b" ").unwrap_or(behind), line);
                }
            } else {
                answer.push_body(text.get(at..).unwrap_or_default(), line);
            }
            self.answer = Some(answer);
        } else if let Some(answer) = printed_exchange::answer(&value) {
            self.signed(Request::default, sink);
            if answer.body == AnswerBody::None {
                let mut shown = Shown::begin(&status_line(answer.status), line);
                for field in answer.headers {
                    shown.push_head(&[&field.name[..], b": ", &field.value].concat(), line);
                }
                self.answer = Some(shown);
            } else {
                self.answered(answer, text, span);
            }
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

    /// Takes in a request; one that an interceptor printed before is the same.
    fn asked(
        &mut self,
        (request, target): (Request, Target),
        text: &[u8],
        span: &Span,
        sink: &mut Sink<'_>,
    ) {
        let authorization = request.header("authorization");
        let known = self.attempt.request();
        let known = known.and_then(|known| known.header("authorization"));
        if authorization.is_some() && known == authorization && !self.is_answered() {
            return;
        }
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
        let claim = Claim::of(text, request, Party::Signer, fidelity, span.clone());
        self.attempt.requests.push(claim);
    }

    /// Takes in an answer whose body stands in the same object.
    fn answered(&mut self, shown: Answer, text: &[u8], span: Span) {
        let fidelity = Fidelity::Unescaped;
        let mut response = Response {
            status: shown.status,
            headers: shown.headers,
            body: Body::NotCaptured,
        };
        let (AnswerBody::Text(body) | AnswerBody::SetAnew(body)) = &shown.body else {
            return answer(&mut self.attempt, text, response, fidelity, span);
        };
        let length = response.header("content-length");
        let fits = length.is_none_or(|length| length == body.len().to_string().as_str());
        let with_body = Response {
            body: Body::Captured(body.clone()),
            ..response.clone()
        };
        if matches!(shown.body, AnswerBody::Text(_)) && fits {
            response = with_body;
        } else {
            refusal::examine(&mut self.attempt, &with_body, fidelity, &span);
        }
        answer(&mut self.attempt, text, response, fidelity, span);
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
        let (found, _) = artifact_finder::find_collected(&before);
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
        self.answer.is_some() || self.status.is_some() || !self.attempt.responses.is_empty()
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

/// Adds the body that is printed behind a request's headers, where it is as long as they say.
fn add_body(request: &mut Request, behind: &[u8]) {
    let body = behind.trim();
    if body.is_empty() || request.body != Body::NotCaptured {
        return;
    }
    let length = request.header("content-length");
    if length.is_some_and(|length| length == body.len().to_string().as_str()) {
        request.body = Body::Captured(body.into());
    }
}

fn status_line(status: u16) -> Vec<u8> {
    format!("HTTP/1.1 {status}").into()
}

/// The status in `Response: 200 {` or `403 Forbidden {`.
fn status_before(line: &[u8]) -> Option<u16> {
    let before = line.split_once_str("{").map_or(line, |(before, _)| before);
    const WORDS: usize = 6;
    let words: Vec<&[u8]> = before.fields().take(WORDS + 1).collect();
    let is_reason = |word: &&&[u8]| word.first().is_some_and(u8::is_ascii_uppercase);
    let reason = words.iter().rev().take_while(is_reason).count();
    let at = words.len().checked_sub(reason + 1)?;
    let status = status_of(words.get(at)?)?;
    let labelled = at < 3 && words.len() <= WORDS && (reason == 0 || at == 0);
    labelled.then_some(status)
}

fn status_of(word: &[u8]) -> Option<u16> {
    let status: u16 = word
        .to_str()
        .ok()
        .filter(|_| word.len() == 3)?
        .parse()
        .ok()?;
    (100..600).contains(&status).then_some(status)
}

/// A status and the XML behind it: `403 <?xml …`, also behind a label.
fn status_and_body(line: &[u8]) -> Option<(u16, &[u8])> {
    const LABEL: usize = 40;
    let at = line.iter().take(LABEL).position(|byte| *byte == b'<')?;
    let (before, body) = line.split_at_checked(at)?;
    let status = status_of(before.fields().last()?)?;
    let labelled = before.ends_with(b" ") && before.fields().count() <= 3;
    labelled.then_some((status, body))
}

/// Whether an object behind a status is the answer's headers, and not its body.
pub(super) fn are_headers(value: &Value) -> bool {
    const KNOWN: [&str; 8] = [
        "content-type",
        "content-length",
        "date",
        "x-amzn-requestid",
        "x-amz-request-id",
        "server",
        "connection",
        "transfer-encoding",
    ];
    let known = |name: &BString| {
        KNOWN
            .iter()
            .any(|own| name.eq_ignore_ascii_case(own.as_bytes()))
    };
    let fields = value.fields();
    fields.is_empty() || fields.iter().any(|(name, _)| known(name))
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
            whole_request(&value).is_some()
                || request_line(prefix).is_some()
                || axios_exchange(&value).is_some()
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
        const LABEL: usize = 60;
        let is_json =
            || brace <= LABEL && line.get(brace..).is_some_and(|it| it.starts_with(b"{\""));
        let opens = line.trim_end().ends_with(b"{") || brace == 0 || is_json();
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
    use crate::{evidence::InputId, source::read_all};

    #[test]
    fn a_logger_has_request_and_answer_in_objects() {
        let text = concat!(
            r#"{"level":30,"time":1,"req":{"method":"POST","url":"http://a.example/","headers":{"Host":"a.example","Content-Length":2,"Authorization":"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20250102/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=00"},"body":"{}"},"msg":"calling"}"#,
            "\n",
            r#"{"level":30,"time":2,"msg":"waiting"}"#,
            "\n",
            r#"{"level":30,"time":3,"res":{"statusCode":400,"headers":{"date":"x"},"body":"{\"__type\":\"InvalidSignatureException\",\"message\":\"m\"}"},"msg":"answered"}"#,
            "\n"
        );
        let (cases, _, _) = read_all(InputId(0), &mut text.as_bytes());
        let [case] = cases.as_slice() else {
            panic!("{} cases", cases.len())
        };
        assert_eq!(case.format, "js-inspect");
        let attempt = &case.attempts[0];
        assert_eq!(attempt.request().unwrap().body.bytes().unwrap(), b"{}");
        assert_eq!(attempt.response().unwrap().status, 400);
        assert_eq!(attempt.refusal().unwrap().code, "InvalidSignatureException");
    }

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

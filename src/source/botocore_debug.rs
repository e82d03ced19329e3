use std::collections::BTreeMap;

use bstr::{BStr, BString, ByteSlice};

use crate::{
    evidence::{Attempt, Case, Claim, Note, OperationHint, Party, Span},
    sigv4::{Authorization, CanonicalRequest, Signature, StringToSign},
    source::{
        Breadth, Format, Likeness, Line, Reader, Sink, Step,
        anybodys_block::{AnybodysBlock, Progress},
        artifact_block::Artifact,
        botocore_calls::{CALLS, Call, THREADS, Thread},
        botocore_pairing::{is_answered_by, is_of, is_of_another, tells},
        botocore_record::{Kind, Record, is_head, record},
        botocore_request::{body, confirmed, prepared, unsigned},
        python_dict::{self, Value},
        refusal,
    },
    wire::{Body, Fidelity, Response, escape::python_repr},
};

pub(super) static FORMAT: Format = Format {
    id: "botocore-debug",
    summary: "output of `aws --debug`, of boto3 and of other programs built on botocore",
    page: "\
## How to get it
* AWS CLI, version 1 or 2: `aws … --debug 2> aws-debug.log`
* boto3: `boto3.set_stream_logger('')`, or `logging.basicConfig(level=logging.DEBUG)`

CLI version 1 and boto3 print no canonical request when the package `awscrt` is installed. Set
`BOTO_DISABLE_CRT=true` and run the command again. CLI version 2 needs no switch.

## What it holds
The canonical request, the string to sign, the signature and the whole `Authorization` value of
every attempt; the request's method, URL and headers; the body, unless it is a stream; the answer.
Never the secret access key. The session token stands in clear: `countersign scrub` takes it out.

## What it lacks
The `Host` header (it is taken from the URL), repeated headers, and bodies that are streamed.
",
    markers: &[
        "Making request for OperationModel(",
        "CanonicalRequest:",
        "StringToSign:",
        "Signature:",
        "Sending http request: <AWSPreparedRequest",
        "Response headers: {",
        "Response body:",
        "Retry needed",
        "Response received to retry, sleeping",
        "Exception received when sending HTTP request",
    ],
    breadth: Breadth::Client,
    recognise: |_| Likeness::None,
    start: |_| Box::new(BotocoreDebug::default()),
};

/// Reads botocore's log records. Each thread has calls of its own; records of several threads
/// stand between one another, but none is ever split.
#[derive(Default)]
struct BotocoreDebug {
    threads: BTreeMap<BString, Thread>,
    /// The artifact whose lines are being collected, and its thread.
    block: Option<(BString, AnybodysBlock)>,
    /// The thread whose response body stands on the next line.
    body: Option<BString>,
    crt_noted: bool,
    /// What the log shows of the call that it told of last.
    shown: Shown,
    /// For how many more lines a status line is looked for.
    patience: usize,
    /// How many requests have no status line yet.
    unanswered: usize,
    /// The head of an answer of which it is not known whose it is.
    unclear: Option<(Response, Span)>,
}

/// How much of a call a log shows.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Shown {
    /// Not where it began.
    #[default]
    Unknown,
    Beginning,
    /// A label of an artifact, at least.
    Label,
}

impl Reader for BotocoreDebug {
    fn line(&mut self, line: &Line<'_>, sink: &mut Sink<'_>) -> Step {
        if let Some(thread) = self.body.take()
            && let Some(literal) = python_repr(line.text().trim_start())
        {
            self.response_body(&thread, literal.bytes, line, sink);
            return self.wait_after(None);
        }
        if let Some((thread, mut block)) = self.block.take() {
            if record(line.text()).is_some_and(|record| record.kind.is_some())
                || is_head(line.text())
            {
                self.artifact(&thread, block, sink);
            } else {
                match block.push(line) {
                    Progress::Whole => {
                        self.artifact(&thread, block, sink);
                        return self.wait_after(None);
                    }
                    Progress::More => {
                        self.block = Some((thread, block));
                        return Step::More;
                    }
                    Progress::Behind => self.artifact(&thread, block, sink),
                }
            }
        }
        match record(line.text()) {
            Some(record) => match self.record_of(&record, line, sink) {
                Step::Idle => self.wait_after(record.kind),
                step => step,
            },
            None => self.wait(),
        }
    }

    fn boundary(&mut self, sink: &mut Sink<'_>) -> Step {
        self.body = None;
        if let Some((thread, block)) = self.block.take() {
            self.artifact(&thread, block, sink);
        }
        self.wait()
    }

    fn end(&mut self, sink: &mut Sink<'_>) {
        if let Some((thread, block)) = self.block.take() {
            if let Some((_, span)) = block.clone().finish().filter(|_| !block.is_whole()) {
                sink.note(Note::CUT, span);
            }
            self.artifact(&thread, block, sink);
        }
        for thread in self.threads.values_mut() {
            thread.close(sink);
        }
        self.threads.clear();
    }
}

/// So many lines after a request its status line is looked for, which has no marker of its own:
/// access logs are full of such lines.
const PATIENCE: usize = 2_000;

impl BotocoreDebug {
    fn wait_after(&mut self, kind: Option<Kind>) -> Step {
        match kind {
            Some(Kind::Sending) => {
                self.unanswered += 1;
                self.patience = PATIENCE;
            }
            Some(Kind::StatusLine) => self.unanswered = self.unanswered.saturating_sub(1),
            _ => {}
        }
        if self.unanswered == 0 {
            self.patience = 0;
        }
        if self.patience > 0 {
            Step::More
        } else {
            Step::Idle
        }
    }

    fn wait(&mut self) -> Step {
        self.patience = self.patience.saturating_sub(1);
        if self.patience > 0 {
            Step::Wait
        } else {
            self.unanswered = 0;
            Step::Pass
        }
    }

    fn record_of(&mut self, record: &Record<'_>, line: &Line<'_>, sink: &mut Sink<'_>) -> Step {
        let thread = if record.thread.is_empty() {
            line.taken.thread.into()
        } else {
            record.thread.to_owned()
        };
        match record.kind {
            Some(Kind::Making) => {
                self.shown = Shown::Beginning;
                self.making(thread, record, line, sink);
            }
            Some(Kind::Artifact(artifact)) => {
                self.shown = Shown::Label;
                let block = match record.is_botocores(line.text()) {
                    true => AnybodysBlock::of_client(artifact, line),
                    false => AnybodysBlock::of_anybody(artifact, line),
                };
                self.block = Some((thread, block));
                return Step::More;
            }
            Some(Kind::Sending) => self.sending(thread, record, line, sink),
            Some(Kind::StatusLine) => self.status_line(&thread, record, line),
            Some(Kind::ResponseHeaders) => self.response_headers(&thread, record, line, sink),
            Some(Kind::ResponseBody) => {
                self.body = Some(thread);
                return Step::More;
            }
            Some(Kind::Retry) => {
                if let Some(call) = self.last(&thread) {
                    call.retries = true;
                }
            }
            Some(Kind::Failed) => {
                if let Some(call) = self.last(&thread) {
                    call.failed = true;
                }
            }
            None => return Step::Pass,
        }
        Step::Idle
    }

    /// A thread by its name; where there are too many, those whose calls are answered are closed.
    fn thread(&mut self, name: BString, sink: &mut Sink<'_>) -> &mut Thread {
        if self.threads.len() >= THREADS && !self.threads.contains_key(&name) {
            let is_over = |thread: &Thread| thread.calls.iter().all(|call| call.answered);
            for (_, mut over) in self.threads.extract_if(.., |_, thread| is_over(thread)) {
                over.close(sink);
            }
            if self.threads.len() >= THREADS
                && let Some((_, mut first)) = self.threads.pop_first()
            {
                first.close(sink);
            }
        }
        let is_nameless = name.is_empty();
        let thread = self.threads.entry(name).or_default();
        thread.is_nameless = is_nameless;
        thread
    }

    fn last(&mut self, thread: &BString) -> Option<&mut Call> {
        self.threads.get_mut(thread)?.calls.last_mut()
    }

    fn making(
        &mut self,
        thread: BString,
        record: &Record<'_>,
        line: &Line<'_>,
        sink: &mut Sink<'_>,
    ) {
        let name = record
            .rest
            .split_once_str(")")
            .map_or(record.rest, |(name, _)| name);
        let name = name.strip_prefix(b"name=").unwrap_or(name);
        let params = record
            .rest
            .find("params: ")
            .and_then(|at| record.rest.get(at + 8..));
        let (value, _) = params.map_or((Value::Other(BStr::new("")), 0), python_dict::value);
        let text = |names: [&str; 3]| {
            let found = names.iter().try_fold(&value, |value, name| value.get(name));
            found.and_then(Value::text).map(ToOwned::to_owned)
        };
        let hint = OperationHint {
            operation: name.into(),
            unsigned: unsigned(&value),
            signing_name: text(["context", "signing", "signing_name"]),
            region: text(["context", "signing", "region"]),
        };
        let body = value.get("body").map_or(Body::NotCaptured, body);
        let thread = self.thread(thread, sink);
        thread.close_over(sink);
        if thread.calls.len() >= CALLS {
            thread.calls.remove(0).close(sink);
        }
        let mut call = Call::new(sink);
        call.body = body;
        let claim = Claim::of(
            line.text(),
            hint,
            Party::Signer,
            Fidelity::Unescaped,
            line.span(),
        );
        call.case.hints.push(claim);
        thread.calls.push(call);
    }

    fn artifact(&mut self, thread: &BString, block: AnybodysBlock, sink: &mut Sink<'_>) {
        let (kind, fidelity) = (block.kind(), block.fidelity());
        let Some((text, span)) = block.finish() else {
            return;
        };
        let thread = self.threads.entry(thread.to_owned()).or_default();
        let is_next: fn(&Attempt) -> bool = match kind {
            Artifact::CanonicalRequest => |attempt| !attempt.canonical_requests.is_empty(),
            Artifact::StringToSign => |attempt| !attempt.strings_to_sign.is_empty(),
            Artifact::Signature => |attempt| !attempt.signatures.is_empty(),
        };
        let call = match thread.open(|call| call.is_next(kind, &text)) {
            Some(at) => thread.calls.get_mut(at),
            None => Some(thread.signing(sink, is_next)),
        };
        let Some(Call { attempt, .. }) = call else {
            return;
        };
        let party = Party::Signer;
        match kind {
            Artifact::CanonicalRequest => {
                let claim = Claim::parse(text, CanonicalRequest::parse, party, fidelity, span);
                attempt.canonical_requests.push(claim);
            }
            Artifact::StringToSign => {
                let claim = Claim::parse(text, StringToSign::parse, party, fidelity, span);
                attempt.strings_to_sign.push(claim);
            }
            Artifact::Signature => {
                let claim = Claim::parse(text, Signature::parse, party, fidelity, span);
                attempt.signatures.push(claim);
            }
        }
    }

    fn sending(
        &mut self,
        thread: BString,
        record: &Record<'_>,
        line: &Line<'_>,
        sink: &mut Sink<'_>,
    ) {
        let Some(mut request) = prepared(record.rest) else {
            let place = line.part(record.at, record.rest.len());
            sink.note(
                "expected method=, url= and headers={…} of a prepared request",
                place,
            );
            return;
        };
        let calls = self.threads.entry(thread).or_default();
        let call = match calls.open(|call| is_of(&request, &call.attempt)) {
            Some(at) => calls.calls.get_mut(at),
            None => Some(calls.signing(sink, |attempt| !attempt.requests.is_empty())),
        };
        let Some(call) = call else { return };
        request.body = confirmed(&call.body, &call.attempt);
        let authorization = request.header("authorization").map(ToOwned::to_owned);
        let signed = authorization.filter(|value| value.starts_with(b"AWS4-"));
        if let Some(value) = signed {
            let claim = Claim::parse(
                value,
                Authorization::parse,
                Party::Signer,
                Fidelity::Unescaped,
                line.span(),
            );
            // What stands above the log's first line, or was filtered out of it, is not known.
            let is_without = call.attempt.canonical_requests.is_empty();
            if is_without && self.shown == Shown::Beginning && !self.crt_noted {
                self.crt_noted = true;
                sink.note(NO_ARTIFACTS, line.span());
            }
            call.attempt.authorizations.push(claim);
        }
        let claim = Claim::of(
            line.text(),
            request,
            Party::Signer,
            Fidelity::Unescaped,
            line.span(),
        );
        call.attempt.requests.push(claim);
    }

    fn status_line(&mut self, thread: &BString, record: &Record<'_>, line: &Line<'_>) {
        let status = record
            .rest
            .fields()
            .next()
            .and_then(|word| word.to_str().ok()?.parse().ok());
        let own = self.threads.get_mut(thread);
        let call = own.and_then(|own| match asked(line.text()) {
            Some((method, target)) if own.is_nameless && own.calls.len() > 1 => {
                own.asked(method, target)
            }
            _ if own.waiting() < 2 => own.answered(),
            _ => None,
        });
        let (Some(call), Some(status)) = (call, status) else {
            return;
        };
        if call.attempt.requests.is_empty() {
            return;
        }
        call.response
            .get_or_insert_with(|| (Response::default(), line.span()))
            .0
            .status = status;
    }

    fn response_headers(
        &mut self,
        thread: &BString,
        record: &Record<'_>,
        line: &Line<'_>,
        sink: &mut Sink<'_>,
    ) {
        self.unclear = None;
        let open = record.at - 1;
        let (value, _) = python_dict::value(line.text().get(open..).unwrap_or_default());
        let Some(thread) = self.threads.get_mut(thread) else {
            return;
        };
        if thread.is_unclear() {
            let response = Response {
                headers: value.header_fields(),
                ..Response::default()
            };
            self.unclear = Some((response, line.span()));
            return sink.note(UNCLEAR, line.span());
        }
        let Some(call) = thread.answered() else {
            return;
        };
        let (response, span) = call
            .response
            .get_or_insert_with(|| (Response::default(), line.span()));
        response.headers = value.header_fields();
        *span = span.cover(&line.span());
        call.answered = true;
    }

    fn response_body(
        &mut self,
        thread: &BString,
        bytes: BString,
        line: &Line<'_>,
        sink: &mut Sink<'_>,
    ) {
        let body = Body::Captured(bytes);
        let told = told(&body, line);
        let unclear = self.unclear.take();
        let Some(thread) = self.threads.get_mut(thread) else {
            return;
        };
        // What the service computed tells whose the answer is, where the layout does not.
        let is_answered = |call: &Call| is_answered_by(&call.attempt, &told);
        let of_told = thread.calls.iter().position(is_answered);
        // Of several calls, none of which it tells of, it may be any's.
        let is_open = thread.is_nameless && thread.calls.len() > 1 && tells(&told);
        let call = match of_told {
            Some(at) => thread.calls.get_mut(at),
            None if unclear.is_none() && !is_open => thread.headed(),
            None => None,
        };
        let call = call.filter(|call| !is_of_another(&call.attempt, &told));
        let Some(call) = call else {
            if !told.refusals.is_empty() {
                sink.leftover(Case {
                    format: FORMAT.id,
                    attempts: vec![told],
                    ..Case::default()
                });
            }
            return;
        };
        call.answered = true;
        let held = unclear.or_else(|| call.response.take());
        let (mut response, span) = held.unwrap_or_else(|| (Response::default(), line.span()));
        let span = span.cover(&line.span());
        response.body = body;
        refusal::examine(
            &mut call.attempt,
            &response,
            Fidelity::Unescaped,
            &line.span(),
        );
        call.response = Some((response, span));
    }
}

/// The method and the target in urllib3's line: `https://HOST:443 "GET /a HTTP/1.1" 403 None`.
fn asked(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let (before, _) = line.rsplit_once_str(" HTTP/1.1\" ")?;
    let (_, asked) = before.rsplit_once_str("\"")?;
    asked.split_once_str(" ")
}

/// What a body says of the request that it refuses.
fn told(body: &Body, line: &Line<'_>) -> Attempt {
    let response = Response {
        status: 400,
        body: body.clone(),
        ..Response::default()
    };
    let mut told = Attempt::default();
    refusal::examine(&mut told, &response, Fidelity::Unescaped, &line.span());
    told
}

/// What is noted of a log that the CRT's signer left without artifacts.
const NO_ARTIFACTS: &str = "the log has no canonical request: awscrt signed instead of botocore; \
    set BOTO_DISABLE_CRT=true and run the command again";

/// What is noted of an answer that could be several requests'.
const UNCLEAR: &str = "several requests waited for this answer, and the log does not say whose it is: \
    put the thread's name into the log's layout";

#[cfg(test)]
mod tests {
    use crate::{evidence::InputId, source::read_all};

    #[test]
    fn only_a_call_that_stands_there_whole_was_signed_by_another() {
        let making = "botocore.endpoint DEBUG Making request for OperationModel(name=GetItem) with params: {'url_path': '/', 'method': 'POST', 'headers': {}, 'body': b'{}'}\n";
        let label = "botocore.auth DEBUG CanonicalRequest:\n";
        let sending = "botocore.endpoint DEBUG Sending http request: <AWSPreparedRequest stream_output=False, method=POST, url=https://a.example/, headers={'Authorization': b'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20250102/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=00'}>\n";
        for (text, notes) in [
            ([making, "", sending], 1),
            (["", "", sending], 0),
            ([making, label, sending], 0),
        ] {
            let text = text.concat();
            let (cases, noted, _) = read_all(InputId(0), &mut text.as_bytes());
            assert_eq!((cases.len(), noted.len()), (1, notes), "{text}");
        }
    }
}

use bstr::{BStr, BString, ByteSlice};

use crate::{
    evidence::{Attempt, Case, Claim, Party},
    sigv4::Authorization,
    source::{
        Breadth, Format, Likeness, Line, Reader, Sink, Step,
        artifact_block::{Artifact, ArtifactBlock, Progress},
        exchange::{add_artifact, is_signed},
        shown::{Setting, Shown},
    },
    wire::Response,
};

pub(super) static FORMAT: Format = Format {
    id: "cpp-sdk-log",
    summary: "log of the AWS SDK for C++, also within pyarrow, Arrow and ClickHouse",
    page: "\
## How to get it
`options.loggingOptions.logLevel = Aws::Utils::Logging::LogLevel::Trace;` writes `aws_sdk_DATE.log`; with
`ConsoleLogSystem` it goes to standard output. pyarrow: `pyarrow.fs.initialize_s3(pyarrow.fs.S3LogLevel.Trace)`
before anything else of `pyarrow.fs`.

## What it holds
The canonical request, the string to sign, the signature and the `Authorization` value; with libcurl below, the heads
of the request as it is sent and of the answer; at level Trace, the body of a refusal, which the SDK writes anew. Never
the secret access key. The session token stands in clear.

## What it lacks
The bodies. At level Debug, that of a refusal too. SigV4A and the CRT's S3 client sign elsewhere.
",
    markers: &[SIGNS, "Final String to sign: ", "Signing request with: AWS4-"],
    breadth: Breadth::Client,
    recognise: |_| Likeness::None,
    start: |_| Box::new(CppSdkLog::default()),
};

const SIGNS: &str = "Canonical Request String: ";

#[derive(Default)]
struct CppSdkLog {
    threads: Vec<Thread>,
    open: Option<(BString, Open)>,
    patience: usize,
}

/// What one thread has said of the call that it makes.
struct Thread {
    id: BString,
    case: Case,
    attempt: Attempt,
    request: Option<Shown>,
    response: Option<Shown>,
    retried: bool,
}

/// A record that goes on below its first line.
enum Open {
    Artifact(ArtifactBlock),
    RequestHead,
    ErrorBody,
}

/// What a record says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Said {
    Artifact(Artifact),
    Authorization,
    RequestHead,
    ResponseHead,
    ErrorBody,
    Status,
    Retry,
}

/// No more threads are kept open than this.
const THREADS: usize = 256;
/// What is tried more often is another call.
const ATTEMPTS: usize = 64;
/// How many lines of others may stand between two records.
const PATIENCE: usize = 5_000;

impl Reader for CppSdkLog {
    fn line(&mut self, line: &Line<'_>, sink: &mut Sink<'_>) -> Step {
        let text = line.text();
        let head = Head::of(text);
        let said = said(text);
        if let Some((id, open)) = self.open.take()
            && head.is_none()
            && said.is_none()
        {
            self.open = self.further(id, open, line);
            return Step::More;
        }
        if let Some((said, rest)) = said {
            self.patience = PATIENCE;
            let id = head.map_or(BStr::new(b""), |head| head.thread.as_bstr());
            self.record(id, said, rest, line, sink);
            return Step::More;
        }
        self.patience = self.patience.saturating_sub(1);
        match (head, self.patience) {
            (_, 0) => Step::Pass,
            (Some(_), _) => Step::More,
            (None, _) => Step::Wait,
        }
    }

    fn boundary(&mut self, _sink: &mut Sink<'_>) -> Step {
        if let Some((id, open)) = self.open.take() {
            self.close(&id, open);
        }
        match self.patience {
            0 => Step::Idle,
            _ => Step::Wait,
        }
    }

    fn end(&mut self, sink: &mut Sink<'_>) {
        self.boundary(sink);
        for thread in self.threads.drain(..) {
            thread.give(sink);
        }
    }
}

impl CppSdkLog {
    /// Takes a line of the record that is open.
    fn further(&mut self, id: BString, open: Open, line: &Line<'_>) -> Option<(BString, Open)> {
        match open {
            Open::Artifact(mut block) => match block.push(line) {
                Progress::More => Some((id, Open::Artifact(block))),
                Progress::Whole => {
                    self.close(&id, Open::Artifact(block));
                    None
                }
            },
            Open::RequestHead if line.text().is_empty() => None,
            Open::RequestHead => {
                let request = self.thread(&id)?.request.as_mut()?;
                request.push_head(line.text(), line);
                Some((id, Open::RequestHead))
            }
            Open::ErrorBody => {
                let response = self.thread(&id)?.response.as_mut()?;
                response.push_body(line.raw, line);
                Some((id, Open::ErrorBody))
            }
        }
    }

    fn thread(&mut self, id: &BString) -> Option<&mut Thread> {
        self.threads.iter_mut().find(|thread| thread.id == *id)
    }

    fn record(&mut self, id: &BStr, said: Said, rest: &[u8], line: &Line<'_>, sink: &mut Sink<'_>) {
        let id = BString::from(id);
        // What was signed stands before all else; where it does not, the head does.
        if said == Said::Artifact(Artifact::CanonicalRequest) || self.thread(&id).is_none() {
            self.begin(&id, sink);
        }
        let Some(thread) = self.thread(&id) else {
            return;
        };
        let (fidelity, span) = (line.taken.fidelity, line.span());
        match said {
            Said::Artifact(Artifact::Signature) => {
                let kind = Artifact::Signature;
                add_artifact(&mut thread.attempt, kind, rest, fidelity, span);
            }
            Said::Artifact(kind) => {
                let mut block = ArtifactBlock::new(kind, fidelity);
                let open = match block.push_text(rest, span) {
                    Progress::More => Some((id, Open::Artifact(block))),
                    Progress::Whole => {
                        self.close(&id, Open::Artifact(block));
                        None
                    }
                };
                self.open = open;
            }
            Said::Authorization => {
                let (parse, party) = (Authorization::parse, Party::Signer);
                let claim = Claim::parse(rest, parse, party, fidelity, span);
                thread.attempt.authorizations.push(claim);
            }
            Said::RequestHead => {
                if thread.request.is_some() {
                    self.begin(&id, sink);
                }
                if let Some(thread) = self.thread(&id) {
                    thread.request = Some(Shown::begin(rest, line));
                    self.open = Some((id, Open::RequestHead));
                }
            }
            Said::ResponseHead if Response::status_of(rest).is_some() => {
                thread.response = Some(Shown::answer(rest, line));
            }
            Said::ResponseHead => {
                if let Some(response) = thread.response.as_mut().filter(|_| !rest.is_empty()) {
                    response.push_head(rest, line);
                }
            }
            Said::ErrorBody => {
                if let Some(response) = &mut thread.response {
                    response.push_body(&[rest, b"\n"].concat(), line);
                    self.open = Some((id, Open::ErrorBody));
                }
            }
            Said::Status if thread.response.is_none() => {
                let first = [b"HTTP/1.1 ", rest].concat();
                thread.response = Some(Shown::answer(&first, line));
            }
            Said::Status => {}
            Said::Retry => thread.retried = true,
        }
    }

    /// Begins what a thread signs next: a further attempt of its call, or another call.
    fn begin(&mut self, id: &BString, sink: &mut Sink<'_>) {
        let at = self.threads.iter().position(|thread| thread.id == *id);
        let mut number = None;
        let mut attempts = Vec::new();
        if let Some(mut before) = at.map(|at| self.threads.remove(at)) {
            if before.retried && before.case.attempts.len() < ATTEMPTS {
                before.close();
                number = Some(before.case.number);
                attempts = before.case.attempts;
            } else {
                before.give(sink);
            }
        }
        if self.threads.len() >= THREADS {
            self.threads.remove(0).give(sink);
        }
        self.threads.push(Thread {
            id: id.clone(),
            case: Case {
                number: number.unwrap_or_else(|| sink.number()),
                format: FORMAT.id,
                attempts,
                hints: Vec::new(),
            },
            attempt: Attempt::default(),
            request: None,
            response: None,
            retried: false,
        });
    }

    /// Ends a record.
    fn close(&mut self, id: &BString, open: Open) {
        let Open::Artifact(block) = open else { return };
        let (kind, fidelity) = (block.kind(), block.fidelity());
        if let Some((text, span)) = block.finish()
            && let Some(thread) = self.thread(id)
        {
            add_artifact(&mut thread.attempt, kind, text, fidelity, span);
        }
    }
}

impl Shown {
    /// An answer, of which the log never shows the body as it was sent.
    fn answer(first: &[u8], line: &Line<'_>) -> Self {
        let mut shown = Self::begin(first, line);
        shown.set_body(Setting::Anew);
        shown
    }
}

impl Thread {
    /// Ends the attempt that is open.
    fn close(&mut self) {
        let mut attempt = std::mem::take(&mut self.attempt);
        if let Some(request) = self.request.take() {
            request.add_request(&mut attempt);
        }
        if let Some(response) = self.response.take() {
            response.add_response(&mut attempt);
        }
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

/// What stands before a record's text: `[DEBUG] 2025-01-02 03:04:05.678 CURL [140608867919552] `.
struct Head<'a> {
    thread: &'a [u8],
}

impl<'a> Head<'a> {
    fn of(line: &'a [u8]) -> Option<Self> {
        let (level, rest) = line.strip_prefix(b"[")?.split_once_str("] ")?;
        let levels = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];
        if !levels.iter().any(|known| level == known.as_bytes()) {
            return None;
        }
        let (before, rest) = rest.split_once_str(" [")?;
        let thread = rest.split(|byte| *byte == b']').next()?;
        (before.fields().count() == 3).then_some(Self { thread })
    }
}

/// What a line says that begins a record, and its text behind the label.
///
/// Source: aws-sdk-cpp 1.11.900, `AWSAuthV4Signer.cpp`, `CurlHttpClient.cpp`, `AWSErrorMarshaller.cpp`,
/// `AWSClient.cpp`, as pyarrow 26.0.1 prints them.
fn said(line: &[u8]) -> Option<(Said, &[u8])> {
    const LABELS: [(&str, Said); 9] = [
        (SIGNS, Said::Artifact(Artifact::CanonicalRequest)),
        (
            "Final String to sign: ",
            Said::Artifact(Artifact::StringToSign),
        ),
        (
            "Final computed signing hash: ",
            Said::Artifact(Artifact::Signature),
        ),
        ("Signing request with: ", Said::Authorization),
        ("] (HeaderOut) ", Said::RequestHead),
        ("] (HeaderIn) ", Said::ResponseHead),
        ("] Error response is ", Said::ErrorBody),
        ("] Returned http response code ", Said::Status),
        ("] Request failed, now waiting ", Said::Retry),
    ];
    LABELS.iter().find_map(|(label, said)| {
        let at = line.find(label)? + label.len();
        Some((*said, line.get(at..)?))
    })
}

#[cfg(test)]
mod tests {
    use crate::{evidence::InputId, source::read_all, wire::Body};

    fn record(tag: &str, thread: u32, text: &str) -> String {
        format!("[DEBUG] 2025-01-02 03:04:05.678 {tag} [{thread}] {text}\n")
    }

    fn call(thread: u32, path: &str) -> Vec<String> {
        let signed = format!("GET\n/{path}\n\nhost:a.example\n\nhost\n{}", "0".repeat(64));
        let scope = "20250102/us-east-1/s3/aws4_request";
        let signature = format!("{thread}").repeat(64);
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/{scope}, SignedHeaders=host, Signature={signature}"
        );
        let to_sign = format!(
            "AWS4-HMAC-SHA256\n20250102T030405Z\n{scope}\n{}",
            "1".repeat(64)
        );
        let sent =
            format!("GET /{path} HTTP/1.1\nHost: a.example\nauthorization: {authorization}\n\n");
        let signer = "AWSAuthV4Signer";
        vec![
            record(
                signer,
                thread,
                &format!("Canonical Request String: {signed}"),
            ),
            record(signer, thread, &format!("Final String to sign: {to_sign}")),
            record(
                signer,
                thread,
                &format!("Final computed signing hash: {signature}"),
            ),
            record(
                signer,
                thread,
                &format!("Signing request with: {authorization}"),
            ),
            record("CURL", thread, &format!("(HeaderOut) {sent}")),
            record("CURL", thread, "(HeaderIn) HTTP/1.1 403 Forbidden\n"),
            record("CURL", thread, "(HeaderIn) Transfer-Encoding: chunked\n"),
            record("CURL", thread, "(HeaderIn) \n"),
            record(
                "AWSErrorMarshaller",
                thread,
                "Error response is <?xml version=\"1.0\"?>\n<Error>\n    <Code>SignatureDoesNotMatch</Code>\n    <Message>m</Message>\n</Error>\n",
            ),
        ]
    }

    #[test]
    fn threads_are_told_apart() {
        let (one, two) = (call(1, "one"), call(2, "two"));
        let between = one.iter().zip(&two).map(|(one, two)| format!("{one}{two}"));
        let text: String = between.collect();
        let (cases, _, _) = read_all(InputId(0), &mut text.as_bytes());
        assert_eq!(cases.len(), 2);
        for (case, path) in cases.iter().zip(["one", "two"]) {
            assert_eq!(case.format, "cpp-sdk-log");
            let [attempt] = case.attempts.as_slice() else {
                panic!("{} attempts", case.attempts.len())
            };
            let request = attempt.request().unwrap();
            assert_eq!(request.target, format!("/{path}"));
            let signed = attempt.canonical_requests[0].value().unwrap();
            assert_eq!(signed.canonical_uri, request.target);
            let stated = attempt.authorization().unwrap().signature;
            assert_eq!(attempt.signatures[0].text, stated);
            let answer = attempt.response().unwrap();
            assert_eq!((answer.status, &answer.body), (403, &Body::NotCaptured));
            assert_eq!(attempt.refusal().unwrap().code, "SignatureDoesNotMatch");
        }
    }

    #[test]
    fn what_is_tried_again_is_one_case() {
        let mut text = call(1, "one").concat();
        text += &record(
            "AWSClient",
            1,
            "Request failed, now waiting 9 ms before attempting again.",
        );
        text += &call(1, "one").concat();
        text += &call(1, "one").concat();
        let (cases, _, _) = read_all(InputId(0), &mut text.as_bytes());
        let attempts: Vec<usize> = cases.iter().map(|case| case.attempts.len()).collect();
        assert_eq!(attempts, [2, 1]);
    }
}

use bstr::{BString, ByteSlice};

use crate::{
    evidence::{Attempt, Claim, Party},
    source::{
        Breadth, Format, Likeness, Line, Reader, Sink, Step,
        artifact_block::Artifact,
        exchange::{Gathered, add_artifact, answer, emit},
        python_dict::{self, Value},
    },
    wire::{Body, Fidelity, HeaderField, Origin, Request, Response},
};

pub(super) static FORMAT: Format = Format {
    id: "s3cmd-debug",
    summary: "output of `s3cmd --debug`",
    page: "\
## How to get it
`s3cmd --debug … 2> s3cmd.log`

## What it holds
The canonical request, the headers with the `Authorization` value, the target, the answer with its body. Of
keys in its configuration file, the first and last characters; **a key given with `--secret_key=`, in clear**.

## What it lacks
The string to sign: it is derived. The request's body.
",
    markers: &[
        "DEBUG: Canonical Request:",
        "DEBUG: signature-v4 headers: ",
        "DEBUG: format_uri(): ",
        "DEBUG: Sending request method_string=",
        "Updating Config.Config secret_key -> ",
        "DEBUG: Response:",
    ],
    breadth: Breadth::Client,
    recognise: |_| Likeness::None,
    start: |_| Box::new(S3cmdDebug::default()),
};

#[derive(Default)]
struct S3cmdDebug {
    number: Option<u32>,
    attempt: Attempt,
    headers: Vec<HeaderField>,
    block: Block,
}

#[derive(Default)]
enum Block {
    #[default]
    None,
    CanonicalRequest(Option<Gathered>),
    Response(Option<Gathered>),
}

impl Reader for S3cmdDebug {
    fn line(&mut self, line: &Line<'_>, sink: &mut Sink<'_>) -> Step {
        let text = line.text();
        match std::mem::take(&mut self.block) {
            Block::CanonicalRequest(gathered) => {
                if text == RULE || is_head(text) {
                    self.canonical_request(gathered);
                    if text == RULE {
                        return Step::Idle;
                    }
                } else {
                    self.block = Block::CanonicalRequest(Some(grow(gathered, line)));
                    return Step::More;
                }
            }
            Block::Response(gathered) => {
                if is_head(text) {
                    self.response(gathered, sink);
                } else {
                    let last = text.ends_with(b"}");
                    let gathered = Some(grow(gathered, line));
                    if last {
                        self.response(gathered, sink);
                        return Step::Idle;
                    }
                    self.block = Block::Response(gathered);
                    return Step::More;
                }
            }
            Block::None => {}
        }
        if text.ends_with(b"DEBUG: Canonical Request:") {
            self.close(sink);
            self.number = Some(sink.number());
            self.block = Block::CanonicalRequest(None);
            return Step::More;
        }
        if text.ends_with(b"DEBUG: Response:") {
            self.block = Block::Response(None);
            return Step::More;
        }
        if let Some((_, headers)) = text.split_once_str("DEBUG: signature-v4 headers: ") {
            self.headers = python_dict::value(headers).0.header_fields();
        } else if let Some((_, target)) = text.split_once_str("DEBUG: format_uri(): ") {
            self.target(target, line);
        } else if let Some((_, rest)) = text.split_once_str("Sending request method_string='") {
            self.sending(rest, line);
        } else if let Some((_, secret)) = text.split_once_str("secret_key -> ") {
            if !secret.contains_str("...") {
                sink.note(SECRET, line.span());
            }
        } else {
            return Step::Pass;
        }
        Step::Idle
    }

    fn end(&mut self, sink: &mut Sink<'_>) {
        match std::mem::take(&mut self.block) {
            Block::CanonicalRequest(gathered) => self.canonical_request(gathered),
            Block::Response(gathered) => self.response(gathered, sink),
            Block::None => {}
        }
        self.close(sink);
    }
}

/// What ends a canonical request.
const RULE: &[u8] = b"----------------------";
const SECRET: &str = "s3cmd printed the secret access key here, for it was given with \
    --secret_key: scrub this log before you pass it on";

fn grow(gathered: Option<Gathered>, line: &Line<'_>) -> Gathered {
    match gathered {
        Some(mut gathered) => {
            gathered.push(b"\n", line);
            gathered.push(line.text(), line);
            gathered
        }
        None => Gathered::begin(line.text(), line),
    }
}

/// Whether a line begins a record.
fn is_head(line: &[u8]) -> bool {
    let levels = ["DEBUG: ", "INFO: ", "WARNING: ", "ERROR: "];
    levels
        .iter()
        .any(|level| line.starts_with(level.as_bytes()))
}

impl S3cmdDebug {
    fn canonical_request(&mut self, gathered: Option<Gathered>) {
        let Some(gathered) = gathered else { return };
        let Gathered {
            text,
            span,
            fidelity,
            ..
        } = gathered;
        let kind = Artifact::CanonicalRequest;
        add_artifact(&mut self.attempt, kind, text, fidelity, span);
    }

    /// A target that was made for what was signed; some ways of sending say nothing else.
    fn target(&mut self, target: &[u8], line: &Line<'_>) {
        let Some(signed) = self.attempt.canonical_requests.first() else {
            return;
        };
        if !self.attempt.requests.is_empty() {
            return;
        }
        let method: BString = signed.text.lines().next().unwrap_or_default().into();
        let headers = self.headers.clone();
        self.request(method, target.into(), headers, Body::NotCaptured, line);
    }

    fn sending(&mut self, rest: &[u8], line: &Line<'_>) {
        let Some((method, rest)) = rest.split_once_str("', uri='") else {
            return;
        };
        let Some((target, rest)) = rest.split_once_str("', headers=") else {
            return;
        };
        let (headers, length) = python_dict::value(rest);
        let body = rest.get(length..).unwrap_or_default();
        let body = if body.contains_str("body=(0 bytes)") {
            Body::Captured(BString::default())
        } else {
            Body::NotCaptured
        };
        self.attempt.requests.clear();
        self.request(
            method.into(),
            target.into(),
            headers.header_fields(),
            body,
            line,
        );
    }

    fn request(
        &mut self,
        method: BString,
        target: BString,
        headers: Vec<HeaderField>,
        body: Body,
        line: &Line<'_>,
    ) {
        let signed = self.attempt.canonical_requests.first();
        let host = signed.and_then(|claim| {
            let mut lines = claim.text.lines();
            lines.find_map(|line| line.strip_prefix(b"host:"))
        });
        let origin = host.map(|host| Origin {
            scheme: "https".into(),
            authority: host.into(),
        });
        let request = Request {
            method,
            target,
            origin,
            headers,
            body,
        };
        let fidelity = line.taken.fidelity.min(Fidelity::Unescaped);
        let claim = Claim::of(line.text(), request, Party::Signer, fidelity, line.span());
        self.attempt.requests.push(claim);
    }

    fn response(&mut self, gathered: Option<Gathered>, sink: &mut Sink<'_>) {
        let Some(gathered) = gathered else { return };
        let (read, _) = python_dict::value(&gathered.text);
        let status = read.get("status").map(Value::plain).unwrap_or_default();
        let status = status.to_str().ok().and_then(|status| status.parse().ok());
        if self.attempt.requests.is_empty() || !self.attempt.responses.is_empty() {
            return;
        }
        let head = self
            .attempt
            .request()
            .is_some_and(|request| request.method == "HEAD");
        let body = match read.get("data") {
            _ if head => Body::Captured(BString::default()),
            Some(Value::Text(data)) => Body::Captured(data.clone()),
            _ => Body::NotCaptured,
        };
        let response = Response {
            status: status.unwrap_or_default(),
            headers: read
                .get("headers")
                .map(Value::header_fields)
                .unwrap_or_default(),
            body,
        };
        let fidelity = gathered.fidelity.min(Fidelity::Unescaped);
        let attempt = &mut self.attempt;
        answer(attempt, &gathered.text, response, fidelity, gathered.span);
        self.close(sink);
    }

    fn close(&mut self, sink: &mut Sink<'_>) {
        let attempt = std::mem::take(&mut self.attempt);
        self.headers.clear();
        if let Some(number) = self.number.take() {
            emit(FORMAT.id, number, attempt, sink);
        }
    }
}

use bstr::{BString, ByteSlice};

use crate::{
    evidence::{Attempt, Claim, Party},
    sigv4::Authorization,
    source::{
        Breadth, Format, Likeness, Line, Reader, Sink, Step,
        artifact_block::Artifact,
        exchange::{Gathered, add_artifact, emit},
    },
};

pub(super) static FORMAT: Format = Format {
    id: "crt-log",
    summary: "log of the AWS Common Runtime's signer: awscrt, aws-c-auth, the CLI's fast S3 client",
    page: "\
## How to get it
Python: `awscrt.io.init_logging(awscrt.io.LogLevel.Info, 'stderr')`. AWS CLI version 2: `aws s3 cp … --debug`,
when it picks the CRT S3 client. C++: `aws_logger_init_standard` with `AWS_LL_INFO`.

## What it holds
The canonical request, the string to sign and the `Authorization` value (of a presigned URL, the signature
alone); of SigV4A as well. Never the secret access key. The session token stands in clear.

## What it lacks
The request and the answer: the signer sees neither. Give the answer's body beside this file.
",
    markers: &["[AuthSigning] - (id="],
    breadth: Breadth::Client,
    recognise: |_| Likeness::None,
    start: |_| Box::new(CrtLog::default()),
};

#[derive(Default)]
struct CrtLog {
    open: Vec<Open>,
    block: Option<(BString, Part, Option<Gathered>)>,
}

/// What one signer's object has said so far.
struct Open {
    id: BString,
    number: u32,
    attempt: Attempt,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Part {
    CanonicalRequest,
    StringToSign,
    Authorization,
}

/// No more objects are waited for than this.
const OPEN: usize = 256;
const LINES: usize = 2_000;

impl Reader for CrtLog {
    fn line(&mut self, line: &Line<'_>, sink: &mut Sink<'_>) -> Step {
        let text = line.text();
        if let Some((id, part, gathered)) = self.block.take() {
            if is_head(text) {
                self.close(&id, part, gathered, sink);
            } else {
                let gathered = match gathered {
                    Some(mut gathered) => {
                        gathered.push(b"\n", line);
                        gathered.push(text, line);
                        gathered
                    }
                    None => Gathered::begin(text, line),
                };
                let one_line = part == Part::Authorization;
                let lines = gathered.text.find_iter("\n").take(LINES).count();
                if one_line || lines == LINES {
                    self.close(&id, part, Some(gathered), sink);
                    return Step::Idle;
                }
                self.block = Some((id, part, Some(gathered)));
                return Step::More;
            }
        }
        let Some((id, part)) = head(text) else {
            return Step::Pass;
        };
        self.block = Some((id.into(), part, None));
        Step::More
    }

    fn boundary(&mut self, sink: &mut Sink<'_>) -> Step {
        if let Some((id, part, gathered)) = self.block.take() {
            self.close(&id, part, gathered, sink);
        }
        Step::Idle
    }

    fn end(&mut self, sink: &mut Sink<'_>) {
        self.boundary(sink);
        for open in self.open.drain(..) {
            emit(FORMAT.id, open.number, open.attempt, sink);
        }
    }
}

impl CrtLog {
    fn close(&mut self, id: &BString, part: Part, text: Option<Gathered>, sink: &mut Sink<'_>) {
        let Some(gathered) = text else { return };
        let Gathered {
            mut text,
            span,
            fidelity,
            ..
        } = gathered;
        // One empty line stands behind every artifact.
        if text.ends_with(b"\n") {
            text.pop();
        }
        let at = self.open.iter().position(|open| open.id == *id);
        let again = part == Part::CanonicalRequest;
        if let Some(at) = at.filter(|_| again) {
            let open = self.open.remove(at);
            emit(FORMAT.id, open.number, open.attempt, sink);
        }
        let at = match at.filter(|_| !again) {
            Some(at) => at,
            None => {
                if self.open.len() >= OPEN {
                    let open = self.open.remove(0);
                    emit(FORMAT.id, open.number, open.attempt, sink);
                }
                self.open.push(Open {
                    id: id.clone(),
                    number: sink.number(),
                    attempt: Attempt::default(),
                });
                self.open.len() - 1
            }
        };
        let Some(open) = self.open.get_mut(at) else {
            return;
        };
        let attempt = &mut open.attempt;
        match part {
            Part::CanonicalRequest => {
                add_artifact(attempt, Artifact::CanonicalRequest, text, fidelity, span);
            }
            Part::StringToSign => {
                add_artifact(attempt, Artifact::StringToSign, text, fidelity, span);
            }
            Part::Authorization => {
                if text.contains(&b' ') {
                    let party = Party::Signer;
                    let claim = Claim::parse(text, Authorization::parse, party, fidelity, span);
                    attempt.authorizations.push(claim);
                } else {
                    add_artifact(attempt, Artifact::Signature, text, fidelity, span);
                }
                let open = self.open.remove(at);
                emit(FORMAT.id, open.number, open.attempt, sink);
            }
        }
    }
}

/// Whether a line begins a record: `[INFO] [2025-01-02T03:04:05Z] [`.
fn is_head(line: &[u8]) -> bool {
    let levels: [&[u8]; 6] = [
        b"[FATAL] [",
        b"[ERROR] [",
        b"[WARN] [",
        b"[INFO] [",
        b"[DEBUG] [",
        b"[TRACE] [",
    ];
    levels.iter().any(|level| line.starts_with(level))
}

/// The object and the artifact that a record of the signer's announces.
///
/// Source: aws-c-auth 0.9, `source/aws_signing.c`.
fn head(line: &[u8]) -> Option<(&[u8], Part)> {
    let (_, rest) = line.split_once_str("[AuthSigning] - (id=")?;
    let (id, text) = rest.split_once_str(") ")?;
    let text = text.trim_end();
    if !text.ends_with(b"with contents") {
        return None;
    }
    let part = if text.contains_str("built canonical request") {
        Part::CanonicalRequest
    } else if text.contains_str("built string-to-sign") {
        Part::StringToSign
    } else if text.contains_str("built final authorization value") {
        Part::Authorization
    } else {
        return None;
    };
    Some((id, part))
}

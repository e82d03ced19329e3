use bstr::{BString, ByteSlice};

use crate::{
    evidence::{Attempt, Case, Claim, Party, Span},
    sigv4::{CanonicalRequest, PostPolicy, Signature, StringToSign},
    source::{Line, Sink, artifact_block::Artifact, refusal},
    wire::{Body, Ending, Fidelity, Form, Request, Response},
};

/// Bytes gathered line by line, with the place that they are from and how well they survived.
#[derive(Clone, Debug)]
pub(super) struct Gathered {
    pub(super) text: Vec<u8>,
    pub(super) span: Span,
    pub(super) fidelity: Fidelity,
    /// Whether more stood there than is kept.
    cut: bool,
}

/// No message is kept beyond this; the rest of a longer body is not captured.
const LENGTH: usize = 16 << 20;

impl Gathered {
    /// Begins with `text`, which stands in `line`.
    pub(super) fn begin(text: &[u8], line: &Line<'_>) -> Self {
        let mut gathered = Self {
            text: Vec::new(),
            span: line.span(),
            fidelity: line.taken.fidelity,
            cut: false,
        };
        gathered.push(text, line);
        gathered
    }

    /// The same with a whole line more, or that line alone.
    pub(super) fn grown(gathered: Option<Self>, line: &Line<'_>) -> Self {
        match gathered {
            Some(mut gathered) => {
                gathered.push(line.raw, line);
                gathered
            }
            None => Self::begin(line.raw, line),
        }
    }

    /// Adds `text`, which stands in `line`.
    pub(super) fn push(&mut self, text: &[u8], line: &Line<'_>) {
        if self.text.len() + text.len() <= LENGTH {
            self.text.extend_from_slice(text);
        } else {
            self.cut = true;
        }
        self.cut |= line.cut;
        self.span = self.span.cover(&line.span());
        self.fidelity = self.fidelity.min(line.taken.fidelity);
    }

    /// The same where its frame was never closed.
    pub(super) fn unfinished(mut self) -> Self {
        self.cut = !self.is_whole();
        self
    }

    /// Adds what was gathered behind it.
    pub(super) fn append(&mut self, other: &Self) {
        if self.text.len() + other.text.len() <= LENGTH {
            self.text.extend_from_slice(&other.text);
        } else {
            self.cut = true;
        }
        self.cut |= other.cut;
        self.span = self.span.cover(&other.span);
        self.fidelity = self.fidelity.min(other.fidelity);
    }

    /// Takes a line break off its end that the log put there.
    pub(super) fn without_last_break(mut self) -> Self {
        if self.text.ends_with(b"\n") {
            self.text.pop();
        }
        self
    }

    /// How much of a message there is to come, once its head is there.
    pub(super) fn extent(&self) -> Option<Extent> {
        let head = head_length(&self.text)?;
        let text = self.text.get(..head)?;
        let (ending, is_request) = match Response::status_of(text.lines().next()?) {
            Some(_) => (Response::parse(text).ok()?.ending, false),
            None => (Request::parse(text).ok()?.ending, true),
        };
        Some(match ending {
            Ending::CutShort { announced } => Extent::Whole(head + announced),
            Ending::Length => Extent::Whole(head),
            Ending::InDoubt if is_request => Extent::Whole(head),
            Ending::InDoubt => Extent::Unknown,
        })
    }

    /// Whether more than white space stands behind its head.
    pub(super) fn has_body(&self) -> bool {
        let body = head_length(&self.text).and_then(|head| self.text.get(head..));
        body.is_some_and(|body| !body.trim().is_empty())
    }

    /// Whether all of the message is there that its head announces.
    pub(super) fn is_whole(&self) -> bool {
        matches!(self.extent(), Some(Extent::Whole(length)) if self.text.len() >= length)
    }
}

/// How long a message is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Extent {
    /// So many bytes with its head.
    Whole(usize),
    /// The head does not say.
    Unknown,
}

/// How long a head is, with the empty line that ends it.
pub(super) fn head_length(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    for line in text.lines_with_terminator() {
        at += line.len();
        if matches!(line, b"\n" | b"\r\n" | b"\r\r\n") {
            return Some(at);
        }
    }
    None
}

/// Whether a client prints bodies.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Bodies {
    Shown,
    NotShown,
}

/// Adds the request that was gathered, with what can be believed of its body; says whether it is
/// one.
pub(super) fn add_request(attempt: &mut Attempt, gathered: Gathered, bodies: Bodies) -> bool {
    let Ok(parsed) = Request::parse(&gathered.text) else {
        return false;
    };
    let mut request = parsed.message;
    if request.header("transfer-encoding").is_none() {
        believe(&mut request.body, parsed.ending, bodies, &gathered);
    }
    if bodies == Bodies::NotShown && request.header("transfer-encoding").is_some() {
        request.body = Body::NotCaptured;
    }
    let text = gathered.text.get(..parsed.length).unwrap_or_default();
    // Of a head that the log does not end nobody knows what else it held.
    let (party, fidelity) = match head_length(text).is_none() {
        true => (Party::Signer, Fidelity::Reflowed),
        false => (Party::Wire, gathered.fidelity),
    };
    let claim = Claim::of(text, request, party, fidelity, gathered.span);
    attempt.requests.push(claim);
    true
}

/// Adds the answer that was gathered, and what it refuses; says whether it is one.
pub(super) fn add_response(attempt: &mut Attempt, gathered: Gathered, bodies: Bodies) -> bool {
    let Ok(parsed) = Response::parse(&gathered.text) else {
        return false;
    };
    let mut response = parsed.message;
    believe(&mut response.body, parsed.ending, bodies, &gathered);
    if bodies == Bodies::NotShown && parsed.ending == Ending::InDoubt {
        response.body = Body::NotCaptured;
    }
    let text = gathered.text.get(..parsed.length).unwrap_or_default();
    answer(attempt, text, response, gathered.fidelity, gathered.span);
    true
}

/// Adds an answer, and what it refuses.
pub(super) fn answer(
    attempt: &mut Attempt,
    text: &[u8],
    response: Response,
    fidelity: Fidelity,
    span: Span,
) {
    refusal::examine(attempt, &response, fidelity, &span);
    let claim = Claim::of(text, response, Party::Wire, fidelity, span);
    attempt.responses.push(claim);
}

fn believe(body: &mut Body, ending: Ending, bodies: Bodies, gathered: &Gathered) {
    match (ending, bodies) {
        (Ending::CutShort { announced: 0 } | Ending::Length, _) => {}
        (Ending::CutShort { .. }, _) => *body = Body::NotCaptured,
        (Ending::InDoubt, _) if gathered.cut => *body = Body::NotCaptured,
        (Ending::InDoubt, _) => {
            // Without a length, the last line break is the log's more often than not.
            if let Body::Captured(bytes) = body {
                let kept = bytes.trim_end_with(|end| matches!(end, '\r' | '\n')).len();
                bytes.truncate(kept);
            }
        }
    }
}

/// Adds an artifact of the signer's.
pub(super) fn add_artifact(
    attempt: &mut Attempt,
    kind: Artifact,
    text: impl Into<BString>,
    fidelity: Fidelity,
    span: Span,
) {
    let (text, party) = (text.into(), Party::Signer);
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

/// Whether an attempt says anything of a signature of version 4.
pub(super) fn is_signed(attempt: &Attempt) -> bool {
    let artifacts = !attempt.canonical_requests.is_empty()
        || !attempt.strings_to_sign.is_empty()
        || !attempt.signatures.is_empty()
        || !attempt.authorizations.is_empty();
    artifacts || !attempt.forms.is_empty() || attempt.request().is_some_and(is_signed_request)
}

/// Whether a request carries a signature, in a header, in its query or in its form.
pub(super) fn is_signed_request(request: &Request) -> bool {
    let header = request.header("authorization");
    header.is_some_and(|value| value.starts_with(b"AWS4-"))
        || request.query().is_some_and(|query| {
            let query = query.to_ascii_lowercase();
            query.contains_str("x-amz-signature=")
        })
        || Form::of_request(request).is_some_and(|form| PostPolicy::of_form(&form).is_some())
}

/// Gives away an attempt as a case of its own, if it is signed.
pub(super) fn emit(format: &'static str, number: u32, attempt: Attempt, sink: &mut Sink<'_>) {
    if is_signed(&attempt) {
        sink.case(Case {
            number,
            format,
            attempts: vec![attempt],
            hints: Vec::new(),
        });
    }
}

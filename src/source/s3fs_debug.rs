use bstr::ByteSlice;

use crate::{
    evidence::{Attempt, Claim},
    source::{
        Breadth, Format, Likeness, Line, Reader, Sink, Step,
        exchange::{Bodies, Gathered, add_request, add_response, answer, emit},
    },
    wire::{Body, RequestLine, Response},
};

pub(super) static FORMAT: Format = Format {
    id: "s3fs-debug",
    summary: "debug log of s3fs with curl's headers in it",
    page: "\
## How to get it
`s3fs BUCKET FOLDER -f -o dbglevel=debug -o curldbg=body 2> s3fs.log`

## What it holds
The request line and every header as sent, with `Authorization`; the head of the answer, and the body of a
refusal. The session token stands in clear.

## What it lacks
The artifacts: `computing signature` prints none of them, and they are derived. Bodies that are sent. After
a refusal s3fs tries Signature Version 2, which is passed over. Requests of several threads at once may
stand among one another.
",
    markers: &["[CURL DBG] ", "Body Text: "],
    breadth: Breadth::Client,
    recognise: |_| Likeness::None,
    start: |_| Box::new(S3fs::default()),
};

#[derive(Default)]
struct S3fs {
    number: u32,
    attempt: Attempt,
    /// The head that is open.
    head: Option<Gathered>,
    /// A refusal's body that is open, and how many lines it has.
    body: Option<(Gathered, usize)>,
}

/// No refusal has more lines.
const LINES: usize = 100;

impl Reader for S3fs {
    fn line(&mut self, line: &Line<'_>, sink: &mut Sink<'_>) -> Step {
        let text = line.text();
        if let Some((mut body, lines)) = self.body.take() {
            body.push(line.raw, line);
            return self.refused(body, lines + 1);
        }
        if let Some((_, shown)) = text.split_once_str("Body Text: ") {
            let refused = self.attempt.response().is_some_and(|one| one.status >= 400);
            if !refused || !self.attempt.refusals.is_empty() {
                return Step::Pass;
            }
            let begun = Gathered::begin(&[shown, b"\n"].concat(), line);
            return self.refused(begun, 1);
        }
        let Some((_, shown)) = text.split_once_str("[CURL DBG] ") else {
            return Step::Pass;
        };
        let raw = |text: &[u8]| [text, b"\n"].concat();
        if let Some(sent) = shown.strip_prefix(b"> ") {
            if RequestLine::parse(sent).is_some() {
                self.close(sink);
                self.number = sink.number();
                self.head = Some(Gathered::begin(&raw(sent), line));
            } else {
                self.push(&raw(sent), line);
            }
            return Step::Idle;
        }
        if let Some(received) = shown.strip_prefix(b"< ") {
            if Response::status_of(received).is_some() {
                self.head = Some(Gathered::begin(&raw(received), line));
            } else {
                self.push(&raw(received), line);
            }
            return Step::Idle;
        }
        Step::Pass
    }

    fn end(&mut self, sink: &mut Sink<'_>) {
        if let Some((body, _)) = self.body.take() {
            self.refused(body, LINES);
        }
        if let Some(head) = self.head.take() {
            self.headed(head);
        }
        self.close(sink);
    }
}

impl S3fs {
    /// Takes a line of the head that is open; an empty one ends it.
    fn push(&mut self, raw: &[u8], line: &Line<'_>) {
        let Some(mut head) = self.head.take() else {
            return;
        };
        head.push(raw, line);
        match raw.trim().is_empty() {
            true => self.headed(head),
            false => self.head = Some(head),
        }
    }

    fn headed(&mut self, head: Gathered) {
        let is_answer = head.text.starts_with(b"HTTP/");
        let attempt = &mut self.attempt;
        match is_answer {
            true if attempt.requests.is_empty() => false,
            true => {
                // An interim answer is none.
                attempt.responses.clear();
                add_response(attempt, head, Bodies::NotShown)
            }
            false => add_request(attempt, head, Bodies::NotShown),
        };
    }

    /// Adds the refusal that was gathered, once it is whole.
    fn refused(&mut self, body: Gathered, lines: usize) -> Step {
        let is_whole = body.text.contains_str("</Error>");
        if !is_whole && lines < LINES {
            self.body = Some((body, lines));
            return Step::More;
        }
        let claim = self.attempt.responses.pop();
        let Some(mut response) = claim.as_ref().and_then(Claim::value).cloned() else {
            return Step::Idle;
        };
        let text = body.text.trim_end();
        response.body = Body::Captured(text.into());
        let span = claim.map_or(body.span.clone(), |claim| claim.span.cover(&body.span));
        answer(&mut self.attempt, text, response, body.fidelity, span);
        Step::Idle
    }

    fn close(&mut self, sink: &mut Sink<'_>) {
        let attempt = std::mem::take(&mut self.attempt);
        emit(FORMAT.id, self.number, attempt, sink);
    }
}

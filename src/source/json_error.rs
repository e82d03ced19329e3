use bstr::{BString, ByteSlice};

use crate::{
    evidence::{Attempt, Case, Span},
    source::{Format, Likeness, Line, Reader, Sink, Step, refusal},
    wire::Fidelity,
};

pub(super) static FORMAT: Format = Format {
    id: "json-error",
    summary: "the JSON body of a refusal, on its own",
    page: "\
## How to get it
Save the body of the answer that refused the call: `curl -o error.json …`, or copy it out of a log.

## What it holds
The error code (`__type`) and the message. Some services put into the message the canonical request
and the string to sign that they computed themselves: both are read.

## What it lacks
The request. Give it beside this file: `countersign diagnose my.http error.json`.
",
    markers: &[],
    recognise,
    start: |_| Box::new(JsonError::default()),
};

fn recognise(head: &[u8]) -> Likeness {
    let keys = [
        &b"\"__type\""[..],
        b"\"message\"",
        b"\"Message\"",
        b"\"code\"",
    ];
    let has = |key: &&[u8]| head.contains_str(key);
    // A Python dict begins with a brace as well, but its keys have other quotes.
    let object = head
        .trim_start()
        .strip_prefix(b"{")
        .map(ByteSlice::trim_start);
    match object.and_then(<[u8]>::first) {
        Some(b'"') if keys.iter().any(has) => Likeness::Faint,
        _ => Likeness::None,
    }
}

#[derive(Default)]
struct JsonError {
    text: Vec<u8>,
    span: Option<Span>,
}

/// No refusal is longer.
const LENGTH: usize = 1 << 20;

impl Reader for JsonError {
    fn line(&mut self, line: &Line<'_>, _sink: &mut Sink<'_>) -> Step {
        if self.text.len() + line.raw.len() <= LENGTH {
            self.text.extend_from_slice(line.raw);
            let span = line.span();
            self.span = Some(
                self.span
                    .take()
                    .map_or_else(|| span.clone(), |held| held.cover(&span)),
            );
        }
        Step::More
    }

    fn end(&mut self, sink: &mut Sink<'_>) {
        let Some(span) = self.span.take() else { return };
        let text = BString::from(std::mem::take(&mut self.text));
        // The status is not here; a body on its own is given because it refused something.
        let Some(found) = refusal::parse(&text, 0) else {
            sink.note(
                "expected a JSON object with __type and message, found something else",
                span,
            );
            return;
        };
        let mut attempt = Attempt::default();
        refusal::add(&mut attempt, text.as_bstr(), found, Fidelity::Exact, &span);
        let number = sink.number();
        sink.case(Case {
            number,
            format: FORMAT.id,
            attempts: vec![attempt],
            hints: Vec::new(),
        });
    }
}

use bstr::ByteSlice;

use crate::{
    evidence::Attempt,
    source::{
        Breadth, Format, Likeness, Line, Reader, Sink, Step,
        artifact_block::Progress,
        curl::{Enclosed, NO_ARTIFACTS, NO_CANONICAL_REQUEST},
        exchange::{Bodies, Gathered, add_request, add_response, emit},
    },
    wire::{Fidelity, target::hex_value},
};

pub(super) static FORMAT: Format = Format {
    id: "hurl-verbose",
    summary: "output of `hurl --very-verbose`",
    page: "\
## How to get it
`hurl --very-verbose request.hurl 2> hurl.log`

## What it holds
Both heads and both bodies; as far as its libcurl prints them (8.14 to 8.20: all), the canonical request, the
string to sign and the signature. **The secret access key, in clear and more than once**: `countersign scrub`
takes it out.

## What it lacks
With libcurl 8.21 and later the canonical request, before 8.14 all artifacts. Bodies that are not text.
",
    markers: &["** aws_sigv4: ", "** Server auth using AWS_SIGV4", "* Executing entry "],
    breadth: Breadth::Client,
    recognise: |_| Likeness::None,
    start: |_| Box::new(HurlVerbose::default()),
};

#[derive(Default)]
struct HurlVerbose {
    number: Option<u32>,
    attempt: Attempt,
    artifact: Option<Enclosed>,
    request: Option<Gathered>,
    response: Option<Gathered>,
    part: Part,
    patience: usize,
}

/// What the lines are of.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Part {
    #[default]
    Other,
    RequestHead,
    RequestBody,
    ResponseHead,
    ResponseBody,
}

const PATIENCE: usize = 2_000;

impl Reader for HurlVerbose {
    fn line(&mut self, line: &Line<'_>, sink: &mut Sink<'_>) -> Step {
        let text = line.text();
        if let Some(mut artifact) = self.artifact.take() {
            if !text.starts_with(b"** ") {
                match artifact.push(line) {
                    Progress::Whole => artifact.add(&mut self.attempt, sink),
                    Progress::More => self.artifact = Some(artifact),
                }
                return Step::More;
            }
            artifact.add(&mut self.attempt, sink);
        }
        if text.starts_with(b"* Executing entry ") {
            self.close(sink);
            self.number = Some(sink.number());
            self.patience = PATIENCE;
            return Step::More;
        }
        if self.number.is_none() && !text.starts_with(b"** ") {
            return Step::Pass;
        }
        self.part_of(text);
        if let Some(info) = text.strip_prefix(b"** ") {
            self.number.get_or_insert_with(|| sink.number());
            if let Some(artifact) = Enclosed::open(info, line) {
                if artifact.is_whole() {
                    artifact.add(&mut self.attempt, sink);
                } else {
                    self.artifact = Some(artifact);
                }
            }
        } else if text.starts_with(b"* user: ") {
            sink.note(SECRET, line.span());
        } else {
            self.message(text, line);
        }
        self.patience = self.patience.saturating_sub(1);
        if self.patience == 0 {
            self.close(sink);
            return Step::Idle;
        }
        Step::More
    }

    fn end(&mut self, sink: &mut Sink<'_>) {
        if let Some(artifact) = self.artifact.take() {
            artifact.add(&mut self.attempt, sink);
        }
        self.close(sink);
    }
}

/// Bytes in hex without anything between them.
fn pairs(digits: &[u8]) -> Option<Vec<u8>> {
    let pair = |pair: &[u8]| match pair {
        [high, low] => Some(hex_value(*high)? << 4 | hex_value(*low)?),
        _ => None,
    };
    digits.chunks(2).map(pair).collect()
}

const SECRET: &str =
    "hurl printed the secret access key here: scrub this log before you pass it on";

impl HurlVerbose {
    /// Sees where a new part begins.
    fn part_of(&mut self, text: &[u8]) {
        self.part = match text {
            b"* Request body:" => Part::RequestBody,
            b"* Response body:" => Part::ResponseBody,
            _ if text.starts_with(b"> ") && self.part != Part::RequestHead => {
                if self.request.is_some() {
                    Part::Other
                } else {
                    Part::RequestHead
                }
            }
            _ if text.starts_with(b"< ") && self.part != Part::ResponseHead => {
                // An answer that is followed by another was not the last.
                self.response = None;
                Part::ResponseHead
            }
            _ => return,
        };
    }

    fn message(&mut self, text: &[u8], line: &Line<'_>) {
        let (message, sign) = match self.part {
            Part::RequestHead => (&mut self.request, b'>'),
            Part::ResponseHead => (&mut self.response, b'<'),
            Part::RequestBody => (&mut self.request, b'*'),
            Part::ResponseBody => (&mut self.response, b'*'),
            Part::Other => return,
        };
        if text.first() != Some(&sign) {
            return;
        }
        let rest = text.get(2..).unwrap_or_default();
        let is_head = sign != b'*';
        if !is_head && matches!(text, b"* Request body:" | b"* Response body:") {
            return;
        }
        let Some(gathered) = message else {
            if is_head {
                *message = Some(Gathered::begin(&[rest, b"\r\n"].concat(), line));
            }
            return;
        };
        if is_head {
            gathered.push(&[rest, b"\r\n"].concat(), line);
            if rest.is_empty() {
                self.part = Part::Other;
            }
        } else if gathered.is_whole() {
            self.part = Part::Other;
        } else {
            // A body is split at its line feeds.
            let begun = !gathered.text.ends_with(b"\r\n\r\n");
            if begun {
                gathered.push(b"\n", line);
            } else if let Some(hex) = rest.strip_prefix(b"Bytes <") {
                // A body that is no text; of a long one, its first bytes only.
                let digits = hex.iter().take_while(|byte| byte.is_ascii_hexdigit());
                let digits = hex.get(..digits.count()).unwrap_or_default();
                gathered.push(&pairs(digits).unwrap_or_default(), line);
                self.part = Part::Other;
                return;
            }
            gathered.push(rest, line);
            gathered.fidelity = gathered.fidelity.min(Fidelity::Unescaped);
        }
    }

    fn close(&mut self, sink: &mut Sink<'_>) {
        self.part = Part::Other;
        let (request, response) = (self.request.take(), self.response.take());
        let mut attempt = std::mem::take(&mut self.attempt);
        if let Some(request) = request {
            let missing = match (
                attempt.canonical_requests.is_empty(),
                attempt.strings_to_sign.is_empty(),
            ) {
                (true, true) => Some(NO_ARTIFACTS),
                (true, false) => Some(NO_CANONICAL_REQUEST),
                _ => None,
            };
            if let Some(missing) = missing.filter(|_| request.text.contains_str("AWS4-")) {
                sink.note(missing, request.span.clone());
            }
            add_request(&mut attempt, request, Bodies::Shown);
        }
        if let Some(response) = response {
            add_response(&mut attempt, response, Bodies::Shown);
        }
        if let Some(number) = self.number.take() {
            emit(FORMAT.id, number, attempt, sink);
        }
    }
}

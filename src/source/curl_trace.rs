use bstr::ByteSlice;

use crate::{
    evidence::Attempt,
    source::{
        Breadth, Format, Likeness, Line, Reader, Sink, Step,
        artifact_block::Progress,
        calls::Calls,
        conversation::Conversation,
        curl::{self, Enclosed, NO_ARTIFACTS, NO_CANONICAL_REQUEST, Sign},
        curl_dump::{Dump, Rows, Way},
        exchange::{Bodies, Gathered},
    },
    wire::{Fidelity, Response},
};

pub(super) static FORMAT: Format = Format {
    id: "curl-trace",
    summary: "output of `curl --trace` and `curl --trace-ascii`",
    page: "\
## How to get it
`curl --trace curl.log --aws-sigv4 aws:amz:REGION:SERVICE --user ID:SECRET URL`, or `--trace-ascii`; with `-`
for the file's name, it goes to standard output.

## What it holds
The request and the answer with their bodies, of `--trace` byte for byte. curl 8.14 to 8.20 print the canonical
request, the string to sign and the signature; curl 8.21 and later the string to sign and the signature. Never
the secret access key. The session token stands in clear.

## What it lacks
Of `--trace-ascii`: line feeds and bytes beyond ASCII in bodies, which show as dots: `--trace` has them. Before
8.14 all artifacts, from 8.21 on the canonical request.
",
    markers: &["aws_sigv4: ", "=> Send header, ", "=> Send SSL data, "],
    breadth: Breadth::Client,
    recognise: |_| Likeness::None,
    start: |_| Box::new(CurlTrace::default()),
};

struct CurlTrace {
    calls: Calls,
    conversation: Conversation,
    signed: Attempt,
    artifact: Option<Enclosed>,
    dump: Option<Dump>,
    rows: Rows,
    /// A body whose unprintable bytes show as dots: the body itself may follow.
    dotted: Option<Gathered>,
    raw: Option<Gathered>,
    /// Whether the last head was an interim answer's, of which the empty line may follow.
    interim: bool,
    patience: usize,
    noted: bool,
}

impl Default for CurlTrace {
    fn default() -> Self {
        Self {
            calls: Calls::new(FORMAT.id),
            conversation: Conversation::default(),
            signed: Attempt::default(),
            artifact: None,
            dump: None,
            rows: Rows::Unknown,
            dotted: None,
            raw: None,
            interim: false,
            patience: 0,
            noted: false,
        }
    }
}

const PATIENCE: usize = 5_000;

impl Reader for CurlTrace {
    fn line(&mut self, line: &Line<'_>, sink: &mut Sink<'_>) -> Step {
        let mut text = line.text();
        let own = curl::sign(text).is_some() || Dump::open(text).is_some();
        if let Some(mut artifact) = self.artifact.take() {
            if !own {
                match artifact.push(line) {
                    Progress::Whole => artifact.add(&mut self.signed, sink),
                    Progress::More => self.artifact = Some(artifact),
                }
                return Step::More;
            }
            artifact.add(&mut self.signed, sink);
        }
        if let Some(mut dump) = self.dump.take() {
            if dump.push(line, &mut self.rows) == Progress::More {
                self.dump = Some(dump);
                return Step::More;
            }
            let was_row = dump.took_last();
            self.close_dump(dump, sink);
            if was_row {
                self.patience = PATIENCE;
                return Step::More;
            }
        }
        if self.dotted.is_some() && self.body_itself(line, sink) {
            return Step::More;
        }
        if let Some(dump) = Dump::open(text) {
            self.dump = Some(dump);
            self.patience = PATIENCE;
            return Step::More;
        }
        if curl::sign(text).is_none()
            && let Some(at) = curl::inside(text)
        {
            text = text.get(at..).unwrap_or_default();
        }
        // What a trace says has this sign, or stands among its dumps.
        let mine = self.patience > 0 || text.contains_str("== Info: ");
        if let Some((Sign::Info, at)) = curl::sign(text).filter(|_| mine) {
            let info = text.get(at..).unwrap_or_default();
            if let Some(guess) = curl::guess(info) {
                sink.note(["curl ", &guess.to_str_lossy()].concat(), line.span());
            } else if let Some(artifact) = Enclosed::open(info, line) {
                if artifact.is_whole() {
                    artifact.add(&mut self.signed, sink);
                } else {
                    self.artifact = Some(artifact);
                }
                self.patience = PATIENCE;
                return Step::More;
            }
            self.patience = self.patience.saturating_sub(1);
            return if self.patience > 0 {
                Step::More
            } else {
                Step::Pass
            };
        }
        self.patience = self.patience.saturating_sub(1);
        if self.patience > 0 {
            Step::Wait
        } else {
            Step::Pass
        }
    }

    fn end(&mut self, sink: &mut Sink<'_>) {
        if let Some(artifact) = self.artifact.take() {
            artifact.add(&mut self.signed, sink);
        }
        if let Some(dump) = self.dump.take() {
            self.close_dump(dump, sink);
        }
        self.give_dotted(sink);
        self.flush_signed(sink);
        self.conversation.end(&mut self.calls, Bodies::Shown, sink);
        self.calls.end(sink);
    }
}

impl CurlTrace {
    fn flush_signed(&mut self, sink: &mut Sink<'_>) {
        if !self.signed.is_empty() {
            let signed = std::mem::take(&mut self.signed);
            self.calls.signed(signed, sink);
        }
    }

    fn close_dump(&mut self, dump: Dump, sink: &mut Sink<'_>) {
        let way = dump.way();
        let Some(piece) = dump.finish(self.rows) else {
            return;
        };
        match way {
            Way::SentHead => {
                self.give_dotted(sink);
                self.note_missing(&piece, sink);
                self.flush_signed(sink);
                self.conversation
                    .sent_piece(&piece, &mut self.calls, Bodies::Shown, sink);
            }
            Way::SentData => {
                self.conversation
                    .sent_piece(&piece, &mut self.calls, Bodies::Shown, sink);
            }
            Way::ReceivedHead if self.is_interim(&piece) => {}
            Way::ReceivedHead => self.received(&piece, sink),
            Way::ReceivedData if piece.fidelity == Fidelity::Reflowed => {
                self.give_dotted(sink);
                self.dotted = Some(piece);
            }
            Way::ReceivedData => self.received(&piece, sink),
            Way::Encrypted => {}
        }
    }

    /// Whether a piece of a head is of an interim answer, as `100 Continue` is: the body is sent behind
    /// it, and the answer comes later.
    fn is_interim(&mut self, piece: &Gathered) -> bool {
        let first = piece.text.lines().next().unwrap_or_default();
        let status = Response::status_of(first);
        let begins = status.is_some_and(|status| (100..200).contains(&status));
        let goes_on = self.interim && status.is_none() && piece.text.trim().is_empty();
        self.interim = begins;
        begins || goes_on
    }

    fn received(&mut self, piece: &Gathered, sink: &mut Sink<'_>) {
        self.conversation
            .received_piece(piece, &mut self.calls, Bodies::Shown, sink);
    }

    fn note_missing(&mut self, head: &Gathered, sink: &mut Sink<'_>) {
        let missing = match (
            self.signed.canonical_requests.is_empty(),
            self.signed.strings_to_sign.is_empty(),
        ) {
            (true, true) => NO_ARTIFACTS,
            (true, false) => NO_CANONICAL_REQUEST,
            _ => return,
        };
        if !self.noted && head.text.contains_str("AWS4-") {
            self.noted = true;
            sink.note(missing, head.span.clone());
        }
    }

    /// Takes a line of the body itself, which standard output put behind its dump; `false` where
    /// it is none.
    fn body_itself(&mut self, line: &Line<'_>, sink: &mut Sink<'_>) -> bool {
        let Some(dotted) = self.dotted.take() else {
            return false;
        };
        let mut raw = match self.raw.take() {
            Some(raw) => raw,
            None => Gathered::begin(b"", line),
        };
        let wanted = dotted.text.len() - raw.text.len().min(dotted.text.len());
        let piece = line.raw.get(..wanted).unwrap_or(line.raw);
        let shown = dotted
            .text
            .get(raw.text.len()..raw.text.len() + piece.len());
        let same = shown.is_some_and(|shown| shown == dots(piece));
        if !same {
            self.dotted = Some(dotted);
            self.give_dotted(sink);
            return false;
        }
        raw.push(piece, line);
        if raw.text.len() < dotted.text.len() {
            self.dotted = Some(dotted);
            self.raw = Some(raw);
        } else {
            self.received(&raw, sink);
        }
        true
    }

    fn give_dotted(&mut self, sink: &mut Sink<'_>) {
        self.raw = None;
        if let Some(dotted) = self.dotted.take() {
            self.received(&dotted, sink);
        }
    }
}

/// Bytes as `--trace-ascii` shows them.
fn dots(bytes: &[u8]) -> Vec<u8> {
    let shown = |byte: &u8| match byte {
        0x20..=0x7e => *byte,
        _ => b'.',
    };
    bytes.iter().map(shown).collect()
}

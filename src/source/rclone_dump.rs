use bstr::{BString, ByteSlice};

use crate::{
    evidence::{Attempt, Case},
    source::{
        Breadth, Format, Likeness, Line, Reader, Sink, Step,
        exchange::{Bodies, Gathered, add_request, add_response, is_signed},
    },
};

pub(super) static FORMAT: Format = Format {
    id: "rclone-dump",
    summary: "log of `rclone -vv --dump`",
    page: "\
## How to get it
`rclone -vv --dump bodies,auth … 2> rclone.log`. `--use-json-log` is read as well.

## What it holds
Every request with its headers and, with `--dump bodies`, its body; the answer to each. Never the secret
access key. The session token stands in clear, with or without `--dump auth`.

## What it lacks
Without `--dump auth` the `Authorization` value: rclone prints `XXXX`, and nothing can be compared with a
signature. The artifacts: they are derived; rclone 1.76 prints them with `--s3-sdk-log-mode Signing`.
",
    markers: &["HTTP REQUEST (req ", "HTTP RESPONSE (req "],
    breadth: Breadth::Client,
    recognise: |_| Likeness::None,
    start: |_| Box::new(RcloneDump::default()),
};

#[derive(Default)]
struct RcloneDump {
    state: State,
    /// Requests without an answer, by the address that rclone prints.
    open: Vec<(BString, u32, Attempt)>,
    masked: Masked,
}

#[derive(Default)]
enum State {
    #[default]
    Between,
    /// The title was read; the dump follows.
    Title(Kind, BString),
    Dump(Kind, BString, Gathered),
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    Request,
    Response,
}

/// Whether it was noted that the signature is hidden.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Masked {
    #[default]
    Unseen,
    Noted,
}

/// No more requests are kept open than this: the oldest is given away first.
const OPEN: usize = 256;

impl Reader for RcloneDump {
    fn line(&mut self, line: &Line<'_>, sink: &mut Sink<'_>) -> Step {
        let text = line.text();
        match std::mem::take(&mut self.state) {
            State::Between => {}
            State::Title(kind, address) => {
                let first = behind_prefix(line.raw);
                if is_rule(text) {
                    return Step::Idle;
                }
                self.state = State::Dump(kind, address, Gathered::begin(first, line));
                return Step::More;
            }
            State::Dump(kind, address, gathered) => {
                if is_rule(text) {
                    self.close(kind, address, gathered, sink);
                    return Step::Idle;
                }
                let mut gathered = gathered;
                gathered.push(line.raw, line);
                self.state = State::Dump(kind, address, gathered);
                return Step::More;
            }
        }
        match title(text) {
            Some((kind, address)) => {
                self.state = State::Title(kind, address.into());
                Step::More
            }
            None => Step::Pass,
        }
    }

    fn boundary(&mut self, _sink: &mut Sink<'_>) -> Step {
        // Title, dump and rule are records of their own.
        match self.state {
            State::Between => Step::Idle,
            _ => Step::More,
        }
    }

    fn end(&mut self, sink: &mut Sink<'_>) {
        if let State::Dump(kind, address, gathered) = std::mem::take(&mut self.state) {
            self.close(kind, address, gathered, sink);
        }
        for (_, number, attempt) in std::mem::take(&mut self.open) {
            give(number, attempt, sink);
        }
    }
}

impl RcloneDump {
    fn close(&mut self, kind: Kind, address: BString, text: Gathered, sink: &mut Sink<'_>) {
        match kind {
            Kind::Request => {
                if text.text.contains_str("\nAuthorization: XXXX") && self.masked == Masked::Unseen
                {
                    self.masked = Masked::Noted;
                    sink.note(HIDDEN, text.span.clone());
                }
                let number = sink.number();
                let mut attempt = Attempt::default();
                if !add_request(&mut attempt, text, Bodies::Shown) {
                    return;
                }
                if self.open.len() >= OPEN {
                    let (_, number, attempt) = self.open.remove(0);
                    give(number, attempt, sink);
                }
                self.open.push((address, number, attempt));
            }
            Kind::Response => {
                let asked = |(of, _, _): &(BString, u32, Attempt)| *of == address;
                let Some(at) = self.open.iter().rposition(asked) else {
                    return;
                };
                let (_, number, mut attempt) = self.open.remove(at);
                // Without `--dump bodies` the head stands alone.
                let bodies = match text.is_whole() || !text.text.ends_with(b"\r\n\r\n") {
                    true => Bodies::Shown,
                    false => Bodies::NotShown,
                };
                add_response(&mut attempt, text, bodies);
                give(number, attempt, sink);
            }
        }
    }
}

const HIDDEN: &str = "rclone printed XXXX for the Authorization value, so there is no signature to \
    compare: run it again with --dump auth beside the other words of --dump";

/// Gives a call away: signed, or with its signature hidden.
fn give(number: u32, attempt: Attempt, sink: &mut Sink<'_>) {
    let hidden = attempt.request().is_some_and(|request| {
        request
            .header("authorization")
            .is_some_and(|value| value == "XXXX")
    });
    if hidden || is_signed(&attempt) {
        sink.case(Case {
            number,
            format: FORMAT.id,
            attempts: vec![attempt],
            hints: Vec::new(),
        });
    }
}

/// What a title announces: `HTTP REQUEST (req 0xc000012340)`.
fn title(line: &[u8]) -> Option<(Kind, &[u8])> {
    let titles = [
        ("HTTP REQUEST (req ", Kind::Request),
        ("HTTP RESPONSE (req ", Kind::Response),
    ];
    titles.iter().find_map(|(name, kind)| {
        let (_, rest) = line.split_once_str(name)?;
        let address = rest.strip_suffix(b")")?;
        Some((*kind, address))
    })
}

/// The text behind `2025/01/02 03:04:05 DEBUG : `, which the first line of a record has.
fn behind_prefix(line: &[u8]) -> &[u8] {
    const NEAR: usize = 60;
    let head = line.get(..NEAR).unwrap_or(line);
    match head.find(" DEBUG : ") {
        Some(at) => line.get(at + 9..).unwrap_or_default(),
        None => line,
    }
}

/// Whether a line is the rule around a dump.
fn is_rule(line: &[u8]) -> bool {
    let signs = behind_prefix(line);
    let is = |sign: u8| signs.len() == 60 && signs.iter().all(|byte| *byte == sign);
    is(b'>') || is(b'<')
}

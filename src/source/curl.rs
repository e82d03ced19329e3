use bstr::ByteSlice;

use crate::{
    evidence::Attempt,
    source::{
        Line, Sink,
        artifact_block::{Artifact, Progress, hash_length},
        exchange::{Gathered, add_artifact},
    },
};

/// What curl says of a line by the sign before it.
///
/// Source: curl 8.14, `src/tool_cb_dbg.c`; libcurl 8.14, `lib/curl_trc.c`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Sign {
    Info,
    Sent,
    Received,
    /// A count of bytes, sent or received.
    Count,
}

/// The sign at the front of a line, and how many bytes it takes with time and ids before it.
pub(super) fn sign(line: &[u8]) -> Option<(Sign, usize)> {
    let mut at = clock(line).unwrap_or(0);
    at += ids(line.get(at..)?).unwrap_or(0);
    let rest = line.get(at..)?;
    if let Some(info) = rest.strip_prefix(b"== Info: ") {
        return Some((Sign::Info, line.len() - info.len()));
    }
    let sign = match rest {
        [b'*', b' ', ..] | [b'*'] => Sign::Info,
        // A terminal that is copied loses the blank at the end of a line.
        [b'>', b' ', ..] | [b'>'] => Sign::Sent,
        [b'<', b' ', ..] | [b'<'] => Sign::Received,
        [b'{' | b'}', b' ', b'[', ..] if rest.ends_with(b"bytes data]") => Sign::Count,
        _ => return None,
    };
    Some((sign, (at + 2).min(line.len())))
}

/// `HH:MM:SS.uuuuuu `.
fn clock(line: &[u8]) -> Option<usize> {
    const PICTURE: &[u8; 16] = b"99:99:99.999999 ";
    let fits = |(byte, sign): (&u8, &u8)| match sign {
        b'9' => byte.is_ascii_digit(),
        sign => byte == sign,
    };
    let head = line.get(..PICTURE.len())?;
    head.iter().zip(PICTURE).all(fits).then_some(PICTURE.len())
}

/// `[0-0] `: the transfer's and the connection's number.
fn ids(line: &[u8]) -> Option<usize> {
    let rest = line.strip_prefix(b"[")?;
    let end = rest.get(..24).unwrap_or(rest).find(b"] ")?;
    let number = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'-' | b'x');
    rest.get(..end)?.iter().all(number).then_some(end + 3)
}

/// Where curl's own text begins in a line that something else begins: a progress meter with bare
/// carriage returns, a body without a line feed at its end.
pub(super) fn inside(line: &[u8]) -> Option<usize> {
    let known: [&[u8]; 4] = [
        b"* Connection #",
        b"* Found bundle",
        b"* Host ",
        b"== Info: ",
    ];
    known.iter().filter_map(|text| line.find(text)).min()
}

/// Whether a text after its sign begins one of the signer's artifacts.
pub(super) const SIGNER: &str = "aws_sigv4: ";

/// An artifact of curl's signer, while its lines are gathered.
#[derive(Clone, Debug)]
pub(super) struct Enclosed {
    kind: Artifact,
    gathered: Gathered,
    ended: Ended,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Ended {
    NotYet,
    ByBracket,
}

impl Enclosed {
    /// Begins an artifact, if `text`, which stands in `line`, does.
    pub(super) fn open(text: &[u8], line: &Line<'_>) -> Option<Self> {
        let rest = text.get(text.find(SIGNER)? + SIGNER.len()..)?;
        let kinds = [
            (
                "Canonical request (enclosed in []) - [",
                Artifact::CanonicalRequest,
            ),
            (
                "String to sign (enclosed in []) - [",
                Artifact::StringToSign,
            ),
            ("Signature - ", Artifact::Signature),
        ];
        let (kind, value) = kinds
            .iter()
            .find_map(|(label, kind)| Some((*kind, rest.strip_prefix(label.as_bytes())?)))?;
        Some(Self {
            kind,
            gathered: Gathered::begin(value, line),
            ended: Ended::NotYet,
        })
    }

    /// Whether the line that began it is all of it.
    pub(super) fn is_whole(&self) -> bool {
        self.kind == Artifact::Signature
    }

    /// Takes the next line, which has no sign.
    pub(super) fn push(&mut self, line: &Line<'_>) -> Progress {
        const LINES: usize = 2_000;
        self.gathered.push(b"\n", line);
        let text = line.text();
        if let Some(value) = text.strip_suffix(b"]")
            && hash_length(value) == Some(value.len())
        {
            self.gathered.push(value, line);
            self.ended = Ended::ByBracket;
            return Progress::Whole;
        }
        self.gathered.push(text, line);
        let lines = self.gathered.text.find_iter("\n").take(LINES).count();
        if lines == LINES {
            Progress::Whole
        } else {
            Progress::More
        }
    }

    /// Adds it to an attempt, whole or as far as it goes.
    pub(super) fn add(self, attempt: &mut Attempt, sink: &mut Sink<'_>) {
        let Self {
            kind,
            gathered,
            ended,
        } = self;
        let Gathered {
            mut text,
            span,
            fidelity,
            ..
        } = gathered;
        if kind != Artifact::Signature && ended == Ended::NotYet {
            if text.ends_with(b"...") {
                sink.note(CUT, span.clone());
            } else if text.ends_with(b"]") {
                text.pop();
            }
        }
        add_artifact(attempt, kind, text, fidelity, span);
    }
}

const CUT: &str = "libcurl cut this artifact: no message of its own is longer than 2,048 bytes; \
    what is missing follows from the request below it";

/// What is noted of a log without artifacts.
pub(super) const NO_ARTIFACTS: &str = "this curl prints no canonical request and no string to \
    sign: curl 8.14 to 8.20 print both with -v";
/// What is noted of a log that has a string to sign and no canonical request.
pub(super) const NO_CANONICAL_REQUEST: &str = "this curl prints no canonical request: curl 8.14 to \
    8.20 do with -v";

/// What curl guessed of the scope, in its own words.
pub(super) fn guess(text: &[u8]) -> Option<&[u8]> {
    let rest = text.get(text.find(SIGNER)? + SIGNER.len()..)?;
    rest.starts_with(b"picked ").then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_are_known_behind_time_and_ids() {
        for (line, expected) in [
            ("* x", Some((Sign::Info, 2))),
            ("== Info: x", Some((Sign::Info, 9))),
            (
                "04:18:14.268429 [0-0] > POST / HTTP/1.1",
                Some((Sign::Sent, 24)),
            ),
            ("04:18:14.268429 [0-x] < ", Some((Sign::Received, 24))),
            (">", Some((Sign::Sent, 1))),
            ("<html>", None),
            ("{ [5 bytes data]", Some((Sign::Count, 2))),
            ("{ [5 bytes", None),
            ("host:a", None),
        ] {
            assert_eq!(sign(line.as_bytes()), expected, "{line}");
        }
    }
}

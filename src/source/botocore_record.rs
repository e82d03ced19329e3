//! The records of botocore's log that say something about a request.

use std::sync::LazyLock;

use bstr::{BStr, ByteSlice};
use memchr::memmem::Finder;

use crate::source::artifact_block::Artifact;

/// A record that says something about a request.
pub(super) struct Record<'a> {
    pub(super) thread: &'a BStr,
    pub(super) kind: Option<Kind>,
    /// What follows the label.
    pub(super) rest: &'a [u8],
    /// Where that begins in the line.
    pub(super) at: usize,
}

impl Record<'_> {
    /// Whether the line names botocore: else anybody may have printed it.
    pub(super) fn is_botocores(&self, line: &[u8]) -> bool {
        !self.thread.is_empty() || line.contains_str("botocore") || line.contains_str("auth.py")
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    Making,
    Artifact(Artifact),
    Sending,
    StatusLine,
    ResponseHeaders,
    ResponseBody,
    Retry,
    Failed,
}

/// The labels of botocore's records (botocore 1.12 to 1.43: `auth.py`, `endpoint.py`,
/// `parsers.py`, `retryhandler.py`; urllib3: `connectionpool.py`).
const LABELS: [(&str, Kind); 11] = [
    ("Making request for OperationModel(", Kind::Making),
    (
        "CanonicalRequest:",
        Kind::Artifact(Artifact::CanonicalRequest),
    ),
    ("StringToSign:", Kind::Artifact(Artifact::StringToSign)),
    ("Signature:", Kind::Artifact(Artifact::Signature)),
    ("Sending http request: <AWSPreparedRequest", Kind::Sending),
    (" HTTP/1.1\" ", Kind::StatusLine),
    ("Response headers: {", Kind::ResponseHeaders),
    ("Response body:", Kind::ResponseBody),
    ("Retry needed", Kind::Retry),
    ("Response received to retry, sleeping", Kind::Retry),
    ("Exception received when sending HTTP request", Kind::Failed),
];

pub(super) fn record(line: &[u8]) -> Option<Record<'_>> {
    // They are sought in every line: what each search begins with is made once.
    static FINDERS: LazyLock<[(Finder<'static>, Kind); LABELS.len()]> =
        LazyLock::new(|| LABELS.map(|(label, kind)| (Finder::new(label), kind)));
    let find = |(label, kind): &(Finder<'static>, Kind)| {
        Some((label.find(line)?, label.needle().len(), *kind))
    };
    let (at, length, kind) = FINDERS.iter().filter_map(find).min_by_key(|(at, ..)| *at)?;
    let rest = line.get(at + length..)?;
    if let Kind::Artifact(_) | Kind::ResponseBody = kind {
        // The label ends its line; `Signature: x` in somebody's own output is no such record.
        // `Request Signature:` is what the SDKs for Go say.
        let others = line.get(..at)?.ends_with(b"Request ");
        if !rest.trim().is_empty() || others {
            return None;
        }
    }
    Some(Record {
        thread: thread(line.get(..at)?),
        kind: Some(kind),
        rest,
        at: at + length,
    })
}

/// The thread's name in the CLI's layout, `date time - thread - logger - level - `; in any other
/// what Python calls threads, or the number of one; else empty.
fn thread(prefix: &[u8]) -> &BStr {
    let mut parts = prefix.split_str(" - ");
    let (time, name, logger) = (parts.next(), parts.next(), parts.next());
    match (time, name, logger) {
        (Some(time), Some(name), Some(_)) if is_head(time) => name.as_bstr(),
        _ => {
            let found = python_name(prefix).or_else(|| number(prefix));
            found.unwrap_or_default().as_bstr()
        }
    }
}

/// `MainThread`, `Thread-1 (run)`, `ThreadPoolExecutor-0_1`.
fn python_name(prefix: &[u8]) -> Option<&[u8]> {
    let at = prefix.find("Thread")?;
    let before = prefix.get(..at)?;
    let letter = |byte: &&u8| byte.is_ascii_alphanumeric() || b"-_".contains(byte);
    let first = before.len() - before.iter().rev().take_while(letter).count();
    let rest = prefix.get(first..)?;
    let end = rest.iter().take_while(letter).count();
    let name = rest.get(..end)?;
    let of = rest.get(end..).and_then(|rest| rest.strip_prefix(b" ("));
    let of = of.and_then(|of| of.find_byte(b')')).map_or(0, |at| at + 3);
    let is_name = name == b"MainThread" || name.iter().any(u8::is_ascii_digit);
    rest.get(..end + of).filter(|_| is_name)
}

/// The number that the system gives a thread: no time is written in so many digits.
fn number(prefix: &[u8]) -> Option<&[u8]> {
    const DIGITS: usize = 15;
    let mut runs = prefix.split(|byte| !byte.is_ascii_digit());
    runs.find(|run| run.len() == DIGITS)
}

/// Whether a line begins a record of any logger: a date and a time, or `LEVEL:logger:`.
pub(super) fn is_head(line: &[u8]) -> bool {
    let date = line.get(..10).is_some_and(|date| {
        date.iter().enumerate().all(|(at, byte)| match at {
            4 | 7 => *byte == b'-',
            _ => byte.is_ascii_digit(),
        })
    });
    let level = ["DEBUG:", "INFO:", "WARNING:", "ERROR:"];
    date || level.iter().any(|level| line.starts_with(level.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_are_named_in_any_layout() {
        for (prefix, name) in [
            (
                "2026-11-30 09:28:05,828 - Thread-1 (a) - botocore.auth - DEBUG - ",
                "Thread-1 (a)",
            ),
            ("2026-11-30 09:28:05,828 [Thread-1 (a)] ", "Thread-1 (a)"),
            (
                "[2026-11-30 09:28:05,828: DEBUG/ThreadPoolExecutor-0_3] ",
                "ThreadPoolExecutor-0_3",
            ),
            ("DEBUG MainThread botocore.auth: ", "MainThread"),
            (
                "[2026-11-30 09:28:07,732] {140214420559552} botocore.auth - ",
                "140214420559552",
            ),
            ("DEBUG:botocore.auth:", ""),
            ("1732958885828123 my.Threads botocore.auth ", ""),
        ] {
            assert_eq!(thread(prefix.as_bytes()), name, "{prefix}");
        }
    }
}

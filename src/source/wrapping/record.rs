use bstr::{BString, ByteSlice};
use serde_json::{Map, Value};

use crate::{
    source::wrapping::escaped::unescaped,
    wire::{
        RequestLine, Response,
        escape::{double_quoted, unescape},
    },
};

/// The text of a structured record.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(in crate::source) struct Message {
    /// The text, with escapes undone.
    pub(in crate::source) text: BString,
    /// The thread that the record names; empty where it names none.
    pub(in crate::source) thread: BString,
    /// Whether the text is a record or a line of one.
    pub(in crate::source) frame: Frame,
}

/// What a structured record holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::source) enum Frame {
    /// A record of the client's: what begins in it ends in it.
    Record,
    /// A line as a container's runtime stored it, with its line feed.
    Line,
    /// A piece of such a line: the next record goes on with it.
    Piece,
}

/// Whether a line is a record of a JSON logger, a log shipper or logfmt.
pub(in crate::source) fn is_structured(line: &[u8]) -> bool {
    let text = line.trim();
    is_object(text) || is_logfmt(text)
}

/// Whether the first lines are JSON objects as loggers write them, and not one JSON document.
pub(in crate::source) fn is_json_lines(head: &[u8]) -> bool {
    let mut lines = head.lines().filter(|line| !line.trim().is_empty());
    let (Some(first), second) = (lines.next(), lines.next()) else {
        return false;
    };
    let Some(object) = object(first.trim()) else {
        return false;
    };
    const KEYS: [&str; 16] = [
        "level",
        "levelname",
        "severity",
        "lvl",
        "@l",
        "@t",
        "time",
        "timestamp",
        "@timestamp",
        "ts",
        "asctime",
        "logger",
        "stream",
        "PRIORITY",
        "__REALTIME_TIMESTAMP",
        "logStreamName",
    ];
    second.is_some_and(|second| is_object(second.trim()))
        || KEYS.iter().any(|key| object.contains_key(*key))
}

/// The text that a structured record carries: the field in which `tells` finds something, else
/// the one that loggers put it into.
pub(in crate::source) fn message(line: &[u8], tells: &dyn Fn(&[u8]) -> bool) -> Option<Message> {
    let text = line.trim();
    if is_object(text) {
        json(&object(text)?, tells)
    } else if is_logfmt(text) {
        logfmt(text, tells)
    } else {
        escaped(text).or_else(|| quoted(text))
    }
}

/// Text whose line breaks are escaped; what has none is a line of a list.
fn escaped(line: &[u8]) -> Option<Message> {
    let mut text = unescaped(line)?;
    let frame = match text.trim_end().contains(&b'\n') {
        true => Frame::Record,
        false => Frame::Line,
    };
    if !text.ends_with(b"\n") {
        text.push(b'\n');
    }
    Some(Message {
        text,
        thread: BString::default(),
        frame,
    })
}

/// Whether a line may hold a message of HTTP's in quotes, its line breaks escaped.
pub(in crate::source) fn may_be_quoted(line: &[u8]) -> bool {
    line.contains_str("\\r\\n") && line.contains_str("HTTP/") && line.contains(&b'"')
}

/// A request or an answer that stands in quotes on one line, as Go's `%q` and zap's fields have it.
fn quoted(line: &[u8]) -> Option<Message> {
    const TRIED: usize = 16;
    if !may_be_quoted(line) {
        return None;
    }
    // What Python's and Ruby's clients, and Apache's, write so is theirs to read.
    let is_clients = |at: usize| {
        let before = line.get(..at).unwrap_or_default();
        let marks: [&[u8]; 5] = [b"b", b"<- ", b"-> ", b">> ", b"<< "];
        marks.iter().any(|mark| before.ends_with(mark))
    };
    let places = line.find_iter(b"\"").take(TRIED);
    let places = places.filter(|at| !is_clients(*at));
    let literals = places.filter_map(|at| double_quoted(line.get(at..)?));
    let mut texts = literals.map(|literal| literal.bytes);
    let text = texts.find(|text| {
        let first = text.lines().next().unwrap_or_default();
        let asks = first.contains_str(" HTTP/") && RequestLine::parse(first).is_some();
        text.contains(&b'\n') && (asks || Response::status_of(first).is_some())
    })?;
    Some(Message {
        text,
        thread: BString::default(),
        frame: Frame::Record,
    })
}

/// The names under which loggers and their stores put the time.
pub(super) const TIMES: [&str; 7] = [
    "timestamp",
    "@timestamp",
    "time",
    "ts",
    "@t",
    "receiveTimestamp",
    "date",
];

/// Whether an object is what a logger or a store of logs writes of an event.
pub(super) fn tells_of_an_event(object: &Map<String, Value>) -> bool {
    let has = |names: &[&str]| names.iter().any(|name| object.contains_key(*name));
    has(&TIMES) && (has(&NAMES) || has(&INNER))
}

/// The names under which loggers put their text.
const NAMES: [&str; 11] = [
    "msg",
    "message",
    "log",
    "event",
    "@m",
    "@message",
    "MESSAGE",
    "textPayload",
    "body",
    "_raw",
    "line",
];
/// The objects into which loggers and their stores put it with its own fields.
const INNER: [&str; 4] = ["fields", "jsonPayload", "result", "_source"];
/// What names a thread. A request that the program serves may have several.
const THREADS: [&str; 4] = ["thread", "threadName", "thread_name", "thread_id"];

fn is_object(text: &[u8]) -> bool {
    text.starts_with(b"{") && text.ends_with(b"}") && text.contains(&b'"')
}

fn object(text: &[u8]) -> Option<Map<String, Value>> {
    if !is_object(text) {
        return None;
    }
    match serde_json::from_slice(text) {
        Ok(Value::Object(object)) => Some(object),
        _ => None,
    }
}

fn json(object: &Map<String, Value>, tells: &dyn Fn(&[u8]) -> bool) -> Option<Message> {
    let named = || {
        let own = NAMES.iter().filter_map(|name| text_of(object.get(*name)?));
        own.chain(INNER.iter().flat_map(|name| nested(object, name)))
    };
    let telling = named().find(|text| tells(text));
    let fields = object.iter().map(|(name, value)| (name.as_bytes(), value));
    let fields = fields.filter_map(|(name, value)| Some((name, text_of(value)?)));
    let found = telling
        .or_else(|| artifacts(fields))
        .or_else(|| refusals(object).find(|text| tells(text)))
        .or_else(|| all(object).find(|text| tells(text)))
        .or_else(|| all(object).find(is_answer))
        .or_else(|| named().next())?;
    let thread = THREADS.iter().find_map(|name| text_of(object.get(*name)?));
    let stored = object.contains_key("stream") && object.contains_key("log");
    let frame = match (stored, found.ends_with(b"\n")) {
        (true, true) => Frame::Line,
        (true, false) => Frame::Piece,
        _ => Frame::Record,
    };
    Some(Message {
        text: found,
        thread: thread.unwrap_or_default(),
        frame,
    })
}

/// What a program logs of its artifacts in fields of their own, as if it had printed each behind its
/// name.
fn artifacts<'a>(fields: impl Iterator<Item = (&'a [u8], BString)>) -> Option<BString> {
    const NAMES: [(&[u8], &str); 4] = [
        (b"canonicalrequest", "Canonical request"),
        (b"canonicalstring", "Canonical request"),
        (b"stringtosign", "String to sign"),
        (b"texttosign", "String to sign"),
    ];
    let mut text = Vec::new();
    for (name, value) in fields {
        let letters = name.iter().copied().filter(u8::is_ascii_alphanumeric);
        let letters = letters.collect::<Vec<u8>>().to_ascii_lowercase();
        let label = NAMES.iter().find(|(own, _)| *own == letters);
        if let Some((_, label)) = label.filter(|_| value.contains(&b'\n')) {
            text.extend_from_slice(&[label.as_bytes(), b":\n", &value, b"\n\n"].concat());
        }
    }
    (!text.is_empty()).then(|| text.into())
}

/// The named texts of an object inside, as `tracing` has them in `fields`.
fn nested(object: &Map<String, Value>, name: &str) -> impl Iterator<Item = BString> {
    let inner = object.get(name).and_then(Value::as_object);
    inner
        .into_iter()
        .flat_map(|inner| NAMES.iter().filter_map(|name| text_of(inner.get(*name)?)))
}

/// The objects right inside an object that are a service's refusals, as JSON again: without its
/// code a message says less.
fn refusals(object: &Map<String, Value>) -> impl Iterator<Item = BString> {
    const CODES: [&str; 4] = ["__type", "code", "Code", "errorType"];
    const MESSAGES: [&str; 2] = ["message", "Message"];
    object.values().filter_map(|value| {
        let inner = value.as_object()?;
        let has = |names: &[&str]| names.iter().any(|name| inner.contains_key(*name));
        (has(&CODES) && has(&MESSAGES)).then(|| value.to_string().into())
    })
}

/// Every text of an object and of the objects right inside it.
fn all(object: &Map<String, Value>) -> impl Iterator<Item = BString> {
    object.values().flat_map(|value| {
        let inner = value.as_object().into_iter().flat_map(Map::values);
        std::iter::once(value).chain(inner).filter_map(text_of)
    })
}

/// Whether an answer's head stands in a text, at its front or behind a line that names it.
fn is_answer(text: &BString) -> bool {
    let mut lines = text.lines().take(2);
    lines.any(|line| Response::status_of(line).is_some()) && text.contains(&b'\n')
}

/// A text, or bytes as journald's JSON has them.
fn text_of(value: &Value) -> Option<BString> {
    match value {
        Value::String(text) => Some(text.as_str().into()),
        Value::Array(bytes) if !bytes.is_empty() => {
            let bytes = bytes
                .iter()
                .map(|byte| u8::try_from(byte.as_u64()?).ok())
                .collect::<Option<Vec<u8>>>()?;
            Some(bytes.into())
        }
        _ => None,
    }
}

fn is_logfmt(text: &[u8]) -> bool {
    const BEGIN: [&[u8]; 9] = [
        b"time=",
        b"level=",
        b"msg=",
        b"event=",
        b"ts=",
        b"timestamp=",
        b"t=",
        b"lvl=",
        b"logger=",
    ];
    BEGIN.iter().any(|begin| text.starts_with(begin))
}

fn logfmt(text: &[u8], tells: &dyn Fn(&[u8]) -> bool) -> Option<Message> {
    let pairs = logfmt_pairs(text);
    let named = || {
        let own = |name: &&str| pairs.iter().find(|(key, _)| key == name);
        NAMES.iter().filter_map(own).map(|(_, value)| value)
    };
    let values = || pairs.iter().map(|(_, value)| value);
    let fields = pairs
        .iter()
        .map(|(name, value)| (name.as_slice(), value.clone()));
    let found = named()
        .find(|text| tells(text))
        .cloned()
        .or_else(|| artifacts(fields))
        .or_else(|| values().find(|text| tells(text)).cloned())
        .or_else(|| values().find(|text| is_answer(text)).cloned())
        .or_else(|| named().next().cloned())?;
    let thread = THREADS
        .iter()
        .find_map(|name| pairs.iter().find(|(key, _)| key == name));
    Some(Message {
        text: found,
        thread: thread.map(|(_, value)| value.clone()).unwrap_or_default(),
        frame: Frame::Record,
    })
}

/// The pairs of a logfmt line: quoted values, or bare ones up to a blank that another name
/// follows (structlog quotes no line breaks, it writes them `\n`).
pub(in crate::source) fn logfmt_pairs(text: &[u8]) -> Vec<(BString, BString)> {
    let mut pairs = Vec::new();
    let mut rest = text.trim();
    while let Some(equals) = rest.find_byte(b'=') {
        let (key, value) = (rest.get(..equals), rest.get(equals + 1..));
        let (Some(key), Some(value)) = (key, value) else {
            break;
        };
        let key = key.trim();
        let (value, length) = match double_quoted(value) {
            Some(literal) => (literal.bytes, literal.length),
            None => {
                let end = value.find_byte(b' ').unwrap_or(value.len());
                (unescape(value.get(..end).unwrap_or_default()), end)
            }
        };
        let after = rest.get(equals + 1 + length..).unwrap_or_default();
        pairs.push((key.into(), value));
        rest = after.trim_start();
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Message {
        message(line.as_bytes(), &|text| text.contains_str("Canonical")).unwrap()
    }

    #[test]
    fn the_text_of_each_logger_is_found() {
        for line in [
            r#"{"level":"debug","msg":"Canonical:\nGET"}"#,
            r#"{"message":"x","other":"Canonical:\nGET"}"#,
            r#"{"fields":{"message":"Canonical:\nGET"},"target":"t"}"#,
            r#"{"MESSAGE":[67,97,110,111,110,105,99,97,108,58,10,71,69,84]}"#,
            r#"time="2025" level=debug msg="Canonical:\nGET" a=b"#,
            r"event=Canonical:\nGET logger=botocore.auth level=debug",
        ] {
            assert_eq!(read(line).text, "Canonical:\nGET", "{line}");
        }
    }

    #[test]
    fn artifacts_in_fields_of_their_own_are_read_together() {
        for line in [
            r#"{"msg":"signing","canonicalRequest":"GET\n/","string_to_sign":"AWS4\nx"}"#,
            r#"level=debug msg=signing canonical_request="GET\n/" stringToSign="AWS4\nx""#,
        ] {
            let text = message(line.as_bytes(), &|_| false).unwrap().text;
            assert_eq!(
                text, "Canonical request:\nGET\n/\n\nString to sign:\nAWS4\nx\n\n",
                "{line}"
            );
        }
    }

    #[test]
    fn a_message_in_quotes_is_a_record() {
        for line in [
            r#"request: "GET / HTTP/1.1\r\nHost: a\r\n\r\n""#,
            r#"2025-01-02 DEBUG main.go:9 dump {"a": "b", "dump": "GET / HTTP/1.1\r\nHost: a\r\n\r\n"}"#,
        ] {
            let text = message(line.as_bytes(), &|_| false).unwrap().text;
            assert_eq!(text, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "{line}");
        }
        let line = br#"said "a" of HTTP/1.1 \r\n"#;
        assert_eq!(message(line, &|_| false), None);
    }

    #[test]
    fn a_refusal_keeps_its_code() {
        let line = r#"{"err":{"message":"The Canonical","__type":"Invalid"},"level":"error"}"#;
        let kept = r#"{"__type":"Invalid","message":"The Canonical"}"#;
        assert_eq!(read(line).text, kept);
    }

    #[test]
    fn a_containers_line_is_no_record() {
        let frame = |line| read(line).frame;
        assert_eq!(
            frame(r#"{"log":"Canonical\n","stream":"stderr"}"#),
            Frame::Line
        );
        assert_eq!(
            frame(r#"{"log":"Canonical","stream":"stderr"}"#),
            Frame::Piece
        );
        assert_eq!(frame(r#"{"log":"Canonical","level":"x"}"#), Frame::Record);
    }

    #[test]
    fn threads_are_named() {
        assert_eq!(read(r#"{"msg":"Canonical","thread":"T-1"}"#).thread, "T-1");
    }

    #[test]
    fn a_refusal_is_no_log() {
        assert!(!is_json_lines(br#"{"__type":"X","message":"m"}"#));
        assert!(is_json_lines(b"{\"time\":\"t\",\"msg\":\"m\"}\n"));
        assert!(is_json_lines(b"{\"msg\":\"m\"}\n{\"msg\":\"m\"}\n"));
    }
}

//! Logs that a store exports as one JSON document, made lines again: a record of each event.
//!
//! `aws logs filter-log-events`, `get-log-events` and `get-query-results`, Elasticsearch's hits,
//! Datadog's and Loki's answers, `gcloud logging read --format json`, Grafana's download.

use std::io::{self, BufRead, BufReader, Cursor, ErrorKind, Read};

use bstr::ByteSlice;
use serde_json::{Deserializer, Map, Value};

use crate::source::{
    quoted::Quoted,
    wrapping::{
        record::{TIMES, is_json_lines, tells_of_an_event},
        tables::tables,
    },
};

/// So much is looked at to know such a document: its first event whole.
const HEAD: usize = 256 << 10;
/// Events that stand newest first are held up to this, to be turned round.
const HELD: usize = 64 << 20;
/// No event is kept beyond this.
const EVENT: usize = 16 << 20;
/// A list of events stands no deeper.
const DEPTH: usize = 8;

/// Stands at the front of an event for each line that the document had there, so that lines are
/// counted as they stand in it; no JSON has the byte outside a string or unescaped in one.
pub(in crate::source) const PASSED_LINE: u8 = b'\x0b';

/// Gives the events of such a document, each as a JSON record on a line of its own, the oldest
/// first, and whether it was one; any other input as it is. Where several events stand on one line,
/// or are turned round, their lines are counted in events.
pub(in crate::source) fn events<'a>(
    source: Box<dyn BufRead + 'a>,
) -> (Box<dyn BufRead + 'a>, Lines) {
    let mut source = tables(source);
    // Nearly all inputs show at once that they are none.
    let may_be = source.fill_buf().is_ok_and(|first| {
        let first = first.trim_start();
        first.starts_with(b"{") || first.starts_with(b"[")
    });
    if !may_be {
        return (source, Lines::AsTheyStand);
    }
    let mut head = Vec::new();
    let read = source.by_ref().take(HEAD as u64).read_to_end(&mut head);
    let found = read.is_ok().then(|| list(&head)).flatten();
    let whole = Cursor::new(head).chain(source);
    match found {
        Some(list) => {
            let events = BufReader::new(Events::new(whole, list));
            (Box::new(events), Lines::OfEvents)
        }
        None => (Box::new(whole), Lines::AsTheyStand),
    }
}

/// What the lines of an input are.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::source) enum Lines {
    AsTheyStand,
    /// The events of a document, each behind a [`PASSED_LINE`] for each line that is left out.
    OfEvents,
}

/// A bracket that is open, and the name of what it opens; empty in a list.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Open {
    bracket: u8,
    name: Vec<u8>,
}

/// Where a document keeps its events, where it begins with some.
fn list(head: &[u8]) -> Option<Vec<Open>> {
    if is_json_lines(head) {
        return None;
    }
    let mut walk = Walk::default();
    for (at, byte) in head.iter().enumerate() {
        walk.step(*byte);
        let is_list = walk.is_outside() && *byte == b'[' && walk.open.len() <= DEPTH;
        if !is_list {
            continue;
        }
        let rest = head.get(at + 1..).unwrap_or_default();
        let first = Deserializer::from_slice(rest).into_iter().next();
        if let Some(Ok(first)) = first
            && record(&first).is_some()
        {
            return Some(walk.open);
        }
    }
    None
}

/// A walk over JSON, byte by byte.
#[derive(Debug, Default)]
struct Walk {
    open: Vec<Open>,
    quoted: Quoted,
    /// The last string, as far as a name goes.
    name: Vec<u8>,
}

impl Walk {
    fn is_outside(&self) -> bool {
        self.quoted == Quoted::Outside
    }

    fn step(&mut self, byte: u8) {
        const NAME: usize = 32;
        let was = self.quoted;
        self.quoted = was.behind(byte);
        match (was, byte) {
            (Quoted::Inside, _) if self.quoted == Quoted::Inside && self.name.len() < NAME => {
                self.name.push(byte);
            }
            (Quoted::Outside, b'"') => self.name.clear(),
            (Quoted::Outside, b'{' | b'[') => {
                let in_list = self.open.last().is_some_and(|open| open.bracket == b'[');
                let name = std::mem::take(&mut self.name);
                self.open.push(Open {
                    bracket: byte,
                    name: if in_list { Vec::new() } else { name },
                });
            }
            (Quoted::Outside, b'}' | b']') => {
                self.open.pop();
            }
            _ => {}
        }
    }
}

/// An event as the record that a logger writes; `None` where it is none.
fn record(event: &Value) -> Option<Map<String, Value>> {
    match event {
        Value::Object(object) => {
            // A store keeps the record inside, beside what it knows of it itself.
            let inner = ["attributes", "_source"].iter().find_map(|name| {
                let inner = object.get(*name)?.as_object()?;
                tells_of_an_event(inner).then(|| inner.clone())
            });
            inner.or_else(|| tells_of_an_event(object).then(|| object.clone()))
        }
        Value::Array(parts) => pair(parts).or_else(|| fields(parts)),
        _ => None,
    }
}

/// Loki's: the time in nanoseconds, and the line.
fn pair(parts: &[Value]) -> Option<Map<String, Value>> {
    let [Value::String(time), Value::String(line), ..] = parts else {
        return None;
    };
    let is_time = time.len() > 9 && time.bytes().all(|byte| byte.is_ascii_digit());
    let record = [
        ("timestamp", time.as_str().into()),
        ("line", line.as_str().into()),
    ];
    is_time.then(|| {
        record
            .map(|(name, value)| (name.to_owned(), value))
            .into_iter()
            .collect()
    })
}

/// CloudWatch Logs Insights': a field and its value each.
fn fields(parts: &[Value]) -> Option<Map<String, Value>> {
    let field = |part: &Value| {
        let name = part.get("field")?.as_str()?.to_owned();
        Some((name, part.get("value")?.clone()))
    };
    let record: Option<Map<String, Value>> = parts.iter().map(field).collect();
    record.filter(tells_of_an_event)
}

/// When an event was.
#[derive(Clone, Debug, PartialEq, PartialOrd)]
enum Time {
    /// In whole seconds, or in parts of them: nanoseconds are more than a float keeps apart.
    Counted(i128),
    Measured(f64),
    Written(String),
}

fn time(record: &Map<String, Value>) -> Option<Time> {
    TIMES.iter().find_map(|name| match record.get(*name)? {
        Value::Number(number) => match number.as_i128() {
            Some(count) => Some(Time::Counted(count)),
            None => number.as_f64().map(Time::Measured),
        },
        Value::String(text) => Some(match text.parse() {
            Ok(number) => Time::Counted(number),
            Err(_) => Time::Written(text.clone()),
        }),
        _ => None,
    })
}

/// An event as a line.
#[derive(Debug)]
struct Piece {
    /// How many lines ended since the last event began.
    before: usize,
    record: Vec<u8>,
}

/// In which order the events stand.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Order {
    /// No two with different times were seen yet.
    Unknown,
    OldestFirst,
    NewestFirst,
}

/// Makes lines of the events.
struct Events<S> {
    source: S,
    list: Vec<Open>,
    walk: Walk,
    /// The event in whose middle the walk is.
    event: Option<Vec<u8>>,
    /// How many lines ended since the last event began, and until this one did.
    lines: usize,
    before: usize,
    order: Order,
    first: Option<Time>,
    held: Vec<Piece>,
    held_bytes: usize,
    /// What is to be given away, from `given` on.
    out: Vec<u8>,
    given: usize,
    /// How many lines too many were given, where several events stood on one.
    ahead: usize,
    ended: bool,
}

impl<S: BufRead> Events<S> {
    fn new(source: S, list: Vec<Open>) -> Self {
        Self {
            source,
            list,
            walk: Walk::default(),
            event: None,
            lines: 0,
            before: 0,
            order: Order::Unknown,
            first: None,
            held: Vec::new(),
            held_bytes: 0,
            out: Vec::new(),
            given: 0,
            ahead: 0,
            ended: false,
        }
    }

    fn byte(&mut self, byte: u8) {
        let in_list = self.walk.is_outside() && self.walk.open == self.list;
        if in_list && self.event.is_none() && matches!(byte, b'{' | b'[') {
            self.event = Some(Vec::new());
            self.before = std::mem::take(&mut self.lines);
        }
        self.walk.step(byte);
        self.lines += usize::from(byte == b'\n');
        let Some(event) = &mut self.event else {
            return;
        };
        if event.len() < EVENT {
            event.push(byte);
        }
        if self.walk.is_outside() && self.walk.open == self.list {
            self.finish();
        }
    }

    /// Takes the event that is whole, or as much of it as there is.
    fn finish(&mut self) {
        let Some(event) = self.event.take() else {
            return;
        };
        let parsed = serde_json::from_slice::<Value>(&event).ok();
        let record = parsed.as_ref().and_then(record);
        let when = record.as_ref().and_then(time);
        let text = match record {
            Some(record) => Value::Object(record).to_string().into_bytes(),
            // It stays as it is, on one line.
            None => event.replace("\n", " ").replace([PASSED_LINE], " "),
        };
        let piece = Piece {
            before: self.before,
            record: text,
        };
        self.learn_order(when);
        if self.order == Order::OldestFirst {
            self.give_held();
            self.give(&piece);
            return;
        }
        self.held_bytes += piece.record.len();
        self.held.push(piece);
        if self.held_bytes > HELD {
            self.order = Order::OldestFirst;
            self.give_held();
        }
    }

    fn learn_order(&mut self, when: Option<Time>) {
        if self.order != Order::Unknown {
            return;
        }
        match (&self.first, when) {
            (None, when) => self.first = when,
            (Some(first), Some(when)) if when < *first => self.order = Order::NewestFirst,
            (Some(first), Some(when)) if when > *first => self.order = Order::OldestFirst,
            (Some(_), _) => {}
        }
    }

    /// Gives away what was held, in the order of time.
    fn give_held(&mut self) {
        let held = std::mem::take(&mut self.held);
        self.held_bytes = 0;
        match self.order {
            Order::NewestFirst => held.iter().rev().for_each(|piece| self.give(piece)),
            Order::Unknown | Order::OldestFirst => held.iter().for_each(|piece| self.give(piece)),
        }
    }

    fn give(&mut self, piece: &Piece) {
        let passed = match self.order {
            Order::NewestFirst => 0,
            Order::Unknown | Order::OldestFirst => {
                let passed = piece.before.saturating_sub(self.ahead);
                self.ahead = self.ahead.saturating_sub(piece.before) + 1;
                passed
            }
        };
        self.out.resize(self.out.len() + passed, PASSED_LINE);
        self.out.extend_from_slice(&piece.record);
        self.out.push(b'\n');
    }
}

impl<S: BufRead> Read for Events<S> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.given == self.out.len() && !self.ended {
            self.out.clear();
            self.given = 0;
            let piece = match self.source.fill_buf() {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                piece => piece?.to_vec(),
            };
            self.source.consume(piece.len());
            piece.iter().for_each(|byte| self.byte(*byte));
            if piece.is_empty() {
                self.ended = true;
                self.finish();
                self.give_held();
            }
        }
        let mut rest = self.out.get(self.given..).unwrap_or_default();
        let length = rest.read(into)?;
        self.given += length;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(document: &str) -> Vec<String> {
        let mut out = String::new();
        let mut source = document.as_bytes();
        let (mut read, _) = events(Box::new(&mut source));
        read.read_to_string(&mut out).unwrap();
        out.lines().map(ToOwned::to_owned).collect()
    }

    #[test]
    fn each_stores_events_are_records() {
        for (store, document) in [
            (
                "CloudWatch Logs",
                r#"{"events":[{"message":"a","timestamp":1},{"message":"b","timestamp":2}],"nextToken":"t"}"#,
            ),
            (
                "CloudWatch Logs Insights",
                r#"{"results":[[{"field":"@timestamp","value":"2026-01-02 03:04:05.000"},{"field":"@message","value":"a"}],[{"field":"@timestamp","value":"2026-01-02 03:04:06.000"},{"field":"@message","value":"b"}]],"status":"Complete"}"#,
            ),
            (
                "Datadog",
                r#"{"data":[{"id":"1","attributes":{"timestamp":"2026-01-02T03:04:06Z","message":"b"}},{"id":"2","attributes":{"timestamp":"2026-01-02T03:04:05Z","message":"a"}}]}"#,
            ),
            (
                "Elasticsearch",
                r#"{"took":1,"hits":{"total":{"value":2},"hits":[{"_id":"x","_source":{"@timestamp":"1","message":"a"}},{"_id":"y","_source":{"@timestamp":"2","message":"b"}}]}}"#,
            ),
            (
                "Loki",
                r#"{"status":"success","data":{"resultType":"streams","result":[{"stream":{"app":"x"},"values":[["1700000000000000002","b"],["1700000000000000001","a"]]}]}}"#,
            ),
            (
                "Cloud Logging",
                r#"[{"insertId":"y","textPayload":"b","timestamp":"2026-01-02T03:04:06Z"},{"insertId":"x","textPayload":"a","timestamp":"2026-01-02T03:04:05Z"}]"#,
            ),
        ] {
            let lines = lines(document);
            assert_eq!(lines.len(), 2, "{store}: {lines:?}");
            for (line, text) in lines.iter().zip(["\"a\"", "\"b\""]) {
                assert!(
                    line.starts_with('{') && line.contains(text),
                    "{store}: {line}"
                );
            }
        }
    }

    #[test]
    fn an_event_keeps_the_number_of_its_first_line() {
        let document = "{\n  \"events\": [\n    {\n      \"timestamp\": 1,\n      \"message\": \"a\"\n    },\n    {\n      \"timestamp\": 2,\n      \"message\": \"b\"\n    }\n  ]\n}\n";
        assert_eq!(
            lines(document),
            [
                "\u{b}\u{b}{\"message\":\"a\",\"timestamp\":1}",
                "\u{b}\u{b}\u{b}{\"message\":\"b\",\"timestamp\":2}"
            ]
        );
    }

    #[test]
    fn other_documents_stay_as_they_are() {
        for document in [
            r#"{"__type":"InvalidSignatureException","message":"m"}"#,
            r#"{"errors":[{"message":"m","errorType":"t"}]}"#,
            r#"{"log":{"version":"1.2","entries":[{"time":1,"request":{}}]}}"#,
            "{\"msg\":\"a\",\"list\":[{\"message\":\"m\",\"time\":1}]}\n{\"msg\":\"b\"}",
            "[not JSON",
            "plain",
        ] {
            assert_eq!(lines(document).join("\n"), document);
        }
    }

    #[test]
    fn an_event_in_whose_middle_the_document_ends_is_given() {
        let cut = r#"{"events":[{"message":"a","timestamp":1},{"message":"b","times"#;
        assert_eq!(lines(cut)[1], r#"{"message":"b","times"#);
    }
}

use std::ops::Range;

use bstr::ByteSlice;
use serde_json::Value;

use crate::source::{
    Breadth, Format, Likeness,
    buffer::HEAD,
    error_document::{ErrorDocument, Kind, begins_with_status, is_about_signing},
    markers::Markers,
    refusal, refusal_json,
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
    markers: &["__type"],
    breadth: Breadth::General,
    recognise,
    start: |whole| Box::new(ErrorDocument::new(&KIND, whole)),
};

static KIND: Kind = Kind {
    format: FORMAT.id,
    places,
    parse: |text| {
        refusal::parse(text, 0)
            .or_else(|| refusal_json::bare(text))
            .or_else(|| refusal_json::cut(text))
    },
    opens: |line| line.contains_str("__type") && line.contains(&b'{'),
    is_record: |line| {
        let value = serde_json::from_slice::<Value>(line.trim()).ok();
        value.is_some_and(|value| value.get("__type").is_some())
    },
    closes: |_| true,
    is_cut: |text| {
        text.find_byteset("{[")
            .and_then(|at| text.get(at..))
            .is_some_and(|text| refusal_json::cut(text).is_some())
    },
    expected: "expected a JSON object with __type and message, found something else",
};

/// How many objects of one text are looked at, and how many brackets that begin none.
const OBJECTS: usize = 64;
const OTHERS: usize = 10_000;

/// Where the outermost objects stand; what is no JSON is stepped over.
fn places(text: &[u8]) -> Vec<Range<usize>> {
    let mut places = Vec::new();
    let mut others = 0;
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|rest| rest.find_byteset("{[")) {
        let start = from + at;
        let rest = text.get(start..).unwrap_or_default();
        let mut values = serde_json::Deserializer::from_slice(rest).into_iter::<Value>();
        from = match values.next() {
            Some(Ok(_)) => {
                places.push(start..start + values.byte_offset());
                start + values.byte_offset()
            }
            Some(Err(error)) if error.is_eof() && refusal_json::cut(rest).is_some() => {
                places.push(start..text.len());
                break;
            }
            _ => {
                others += 1;
                start + 1
            }
        };
        if places.len() == OBJECTS || others == OTHERS || start > 1 << 20 {
            break;
        }
    }
    places
}

fn recognise(head: &[u8]) -> Likeness {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let text = text.trim();
    // A Python dict begins with a brace as well, but its keys have other quotes.
    let object = |text: &[u8]| {
        let inside = text
            .trim_start()
            .strip_prefix(b"{")
            .map(ByteSlice::trim_start);
        inside.is_some_and(|inside| !inside.starts_with(b"'"))
    };
    // A log's line may begin with a bracket too: `[INFO] …`.
    let array = |text: &[u8]| {
        let inside = text.strip_prefix(b"[").map(ByteSlice::trim_start);
        inside.is_some_and(|inside| inside.first().is_some_and(|sign| b"{[\"".contains(sign)))
    };
    let json = |text: &[u8]| object(text) || array(text);
    if begins_with_status(text) {
        let body = text.find("\n\r\n").or_else(|| text.find("\n\n"));
        let body = body.and_then(|at| text.get(at..)).unwrap_or_default();
        let head = text.to_ascii_lowercase();
        return match body.trim_start() {
            body if json(body) => Likeness::Sure,
            b"" if head.contains_str("\nx-amzn-errortype:") => Likeness::Sure,
            _ => Likeness::None,
        };
    }
    let objects = text.lines().filter(|line| line.starts_with(b"{\"")).count();
    if !json(text) {
        return below_prose(head);
    }
    if objects > 1 {
        return Likeness::None;
    }
    match refusal::parse(text, 0) {
        Some(found) if is_about_signing(&found) => Likeness::Sure,
        Some(_) => Likeness::Faint,
        None if text.contains_str("\"__type\"") => Likeness::Faint,
        None if refusal_json::bare(text).is_some() => Likeness::Faint,
        None => Likeness::None,
    }
}

/// A body below other text, which is short and has nothing by which logs are searched.
fn below_prose(head: &[u8]) -> Likeness {
    let mut from = 0;
    let mut refuses = false;
    if head.len() >= HEAD {
        return Likeness::None;
    }
    let mut has_more = false;
    for place in places(head) {
        let body = head.get(place.clone()).unwrap_or_default();
        refuses |= refusal::parse(body, 0).is_some_and(|found| is_about_signing(&found));
        has_more |= holds_more(head.get(from..place.start).unwrap_or_default());
        from = place.end;
    }
    match refuses && !has_more && !holds_more(head.get(from..).unwrap_or_default()) {
        true => Likeness::Faint,
        false => Likeness::None,
    }
}

/// Whether another reader finds something in a text.
fn holds_more(text: &[u8]) -> bool {
    Markers::of_all().is_none_or(|markers| markers.tell(text))
}

use bstr::{BString, ByteSlice};

use crate::{
    evidence::{Attempt, Claim, Party, Span},
    source::{
        Breadth, Format, Likeness, Line, Reader, Sink, Step,
        entries::{Entries, Entry},
        exchange::{answer, emit},
        object_text::{self, Value},
    },
    wire::{Body, Fidelity, HeaderField, Origin, Request, Response},
};

pub(super) static FORMAT: Format = Format {
    id: "newman-json",
    summary: "JSON report of newman, which runs Postman's collections",
    page: "\
## How to get it
`newman run collection.json -r json --reporter-json-export report.json`. `--verbose` shows no headers.

## What it holds
Each request as it was signed, with `Authorization`, all headers and the body's text; each answer. The
secret access key stands in it in clear, more than once (`countersign scrub` takes it out), and so does the
session token.

## What it lacks
The artifacts: they are derived. A body that is a file or a form is not in it. The collection above the
requests is what was there before signing, and is passed over.
",
    markers: &[],
    breadth: Breadth::Client,
    recognise,
    start: |_| {
        Box::new(Newman {
            entries: Entries::of(b"executions"),
        })
    },
};

fn recognise(head: &[u8]) -> Likeness {
    const NEAR: usize = 60;
    let text = head.trim_start();
    let begins = text.get(..NEAR).unwrap_or(text);
    match begins.starts_with(b"{") && begins.contains_str("\"collection\"") {
        true => Likeness::Sure,
        false => Likeness::None,
    }
}

struct Newman {
    entries: Entries,
}

impl Reader for Newman {
    fn line(&mut self, line: &Line<'_>, sink: &mut Sink<'_>) -> Step {
        for entry in self.entries.push(line) {
            give(&entry, sink);
        }
        Step::More
    }

    fn end(&mut self, sink: &mut Sink<'_>) {
        if let Some(entry) = self.entries.rest() {
            let note = "the report ends in the middle of a request";
            sink.note(note, entry.span.clone());
            give(&entry, sink);
        }
    }
}

fn give(entry: &Entry, sink: &mut Sink<'_>) {
    let (value, _) = object_text::value(&entry.text);
    let Some(request) = value.get("request").and_then(request) else {
        return;
    };
    let (party, fidelity) = (Party::Wire, Fidelity::Unescaped);
    let claim = Claim::of(
        BString::default(),
        request,
        party,
        fidelity,
        entry.span.clone(),
    );
    let mut attempt = Attempt {
        requests: vec![claim],
        ..Attempt::default()
    };
    if let Some(shown) = value.get("response") {
        add_response(&mut attempt, shown, &entry.span);
    }
    let number = sink.number();
    emit(FORMAT.id, number, attempt, sink);
}

fn request(shown: &Value) -> Option<Request> {
    let (origin, target) = Origin::split(&url(shown.get("url")?)?)?;
    let body = match shown.get("body") {
        None => Body::Captured(BString::default()),
        Some(body) if body.text_of("mode").is_some_and(|mode| mode == "raw") => {
            let text = body.text_of("raw").map(ToOwned::to_owned);
            Body::Captured(text.unwrap_or_default())
        }
        Some(_) => Body::NotCaptured,
    };
    Some(Request {
        method: shown.text_of("method")?.into(),
        target,
        origin: Some(origin),
        headers: headers(shown),
        body,
    })
}

/// A URL out of its parts.
fn url(parts: &Value) -> Option<BString> {
    let joined = |name: &str, glue: &str| {
        let items = parts.get(name).map(Value::items).unwrap_or_default();
        let texts: Vec<&[u8]> = items
            .iter()
            .filter_map(|item| Some(item.text()?.as_bytes()))
            .collect();
        bstr::join(glue, texts)
    };
    let scheme = parts.text_of("protocol").unwrap_or_else(|| "http".into());
    let mut url = [scheme.as_bytes(), b"://", &joined("host", ".")].concat();
    if let Some(port) = parts.get("port").and_then(Value::plain) {
        url.push(b':');
        url.extend_from_slice(&port);
    }
    url.push(b'/');
    url.extend(encoded(&joined("path", "/")));
    let pairs = parts.get("query").map(Value::items).unwrap_or_default();
    for (at, pair) in pairs.iter().enumerate() {
        url.push(if at == 0 { b'?' } else { b'&' });
        url.extend(encoded(pair.text_of("key").unwrap_or_default()));
        if let Some(value) = pair.text_of("value") {
            url.push(b'=');
            url.extend(encoded(value));
        }
    }
    (!url.is_empty()).then(|| url.into())
}

/// What cannot stand in a URL, percent-encoded as Postman does when it sends it.
fn encoded(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for byte in text {
        match byte {
            0..=b' ' | 0x7f.. | b'"' | b'<' | b'>' | b'`' | b'{' | b'}' => {
                out.extend_from_slice(format!("%{byte:02X}").as_bytes());
            }
            byte => out.push(*byte),
        }
    }
    out
}

fn headers(shown: &Value) -> Vec<HeaderField> {
    let items = shown.get("header").map(Value::items).unwrap_or_default();
    let field = |item: &Value| {
        let value = item.get("value").and_then(Value::plain)?;
        Some(HeaderField::new(item.text_of("key")?, value))
    };
    items.iter().filter_map(field).collect()
}

fn add_response(attempt: &mut Attempt, shown: &Value, span: &Span) {
    let status = shown.get("code").and_then(Value::number);
    let Some(status) = status.and_then(|status| u16::try_from(status).ok()) else {
        return;
    };
    let body = shown.get("stream").and_then(Value::bytes);
    let response = Response {
        status,
        headers: headers(shown),
        body: body.map_or(Body::NotCaptured, Body::Captured),
    };
    answer(attempt, b"", response, Fidelity::Unescaped, span.clone());
}

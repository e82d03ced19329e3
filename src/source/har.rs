use bstr::{BString, ByteSlice};

use crate::{
    evidence::{Attempt, Case, Claim, Party, Span},
    source::{
        Breadth, Format, Likeness, Line, Reader, Sink, Step,
        entries::{Entries, Entry},
        exchange::{answer, is_signed},
        object_text::{self, Value},
        refusal,
    },
    wire::{Body, Fidelity, HeaderField, Origin, Request, Response, escape::base64},
};

pub(super) static FORMAT: Format = Format {
    id: "har",
    summary: "HTTP archive of a browser, a proxy or a test runner",
    page: "\
## How to get it
* Chrome: DevTools, Network, the arrow down, \"Export HAR (with sensitive data)\"; allow it first under Settings,
  Preferences, Network. The plain export leaves `Authorization` out.
* mitmproxy: `mitmdump --set hardump=flows.har`
* Playwright: `recordHar`

## What it holds
The request with its headers and, where the browser kept it, its body; the answer. Never the secret access
key. The session token stands in clear.

## What it lacks
The artifacts: they are derived. Playwright sorts the headers. A body that is no text is damaged, and counts as
not captured.
",
    markers: &[],
    breadth: Breadth::Client,
    recognise,
    start: |_| {
        Box::new(Har {
            entries: Entries::of(b"entries"),
            hidden: Hidden::Unseen,
        })
    },
};

fn recognise(head: &[u8]) -> Likeness {
    const NEAR: usize = 100;
    let text = head.trim_start();
    let begins = text.get(..NEAR).unwrap_or(text);
    let named = ["\"creator\"", "\"entries\"", "\"version\""];
    let is_one = begins.starts_with(b"{")
        && begins.contains_str("\"log\"")
        && named.iter().any(|name| text.contains_str(name));
    if is_one {
        Likeness::Sure
    } else {
        Likeness::None
    }
}

struct Har {
    entries: Entries,
    hidden: Hidden,
}

/// Whether it was noted that the browser left the signature out.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Hidden {
    #[default]
    Unseen,
    Noted,
}

impl Reader for Har {
    fn line(&mut self, line: &Line<'_>, sink: &mut Sink<'_>) -> Step {
        for entry in self.entries.push(line) {
            self.give(&entry, sink);
        }
        Step::More
    }

    fn end(&mut self, sink: &mut Sink<'_>) {
        if let Some(entry) = self.entries.rest() {
            sink.note(
                "the archive ends in the middle of an entry",
                entry.span.clone(),
            );
            self.give(&entry, sink);
        }
    }
}

impl Har {
    fn give(&mut self, entry: &Entry, sink: &mut Sink<'_>) {
        let (value, _) = object_text::value(&entry.text);
        let Some(request) = value.get("request").and_then(request) else {
            return;
        };
        let hidden = is_hidden(&request);
        let party = Party::Wire;
        let claim = Claim::of(
            BString::default(),
            request,
            party,
            Fidelity::Unescaped,
            entry.span.clone(),
        );
        let mut attempt = Attempt {
            requests: vec![claim],
            ..Attempt::default()
        };
        if !hidden && !is_signed(&attempt) {
            return;
        }
        if hidden && self.hidden == Hidden::Unseen {
            self.hidden = Hidden::Noted;
            sink.note(HIDDEN, entry.span.clone());
        }
        if let Some(shown) = value.get("response") {
            add_response(&mut attempt, shown, &entry.span);
        }
        let number = sink.number();
        sink.case(Case {
            number,
            format: FORMAT.id,
            attempts: vec![attempt],
            hints: Vec::new(),
        });
    }
}

const HIDDEN: &str = "the browser left Authorization out, so there is no signature to compare: \
    export the HAR again with sensitive data";

/// Whether a request was signed in a header that the archive does not show.
fn is_hidden(request: &Request) -> bool {
    request.header("authorization").is_none() && request.header("x-amz-date").is_some()
}

fn request(shown: &Value) -> Option<Request> {
    let method = shown.text_of("method")?;
    let (origin, target) = Origin::split(shown.text_of("url")?)?;
    let headers = headers(shown);
    let mut request = Request {
        method: method.into(),
        target,
        origin: Some(origin),
        headers,
        body: Body::NotCaptured,
    };
    let size = shown.get("bodySize").and_then(Value::number);
    let sent = shown.get("postData").and_then(text);
    let bodiless = matches!(method.as_bytes(), b"GET" | b"HEAD" | b"DELETE" | b"OPTIONS");
    request.body = match sent {
        Some(body) if request.header("transfer-encoding").is_none() => believed(
            body,
            request.header("content-length").map(|length| length.trim()),
        ),
        None if size == Some(0) || bodiless && shown.get("postData").is_none() => {
            Body::Captured(BString::default())
        }
        _ => Body::NotCaptured,
    };
    Some(request)
}

fn add_response(attempt: &mut Attempt, shown: &Value, span: &Span) {
    let status = shown.get("status").and_then(Value::number);
    let status = status.and_then(|status| u16::try_from(status).ok());
    let Some(status) = status.filter(|status| *status >= 100) else {
        return;
    };
    let headers = headers(shown);
    let mut response = Response {
        status,
        headers,
        body: Body::NotCaptured,
    };
    let content = shown.get("content");
    let body = content.and_then(text);
    // What was packed is shown unpacked, and has another length.
    let packed = response.header("content-encoding").is_some();
    let length = response.header("content-length").filter(|_| !packed);
    let empty = content.and_then(|content| content.get("size")?.number()) == Some(0);
    response.body = match body.clone() {
        Some(body) => believed(body, length.map(|length| length.trim())),
        None if empty => Body::Captured(BString::default()),
        None => Body::NotCaptured,
    };
    if response.body == Body::NotCaptured
        && let Some(body) = body
    {
        let mut damaged = response.clone();
        damaged.body = Body::Captured(body);
        refusal::examine(attempt, &damaged, Fidelity::Reflowed, span);
    }
    answer(attempt, b"", response, Fidelity::Unescaped, span.clone());
}

/// The headers, without HTTP/2's pseudo headers.
fn headers(shown: &Value) -> Vec<HeaderField> {
    let fields = shown.get("headers").map(Value::items).unwrap_or_default();
    let field = |field: &Value| {
        let (name, value) = (field.text_of("name")?, field.text_of("value")?);
        (!name.starts_with(b":")).then(|| HeaderField::new(name, value))
    };
    fields.iter().filter_map(field).collect()
}

/// The text of a body, as it was before it was put into Base64.
fn text(content: &Value) -> Option<BString> {
    let text = content.text_of("text")?;
    match content.text_of("encoding") {
        Some(encoding) if encoding == "base64" => base64(text),
        _ => Some(text.into()),
    }
}

/// A body, unless another length was announced than it has.
fn believed(body: BString, announced: Option<&[u8]>) -> Body {
    let length = announced.and_then(|digits| digits.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|length| length != body.len()) {
        Body::NotCaptured
    } else {
        Body::Captured(body)
    }
}

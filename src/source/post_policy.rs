use std::ops::Range;

use bstr::{BString, ByteSlice};

use crate::{
    evidence::{Attempt, Case, Claim, Party},
    sigv4::PostPolicy,
    source::{
        Breadth, Format, Likeness, Sink, Whole,
        collected::Collected,
        html_form,
        object_text::{self, Value},
        pasted::Pasted,
    },
    wire::{Body, Fidelity, Form, FormField, Origin, Request},
};

pub(super) static FORMAT: Format = Format {
    id: "post-policy",
    summary: "a form that uploads to Amazon S3, with its signed policy",
    page: "\
## How to get it
Save the page's `<form>` with its hidden fields, or print what the SDK returns: boto3's
`generate_presigned_post`, `createPresignedPost` of `@aws-sdk/s3-presigned-post`, or any JSON object
with the fields. The body of a form that was sent (`multipart/form-data`) is one too. A whole request
is read as what it is: raw HTTP, a HAR, curl's trace, a curl command with `-F`.

## What it holds
Every field that is signed: the policy, credential, time, session token and signature. The string to
sign is the policy's Base64 text itself; there is no canonical request.

## What it lacks
The file, and what a browser makes of the fields when it sends them: line breaks of a field become CR
LF. A session token in it stands in clear, and once more inside the policy.
",
    markers: &[
        "\"x-amz-signature\"",
        "'x-amz-signature'",
        "\"X-Amz-Signature\"",
        "'X-Amz-Signature'",
    ],
    breadth: Breadth::General,
    recognise,
    start: |whole| FORMS_OF.reader(whole),
};

/// A page, an object or a body with a signed form in it, with no more before it than a warning.
fn recognise(head: &[u8]) -> Likeness {
    const LINES: usize = 16;
    if !head.to_ascii_lowercase().contains_str("x-amz-credential") {
        return Likeness::None;
    }
    let found = found(head);
    let before = found
        .first()
        .and_then(|first| head.get(..first.range.start));
    let near = |before: &[u8]| before.lines().count() < LINES && !before.contains_str(" HTTP/");
    if before.is_some_and(near) {
        Likeness::Sure
    } else {
        Likeness::None
    }
}

/// A form in a text.
#[derive(Debug)]
struct Found {
    range: Range<usize>,
    form: Form,
    /// Where it is sent to.
    action: Option<BString>,
}

/// So many objects of a text are looked at.
const FORMS: usize = 64;

/// The signed forms of a text, in order.
fn found(text: &[u8]) -> Vec<Found> {
    if let Some(form) = Form::parse(text.trim_start()) {
        let whole = Found {
            range: 0..text.len(),
            form,
            action: None,
        };
        return std::iter::once(whole).filter(Found::is_signed).collect();
    }
    let pages = html_form::find(text).into_iter().map(|page| Found {
        range: page.range,
        form: page.form,
        action: page.action,
    });
    let mut found: Vec<Found> = pages.filter(Found::is_signed).collect();
    if found.is_empty() {
        found = objects(text);
    }
    found
}

impl Found {
    fn is_signed(&self) -> bool {
        PostPolicy::of_form(&self.form).is_some()
    }
}

/// The forms that stand as objects: the fields themselves, or an object that holds them.
fn objects(text: &[u8]) -> Vec<Found> {
    let mut found = Vec::new();
    let mut from = 0;
    for _ in 0..FORMS {
        let Some(at) = text.get(from..).and_then(|rest| rest.find_byte(b'{')) else {
            break;
        };
        let start = from + at;
        let (value, length) = object_text::value(text.get(start..).unwrap_or_default());
        let form = fields(&value, 0).filter(|form| PostPolicy::of_form(form).is_some());
        let Some(form) = form else {
            from = start + 1;
            continue;
        };
        from = start + length.max(1);
        found.push(Found {
            range: start..from,
            form,
            action: address(&value, 0),
        });
    }
    found
}

/// The fields around the one that is called `policy`, at whatever depth they stand.
fn fields(value: &Value, depth: usize) -> Option<Form> {
    const DEPTH: usize = 8;
    let is_policy = |(name, value): &(BString, Value)| {
        name.eq_ignore_ascii_case(b"policy") && value.text().is_some()
    };
    if value.fields().iter().any(is_policy) {
        let pairs = value.fields().iter();
        let fields = pairs.filter_map(|(name, value)| {
            Some(FormField {
                name: name.clone(),
                value: value.plain()?,
                file_name: None,
            })
        });
        return Some(Form {
            fields: fields.collect(),
        });
    }
    if depth == DEPTH {
        return None;
    }
    let inner = value.fields().iter().map(|(_, value)| value);
    let mut inner = inner.chain(value.items());
    inner.find_map(|value| fields(value, depth + 1))
}

/// The first text that is an address, beside the fields or above them.
fn address(value: &Value, depth: usize) -> Option<BString> {
    const DEPTH: usize = 4;
    let texts = value.fields().iter().filter_map(|(_, value)| value.text());
    let mut addresses = texts.filter(|text| text.starts_with(b"http") && text.contains_str("://"));
    if let Some(address) = addresses.next() {
        return Some(address.to_owned());
    }
    let mut inner = value.fields().iter().map(|(_, value)| value);
    inner
        .find_map(|value| (depth < DEPTH).then(|| address(value, depth + 1)))
        .flatten()
}

static FORMS_OF: Pasted<Found> = Pasted {
    // In a log only an object on one line is beyond doubt.
    holds: |line| !objects(line).is_empty(),
    find: found,
    none: "expected a form with policy and x-amz-signature, found none",
    give,
};

fn give(found: Found, whole: Whole, held: &Collected, sink: &mut Sink<'_>) {
    let Some(place) = held.place(found.range.start, found.range.len()) else {
        return;
    };
    let text = held.text().get(found.range).unwrap_or_default();
    let (party, fidelity) = (Party::Signer, Fidelity::Unescaped);
    let claim = Claim::of(text, found.form, party, fidelity, place.clone());
    let request = found.action.and_then(|action| {
        let (origin, target) = Origin::split(&action)?;
        let request = Request {
            method: "POST".into(),
            target,
            origin: Some(origin),
            headers: Vec::new(),
            body: Body::NotCaptured,
        };
        Some(Claim::of(action, request, party, fidelity, place.clone()))
    });
    let has_address = request.is_some();
    let case = Case {
        number: 0,
        format: FORMAT.id,
        attempts: vec![Attempt {
            requests: request.into_iter().collect(),
            forms: vec![claim],
            ..Attempt::default()
        }],
        hints: Vec::new(),
    };
    if whole == Whole::Log {
        return sink.leftover(case);
    }
    let number = sink.number();
    sink.case(Case { number, ..case });
    if !has_address {
        let note = "the form does not say where it is sent to, so its host is not examined";
        sink.note(note, place);
    }
}

use bstr::{BString, ByteSlice};

use crate::{
    evidence::{Attempt, Claim, Party},
    source::{
        Breadth, Format, Likeness, Line, Reader, Sink, Step,
        exchange::{Gathered, answer, emit},
    },
    wire::{
        Body, Fidelity, HeaderField, Origin, Request, RequestLine, Response, target::hex_value,
    },
};

pub(super) static FORMAT: Format = Format {
    id: "lwp-dump",
    summary: "requests and answers of Perl's LWP, printed by `dump`",
    page: "\
## How to get it
`print $request->dump(maxlength => 0); print $response->dump(maxlength => 0);` behind the call that sent it;
without `maxlength => 0` no more than 512 bytes of a body are shown. `$response->request` is the request that
an answer belongs to.

## What it holds
The URL and every header, with `Authorization`; both bodies. The session token stands in clear.

## What it lacks
The artifacts: they are derived. Headers that LWP adds when it sends (`Content-Length`, `TE`,
`Connection`). The order of the headers is that of the dump.
",
    markers: &[
        "GET http",
        "PUT http",
        "POST http",
        "HEAD http",
        "DELETE http",
        "PATCH http",
    ],
    breadth: Breadth::Client,
    recognise,
    start: |_| Box::new(LwpDump::default()),
};

fn recognise(head: &[u8]) -> Likeness {
    let first = head.trim_start().lines().next().unwrap_or_default();
    let is_lwps = head.contains_str("libwww-perl/") || head.contains_str("\nClient-Date: ");
    match begins(first) && is_lwps {
        true => Likeness::Sure,
        false => Likeness::None,
    }
}

/// `METHOD https://host/path`, without a version behind it.
fn begins(line: &[u8]) -> bool {
    let Some((_, url)) = line.split_once_str(" ") else {
        return false;
    };
    RequestLine::parse(line).is_some() && Origin::split(url).is_some() && !url.contains(&b' ')
}

#[derive(Default)]
struct LwpDump {
    request: Option<Dumped>,
    response: Option<Dumped>,
}

/// A message, while its lines are gathered.
struct Dumped {
    head: Gathered,
    /// What stands behind the empty line.
    body: Option<Gathered>,
}

impl Dumped {
    fn begin(line: &Line<'_>) -> Self {
        Self {
            head: Gathered::begin(line.raw, line),
            body: None,
        }
    }

    /// Takes a line; `false` where it cannot be one of the head.
    fn push(&mut self, line: &Line<'_>) -> bool {
        let text = line.text();
        match &mut self.body {
            Some(body) => body.push(line.raw, line),
            None if text.is_empty() => self.body = Some(Gathered::begin(b"", line)),
            None if text.contains(&b':') => self.head.push(line.raw, line),
            None => return false,
        }
        true
    }

    fn headers(&self) -> Vec<HeaderField> {
        let lines = self.head.text.lines().skip(1);
        let fields = lines.filter_map(HeaderField::parse);
        // What LWP says of its own connection was never sent.
        let own = |field: &HeaderField| field.name.starts_with(b"Client-");
        fields.filter(|field| !own(field)).collect()
    }

    fn body(&self) -> Body {
        let Some(body) = &self.body else {
            return Body::NotCaptured;
        };
        let text = body.text.strip_suffix(b"\n").unwrap_or(&body.text);
        let last = text.lines().next_back().unwrap_or_default();
        if last.starts_with(b"(+ ") && last.ends_with(b" more bytes not shown)") {
            return Body::NotCaptured;
        }
        match text {
            b"(no content)" => Body::Captured(BString::default()),
            text => Body::Captured(unescaped(text)),
        }
    }
}

impl Reader for LwpDump {
    fn line(&mut self, line: &Line<'_>, sink: &mut Sink<'_>) -> Step {
        let text = line.text();
        if begins(text) {
            self.finish(sink);
            self.request = Some(Dumped::begin(line));
            return Step::More;
        }
        let Some(request) = &mut self.request else {
            return Step::Pass;
        };
        if self.response.is_none() && Response::status_of(text).is_some() {
            self.response = Some(Dumped::begin(line));
            return Step::More;
        }
        let open = self.response.as_mut().unwrap_or(request);
        if open.push(line) {
            return Step::More;
        }
        self.finish(sink);
        Step::Pass
    }

    fn end(&mut self, sink: &mut Sink<'_>) {
        self.finish(sink);
    }
}

impl LwpDump {
    fn finish(&mut self, sink: &mut Sink<'_>) {
        let (request, response) = (self.request.take(), self.response.take());
        let Some(dumped) = request else { return };
        let is_lwps = |dumped: &Dumped| {
            let text = &dumped.head.text;
            text.contains_str("libwww-perl/") || text.contains_str("\nClient-")
        };
        if !is_lwps(&dumped) && !response.as_ref().is_some_and(is_lwps) {
            return;
        }
        let first = dumped.head.text.lines().next().unwrap_or_default();
        let Some((method, url)) = first.split_once_str(" ") else {
            return;
        };
        let Some((origin, target)) = Origin::split(url) else {
            return;
        };
        let request = Request {
            method: method.into(),
            target,
            origin: Some(origin),
            headers: dumped.headers(),
            body: dumped.body(),
        };
        let fidelity = Fidelity::Unescaped;
        let number = sink.number();
        let (text, span) = (dumped.head.text, dumped.head.span);
        let claim = Claim::of(text, request, Party::Wire, fidelity, span);
        let mut attempt = Attempt {
            requests: vec![claim],
            ..Attempt::default()
        };
        if let Some(dumped) = response {
            let first = dumped.head.text.lines().next().unwrap_or_default();
            let response = Response {
                status: Response::status_of(first).unwrap_or_default(),
                headers: dumped.headers(),
                body: dumped.body(),
            };
            let span = dumped.body.map_or(dumped.head.span.clone(), |body| {
                dumped.head.span.cover(&body.span)
            });
            answer(&mut attempt, &dumped.head.text, response, fidelity, span);
        }
        emit(FORMAT.id, number, attempt, sink);
    }
}

/// Undoes the escapes of a dumped body: `\n`, `\t`, `\x1F`, `\x{263a}`, `\40`, `\\`.
fn unescaped(text: &[u8]) -> BString {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find_byte(b'\\') {
        out.extend_from_slice(rest.get(..at).unwrap_or_default());
        let behind = rest.get(at + 1..).unwrap_or_default();
        let (bytes, length) = escape(behind);
        out.extend(bytes);
        rest = behind.get(length..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    out.into()
}

/// What stands behind a backslash, and how long it is.
fn escape(text: &[u8]) -> (Vec<u8>, usize) {
    let one = |byte: u8| (vec![byte], 1);
    match text {
        [b'n', ..] => one(b'\n'),
        [b't', ..] => one(b'\t'),
        [b'r', ..] => one(b'\r'),
        [b'x', b'{', digits @ ..] => {
            let length = digits.find_byte(b'}').unwrap_or(digits.len());
            let digits = digits.get(..length).unwrap_or_default();
            let code = digits.iter().try_fold(0_u32, |sum, digit| {
                sum.checked_mul(16)?.checked_add(hex_value(*digit)?.into())
            });
            let character = code.and_then(char::from_u32).unwrap_or('\u{fffd}');
            (character.to_string().into_bytes(), length + 3)
        }
        [b'x', high, low, ..] => match (hex_value(*high), hex_value(*low)) {
            (Some(high), Some(low)) => (vec![high << 4 | low], 3),
            _ => one(b'x'),
        },
        [b'0'..=b'7', ..] => {
            let digits = text.iter().take(3);
            let digits: Vec<u8> = digits
                .take_while(|digit| (b'0'..=b'7').contains(*digit))
                .map(|digit| digit - b'0')
                .collect();
            let value = digits
                .iter()
                .fold(0_u32, |sum, digit| sum * 8 + u32::from(*digit));
            (vec![u8::try_from(value).unwrap_or(0)], digits.len())
        }
        [byte, ..] => one(*byte),
        [] => (vec![b'\\'], 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_undone() {
        let text = b"a\\n\nb\\t\\\\x\\xC3\\xa9 \\0\\40\\x{263a}\\";
        let expected = b"a\n\nb\t\\x\xc3\xa9 \0 \xe2\x98\xba\\";
        assert_eq!(unescaped(text), &expected[..]);
    }
}

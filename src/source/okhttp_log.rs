use bstr::ByteSlice;

use crate::source::{
    Breadth, Format, Likeness, Line, Reader, Sink, Step,
    shown::{ShownCall, is_field},
};

pub(super) static FORMAT: Format = Format {
    id: "okhttp-log",
    summary: "what OkHttp's logging interceptor prints, and Retrofit's and Dio's like it",
    page: "\
## How to get it
`new HttpLoggingInterceptor().setLevel(Level.BODY)` as a network interceptor, behind the one that signs; the log of
java.util.logging, of SLF4J and Android's logcat are read.

## What it holds
Method, URL and headers of the request, with `Authorization`; status and headers of the answer; both bodies where they
are text. The session token stands in clear.

## What it lacks
The artifacts: they are derived. As an application interceptor it shows neither `Host` nor what OkHttp adds. Headers
that `redactHeader` hides. Which answer is whose, where several requests wait at once.
",
    markers: &[
        "--> GET http",
        "--> PUT http",
        "--> POST http",
        "--> HEAD http",
        "--> DELETE http",
        "--> PATCH http",
    ],
    breadth: Breadth::Client,
    recognise,
    start: |_| Box::new(OkhttpLog::default()),
};

/// Without more around it a call looks like artifacts that somebody pasted.
fn recognise(head: &[u8]) -> Likeness {
    match head.lines().any(|line| asks(line).is_some()) {
        true => Likeness::Faint,
        false => Likeness::None,
    }
}

#[derive(Default)]
struct OkhttpLog {
    call: ShownCall,
    part: Part,
    /// What the logger put before the request; wherever it has a digit, another may stand.
    before: Vec<u8>,
}

/// What the next line of the interceptor's is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Part {
    #[default]
    Between,
    Headers,
    Body,
}

impl Reader for OkhttpLog {
    fn line(&mut self, line: &Line<'_>, sink: &mut Sink<'_>) -> Step {
        if let Some((before, first)) = asks(line.text()) {
            self.close(sink);
            self.before = before.to_vec();
            self.call.ask(&first, line, sink);
            self.part = Part::Headers;
            return Step::More;
        }
        if !self.call.is_begun() {
            return Step::Pass;
        }
        let Some(own) = self.own(line.raw) else {
            return self.others(line, sink);
        };
        let text = own.trim_end_with(|end| matches!(end, '\r' | '\n'));
        match (self.part, text) {
            (_, [b'<', b'-', b'-', b' ', b'E', b'N', b'D', ..]) => self.close(sink),
            (_, [b'-', b'-', b'>', b' ', b'E', b'N', b'D', ..]) => self.part = Part::Between,
            (Part::Between, [b'<', b'-', b'-', b' ', status @ ..]) => {
                self.call.answer(&[b"HTTP/1.1 ", status].concat(), line);
                self.part = Part::Headers;
            }
            (Part::Between, _) => return self.others(line, sink),
            (Part::Headers, b"") => self.part = Part::Body,
            (Part::Headers, field) if is_field(field) => self.call.push_head(field, line),
            // Android's logcat leaves the empty line out.
            (Part::Headers | Part::Body, _) => {
                self.part = Part::Body;
                self.call.push_body(own, line);
            }
        }
        match self.call.is_begun() {
            true => Step::More,
            false => Step::Idle,
        }
    }

    fn boundary(&mut self, _sink: &mut Sink<'_>) -> Step {
        self.call.behind_record()
    }

    fn end(&mut self, sink: &mut Sink<'_>) {
        self.close(sink);
    }
}

impl OkhttpLog {
    /// What the interceptor printed on a line, behind what the logger put before it.
    fn own<'a>(&self, raw: &'a [u8]) -> Option<&'a [u8]> {
        let (head, own) = raw.split_at_checked(self.before.len())?;
        let fits =
            |(own, byte): (&u8, &u8)| own == byte || own.is_ascii_digit() && byte.is_ascii_digit();
        self.before.iter().zip(head).all(fits).then_some(own)
    }

    /// A line that begins otherwise: a further one of a body, or a logger's own.
    fn others(&mut self, line: &Line<'_>, sink: &mut Sink<'_>) -> Step {
        // java.util.logging puts when and where on a line of its own.
        if self.part == Part::Body && !line.text().contains_str("okhttp3.") {
            self.call.push_body(line.raw, line);
            return Step::More;
        }
        if self.call.is_awaited() {
            return Step::Wait;
        }
        self.close(sink);
        Step::Pass
    }

    fn close(&mut self, sink: &mut Sink<'_>) {
        self.part = Part::Between;
        self.call.close(FORMAT.id, sink);
    }
}

/// What stands before `--> METHOD URL`, and the request line, where a line ends with that or with
/// the protocol or the length behind it.
fn asks(text: &[u8]) -> Option<(&[u8], Vec<u8>)> {
    let at = text.find(b"--> ")?;
    let (before, rest) = text.split_at_checked(at)?;
    let mut words = rest.get(b"--> ".len()..)?.split(|byte| *byte == b' ');
    let (method, url) = (words.next()?, words.next()?);
    let upper = !method.is_empty() && method.iter().all(u8::is_ascii_uppercase);
    let first = [method, b" ", url, b" HTTP/1.1"].concat();
    (upper && url.starts_with(b"http")).then_some((before, first))
}

#[cfg(test)]
mod tests {
    use crate::{evidence::InputId, source::read_all};

    const CALL: [&str; 15] = [
        "--> POST http://a.example/b http/1.1",
        "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20250102/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=00",
        "Host: a.example",
        "Content-Length: 2",
        "",
        "{}",
        "--> END POST (2-byte body)",
        "<-- 400 Bad Request http://a.example/b (12ms)",
        "x-amzn-requestid: c",
        "Content-Length: 52",
        "",
        "{\"__type\":\"InvalidSignatureException\",\"message\":\"m\"}",
        "<-- END HTTP (52-byte body)",
        "done",
        "done",
    ];

    #[test]
    fn a_body_may_stand_right_behind_the_headers() {
        let text = CALL.iter().filter(|line| !line.is_empty());
        let text: String = text.map(|line| format!("I okhttp: {line}\n")).collect();
        let (cases, _, _) = read_all(InputId(0), &mut text.as_bytes());
        let attempt = &cases[0].attempts[0];
        assert_eq!(attempt.request().unwrap().body.bytes().unwrap(), b"{}");
        assert_eq!(attempt.refusal().unwrap().code, "InvalidSignatureException");
    }

    #[test]
    fn a_call_is_read_behind_any_logger() {
        for (above, before) in [
            ("", ""),
            (
                "",
                "2025-01-02 03:04:05.678 DEBUG 12 --- [main] a.Client : ",
            ),
            (
                "Jan 02, 2025 3:04:05 AM okhttp3.internal.platform.Platform log\n",
                "INFO: ",
            ),
            ("", "01-02 03:04:05.678  1234  5678 I okhttp.OkHttpClient: "),
        ] {
            let text: String = CALL.map(|line| format!("{above}{before}{line}\n")).concat();
            let text = format!("some program\n{text}");
            let (cases, _, _) = read_all(InputId(0), &mut text.as_bytes());
            let [case] = cases.as_slice() else {
                panic!("{} cases: {text}", cases.len())
            };
            assert_eq!(case.format, "okhttp-log");
            let attempt = &case.attempts[0];
            let request = attempt.request().unwrap();
            assert_eq!(request.url().unwrap(), "http://a.example/b");
            assert_eq!(request.body.bytes().unwrap(), b"{}", "{text}");
            assert_eq!(attempt.response().unwrap().status, 400);
            assert_eq!(attempt.refusal().unwrap().code, "InvalidSignatureException");
        }
    }
}

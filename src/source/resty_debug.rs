use bstr::ByteSlice;

use crate::source::{
    Breadth, Format, Likeness, Line, Reader, Sink, Step,
    shown::{Setting, ShownCall},
};

pub(super) static FORMAT: Format = Format {
    id: "resty-debug",
    summary: "requests and answers of Go's resty, with debugging on",
    page: "\
## How to get it
`client.SetDebug(true)`, or `request.SetDebug(true)`: printed when the answer is there.

## What it holds
Method, target, host and headers of the request, with `Authorization`; status and headers of the answer; both
bodies. The session token stands in clear.

## What it lacks
The artifacts: they are derived. The order of the headers: they are sorted. JSON as it was sent: it is indented, and
then no body is read. Headers that Go adds when it sends.
",
    markers: &[ASKS],
    breadth: Breadth::Client,
    recognise: |_| Likeness::None,
    start: |_| Box::new(RestyDebug::default()),
};

const ASKS: &str = "~~~ REQUEST ~~~";
const ANSWERS: &str = "~~~ RESPONSE ~~~";
/// What stands in place of an empty body.
const NO_BODY: &str = "***** NO CONTENT *****";

#[derive(Default)]
struct RestyDebug {
    call: ShownCall,
    part: Part,
    setting: Setting,
}

/// What the next line is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Part {
    #[default]
    Between,
    /// `POST  /path  HTTP/1.1`.
    Asked,
    /// `STATUS       : 403 Forbidden`, and others up to the headers.
    Answered,
    Headers,
    Body,
}

impl Reader for RestyDebug {
    fn line(&mut self, line: &Line<'_>, sink: &mut Sink<'_>) -> Step {
        let text = line.text();
        if text.contains_str(ASKS) {
            self.close(sink);
            self.part = Part::Asked;
            return Step::More;
        }
        if text.contains_str(ANSWERS) && self.call.is_begun() {
            self.part = Part::Answered;
            return Step::More;
        }
        if is_rule(text, b'=') {
            self.close(sink);
            return Step::Idle;
        }
        match self.part {
            Part::Between => return Step::Pass,
            Part::Asked => {
                let words: Vec<&[u8]> = text.fields().collect();
                self.call.ask(&bstr::join(" ", words), line, sink);
                self.setting = Setting::Framed;
                self.part = Part::Headers;
            }
            Part::Answered => {
                if let Some(status) = labelled(text, b"STATUS") {
                    self.call.answer(&[b"HTTP/1.1 ", status].concat(), line);
                    self.setting = Setting::Framed;
                    self.part = Part::Headers;
                }
            }
            Part::Headers | Part::Body if is_rule(text, b'-') => self.part = Part::Answered,
            Part::Body if text == NO_BODY.as_bytes() => {}
            Part::Body => self.call.push_body(line.raw, line),
            Part::Headers => self.header(line),
        }
        Step::More
    }

    fn boundary(&mut self, sink: &mut Sink<'_>) -> Step {
        self.close(sink);
        Step::Idle
    }

    fn end(&mut self, sink: &mut Sink<'_>) {
        self.close(sink);
    }
}

impl RestyDebug {
    fn header(&mut self, line: &Line<'_>) {
        let text = line.text();
        if labelled(text, b"BODY").is_some() {
            self.part = Part::Body;
            self.call.set_body(self.setting);
            return;
        }
        if let Some(host) = labelled(text, b"HOST") {
            self.call.push_head(&[b"Host: ", host].concat(), line);
        } else if let Some(field) = text.strip_prefix(b"\t") {
            if is_json(field) {
                self.setting = Setting::Anew;
            }
            self.call.push_head(field, line);
        }
    }

    fn close(&mut self, sink: &mut Sink<'_>) {
        self.part = Part::Between;
        self.call.close(FORMAT.id, sink);
    }
}

/// What stands behind a label, its blanks and a colon.
fn labelled<'a>(text: &'a [u8], label: &[u8]) -> Option<&'a [u8]> {
    let value = text.strip_prefix(label)?.trim_start().strip_prefix(b":")?;
    Some(value.trim())
}

/// Whether a field says that the body is JSON, which is shown indented.
fn is_json(field: &[u8]) -> bool {
    let (name, value) = field.split_once_str(":").unwrap_or_default();
    name.eq_ignore_ascii_case(b"content-type") && value.contains_str("json")
}

fn is_rule(text: &[u8], sign: u8) -> bool {
    text.len() > 40 && text.iter().all(|byte| *byte == sign)
}

#[cfg(test)]
mod tests {
    use crate::{evidence::InputId, source::read_all};

    #[test]
    fn a_call_is_read_from_its_frames() {
        let rule = |sign: &str| sign.repeat(78);
        let (double, single) = (rule("="), rule("-"));
        let text = format!(
            "2025/01/02 03:04:05.000006 DEBUG RESTY \n{double}\n~~~ REQUEST ~~~\nPOST  /a  HTTP/1.1\nHOST   : b.example\nHEADERS:\n\tAuthorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20250102/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=00\n\tContent-Length: 5\nBODY   :\nhello\n{single}\n~~~ RESPONSE ~~~\nSTATUS       : 400 Bad Request\nPROTO        : HTTP/1.1\nTIME DURATION: 5.8ms\nHEADERS      :\n\tContent-Length: 72\nBODY         :\n{{\n   \"__type\": \"InvalidSignatureException\",\n   \"message\": \"m\"\n}}\n{double}\n<nil>\n"
        );
        let (cases, _, _) = read_all(InputId(0), &mut text.as_bytes());
        let [case] = cases.as_slice() else {
            panic!("{} cases", cases.len())
        };
        assert_eq!(case.format, "resty-debug");
        let attempt = &case.attempts[0];
        let request = attempt.request().unwrap();
        assert_eq!(
            (&request.method[..], &request.target[..]),
            (&b"POST"[..], &b"/a"[..])
        );
        assert_eq!(request.header("host").unwrap(), "b.example");
        assert_eq!(request.body.bytes().unwrap(), b"hello");
        assert_eq!(attempt.response().unwrap().status, 400);
        assert_eq!(attempt.refusal().unwrap().code, "InvalidSignatureException");
    }
}

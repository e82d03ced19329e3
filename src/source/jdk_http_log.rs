use bstr::ByteSlice;

use crate::{
    source::{Breadth, Format, Likeness, Line, Reader, Sink, Step, shown::ShownCall},
    wire::RequestLine,
};

pub(super) static FORMAT: Format = Format {
    id: "jdk-http-log",
    summary: "log of `java.net.http.HttpClient`",
    page: "\
## How to get it
`java -Djdk.httpclient.HttpClient.log=requests,headers …`; `jdk.httpclient.allowRestrictedHeaders=host` does not
matter.

## What it holds
The head of the request as it is sent, with `Authorization`; the answer's status and headers. The session token stands
in clear.

## What it lacks
The artifacts: they are derived. Every body: print the answer's yourself.
",
    markers: &[ASKS],
    breadth: Breadth::Client,
    recognise: |_| Likeness::None,
    start: |_| Box::new(JdkHttpLog::default()),
};

const ASKS: &str = "HEADERS: REQUEST HEADERS:";
const ANSWERS: &str = "HEADERS: RESPONSE HEADERS:";
const STATUS: &str = "RESPONSE: (";

#[derive(Default)]
struct JdkHttpLog {
    call: ShownCall,
    part: Part,
    /// The answer's headers: its status is told behind them.
    fields: Vec<Vec<u8>>,
}

/// What the next line is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Part {
    #[default]
    Between,
    RequestLine,
    Asked,
    Answered,
}

impl Reader for JdkHttpLog {
    fn line(&mut self, line: &Line<'_>, sink: &mut Sink<'_>) -> Step {
        let text = line.text();
        if text.ends_with(ASKS.as_bytes()) {
            self.close(sink);
            self.part = Part::RequestLine;
            return Step::More;
        }
        match self.part {
            Part::RequestLine if RequestLine::parse(text).is_some() => {
                self.call.ask(text, line, sink);
                self.part = Part::Asked;
            }
            Part::Asked | Part::Answered if text.is_empty() => self.part = Part::Between,
            Part::Asked => self.call.push_head(text, line),
            Part::Answered => self.fields.push(text.trim().to_vec()),
            Part::Between if self.call.is_begun() => return self.between(line, sink),
            Part::Between | Part::RequestLine => {
                self.part = Part::Between;
                return Step::Pass;
            }
        }
        Step::More
    }

    fn boundary(&mut self, _sink: &mut Sink<'_>) -> Step {
        self.call.behind_record()
    }

    fn end(&mut self, sink: &mut Sink<'_>) {
        self.close(sink);
    }
}

impl JdkHttpLog {
    fn between(&mut self, line: &Line<'_>, sink: &mut Sink<'_>) -> Step {
        let text = line.text();
        if text.ends_with(ANSWERS.as_bytes()) {
            self.fields.clear();
            self.part = Part::Answered;
            return Step::More;
        }
        if let Some(status) = status(text) {
            self.call.answer(&[b"HTTP/1.1 ", status].concat(), line);
            for field in std::mem::take(&mut self.fields) {
                self.call.push_head(&field, line);
            }
            self.close(sink);
            return Step::Idle;
        }
        if self.call.is_awaited() {
            return Step::Wait;
        }
        self.close(sink);
        Step::Pass
    }

    fn close(&mut self, sink: &mut Sink<'_>) {
        self.part = Part::Between;
        self.fields.clear();
        self.call.close(FORMAT.id, sink);
    }
}

/// The status in `INFO: RESPONSE: (POST https://host/) 400 HTTP_1_1 Local port:  1234`.
fn status(text: &[u8]) -> Option<&[u8]> {
    let (_, behind) = text.split_once_str(STATUS)?;
    let (_, behind) = behind.split_once_str(") ")?;
    let word = behind.fields().next()?;
    (word.len() == 3 && word.iter().all(u8::is_ascii_digit)).then_some(word)
}

#[cfg(test)]
mod tests {
    use crate::{evidence::InputId, source::read_all, wire::Body};

    #[test]
    fn no_record_is_taken_for_a_body() {
        let text = "Jan 02, 2025 3:04:05 AM jdk.internal.net.http.Http1Request logHeaders\nINFO: HEADERS: REQUEST HEADERS:\nPOST / HTTP/1.1\nContent-Length: 2\nHost: a.example\nAuthorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20250102/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=00\n\nJan 02, 2025 3:04:05 AM jdk.internal.net.http.Http1Response readHeadersAsync$0\nINFO: HEADERS: RESPONSE HEADERS:\n    content-length: 846\n    x-amzn-requestid: b\n\nJan 02, 2025 3:04:05 AM jdk.internal.net.http.Exchange wrapForLog$13\nINFO: RESPONSE: (POST http://a.example/) 400 HTTP_1_1 Local port:  35684\n";
        let (cases, _, _) = read_all(InputId(0), &mut text.as_bytes());
        let [case] = cases.as_slice() else {
            panic!("{} cases", cases.len())
        };
        assert_eq!(case.format, "jdk-http-log");
        let attempt = &case.attempts[0];
        let request = attempt.request().unwrap();
        assert_eq!(
            (request.headers.len(), &request.body),
            (3, &Body::NotCaptured)
        );
        let answer = attempt.response().unwrap();
        assert_eq!((answer.status, answer.headers.len()), (400, 2));
    }
}

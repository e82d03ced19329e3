use bstr::{BStr, ByteSlice};

use crate::source::{
    Breadth, Format, Likeness, Line, Reader, Sink, Step,
    dotnet_http::encoded,
    shown::{Setting, ShownCall, is_field},
};

pub(super) static FORMAT: Format = Format {
    id: "dotnet-http-log",
    summary: "log of .NET's IHttpClientFactory, the categories `System.Net.Http.HttpClient.*`",
    page: "\
## How to get it
`\"Logging\": { \"LogLevel\": { \"System.Net.Http.HttpClient\": \"Trace\" } }`, and
`services.AddHttpClient(…).RedactLoggedHeaders(_ => false)`: from .NET 9 on every header is hidden without it. The
console's layouts, simple and JSON, and Serilog's are read.

## What it holds
Method, URL and headers of the request as the last handler saw it, with `Authorization`; status and headers of the
answer. The session token stands in clear.

## What it lacks
Both bodies: print the answer's, which says more than its status. The artifacts: they are derived. Headers that are
added on the wire (`Host`, where the program did not set it). From .NET 9 on the query of the URL, without the switch
`System.Net.Http.DisableUriRedaction`. How several values of a header are joined: always by a comma here.
",
    markers: &[
        "HTTP request GET http",
        "HTTP request PUT http",
        "HTTP request POST http",
        "HTTP request HEAD http",
        "HTTP request DELETE http",
        "HTTP request PATCH http",
        // In JSON only what holds a marker is taken out of its record.
        "Received HTTP response",
        "Response Headers:",
    ],
    breadth: Breadth::Client,
    recognise,
    start: |_| Box::new(DotnetHttpLog::default()),
};

/// Without more around it a call looks like artifacts that somebody pasted.
fn recognise(head: &[u8]) -> Likeness {
    match head.lines().any(|line| asks(line).is_some()) {
        true => Likeness::Faint,
        false => Likeness::None,
    }
}

const HIDDEN: &str = "the log hides this request's headers: .NET shows them with \
    `RedactLoggedHeaders(_ => false)`";
const QUERY: &str = "the log hides the query of the URL: .NET shows it with the switch \
    System.Net.Http.DisableUriRedaction";

#[derive(Default)]
struct DotnetHttpLog {
    call: ShownCall,
    /// The request line of the call that is open.
    first: Vec<u8>,
    part: Part,
    /// Whether the answer's headers were read: two handlers log them.
    headed: bool,
}

/// What the next line is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Part {
    #[default]
    Between,
    /// Headers of the request, or of the answer.
    Headers,
    /// Those that the other handler logged before.
    Again,
}

impl Reader for DotnetHttpLog {
    fn line(&mut self, line: &Line<'_>, sink: &mut Sink<'_>) -> Step {
        let text = line.text().trim();
        if let Some(first) = asks(text) {
            // Handlers nearer to the wire say the same once more.
            if first == self.first && !self.call.is_answered() {
                return Step::More;
            }
            self.close(sink);
            self.call.ask(&first, line, sink);
            self.call.set_body(Setting::Anew);
            if first.find("?* HTTP/1.1").is_some() {
                sink.note(QUERY, line.span());
            }
            self.first = first;
            return Step::More;
        }
        if !self.call.is_begun() {
            return Step::Pass;
        }
        if text.ends_with(b"Request Headers:") && !self.call.is_answered() {
            // Of two handlers the second is the one next to the wire.
            self.call.ask_again(&self.first, line);
            self.call.set_body(Setting::Anew);
            self.part = Part::Headers;
            return Step::More;
        }
        if text.ends_with(b"Response Headers:") && self.call.is_answered() {
            self.part = if self.headed {
                Part::Again
            } else {
                Part::Headers
            };
            self.headed = true;
            return Step::More;
        }
        if let Some(status) = answers(text) {
            self.part = Part::Between;
            if !self.call.is_answered() {
                self.call
                    .answer(&[b"HTTP/1.1 ", status.as_bytes()].concat(), line);
                self.call.set_body(Setting::Anew);
            }
            return Step::More;
        }
        match (self.part, is_field(text)) {
            (Part::Headers, true) => {
                if text.eq_ignore_ascii_case(b"authorization: *") {
                    sink.note(HIDDEN, line.span());
                }
                self.call.push_head(text, line);
                Step::More
            }
            (Part::Again, true) => Step::More,
            _ => {
                self.part = Part::Between;
                if self.call.is_awaited() {
                    return Step::Wait;
                }
                self.close(sink);
                Step::Pass
            }
        }
    }

    fn boundary(&mut self, _sink: &mut Sink<'_>) -> Step {
        self.part = Part::Between;
        self.call.behind_record()
    }

    fn end(&mut self, sink: &mut Sink<'_>) {
        self.close(sink);
    }
}

impl DotnetHttpLog {
    fn close(&mut self, sink: &mut Sink<'_>) {
        self.call.close(FORMAT.id, sink);
        self.forget();
    }

    fn forget(&mut self) {
        self.call = ShownCall::default();
        self.first.clear();
        self.part = Part::Between;
        self.headed = false;
    }
}

/// The request line of `Sending HTTP request POST https://host/path`.
///
/// Source: dotnet/runtime, Microsoft.Extensions.Http, `LoggingHttpMessageHandler.cs` and
/// `LoggingScopeHttpMessageHandler.cs`.
fn asks(text: &[u8]) -> Option<Vec<u8>> {
    let (before, rest) = text.split_once_str("HTTP request ")?;
    if !before.ends_with(b"Sending ") && !before.ends_with(b"Start processing ") {
        return None;
    }
    let (method, url) = rest.split_once_str(" ")?;
    let upper = !method.is_empty() && method.iter().all(u8::is_ascii_uppercase);
    let first = [method, b" ", &encoded(url), b" HTTP/1.1"].concat();
    (upper && url.starts_with(b"http")).then_some(first)
}

/// The status of `Received HTTP response headers after 12.3ms - 400`, or of `End processing HTTP
/// request after 15.1ms - 400`.
fn answers(text: &[u8]) -> Option<&BStr> {
    let labels = [
        "Received HTTP response",
        "End processing HTTP request after ",
    ];
    if !labels.iter().any(|label| text.contains_str(label)) {
        return None;
    }
    let (_, status) = text.rsplit_once_str("ms - ")?;
    let digits = status.len() == 3 && status.iter().all(u8::is_ascii_digit);
    digits.then(|| status.as_bstr())
}

#[cfg(test)]
mod tests {
    use crate::{evidence::InputId, source::read_all, wire::Body};

    const CALL: [(&str, &str); 7] = [
        (
            "LogicalHandler[100]",
            "Start processing HTTP request POST http://a.example/b c",
        ),
        (
            "LogicalHandler[102]",
            "Request Headers:\nContent-Type: text/plain\n",
        ),
        (
            "ClientHandler[100]",
            "Sending HTTP request POST http://a.example/b c",
        ),
        (
            "ClientHandler[102]",
            "Request Headers:\nAuthorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20250102/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=00\nContent-Type: text/plain\n",
        ),
        (
            "ClientHandler[101]",
            "Received HTTP response headers after 12.3ms - 400",
        ),
        (
            "ClientHandler[103]",
            "Response Headers:\nx-amzn-requestid: r\nContent-Length: 9\n",
        ),
        (
            "LogicalHandler[101]",
            "End processing HTTP request after 15.1ms - 400",
        ),
    ];

    #[test]
    fn the_handler_next_to_the_wire_says_what_is_sent() {
        let simple = CALL.map(|(handler, text)| {
            let text = text.replace('\n', "\n      ");
            format!("info: System.Net.Http.HttpClient.aws.{handler}\n      {text}\n")
        });
        let serilog = CALL.map(|(_, text)| format!("[03:04:05 VRB] {text}\n"));
        let json = CALL.map(|(handler, text)| {
            let text = text.replace('\n', "\\n");
            format!("{{\"EventId\":1,\"LogLevel\":\"Trace\",\"Category\":\"System.Net.Http.HttpClient.aws.{handler}\",\"Message\":\"{text}\"}}\n")
        });
        for text in [simple.concat(), serilog.concat(), json.concat()] {
            let text = format!("{text}{}", text.replace("a.example", "b.example"));
            let (cases, _, _) = read_all(InputId(0), &mut text.as_bytes());
            assert_eq!(cases.len(), 2, "{text}");
            for (case, host) in cases.iter().zip(["a", "b"]) {
                assert_eq!(case.format, "dotnet-http-log", "{text}");
                let attempt = &case.attempts[0];
                let request = attempt.request().unwrap();
                let url = format!("http://{host}.example/b%20c");
                assert_eq!(request.url().unwrap(), url.as_str());
                assert_eq!(request.headers.len(), 2, "{text}");
                assert_eq!(request.body, Body::NotCaptured);
                let answer = attempt.response().unwrap();
                assert_eq!((answer.status, answer.headers.len()), (400, 2), "{text}");
            }
        }
    }

    #[test]
    fn a_handler_may_show_no_headers() {
        let calls = CALL.iter().enumerate();
        let shown = calls.filter(|(number, _)| ![1, 5].contains(number));
        let lines = shown.map(|(_, (_, text))| format!("[03:04:05 VRB] {text}\n"));
        let text: String = lines.collect();
        let (cases, _, _) = read_all(InputId(0), &mut text.as_bytes());
        assert_eq!((cases.len(), cases[0].number), (1, 1));
        let swapped = CALL.map(|(_, text)| format!("[03:04:05 VRB] {text}\n"));
        let text = [0, 3, 2, 4].map(|at| swapped[at].clone()).concat();
        let (cases, _, _) = read_all(InputId(0), &mut text.as_bytes());
        let request = cases[0].attempts[0].request().unwrap();
        assert!(request.header("authorization").is_some());
    }

    #[test]
    fn what_is_hidden_is_said() {
        let text = "info: System.Net.Http.HttpClient.aws.ClientHandler[100]\n      Sending HTTP request GET http://a.example/?*\ntrce: System.Net.Http.HttpClient.aws.ClientHandler[102]\n      Request Headers:\n      Authorization: *\n      X-Amz-Date: *\n      \n";
        let (cases, notes, _) = read_all(InputId(0), &mut text.as_bytes());
        assert_eq!((cases.len(), notes.len()), (0, 2));
    }
}

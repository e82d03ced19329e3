use bstr::ByteSlice;

use crate::{
    source::{
        Breadth, Format, Likeness, Line, Reader, Sink, Step,
        calls::Calls,
        exchange::{Bodies, Gathered},
        go_signing::{SigningBlock, Taken},
    },
    wire::{RequestLine, Response},
};

pub(super) static FORMAT: Format = Format {
    id: "go-sdk-v2",
    summary: "log of programs built on the AWS SDK for Go, version 2",
    page: "\
## How to get it
`config.WithClientLogMode(aws.LogSigning | aws.LogRequestWithBody | aws.LogResponseWithBody |
aws.LogRetries)`. The SDK logs to standard error unless `config.WithLogger` is given; what `log`, slog,
logrus, zap, zerolog, klog and hclog put before a message is read as well, and messages in JSON.

## What it holds
The canonical request and the string to sign, the request as it goes out with its `Authorization`
value, the answer with its body. Never the secret access key. The session token stands in clear.

## What it lacks
Bodies, without `aws.LogRequestWithBody` and `aws.LogResponseWithBody`; the artifacts, without
`aws.LogSigning`. What HTTP/2 carried is shown as HTTP/1.1. When several requests wait at once, which
answer is whose.
",
    markers: &["Request Signature:", "SDK 20"],
    breadth: Breadth::Client,
    recognise: |_| Likeness::None,
    start: |_| Box::new(GoSdkV2::default()),
};

#[derive(Default)]
struct GoSdkV2 {
    calls: Option<Calls>,
    state: State,
    /// What stood before the record that began last.
    head: Head,
    /// For how many more lines something is waited for.
    patience: usize,
}

#[derive(Default)]
enum State {
    #[default]
    Between,
    Signing(Box<SigningBlock>),
    Request(Option<Gathered>),
    Response(Option<Gathered>),
}

const PATIENCE: usize = 2_000;

impl Reader for GoSdkV2 {
    fn line(&mut self, line: &Line<'_>, sink: &mut Sink<'_>) -> Step {
        match std::mem::take(&mut self.state) {
            State::Between => self.between(line),
            State::Signing(mut block) => {
                match block.push(line) {
                    Taken::Inside => self.state = State::Signing(block),
                    Taken::Last => self.calls().signed(block.finish(), sink),
                }
                Step::More
            }
            State::Request(None) if !is_request_line(line.text()) => self.between(line),
            State::Response(None) if Response::status_of(line.text()).is_none() => {
                self.between(line)
            }
            State::Request(gathered) => {
                if self.is_head(line.text()) {
                    self.close(State::Request(gathered), sink);
                    return self.between(line);
                }
                let gathered = Gathered::grown(gathered, line);
                if gathered.is_whole() {
                    self.calls().sent(gathered, Bodies::Shown, sink);
                } else {
                    self.state = State::Request(Some(gathered));
                }
                Step::More
            }
            State::Response(gathered) => {
                if self.is_head(line.text()) {
                    self.close(State::Response(gathered), sink);
                    return self.between(line);
                }
                let gathered = Gathered::grown(gathered, line);
                if gathered.is_whole() {
                    self.calls().answered(gathered, Bodies::Shown, sink);
                } else {
                    self.state = State::Response(Some(gathered));
                }
                Step::More
            }
        }
    }

    fn boundary(&mut self, sink: &mut Sink<'_>) -> Step {
        let state = std::mem::take(&mut self.state);
        self.close(state, sink);
        self.wait()
    }

    fn end(&mut self, sink: &mut Sink<'_>) {
        let state = std::mem::take(&mut self.state);
        self.close(state, sink);
        self.calls().end(sink);
    }
}

/// What a logger puts before a message; wherever it has a digit, another may stand.
#[derive(Default)]
struct Head(Vec<u8>);

impl Head {
    /// Whether a line begins with one that differs in its digits alone.
    fn begins(&self, line: &[u8]) -> bool {
        let fits =
            |(own, byte): (&u8, &u8)| own == byte || own.is_ascii_digit() && byte.is_ascii_digit();
        let is_time = self.0.iter().filter(|byte| byte.is_ascii_digit()).count() >= 3;
        let head = line.get(..self.0.len()).filter(|_| is_time);
        head.is_some_and(|head| head.iter().zip(&self.0).all(fits))
    }
}

/// Splits a line into a message and what a logger puts before it, whatever that is.
fn split<'a>(line: &'a [u8], message: &str) -> Option<&'a [u8]> {
    // logrus fills short messages up.
    let before = line.trim_end().strip_suffix(message.as_bytes())?;
    let is_apart = |byte: &u8| byte.is_ascii_whitespace() || b":]|-".contains(byte);
    before.last().is_none_or(is_apart).then_some(before)
}

fn is_request_line(line: &[u8]) -> bool {
    line.contains_str(" HTTP/") && RequestLine::parse(line).is_some()
}

impl GoSdkV2 {
    fn calls(&mut self) -> &mut Calls {
        self.calls.get_or_insert_with(|| Calls::new(FORMAT.id))
    }

    fn between(&mut self, line: &Line<'_>) -> Step {
        let text = line.text();
        if text.ends_with(b"DEBUG: Request Signature:") {
            return Step::Pass;
        }
        let head = if let Some(head) = split(text, "Request Signature:") {
            self.state = State::Signing(Box::default());
            head
        } else if let Some(head) = split(text, "Request") {
            self.state = State::Request(None);
            head
        } else if let Some(head) = split(text, "Response") {
            self.state = State::Response(None);
            head
        } else {
            return self.wait();
        };
        self.head = Head(head.to_vec());
        self.patience = PATIENCE;
        Step::More
    }

    /// Whether a line is the head of the next record, of the SDK's own logger or of the user's.
    fn is_head(&self, line: &[u8]) -> bool {
        Head(b"SDK 2000/00/00 00:00:00 ".into()).begins(line) || self.head.begins(line)
    }

    fn wait(&mut self) -> Step {
        self.patience = self.patience.saturating_sub(1);
        if self.patience > 0 && self.calls().wait() {
            Step::Wait
        } else {
            Step::Pass
        }
    }

    fn close(&mut self, state: State, sink: &mut Sink<'_>) {
        match state {
            State::Signing(block) => {
                let attempt = block.finish();
                if !attempt.is_empty() {
                    self.calls().signed(attempt, sink);
                }
            }
            State::Request(Some(request)) => {
                self.calls().sent(request.unfinished(), Bodies::Shown, sink);
            }
            State::Response(Some(answer)) => self.calls().answered(answer, Bodies::Shown, sink),
            State::Between | State::Request(None) | State::Response(None) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{evidence::InputId, source::read_all};

    const SIGNED: &str = "---[ CANONICAL STRING  ]-----------------------------\nPOST\n/\n\nhost:a\nx-amz-date:20250102T030405Z\n\nhost;x-amz-date\n44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a\n---[ STRING TO SIGN ]--------------------------------\nAWS4-HMAC-SHA256\n20250102T030405Z\n20250102/us-east-1/sqs/aws4_request\n00\n-----------------------------------------------------";
    const SENT: &str = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nAuthorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20250102/us-east-1/sqs/aws4_request, SignedHeaders=host;x-amz-date, Signature=00\r\nX-Amz-Date: 20250102T030405Z\r\n\r\n{}";
    const ANSWERED: &str = "HTTP/1.1 200 OK\r\nX-Amzn-Requestid: b\r\n\r\n{}";

    fn read(text: &str) {
        let (cases, _, _) = read_all(InputId(0), &mut text.as_bytes());
        let [case] = cases.as_slice() else {
            panic!("{} cases: {text}", cases.len())
        };
        let attempt = &case.attempts[0];
        assert_eq!(attempt.canonical_requests.len(), 1, "{text}");
        assert_eq!(
            attempt.request().unwrap().body.bytes(),
            Some(&b"{}"[..]),
            "{text}"
        );
        let answer = attempt.response().unwrap();
        assert_eq!(answer.body.bytes(), Some(&b"{}"[..]), "{text}");
    }

    #[test]
    fn whatever_a_logger_puts_before_a_message_is_none_of_it() {
        for head in [
            "2025/01/02 03:04:05 [DEBUG] ",
            "2025/01/02 03:04:05.000006 main.go:40: ",
            "2025-01-02T03:04:05.006Z\tDEBUG\tmain/main.go:40\t",
            "\x1b[90m3:04AM\x1b[0m DBG ",
            "\x1b[37mDEBU\x1b[0m[0012] ",
            "I0102 03:04:05.000006   12345 main.go:40] ",
            "2025-01-02T03:04:05.006Z [DEBUG] aws: ",
        ] {
            read(&format!(
                "{head}Request Signature:\n{SIGNED}\n{head}Request\n{SENT}\n{head}Response\n{ANSWERED}\n{head}done\n"
            ));
        }
    }

    #[test]
    fn a_message_may_be_another_field() {
        let escaped = |text: &str| text.replace('\r', "\\r").replace('\n', "\\n");
        let records = [
            ("Request Signature:", SIGNED),
            ("Request", SENT),
            ("Response", ANSWERED),
        ];
        let json = |(name, text): (&str, &str)| {
            format!(
                "{{\"level\":\"DEBUG\",\"msg\":\"aws\",\"text\":\"{name}\\n{}\"}}\n",
                escaped(text)
            )
        };
        let logfmt = |(name, text): (&str, &str)| {
            format!(
                "level=DEBUG msg=\"aws sdk\" text=\"{name}\\n{}\"\n",
                escaped(text)
            )
        };
        read(&records.map(json).concat());
        read(&records.map(logfmt).concat());
    }
}

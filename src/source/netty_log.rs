use crate::source::{
    Breadth, Format, Likeness, Line, Reader, Sink, Step,
    calls::Calls,
    conversation::Taken,
    netty::{Channels, MARKER},
};

pub(super) static FORMAT: Format = Format {
    id: "netty-log",
    summary: "log of Netty's `LoggingHandler`, under the asynchronous clients of the AWS SDK for Java 2",
    page: "\
## How to get it
Set the logger `io.netty.handler.logging` to DEBUG. With the signer's loggers beside it, the whole is read as
`java-sdk`. Spring's WebClient and reactor-netty: `HttpClient.create().wiretap(true)`, and the logger
`reactor.netty.http.client.HttpClient` at DEBUG.

## What it holds
The request and the answer with both bodies, byte for byte, and `Authorization`; several channels at once are told
apart. Never the secret access key. The session token stands in clear.

## What it lacks
The artifacts: set the signer's loggers `software.amazon.awssdk.auth.signer` and `software.amazon.awssdk.http.auth.aws`
to DEBUG. How chunks were framed, where the handler stands behind the codec, as the SDK's does. HTTP/2.
",
    markers: &[MARKER],
    breadth: Breadth::Client,
    recognise: |_| Likeness::None,
    start: |_| Box::new(NettyLog::default()),
};

struct NettyLog {
    calls: Calls,
    channels: Channels,
    patience: usize,
}

/// How many lines of others may stand between two records.
const PATIENCE: usize = 2_000;

impl Default for NettyLog {
    fn default() -> Self {
        Self {
            calls: Calls::new(FORMAT.id),
            channels: Channels::default(),
            patience: 0,
        }
    }
}

impl Reader for NettyLog {
    fn line(&mut self, line: &Line<'_>, sink: &mut Sink<'_>) -> Step {
        if self.channels.push(line, &mut self.calls, sink) == Taken::Record {
            self.patience = PATIENCE;
            return Step::More;
        }
        self.wait()
    }

    fn boundary(&mut self, sink: &mut Sink<'_>) -> Step {
        self.channels.boundary(&mut self.calls, sink);
        self.wait()
    }

    fn end(&mut self, sink: &mut Sink<'_>) {
        self.channels.end(&mut self.calls, sink);
        self.calls.end(sink);
    }
}

impl NettyLog {
    fn wait(&mut self) -> Step {
        self.patience = self.patience.saturating_sub(1);
        match self.patience > 0 && self.channels.wait() {
            true => Step::Wait,
            false => Step::Pass,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{evidence::InputId, source::read_all};

    /// As `ByteBufUtil.prettyHexDump` writes it.
    fn table(bytes: &[u8]) -> String {
        let ruler = format!("+--------+{}+{}+\n", "-".repeat(49), "-".repeat(16));
        let mut out = format!(
            "         +{0}+\n         |  0  1  2  3  4  5  6  7  8  9  a  b  c  d  e  f |\n{ruler}",
            "-".repeat(49)
        );
        for (number, row) in bytes.chunks(16).enumerate() {
            let hex: String = row.iter().map(|byte| format!(" {byte:02x}")).collect();
            let shown: String = row
                .iter()
                .map(|byte| {
                    if (32..127).contains(byte) {
                        char::from(*byte)
                    } else {
                        '.'
                    }
                })
                .collect();
            out += &format!("|{:08x}|{hex:<48} |{shown:<16}|\n", number * 16);
        }
        out + &ruler
    }

    fn request(target: &str) -> String {
        format!(
            "POST {target} HTTP/1.1\r\nHost: a.example\r\nContent-Length: 4\r\nAuthorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20250102/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=00\r\n\r\na|\r\n"
        )
    }

    #[test]
    fn bytes_are_read_from_their_tables() {
        // reactor-netty, two channels at once.
        let prefix = "2025-01-02 03:04:05.678 DEBUG 1 --- [ctor-http-nio-2] reactor.netty.http.client.HttpClient : ";
        let mut text = String::new();
        for (id, target) in [("0a1b2c3d", "/one"), ("9a8b7c6d", "/two")] {
            let bytes = request(target);
            text += &format!(
                "{prefix}[{id}-1, L:/127.0.0.1:1 - R:a.example/127.0.0.1:2] WRITE: {}B\n",
                bytes.len()
            );
            text += &table(bytes.as_bytes());
        }
        for (id, body) in [
            ("9a8b7c6d", "{\"__type\":\"Two\"}"),
            ("0a1b2c3d", "{\"__type\":\"One\"}"),
        ] {
            let answer = format!(
                "HTTP/1.1 400 Bad Request\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
            text += &format!(
                "{prefix}[{id}-1, L:/127.0.0.1:1 - R:a.example/127.0.0.1:2] READ: {}B\n",
                answer.len()
            );
            text += &table(answer.as_bytes());
        }
        let (cases, _, _) = read_all(InputId(0), &mut text.as_bytes());
        assert_eq!(cases.len(), 2);
        for case in &cases {
            assert_eq!(case.format, "netty-log");
            let attempt = &case.attempts[0];
            let request = attempt.request().unwrap();
            assert_eq!(request.body.bytes().unwrap(), b"a|\r\n");
            let code = &attempt.refusal().unwrap().code;
            assert_eq!(
                request.target,
                format!("/{}", code.to_string().to_lowercase())
            );
        }
    }
}

use crate::source::{
    Breadth, Format, Likeness, Line, Reader, Sink, Step,
    apache::{Connections, MARKER},
    calls::Calls,
    conversation::Taken,
};

pub(super) static FORMAT: Format = Format {
    id: "apache-wire",
    summary: "wire log of Apache HttpClient, on which the AWS SDKs for Java build",
    page: "\
## How to get it
Set the logger `org.apache.http.wire` to DEBUG (httpclient 5: `org.apache.hc.client5.http.wire`). With the
signer's loggers beside it, the whole is read as `java-sdk`.

## What it holds
The request and the answer byte for byte, with `Authorization` and both bodies. Of the logger
`org.apache.http.headers` alone: both heads. Never the secret access key. The session token stands in clear.

## What it lacks
The artifacts: set the signer's loggers to DEBUG, `com.amazonaws.auth` for version 1 of the SDK,
`software.amazon.awssdk.auth.signer` and `software.amazon.awssdk.http.auth.aws` for version 2.
",
    markers: &[MARKER],
    breadth: Breadth::Client,
    recognise: |_| Likeness::None,
    start: |_| Box::new(ApacheWire::default()),
};

struct ApacheWire {
    calls: Calls,
    connections: Connections,
}

impl Default for ApacheWire {
    fn default() -> Self {
        Self {
            calls: Calls::new(FORMAT.id),
            connections: Connections::default(),
        }
    }
}

impl Reader for ApacheWire {
    fn line(&mut self, line: &Line<'_>, sink: &mut Sink<'_>) -> Step {
        match self.connections.push(line, &mut self.calls, sink) {
            Taken::Record => Step::Idle,
            Taken::Not => Step::Pass,
        }
    }

    fn end(&mut self, sink: &mut Sink<'_>) {
        self.connections.end(&mut self.calls, sink);
        self.calls.end(sink);
    }
}

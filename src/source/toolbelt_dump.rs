use crate::{
    source::{
        Breadth, Format, Likeness, Line, Reader, Sink, Step,
        shown::{Setting, ShownCall},
    },
    wire::{RequestLine, Response},
};

pub(super) static FORMAT: Format = Format {
    id: "toolbelt-dump",
    summary: "what requests-toolbelt's `dump` prints of a call of Python's requests",
    page: "\
## How to get it
`from requests_toolbelt.utils import dump; print(dump.dump_all(response).decode('utf-8'))`, with its own signs: `< `
stands before what was sent, `> ` before what came back.

## What it holds
Method, target and headers of the request, with `Authorization`, and its body; status, headers and body of the answer;
of each redirect too. The session token stands in clear.

## What it lacks
The artifacts: they are derived. A body that was streamed.
",
    markers: &["< Authorization: AWS4-", "< authorization: AWS4-"],
    breadth: Breadth::Client,
    recognise: |_| Likeness::None,
    start: |_| Box::new(ToolbeltDump::default()),
};

#[derive(Default)]
struct ToolbeltDump {
    call: ShownCall,
    part: Part,
}

/// What the next line is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Part {
    #[default]
    Between,
    Head,
    Body,
}

impl Reader for ToolbeltDump {
    fn line(&mut self, line: &Line<'_>, sink: &mut Sink<'_>) -> Step {
        let text = line.text();
        let (sent, received) = (text.strip_prefix(b"< "), text.strip_prefix(b"> "));
        if let Some(first) = sent.filter(|sent| RequestLine::parse(sent).is_some()) {
            self.call.close(FORMAT.id, sink);
            self.call.ask(first, line, sink);
            self.call.set_body(Setting::Loose);
            self.part = Part::Head;
            return Step::More;
        }
        if !self.call.is_begun() {
            return Step::Pass;
        }
        if let Some(first) = received.filter(|text| Response::status_of(text).is_some())
            && !self.call.is_answered()
        {
            self.call.answer(first, line);
            self.part = Part::Head;
            return Step::More;
        }
        match (self.part, sent.or(received)) {
            (Part::Head, Some(b"")) => self.part = Part::Body,
            (Part::Head, Some(field)) => self.call.push_head(field, line),
            // The sign stands before the first line of a request's body alone.
            (Part::Body, _) if !self.call.is_answered() => {
                let sign = if sent.is_some() { 2 } else { 0 };
                self.call
                    .push_body(line.raw.get(sign..).unwrap_or_default(), line);
            }
            (Part::Body, _) => self.call.push_body(line.raw, line),
            _ => {
                self.call.close(FORMAT.id, sink);
                self.part = Part::Between;
                return Step::Pass;
            }
        }
        match self.call.is_answered() && self.call.last().is_some_and(|it| it.is_whole()) {
            true => {
                self.call.close(FORMAT.id, sink);
                self.part = Part::Between;
                Step::Idle
            }
            false => Step::More,
        }
    }

    fn end(&mut self, sink: &mut Sink<'_>) {
        self.call.close(FORMAT.id, sink);
    }
}

#[cfg(test)]
mod tests {
    use crate::{evidence::InputId, source::read_all};

    #[test]
    fn a_body_may_look_like_an_answer() {
        let call = |path: &str| {
            format!(
                "< POST {path} HTTP/1.1\r\n< Host: a.example\r\n< Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20250102/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=00\r\n< Content-Length: 7\r\n< \r\n< {{}}\n> 1\n\r\n\r\n> HTTP/1.1 400 Bad Request\r\n> Content-Length: 16\r\n> \r\n{{\"__type\":\"Code\"}}"
            )
        };
        let text = format!("{}{}\n", call("/one"), call("/two"));
        let text = text.replace("Length: 16", "Length: 17");
        let (cases, _, _) = read_all(InputId(0), &mut text.replace("}<", "}\n<").as_bytes());
        assert_eq!(cases.len(), 2);
        for (case, path) in cases.iter().zip(["/one", "/two"]) {
            assert_eq!(case.format, "toolbelt-dump");
            let attempt = &case.attempts[0];
            let request = attempt.request().unwrap();
            assert_eq!(request.target, path);
            assert_eq!(request.body.bytes().unwrap(), b"{}\n> 1\n");
            assert_eq!(attempt.refusal().unwrap().code, "Code");
        }
    }
}

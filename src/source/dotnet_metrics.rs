use bstr::{BString, ByteSlice};

use crate::{
    evidence::{Attempt, Case, Refusal, Span},
    sigv4::Sha256Digest,
    source::{
        Breadth, Format, Likeness, Line, Reader, Sink, Step,
        artifact_block::Artifact,
        collected::Collected,
        exchange::{add_artifact, is_signed},
        object_text::{self, Value},
        refusal,
    },
    wire::Fidelity,
};

pub(super) static FORMAT: Format = Format {
    id: "dotnet-metrics",
    summary: "the request metrics that the AWS SDK for .NET logs at the end of each call",
    page: "\
## How to get it
`AWSConfigs.LoggingConfig.LogMetrics = true` and `AWSConfigs.LoggingConfig.LogTo = LoggingOptions.Console` (or
`SystemDiagnostics`, `Log4Net`). `LogMetricsFormat = LogMetricsFormatOption.JSON` is read as well.

## What it holds
The canonical request and the string to sign of each attempt, and the code of the error. Never the secret access
key. A session token that is signed stands in clear, in the canonical request.

## What it lacks
`Authorization` and the signature, the body, the answer. Set `LogResponses = ResponseLoggingOption.OnError` for the
answer. A backslash in a header cannot be told from an escape, unless the digest in the string to sign does.
",
    markers: &[MARKER],
    breadth: Breadth::Client,
    recognise: |_| Likeness::None,
    start: |_| Box::new(DotnetMetrics::default()),
};

/// What the logger puts before them.
pub(super) const MARKER: &str = "Request metrics: ";
/// Version 2 of the SDK wrote the artifacts with their line breaks: no canonical request has more.
const LINES: usize = 400;

#[derive(Default)]
struct DotnetMetrics {
    held: Collected,
}

impl Reader for DotnetMetrics {
    fn line(&mut self, line: &Line<'_>, sink: &mut Sink<'_>) -> Step {
        if line.text().contains_str(MARKER) {
            self.end(sink);
        } else if self.held.len() == 0 {
            return Step::Pass;
        }
        self.held.push(line);
        if is_whole(self.held.text()) || self.held.len() >= LINES {
            self.end(sink);
            return Step::Idle;
        }
        Step::More
    }

    fn boundary(&mut self, sink: &mut Sink<'_>) -> Step {
        self.end(sink);
        Step::Idle
    }

    /// Source of the layout: aws-sdk-net's issues 29 and 157 for versions 1 and 2, `RequestMetrics.cs`
    /// and `AWS4Signer.cs` of version 3.
    fn end(&mut self, sink: &mut Sink<'_>) {
        let held = std::mem::take(&mut self.held);
        let (Some(span), Some(at)) = (held.span(), held.text().find(MARKER)) else {
            return;
        };
        let text = held.text().get(at + MARKER.len()..).unwrap_or_default();
        let told = Told::of(text.trim());
        let attempts = told.attempts(span);
        if attempts.iter().any(is_signed) {
            let number = sink.number();
            sink.case(Case {
                number,
                format: FORMAT.id,
                attempts,
                hints: Vec::new(),
            });
        }
    }
}

/// Whether the last of the metrics is there: they end in what the call took.
fn is_whole(text: &[u8]) -> bool {
    let last = text.lines().next_back().unwrap_or_default().trim_end();
    let is_json = || last.ends_with(b"}");
    let is_one_line = text.lines().count() == 1;
    last.contains_str("Time = ") || is_one_line && (is_json() || last.ends_with(b";"))
}

/// What the metrics tell of signing.
struct Told {
    /// Those of all attempts, in their order.
    canonical_requests: Vec<BString>,
    strings_to_sign: Vec<BString>,
    code: BString,
}

impl Told {
    fn of(text: &[u8]) -> Self {
        match text.starts_with(b"{") {
            true => Self::of_json(text),
            false => Self::of_pairs(text),
        }
    }

    fn of_json(text: &[u8]) -> Self {
        let (value, _) = object_text::value(text);
        let texts = |name: &str| -> Vec<BString> {
            let own = value.get("properties").and_then(|all| all.get(name));
            match own {
                Some(Value::Text(text)) => vec![text.clone()],
                Some(several) => several.items().iter().filter_map(Value::plain).collect(),
                None => Vec::new(),
            }
        };
        Self {
            canonical_requests: texts("CanonicalRequest"),
            strings_to_sign: texts("StringToSign"),
            code: texts("AWSErrorCode").pop().unwrap_or_default(),
        }
    }

    /// `Name = value; Name = value; `, where an attempt's value stands behind the last one's, parted by
    /// a comma.
    fn of_pairs(text: &[u8]) -> Self {
        let is_escaped = text.lines().count() == 1;
        let value = |name: &str| {
            let value = pair(text, name)?;
            Some(match is_escaped {
                true => value.replace("\\r", "\r").replace("\\n", "\n"),
                false => value.to_vec(),
            })
        };
        let strings = value("StringToSign").unwrap_or_default();
        let strings_to_sign = parted(&strings, b", AWS4-");
        let canonical = value("CanonicalRequest").unwrap_or_default();
        let code = value("AWSErrorCode").unwrap_or_default();
        Self {
            canonical_requests: by_digests(&canonical, &strings_to_sign),
            strings_to_sign,
            code: code.rsplit_str(", ").next().unwrap_or_default().into(),
        }
    }

    fn attempts(&self, span: &Span) -> Vec<Attempt> {
        let count = self
            .canonical_requests
            .len()
            .max(self.strings_to_sign.len());
        let artifacts = [
            (Artifact::CanonicalRequest, &self.canonical_requests),
            (Artifact::StringToSign, &self.strings_to_sign),
        ];
        let attempt = |at: usize| {
            let mut attempt = Attempt::default();
            for (kind, texts) in artifacts {
                if let Some(text) = texts.get(at) {
                    let fidelity = Fidelity::Unescaped;
                    add_artifact(&mut attempt, kind, text.clone(), fidelity, span.clone());
                }
            }
            attempt
        };
        let mut attempts: Vec<Attempt> = (0..count).map(attempt).collect();
        if let Some(last) = attempts.last_mut().filter(|_| !self.code.is_empty()) {
            let refusal = Refusal {
                code: self.code.clone(),
                ..Refusal::default()
            };
            let text = self.code.as_bstr();
            refusal::add(last, text, refusal, Fidelity::Unescaped, span);
        }
        attempts
    }
}

/// The value behind a name.
fn pair<'a>(text: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let whole = format!("{name} = ");
    let begins = |at: &usize| *at == 0 || text.get(..*at).is_some_and(|it| it.ends_with(b"; "));
    let start = text.find_iter(&whole).find(begins)? + whole.len();
    let rest = text.get(start..)?;
    let is_next = |at: &usize| {
        let behind = rest.get(at + "; ".len()..).unwrap_or_default();
        let name = behind
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric())
            .count();
        behind.is_empty() || name > 0 && behind.get(name..).is_some_and(|it| it.starts_with(b" = "))
    };
    let end = rest.find_iter("; ").find(is_next).unwrap_or(rest.len());
    let value = rest.get(..end)?;
    Some(value.strip_suffix(b";").unwrap_or(value))
}

/// The parts of a text of which each further one begins with what stands behind the comma in `between`.
fn parted(text: &[u8], between: &[u8]) -> Vec<BString> {
    let mut parts = Vec::new();
    let mut start = 0;
    for at in text.find_iter(between) {
        parts.extend(text.get(start..at).map(BString::from));
        start = at + ", ".len();
    }
    parts.extend(
        text.get(start..)
            .filter(|rest| !rest.is_empty())
            .map(BString::from),
    );
    parts
}

/// The canonical requests of several attempts, each of which ends where the digest in its string to
/// sign says; one alone is all of the text.
fn by_digests(text: &[u8], strings: &[BString]) -> Vec<BString> {
    const COMMAS: usize = 500;
    let mut found = Vec::new();
    let mut start = 0;
    for string in strings {
        let last = string.lines().next_back().unwrap_or_default();
        let digest = Sha256Digest::parse(last.as_bstr()).ok();
        let rest = text.get(start..).unwrap_or_default();
        let ends = rest.find_iter(", ").take(COMMAS).chain([rest.len()]);
        let fits = |end: &usize| {
            let part = rest.get(..*end).map(Sha256Digest::of);
            part.is_some() && part == digest
        };
        let Some(end) = ends.filter(|end| *end > 0).find(fits) else {
            break;
        };
        found.extend(rest.get(..end).map(BString::from));
        start += end + ", ".len();
    }
    if found.len() < strings.len().max(1) && strings.len() <= 1 && !text.is_empty() {
        return vec![text.into()];
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        evidence::{InputId, Party},
        source::read_all,
    };

    const CANONICAL: &str = "POST\n/\n\naccept:a, b\nhost:sqs.us-east-1.amazonaws.com\n\naccept;host\ne3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn string(canonical: &str) -> String {
        let digest = Sha256Digest::of(canonical.as_bytes());
        let digest = digest.hex();
        let scope = "20250102/us-east-1/sqs/aws4_request";
        format!(
            "AWS4-HMAC-SHA256\n20250102T030405Z\n{scope}\n{}",
            digest.as_bstr()
        )
    }

    #[test]
    fn the_artifacts_of_each_attempt_are_read() {
        let (one, other) = (CANONICAL.to_owned(), CANONICAL.replace("a, b", "c, d"));
        let escape = |text: &str| text.replace('\n', "\\n");
        let metrics = |canonical: &str, strings: &str| {
            format!(
                "12:00 INFO Logger - Request metrics: AsyncCall = False; CanonicalRequest = {canonical}; StringToSign = {strings}; ServiceName = Amazon.SQS; StatusCode = Forbidden; AWSErrorCode = SignatureDoesNotMatch; ClientExecuteTime = 00:00:01; \n"
            )
        };
        let both = |between: &str, one: &str, other: &str| [one, other].join(between);
        let (first, second) = (string(&one), string(&other));
        let json = format!(
            "Request metrics: {{\"properties\":{{\"CanonicalRequest\":\"{}\",\"StringToSign\":\"{}\",\"AWSErrorCode\":\"SignatureDoesNotMatch\"}},\"timings\":{{}}}}\n",
            escape(&one),
            escape(&first)
        );
        for (text, expected) in [
            (metrics(&one, &first), vec![(&one, &first)]),
            (
                metrics(&escape(&one), &escape(&first)),
                vec![(&one, &first)],
            ),
            (
                metrics(
                    &escape(&both(", ", &one, &other)),
                    &escape(&both(", ", &first, &second)),
                ),
                vec![(&one, &first), (&other, &second)],
            ),
            (json, vec![(&one, &first)]),
        ] {
            let text = format!("before\n{text}after\n");
            let (cases, _, _) = read_all(InputId(0), &mut text.as_bytes());
            let [case] = cases.as_slice() else {
                panic!("{} cases: {text}", cases.len())
            };
            assert_eq!(case.format, FORMAT.id);
            let told = case.attempts.iter().map(|attempt| {
                let canonical = attempt.canonical_requests[0].text.to_string();
                (canonical, attempt.strings_to_sign[0].text.to_string())
            });
            let expected = expected
                .into_iter()
                .map(|(one, two)| (one.clone(), two.clone()));
            assert_eq!(
                told.collect::<Vec<_>>(),
                expected.collect::<Vec<_>>(),
                "{text}"
            );
            let last = case.attempts.last().unwrap();
            assert_eq!(last.refusal().unwrap().code, "SignatureDoesNotMatch");
            assert!(last.canonical_request(Party::Signer).is_some());
        }
    }

    #[test]
    fn other_metrics_are_passed() {
        for text in [
            "Request metrics: TTFT=1ms, total=2ms\n",
            "Request metrics: ServiceName = a; StatusCode = OK; HttpRequestTime = 1; \n",
        ] {
            let (cases, _, _) = read_all(InputId(0), &mut text.as_bytes());
            assert!(cases.is_empty(), "{text}");
        }
    }
}

//! The body of a request as Insomnia's timeline shows it below libcurl's lines: `| {"a": 1}`.

use bstr::ByteSlice;

use crate::{
    evidence::{Attempt, Claim},
    source::exchange::Gathered,
    wire::Body,
};

/// What a line shows of a body, with its line break.
pub(super) fn piece(line: &[u8]) -> Option<&[u8]> {
    let is_blank = |rest: &&[u8]| rest.trim().is_empty();
    let empty = || line.strip_prefix(b"|").filter(is_blank);
    line.strip_prefix(b"| ").or_else(empty)
}

/// Adds a body to the last request, where it is as long as announced; its last line break is the
/// program's.
pub(super) fn add(attempt: &mut Attempt, body: Gathered) {
    let Some(Claim {
        parsed: Ok(request),
        span,
        ..
    }) = attempt.requests.last_mut()
    else {
        return;
    };
    let shown = body.text.strip_suffix(b"\n").unwrap_or(&body.text);
    let announced = request.header("content-length");
    if announced.is_some_and(|length| length == shown.len().to_string().as_str()) {
        request.body = Body::Captured(shown.into());
        *span = span.cover(&body.span);
    }
}

#[cfg(test)]
mod tests {
    use crate::{evidence::InputId, source::read_all};

    #[test]
    fn insomnias_timeline_has_the_body() {
        let text = |length: usize| {
            format!(
                "* Preparing request to http://a.example/b\n> POST /b HTTP/1.1\n> Host: a.example\n> Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20250102/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=00\n> Content-Length: {length}\n\n| {{\n|   \"a\": 1\n| }}\n\n* Mark bundle as not supporting multiuse\n\n< HTTP/1.1 403 Forbidden\n< Content-Type: application/json\n< Content-Length: 40\n\n{{\"__type\":\"AccessDenied\",\"message\":\"no\"}}\n"
            )
        };
        let body = "{\n  \"a\": 1\n}";
        for (length, shown) in [(body.len(), Some(body.as_bytes())), (body.len() + 1, None)] {
            let (cases, _, _) = read_all(InputId(0), &mut text(length).as_bytes());
            let [case] = cases.as_slice() else {
                panic!("{} cases", cases.len())
            };
            let request = case.attempts[0].request().unwrap();
            assert_eq!(request.body.bytes(), shown);
            assert_eq!(case.attempts[0].refusal().unwrap().code, "AccessDenied");
        }
    }
}

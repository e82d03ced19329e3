use bstr::{BStr, BString, ByteSlice};

use crate::{
    diagnose::{Check, Circumstance, Examination, Fix, Observation, Rule, RuleStage, Tier},
    evidence::Statement,
    sigv4::ChunkedBody,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "decoded-content-length-wrong",
    summary: "x-amz-decoded-content-length is not the length of the payload",
    stage: RuleStage::Payload,
    tier: Tier::B,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
An upload in signed chunks states the length of what is inside them in
`x-amz-decoded-content-length`. The number is another one, or the header is not there.

## How it shows
Amazon S3 answers 400 `IncompleteBody`, *You did not provide the number of bytes specified by the
Content-Length HTTP header*, with `NumberBytesExpected` and `NumberBytesProvided`; without the
header a signature that does not match.

## How it is proved
The chunks in the captured body are added up and compared with the header; or the service gives both
numbers.

## Fix
State the number of bytes before they are cut into chunks.

## Seen in
versity/versitygw#1684, versity/versitygw#1676, aws/aws-sdk-js-v3#3829
",
    check: Check::Observe(observe),
    fix,
};

const NAME: &str = "x-amz-decoded-content-length";

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    let Some((stated, counted)) = lengths(it).filter(|_| !it.accepted()) else {
        return Vec::new();
    };
    let place = it
        .header_place(NAME)
        .or_else(|| it.header_place("x-amz-content-sha256"));
    let mut observation = Observation::new(Circumstance::Stated).at(place);
    if let Some(counted) = counted {
        observation = observation.named(counted.clone()).shows(stated, counted);
    }
    vec![observation]
}

/// What the header states and what the chunks hold, where that is not the same.
fn lengths(it: &Examination<'_>) -> Option<(BString, Option<BString>)> {
    let keyword = it.header("x-amz-content-sha256")?;
    if !keyword.trim().starts_with(b"STREAMING-") || keyword.trim().ends_with(b"EVENTS") {
        return None;
    }
    let stated: BString = it
        .header(NAME)
        .map(|value| value.trim().into())
        .unwrap_or_default();
    let counted = it
        .request()
        .and_then(|request| payload_length(request.body.bytes()?))
        .map(|length| BString::from(length.to_string()));
    if let Some(counted) = counted {
        return (stated != counted).then_some((stated, Some(counted)));
    }
    let said = it.states(|statement| match statement {
        Statement::BodyIncomplete { expected, provided } => {
            Some((expected.clone(), provided.clone()))
        }
        _ => None,
    });
    match said {
        Some((_, provided)) => Some((stated, provided)),
        None => (stated.is_empty() && it.is_seen_whole()).then_some((stated, None)),
    }
}

/// The length of what is inside the chunks; `None` where they do not end with an empty one.
fn payload_length(body: &[u8]) -> Option<usize> {
    let body = ChunkedBody::parse(body).ok()?;
    Some(body.chunks.iter().map(|chunk| chunk.data.len()).sum())
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    let fix = Fix::words("state the length of the payload before it is cut into chunks");
    match parameter {
        Some(length) => fix.edit(
            it.header_line(NAME).unwrap_or_default(),
            [b"x-amz-decoded-content-length: ".as_slice(), length].concat(),
            it.header_place(NAME),
        ),
        None => fix,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_added_up() {
        let body = b"3;chunk-signature=aa\r\nabc\r\n0;chunk-signature=bb\r\n\r\n";
        assert_eq!(payload_length(body), Some(3));
        assert_eq!(payload_length(b"abc"), None);
        assert_eq!(payload_length(b"ff\r\nabc"), None);
    }
}

//! The headers of a request that were copied without its first line, as a browser's panes show them.

use std::ops::Range;

use bstr::ByteSlice;

use crate::wire::HeaderField;

/// What is said of such headers.
pub(super) const FIRST_LINE: &str = "these are a request's headers without its first line; put it above them, such as POST / HTTP/1.1";

/// Where headers stand that name a host and a signature of Version 4.
pub(super) fn find(text: &[u8]) -> Option<Range<usize>> {
    let mut block = 0..0;
    let mut fields: Vec<HeaderField> = Vec::new();
    for line in text.lines_with_terminator() {
        let end = block.end + line.len();
        match HeaderField::parse(line.trim()).filter(is_field) {
            Some(field) => {
                fields.push(field);
                block.end = end;
            }
            None if is_of_request(&fields) => break,
            None => {
                fields.clear();
                block = end..end;
            }
        }
    }
    is_of_request(&fields).then_some(block)
}

fn is_field(field: &HeaderField) -> bool {
    let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_".contains(byte);
    !field.name.is_empty() && field.name.iter().all(is_token)
}

fn is_of_request(fields: &[HeaderField]) -> bool {
    let has = |name: &str, begins: &str| {
        let mut fields = fields.iter();
        fields
            .any(|field| field.is(name) && field.value.trim_start().starts_with(begins.as_bytes()))
    };
    has("host", "") && has("authorization", "AWS4-")
}

#[cfg(test)]
mod tests {
    use crate::{evidence::InputId, source::read_all};

    const SIGNED: &str = "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20250102/us-east-1/sqs/aws4_request, SignedHeaders=host;x-amz-date, Signature=0000000000000000000000000000000000000000000000000000000000000000";

    /// The lines of which it is said that their first is missing.
    fn told(text: &str) -> Option<(u64, u64)> {
        let (_, notes, _) = read_all(InputId(0), &mut text.as_bytes());
        let mut notes = notes.iter();
        let note = notes.find(|note| note.message == super::FIRST_LINE)?;
        Some((note.span.first_line, note.span.last_line))
    }

    #[test]
    fn headers_alone_are_told_from_a_request_and_from_a_header_alone() {
        let headers =
            format!("Host: sqs.us-east-1.amazonaws.com\nX-Amz-Date: 20250102T030405Z\n{SIGNED}\n");
        assert_eq!(told(&headers), Some((1, 3)));
        assert_eq!(
            told(&format!("Request Headers\n{headers}\n{{}}\n")),
            Some((2, 4))
        );
        assert_eq!(told(&format!("POST / HTTP/1.1\n{headers}\n")), None);
        assert_eq!(told(&format!("{SIGNED}\n")), None);
        assert_eq!(told(&format!("Host: a\n\n{SIGNED}\n")), None);
    }
}

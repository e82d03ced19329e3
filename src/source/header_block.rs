//! The header fields that a program prints as a table, in whatever notation.

use std::ops::Range;

use bstr::ByteSlice;

use crate::{
    source::header_notation::{Field, Notation},
    wire::HeaderField,
};

/// The fields that stand together around one `Authorization`, in their order.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Block {
    pub(super) fields: Vec<HeaderField>,
    /// From the first name to the end of the last value.
    pub(super) range: Range<usize>,
    /// Where what stands behind them begins, below empty lines and behind what is put before a line.
    pub(super) behind: usize,
}

impl Block {
    /// The value of the first field of a name, in any case, without the blanks around it.
    pub(super) fn value(&self, name: &str) -> Option<&[u8]> {
        let field = self.fields.iter().find(|field| field.is(name))?;
        Some(field.value.trim())
    }
}

/// The fields around the value of an `Authorization` that begins at `value`; `None` where no such
/// name stands before it.
pub(super) fn around(text: &[u8], value: usize) -> Option<Block> {
    let (notation, name) = Notation::learn(text, value)?;
    let own = notation.field(text, notation.opening(text, name))?;
    let mut before: Vec<Field> = Vec::new();
    let mut start = own.range.start;
    while before.len() < FIELDS
        && let Some(field) = notation.field_before(text, start)
    {
        if is_label(&field.name) {
            break;
        }
        start = field.range.start;
        before.push(field);
    }
    let mut all: Vec<Field> = before.into_iter().rev().collect();
    let mut end = own.range.end;
    all.push(own);
    while all.len() < 2 * FIELDS
        && let Some(field) = notation.field(text, notation.skip(text, end))
    {
        if is_label(&field.name) {
            break;
        }
        end = field.range.end;
        all.push(field);
    }
    // A browser shows the answer's headers right above the request's, which begin like this.
    let first = all.iter().position(|field| field.name.starts_with(b":"));
    let all = all.split_off(first.unwrap_or(0));
    let range = all.first()?.range.start..end;
    let field = |field: Field| HeaderField::new(field.name, field.value);
    Some(Block {
        fields: all.into_iter().map(field).collect(),
        behind: notation.behind(text, end),
        range,
    })
}

/// No request has more, on either side of its `Authorization`.
const FIELDS: usize = 100;
/// Whether a name is what programs call another part of a request by.
fn is_label(name: &[u8]) -> bool {
    const LABELS: [&str; 12] = [
        "url", "uri", "method", "headers", "header", "body", "payload", "data", "status",
        "endpoint", "request", "response",
    ];
    LABELS
        .iter()
        .any(|label| name.eq_ignore_ascii_case(label.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUE: &str = "AWS4-HMAC-SHA256 Credential=AK/20250102/r/s/aws4_request, SignedHeaders=host;x-amz-date, Signature=ab";

    #[test]
    fn fields_are_read_in_any_notation() {
        let lines = "X-Amz-Date: T\nAuthorization: @\nAccept: */*\n";
        for text in [
            lines.to_owned(),
            format!("> {}", lines.trim_end().replace('\n', "\n> ")),
            "{'X-Amz-Date': 'T', 'Authorization': '@', 'Accept': '*/*'}".into(),
            "{\"X-Amz-Date\":\"T\",\"Authorization\":\"@\",\"Accept\":\"*/*\"}".into(),
            "headers: {\n  'X-Amz-Date': 'T',\n  Authorization: '@',\n  Accept: '*/*'\n}".into(),
            "{\"X-Amz-Date\"=>\"T\", \"Authorization\"=>\"@\", \"Accept\"=>\"*/*\"}".into(),
            "{X-Amz-Date=[T], Authorization=[@], Accept=[*/*]}".into(),
            "{X-Amz-Date=T, Authorization=@, Accept=*/*}".into(),
            "[{\"X-Amz-Date\", \"T\"}, {\"Authorization\", \"@\"}, {\"Accept\", \"*/*\"}]".into(),
            "[('X-Amz-Date', 'T'), ('Authorization', '@'), ('Accept', '*/*')]".into(),
            "map[X-Amz-Date:[T] Authorization:[@] Accept:[*/*]]".into(),
            "[X-Amz-Date:\"T\", Authorization:\"@\", Accept:\"*/*\"]".into(),
            "Array\n(\n    [X-Amz-Date] => T\n    [Authorization] => @\n    [Accept] => */*\n)"
                .into(),
            "    [9] => X-Amz-Date: T\n    [10] => Authorization: @\n    [11] => Accept: */*\n)"
                .into(),
            "#{'X-Amz-Date'='T'; 'Authorization'='@'; 'Accept'='*/*'}".into(),
            "#{\n  X-Amz-Date = 'T'\n  Authorization = '@'\n  Accept = '*/*'\n}".into(),
            "X-Amz-Date      T\nAuthorization   @\nAccept          */*\n".into(),
            "| X-Amz-Date | T |\n| Authorization | @ |\n| Accept | */* |\n".into(),
            "x-amz-date\nT\nauthorization\n@\naccept\n*/*\n".into(),
            "I 7: x: X-Amz-Date: \"T\"\nI 12: x: Authorization: \"@\"\nI 7: x: Accept: \"*/*\"\n"
                .into(),
        ] {
            let text = text.replace('@', VALUE).replace('#', "@");
            let at = text.find("AWS4-").unwrap();
            let block = around(text.as_bytes(), at).unwrap_or_else(|| panic!("{text}"));
            let fields: Vec<_> = block
                .fields
                .iter()
                .map(|own| format!("{}: {}", own.name, own.value))
                .collect();
            let fields = fields.join("\n").to_lowercase();
            let expected = format!(
                "x-amz-date: t\nauthorization: {}\naccept: */*",
                VALUE.to_lowercase()
            );
            assert_eq!(fields, expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_field_ends_them() {
        let text = format!("Url: u\n\nX-Amz-Date: T\nAuthorization: {VALUE}\n\n{{\"a\": 1}}\n");
        let block = around(text.as_bytes(), text.find("AWS4-").unwrap()).unwrap();
        assert_eq!(block.fields.len(), 2);
        let text = format!("{{headers: {{Authorization: '{VALUE}'}}, body: 'b'}}");
        let block = around(text.as_bytes(), text.find("AWS4-").unwrap()).unwrap();
        assert_eq!(block.fields.len(), 1);
        for quotes in ["\"\"\"", "'\"", "(\"", "[\"", "((", "[["] {
            let text = format!("Authorization = {quotes}{VALUE}");
            around(text.as_bytes(), text.find("AWS4-").unwrap());
        }
        for text in [
            VALUE.to_owned(),
            format!("x-authorization: {VALUE}"),
            format!("it says {VALUE}"),
        ] {
            assert_eq!(
                around(text.as_bytes(), text.find("AWS4-").unwrap()),
                None,
                "{text}"
            );
        }
    }
}

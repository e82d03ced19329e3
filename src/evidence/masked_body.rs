//! Bodies of which a part was taken out, cut off, or never printed.

use bstr::ByteSlice;
use serde_json::Value;

use super::masked::holds_placeholder;

/// Whether a text stands for a body that was another: `[object Object]`, `<binary data>`, `$BODY`,
/// `{...}`, JSON with a value `"***"` or `"REDACTED"`, or a text that is cut.
///
/// What only looks like one in a long text, or within the words of a value, is the body's own.
#[must_use]
pub fn is_masked_body(body: &[u8]) -> bool {
    /// So much is looked at: what masks and cuts is a person, or a log that keeps little.
    const LENGTH: usize = 64 << 10;
    let body = body.trim();
    if body.is_empty() || body.len() > LENGTH || !may_hold(body) {
        return false;
    }
    if body.ends_with(b"...") || body.ends_with("\u{2026}".as_bytes()) || stands_for_all(body) {
        return true;
    }
    match serde_json::from_slice::<Value>(body) {
        Ok(value) => holds_masked_value(&value),
        Err(_) if body.starts_with(b"{") || body.starts_with(b"[") => is_cut_within(body),
        Err(_) => body.split_str("&").any(|pair| {
            let value = pair.split_once_str("=").map(|(_, value)| value);
            value.is_some_and(is_masked_value)
        }),
    }
}

/// Whether any sign of a mask stands there: most bodies have none.
fn may_hold(body: &[u8]) -> bool {
    const SIGNS: [&str; 13] = [
        "...", "\u{2026}", "**", "xxx", "XXX", "<", "$", "{", "[", "(", "%", "edacted", "REDACTED",
    ];
    SIGNS.iter().any(|sign| body.contains_str(sign))
}

/// Whether the whole body is a word for one.
fn stands_for_all(body: &[u8]) -> bool {
    const LENGTH: usize = 80;
    if body.len() > LENGTH || body.contains(&b'\n') {
        return false;
    }
    let [first, .., last] = body else {
        return false;
    };
    let inner = body.get(1..body.len() - 1).unwrap_or_default();
    let words = inner
        .iter()
        .all(|byte| byte.is_ascii_alphanumeric() || b" _-.,".contains(byte));
    let has_letter = inner.iter().any(u8::is_ascii_alphabetic);
    let framed = match (first, last) {
        (b'<', b'>') | (b'(', b')') | (b'{', b'}') => words && has_letter,
        // Numbers, `true` and `null` are JSON.
        (b'[', b']') => words && has_letter && serde_json::from_slice::<Value>(body).is_err(),
        _ => false,
    };
    let dots = inner.trim() == b"..." || inner.trim() == "\u{2026}".as_bytes();
    framed || dots || is_masked_value(body)
}

fn holds_masked_value(value: &Value) -> bool {
    match value {
        Value::String(text) => is_masked_value(text.as_bytes()),
        Value::Array(values) => values.iter().any(holds_masked_value),
        Value::Object(fields) => fields.values().any(holds_masked_value),
        _ => false,
    }
}

/// Whether the whole of a value is a mask.
fn is_masked_value(value: &[u8]) -> bool {
    let one = |own: u8| value.len() > 2 && value.iter().all(|byte| *byte == own);
    let inner = value.trim_with(|sign| "<>[]{}()$%*".contains(sign));
    let framed = inner.len() < value.len();
    let small = inner.to_ascii_lowercase();
    let is_word =
        ["redacted", "masked", "hidden", "removed", "..."].contains(&small.to_str_lossy().as_ref());
    let is_name = !inner.is_empty()
        && inner.len() < 40
        && framed
        && holds_placeholder(value)
        && !inner.contains_str("<");
    is_word
        || value == "\u{2026}".as_bytes()
        || one(b'*')
        || one(b'x')
        || one(b'X')
        || is_name
        || value == b"[object Object]"
}

/// Whether dots stand in JSON where no value's text is.
fn is_cut_within(body: &[u8]) -> bool {
    let mut in_text = false;
    let mut escaped = false;
    for (at, byte) in body.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            _ if in_text => {}
            _ => {
                let rest = body.get(at..).unwrap_or_default();
                if rest.starts_with(b"...") || rest.starts_with("\u{2026}".as_bytes()) {
                    return true;
                }
            }
        }
    }
    !in_text && body.contains_str("[object Object]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_for_a_body_is_none() {
        for text in [
            "[object Object]",
            "<binary data>",
            "<file content>",
            "(binary)",
            "[binary data]",
            "[REDACTED]",
            "{...}",
            "{ \u{2026} }",
            "$BODY",
            "${BODY}",
            "%BODY%",
            "{{body}}",
            "***",
            "...",
            r#"{"name":"x","items":[1,2,..."#,
            r#"{"name":"x", ...}"#,
            r#"{"name":"REDACTED","items":[1]}"#,
            r#"{"name":"***"}"#,
            r#"{"name":"<your name>"}"#,
            r#"{"name":"$NAME"}"#,
            "Action=X&Password=****",
        ] {
            assert!(is_masked_body(text.as_bytes()), "{text}");
        }
        for text in [
            "",
            "{}",
            "[]",
            "[1, 2]",
            "[true]",
            "null",
            r#"{"a":"and so on... then"}"#,
            r#"{"a":"it was removed"}"#,
            r#"{"cost":"$5"}"#,
            r#"{"a":"<p>text</p>"}"#,
            "<xml><a>b</a></xml>",
            "Action=ListUsers&Version=2010-05-08",
            "some words (and more)",
            "a",
        ] {
            assert!(!is_masked_body(text.as_bytes()), "{text}");
        }
    }
}

//! Text on one line whose line breaks are escaped: a string of a JSON list or of a field, a
//! syslog's record, bytes as Python shows them.

use bstr::{BString, ByteSlice};
use serde_json::Value;

use crate::wire::escape::python_repr;

/// The names under which programs keep another program's output.
const OUTPUTS: [&str; 8] = [
    "stderr", "stdout", "text", "output", "log", "logs", "content", "result",
];
/// So many line breaks an output has, at least.
const BREAKS: usize = 3;

/// Whether a line may be one; cheap.
pub(in crate::source) fn may_be_escaped(line: &[u8]) -> bool {
    let text = line.trim();
    text.starts_with(b"\"") || text.contains_str("\\n") || text.contains_str("#012")
}

/// The text of such a line, with its line breaks.
pub(super) fn unescaped(line: &[u8]) -> Option<BString> {
    let text = line.trim();
    string(text)
        .or_else(|| output(text))
        .or_else(|| syslog(text))
        .or_else(|| escapes(text))
        .or_else(|| {
            let literal = python_repr(text).filter(|literal| literal.length == text.len())?;
            is_output(&literal.bytes).then_some(literal.bytes)
        })
}

/// A string that stands alone on its line, as in a list: `"GET / HTTP/1.1",`.
pub(super) fn string(line: &[u8]) -> Option<BString> {
    let text = line.trim();
    let text = text.strip_suffix(b",").unwrap_or(text);
    if !text.starts_with(b"\"") || !text.ends_with(b"\"") {
        return None;
    }
    let text: String = serde_json::from_slice(text).ok()?;
    Some(text.into())
}

fn is_output(text: &[u8]) -> bool {
    text.find_iter(b"\n").take(BREAKS).count() == BREAKS
}

/// What another program printed, in a field of its own: `"stderr": "…"`, `=> {"stderr": "…"}`,
/// `[{"text": "…"}]`.
fn output(text: &[u8]) -> Option<BString> {
    let named = |name: &str| OUTPUTS.contains(&name);
    if let Some(field) = text.strip_prefix(b"\"") {
        let (name, value) = field.split_once_str("\": ")?;
        let found = string(value).filter(|_| name.to_str().is_ok_and(named));
        return found.filter(|text| is_output(text));
    }
    let at = match text.find(b"=> {") {
        Some(at) => at + b"=> ".len(),
        None => text.starts_with(b"[{").then_some(0)?,
    };
    let value: Value = serde_json::from_slice(text.get(at..)?).ok()?;
    let objects = match &value {
        Value::Array(items) => items.iter().collect(),
        value => vec![value],
    };
    let fields = objects.into_iter().filter_map(Value::as_object).flatten();
    let texts = fields.filter_map(|(name, value)| value.as_str().filter(|_| named(name)));
    let longest = texts.max_by_key(|text| text.len())?;
    is_output(longest.as_bytes()).then(|| longest.into())
}

/// A line as it was before `socat -v` showed its backslashes and control characters.
pub(super) fn shown(line: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(line.len());
    let mut rest = without_frame(line);
    while let Some((&byte, behind)) = rest.split_first() {
        let sign = match (byte, behind.first()) {
            (b'\\', Some(b'\\')) => Some(b'\\'),
            (b'\\', Some(b'r')) => Some(b'\r'),
            (b'\\', Some(b't')) => Some(b'\t'),
            _ => None,
        };
        out.push(sign.unwrap_or(byte));
        rest = behind
            .get(usize::from(sign.is_some())..)
            .unwrap_or_default();
    }
    out
}

/// A line without the frame that `socat -v` puts right behind a body that ends in no line break:
/// `< 2025/01/02 03:04:05.000000006  length=1 from=0 to=0`.
fn without_frame(line: &[u8]) -> &[u8] {
    const TIME: usize = "< 2025/01/02 03:04:05.000000006".len();
    let at = line.rfind(b"  length=");
    let Some(at) = at.and_then(|at| at.checked_sub(TIME)).filter(|at| *at > 0) else {
        return line;
    };
    let (before, frame) = line.split_at(at);
    let sign = |byte: &u8| byte.is_ascii_digit() || b"/:. ".contains(byte);
    let is_frame = match frame.get(..TIME) {
        Some([b'<' | b'>', b' ', time @ ..]) => time.iter().all(sign),
        _ => false,
    };
    if is_frame { before } else { line }
}

/// A record of rsyslog's, which writes control characters as `#` and three octal digits.
fn syslog(text: &[u8]) -> Option<BString> {
    text.find(b"#012")?;
    let mut out = text.replace("#012", "\n");
    for (escaped, sign) in [("#011", "\t"), ("#015", "\r")] {
        out = out.replace(escaped, sign);
    }
    Some(out.into())
}

/// A record whose line breaks became `\n`; what stands in quotes of Python's in it is its own.
fn escapes(text: &[u8]) -> Option<BString> {
    let first = text.find(b"\\n")?;
    let quoted = text.find_byteset(b"\"'{").unwrap_or(text.len());
    if quoted < first || !text.contains_str(":\\n") {
        return None;
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(&byte) = rest.first() {
        let literal = python_repr(rest).filter(|_| out.last() == Some(&b'\n'));
        let taken = match (rest, literal) {
            (_, Some(literal)) => {
                out.extend_from_slice(rest.get(..literal.length)?);
                literal.length
            }
            ([b'\\', b'n', ..], _) => {
                out.push(b'\n');
                2
            }
            _ => {
                out.push(byte);
                1
            }
        };
        rest = rest.get(taken.max(1)..)?;
    }
    Some(out.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_to_escape_is_undone() {
        let log = "auth:\nGET\n/\n\nhost:a";
        for line in [
            r#"  "auth:\nGET\n/\n\nhost:a","#,
            r#""stderr": "auth:\nGET\n/\n\nhost:a","#,
            r#"fatal: [localhost]: FAILED! => {"rc": 1, "stderr": "auth:\nGET\n/\n\nhost:a"}"#,
            r#"[{"type": "message", "text": "auth:\nGET\n/\n\nhost:a"}]"#,
            "auth:#012GET#012/#012#012host:a",
            r"auth:\nGET\n/\n\nhost:a",
            r"b'auth:\nGET\n/\n\nhost:a'",
        ] {
            assert_eq!(unescaped(line.as_bytes()).unwrap(), log, "{line}");
        }
    }

    #[test]
    fn what_python_quotes_in_a_record_keeps_its_own() {
        let line = br"Response body:\nb'<a>\n</a>'";
        assert_eq!(unescaped(line).unwrap(), "Response body:\nb'<a>\\n</a>'");
    }

    #[test]
    fn what_is_part_of_a_document_stays() {
        for line in [
            r#""message": "a\nb\nc\nd","#,
            r#"400 {"__type":"a","message":"b\nc\nd\ne"}"#,
            r"canonical = 'GET\n/\n\nhost:a'",
            r"a\nb",
        ] {
            assert_eq!(unescaped(line.as_bytes()), None, "{line}");
        }
    }
}

//! JSON laid out anew, without a parser's repairs: numbers, escapes and the order of names stay.

/// Where white space stands in a JSON text.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Layout {
    /// Nowhere.
    Minified,
    /// Behind colons and commas, as Python writes it.
    Spaced,
    /// A line for each member, with this indentation.
    Pretty(&'static str),
}

/// Lays a JSON text out anew; `None` where it does not begin as an object or array.
pub(super) fn lay_out(text: &[u8], layout: Layout) -> Option<Vec<u8>> {
    let first = text.iter().find(|byte| !byte.is_ascii_whitespace())?;
    if !matches!(first, b'{' | b'[') {
        return None;
    }
    let mut out = Vec::with_capacity(text.len() * 2);
    let mut depth = 0;
    let mut bytes = text.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => {
                out.push(byte);
                copy_string(&mut bytes, &mut out);
            }
            byte if byte.is_ascii_whitespace() => {}
            b'{' | b'[' => {
                out.push(byte);
                while bytes.next_if(u8::is_ascii_whitespace).is_some() {}
                if let Some(end) = bytes.next_if(|next| matches!(next, b'}' | b']')) {
                    out.push(end);
                    continue;
                }
                depth += 1;
                break_line(&mut out, layout, depth);
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                break_line(&mut out, layout, depth);
                out.push(byte);
            }
            b',' => {
                out.push(byte);
                match layout {
                    Layout::Spaced => out.push(b' '),
                    _ => break_line(&mut out, layout, depth),
                }
            }
            b':' => {
                out.push(byte);
                if layout != Layout::Minified {
                    out.push(b' ');
                }
            }
            byte => out.push(byte),
        }
    }
    Some(out)
}

fn copy_string(bytes: &mut impl Iterator<Item = u8>, out: &mut Vec<u8>) {
    while let Some(byte) = bytes.next() {
        out.push(byte);
        match byte {
            b'"' => return,
            b'\\' => out.extend(bytes.next()),
            _ => {}
        }
    }
}

fn break_line(out: &mut Vec<u8>, layout: Layout, depth: usize) {
    if let Layout::Pretty(indentation) = layout {
        out.push(b'\n');
        for _ in 0..depth {
            out.extend_from_slice(indentation.as_bytes());
        }
    }
}

/// Every character outside ASCII as `\uXXXX`; `None` where there is none.
pub(super) fn escape_outside_ascii(text: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(text)
        .ok()
        .filter(|text| !text.is_ascii())?;
    let mut out = String::with_capacity(text.len() * 2);
    for character in text.chars() {
        if character.is_ascii() {
            out.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            out.push_str(&format!("\\u{unit:04x}"));
        }
    }
    Some(out.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lays_out_as_the_well_known_writers_do() {
        let text = br#"{"a": [1,2, {}],"b\"":"x , y"}"#;
        let laid = |layout| String::from_utf8(lay_out(text, layout).unwrap()).unwrap();
        assert_eq!(laid(Layout::Minified), r#"{"a":[1,2,{}],"b\"":"x , y"}"#);
        assert_eq!(laid(Layout::Spaced), r#"{"a": [1, 2, {}], "b\"": "x , y"}"#);
        assert_eq!(
            laid(Layout::Pretty("  ")),
            "{\n  \"a\": [\n    1,\n    2,\n    {}\n  ],\n  \"b\\\"\": \"x , y\"\n}"
        );
    }
}

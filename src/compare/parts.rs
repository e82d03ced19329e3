use bstr::{BStr, ByteSlice};

/// A canonical request taken apart by its lines, also where it is not in the right form.
///
/// What breaks the form lands in the part where it stands: without the empty line, the signed
/// headers are a header line without a colon.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct CanonicalParts<'a> {
    /// The first line.
    pub method: &'a BStr,
    /// The second line.
    pub uri: &'a BStr,
    /// The third line.
    pub query: &'a BStr,
    /// The lines up to the first empty one, split at the first colon.
    pub headers: Vec<(&'a BStr, &'a BStr)>,
    /// Whether an empty line stands behind them.
    pub ends_headers: bool,
    /// The line behind the empty one.
    pub signed_headers: &'a BStr,
    /// All that follows.
    pub payload_hash: &'a BStr,
}

impl<'a> CanonicalParts<'a> {
    /// Takes a text apart.
    #[must_use]
    pub fn of(text: &'a [u8]) -> Self {
        let mut rest = text;
        let mut parts = Self {
            method: take_line(&mut rest),
            uri: take_line(&mut rest),
            query: take_line(&mut rest),
            ..Self::default()
        };
        while let Some(line) = header_line(rest) {
            take_line(&mut rest);
            parts.headers.push(line);
        }
        parts.ends_headers = rest.starts_with(b"\n");
        if parts.ends_headers {
            take_line(&mut rest);
        }
        parts.signed_headers = take_line(&mut rest);
        parts.payload_hash = rest.as_bstr();
        parts
    }
}

fn take_line<'a>(rest: &mut &'a [u8]) -> &'a BStr {
    let (line, behind) = rest.split_once_str("\n").unwrap_or((rest, b""));
    *rest = behind;
    line.as_bstr()
}

/// The header at the front, unless an empty line or one without a colon stands there.
fn header_line(rest: &[u8]) -> Option<(&BStr, &BStr)> {
    let line = rest.split_str("\n").next()?;
    let (name, value) = line.split_once_str(":")?;
    Some((name.as_bstr(), value.as_bstr()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_wrong_ones_apart_too() {
        let text = b"GET\n/\n\nhost:h\nx-amz-date:d\nhost;x-amz-date\n00";
        let parts = CanonicalParts::of(text);
        assert_eq!(parts.headers.len(), 2);
        assert_eq!(parts.signed_headers, "host;x-amz-date");
        assert_eq!(parts.payload_hash, "00");
        assert_eq!(CanonicalParts::of(b"").method, "");
    }
}

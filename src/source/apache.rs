use std::collections::BTreeMap;

use bstr::{BString, ByteSlice};

use crate::{
    source::{
        Line, Sink,
        calls::Calls,
        conversation::{Conversation, Taken, Way},
        exchange::Bodies,
    },
    wire::target::hex_value,
};

/// What Apache HttpClient logs of its connections: the wire, and the heads once more.
///
/// Source: httpclient 4.5, `impl/conn/Wire.java` and `LoggingManagedHttpClientConnection.java`.
#[derive(Debug, Default)]
pub(super) struct Connections {
    wires: BTreeMap<BString, Conversation>,
    heads: BTreeMap<BString, Conversation>,
}

/// What marks every record.
pub(super) const MARKER: &str = "http-outgoing-";

impl Connections {
    pub(super) fn push(
        &mut self,
        line: &Line<'_>,
        calls: &mut Calls,
        sink: &mut Sink<'_>,
    ) -> Taken {
        let Some((connection, way, shown)) = record(line.text()) else {
            return Taken::Not;
        };
        let connection = BString::from(connection);
        let quoted = shown
            .strip_prefix(b"\"")
            .and_then(|shown| shown.strip_suffix(b"\""));
        let (conversation, bytes, bodies) = match quoted {
            Some(shown) => {
                // The heads log says the same with less: what was read of it goes.
                self.heads.remove(&connection);
                let conversation = self.wires.entry(connection).or_default();
                (conversation, unescape(shown), Bodies::Shown)
            }
            None if self.wires.contains_key(&connection) => return Taken::Record,
            None => {
                let conversation = self.heads.entry(connection).or_default();
                (
                    conversation,
                    [shown, b"\r\n"].concat().into(),
                    Bodies::NotShown,
                )
            }
        };
        let bodies_of_wire = Bodies::Shown;
        match (way, bodies) {
            (Way::Sent, Bodies::Shown) => {
                conversation.sent(&bytes, line, calls, bodies_of_wire, sink);
            }
            (Way::Received, Bodies::Shown) => {
                conversation.received(&bytes, line, calls, bodies_of_wire, sink);
            }
            (Way::Sent, Bodies::NotShown) => {
                conversation.head_ends(calls, bodies, sink);
                conversation.sent(&bytes, line, calls, bodies, sink);
            }
            (Way::Received, Bodies::NotShown) => {
                conversation.received(&bytes, line, calls, Bodies::Shown, sink);
            }
        }
        Taken::Record
    }

    /// Whether a connection is in the middle of something.
    pub(super) fn wait(&self) -> bool {
        let mut all = self.wires.values().chain(self.heads.values());
        all.any(|conversation| !conversation.is_idle())
    }

    pub(super) fn end(&mut self, calls: &mut Calls, sink: &mut Sink<'_>) {
        for conversation in self.wires.values_mut() {
            conversation.end(calls, Bodies::Shown, sink);
        }
        for conversation in self.heads.values_mut() {
            conversation.head_ends(calls, Bodies::NotShown, sink);
            conversation.end(calls, Bodies::NotShown, sink);
        }
        self.wires.clear();
        self.heads.clear();
    }
}

/// Connection, direction and what is shown of `http-outgoing-0 >> …`.
fn record(line: &[u8]) -> Option<(&[u8], Way, &[u8])> {
    let at = line.find(MARKER)?;
    let rest = line.get(at..)?;
    let end = rest.find_byte(b' ')?;
    let (connection, rest) = (rest.get(..end)?, rest.get(end..)?);
    let way = match rest.get(..4)? {
        b" >> " => Way::Sent,
        b" << " => Way::Received,
        _ => return None,
    };
    Some((connection, way, rest.get(4..)?))
}

/// Undoes `[\r]`, `[\n]` and `[0x1f]`; nothing else is escaped, so that a body which holds these
/// very characters is read as something else.
fn unescape(shown: &[u8]) -> BString {
    let mut out = Vec::with_capacity(shown.len());
    let mut rest = shown;
    while let Some(at) = rest.find_byte(b'[') {
        let (before, bracket) = rest.split_at(at);
        out.extend_from_slice(before);
        let (byte, length) = escape(bracket).unwrap_or((b'[', 1));
        out.push(byte);
        rest = bracket.get(length..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    out.into()
}

fn escape(text: &[u8]) -> Option<(u8, usize)> {
    if text.starts_with(b"[\\r]") {
        return Some((b'\r', 4));
    }
    if text.starts_with(b"[\\n]") {
        return Some((b'\n', 4));
    }
    let digits = text.strip_prefix(b"[0x")?;
    let end = digits.get(..3).unwrap_or(digits).find_byte(b']')?;
    let value = digits.get(..end)?.iter().try_fold(0_u8, |value, digit| {
        Some(value.checked_mul(16)? | hex_value(*digit)?)
    })?;
    (end > 0).then_some((value, end + 4))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_escaped_is_undone() {
        assert_eq!(
            unescape(br#"{"a":[1]}[0xc3][0xa9][\r][\n]"#),
            "{\"a\":[1]}\u{e9}\r\n"
        );
    }
}

use bstr::{BString, ByteSlice};

use crate::{
    source::{
        Line, Sink,
        calls::Calls,
        conversation::{Conversation, Taken, Way},
        exchange::{Bodies, Gathered},
        shown::is_field,
    },
    wire::{Fidelity, target::hex_value},
};

/// What Netty's `LoggingHandler` logs of its channels: bytes as tables of hexadecimal digits, and,
/// where it stands behind the codec, heads as text.
///
/// Source: netty 4.1 and 4.2, `LoggingHandler.java`, `ByteBufUtil.java`, `HttpMessageUtil.java`;
/// recorded under aws-sdk-java-v2 2.57.8.
#[derive(Debug, Default)]
pub(super) struct Channels {
    open: Vec<(BString, Conversation)>,
    record: Option<Record>,
}

/// What marks every record that is read.
pub(super) const MARKER: &str = "] WRITE: ";
const RECEIVED: &str = "] READ: ";

/// No more channels are followed at once; the one that is silent longest is given up.
const CHANNELS: usize = 256;

/// A record that goes on below its first line.
#[derive(Debug)]
struct Record {
    channel: BString,
    way: Way,
    part: Part,
    piece: Option<Gathered>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Part {
    /// The lines of a head; how many brackets around it close behind its last line.
    Head(usize),
    Table,
}

impl Channels {
    pub(super) fn push(
        &mut self,
        line: &Line<'_>,
        calls: &mut Calls,
        sink: &mut Sink<'_>,
    ) -> Taken {
        let text = line.text();
        if let Some((channel, way, shown)) = begun(text) {
            self.boundary(calls, sink);
            self.record = Some(Record {
                channel: channel.into(),
                way,
                part: part(shown),
                piece: None,
            });
            return Taken::Record;
        }
        let Some(record) = &mut self.record else {
            return Taken::Not;
        };
        if let Part::Head(_) = record.part {
            if record.piece.is_none() || is_field(text) {
                let text = [text, b"\r\n"].concat();
                record.push(&text, line);
                return Taken::Record;
            }
            if !is_ruler(text) {
                self.boundary(calls, sink);
                return Taken::Not;
            }
            // A body stands below the head that it came with.
            record.end_head();
            record.part = Part::Table;
        }
        if let Some(bytes) = row(text) {
            record.push(&bytes, line);
            if let Some(piece) = &mut record.piece {
                piece.fidelity = piece.fidelity.min(Fidelity::Unescaped);
            }
            return Taken::Record;
        }
        if is_ruler(text) {
            return Taken::Record;
        }
        self.boundary(calls, sink);
        Taken::Not
    }

    /// Whether a channel is in the middle of something.
    pub(super) fn wait(&self) -> bool {
        let mut all = self.open.iter();
        self.record.is_some() || all.any(|(_, conversation)| !conversation.is_idle())
    }

    /// The record is over.
    pub(super) fn boundary(&mut self, calls: &mut Calls, sink: &mut Sink<'_>) {
        let Some(mut record) = self.record.take() else {
            return;
        };
        record.end_head();
        let Some(piece) = record.piece else { return };
        let at = self.open.iter().position(|(id, _)| *id == record.channel);
        let mut conversation = match at {
            Some(at) => self.open.remove(at).1,
            None => Conversation::default(),
        };
        match record.way {
            Way::Sent => conversation.sent_piece(&piece, calls, Bodies::Shown, sink),
            Way::Received => conversation.received_piece(&piece, calls, Bodies::Shown, sink),
        }
        if self.open.len() >= CHANNELS {
            let (_, mut silent) = self.open.remove(0);
            silent.end(calls, Bodies::Shown, sink);
        }
        self.open.push((record.channel, conversation));
    }

    pub(super) fn end(&mut self, calls: &mut Calls, sink: &mut Sink<'_>) {
        self.boundary(calls, sink);
        for (_, mut conversation) in self.open.drain(..) {
            conversation.end(calls, Bodies::Shown, sink);
        }
    }
}

impl Record {
    fn push(&mut self, text: &[u8], line: &Line<'_>) {
        match &mut self.piece {
            Some(piece) => piece.push(text, line),
            None => self.piece = Some(Gathered::begin(text, line)),
        }
    }

    /// Puts the empty line behind a head, and takes off what closes its frame.
    fn end_head(&mut self) {
        let (Part::Head(brackets), Some(piece)) = (self.part, &mut self.piece) else {
            return;
        };
        let text = piece.text.strip_suffix(b"\r\n").unwrap_or(&piece.text);
        let closing = text.iter().rev().take_while(|byte| **byte == b')').count();
        let kept = text.len() - closing.min(brackets);
        piece.text.truncate(kept);
        piece.text.extend_from_slice(b"\r\n\r\n");
        self.part = Part::Table;
    }
}

/// Channel, direction and what is shown of `… [id: 0x020e643e, L:/… - R:…] WRITE: …`.
fn begun(line: &[u8]) -> Option<(&[u8], Way, &[u8])> {
    let (at, way, label) = match (line.find(MARKER), line.find(RECEIVED)) {
        (Some(at), _) => (at, Way::Sent, MARKER),
        (None, Some(at)) => (at, Way::Received, RECEIVED),
        (None, None) => return None,
    };
    let before = line.get(..at)?;
    let channel = before.get(before.rfind_byte(b'[')? + 1..)?;
    // reactor-netty counts the requests of a channel, and shows its addresses once it has them.
    let id = channel.split(|byte| b",-".contains(byte)).next()?;
    let shown = line.get(at + label.len()..)?;
    (!id.is_empty()).then_some((id, way, shown))
}

/// What stands below the first line of a record that shows this.
fn part(shown: &[u8]) -> Part {
    if !["HttpRequest(", "HttpResponse("]
        .iter()
        .any(|head| shown.contains_str(head))
    {
        return Part::Table;
    }
    let count = |sign: u8| shown.iter().filter(|byte| **byte == sign).count();
    Part::Head(count(b'(').saturating_sub(count(b')')))
}

/// Whether a line rules a table, or heads its columns.
fn is_ruler(text: &[u8]) -> bool {
    let text = text.trim();
    text.starts_with(b"+----") || text.starts_with(b"|  0  1  2 ")
}

/// The bytes of `|00000000| 50 4f 53 54 … |POST…|`.
fn row(text: &[u8]) -> Option<Vec<u8>> {
    let (offset, rest) = text.strip_prefix(b"|")?.split_once_str("| ")?;
    if offset.len() != 8 || !offset.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    // Sixteen cells of two digits and a blank.
    let cells = rest.get(..48)?.chunks(3);
    let mut bytes = Vec::with_capacity(16);
    for cell in cells {
        match cell {
            [b' ', b' ', b' '] => break,
            [high, low, b' '] => bytes.push(hex_value(*high)? << 4 | hex_value(*low)?),
            _ => return None,
        }
    }
    Some(bytes)
}

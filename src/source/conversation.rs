use bstr::ByteSlice;

use crate::{
    source::{
        Line, Sink,
        calls::Calls,
        exchange::{Bodies, Extent, Gathered},
    },
    wire::{RequestLine, Response},
};

/// Whether a line was of a connection's records.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Taken {
    Record,
    Not,
}

/// In which direction something went.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Way {
    Sent,
    Received,
}

/// What goes to and fro on one connection, piece by piece: requests with their answers.
#[derive(Debug, Default)]
pub(super) struct Conversation {
    out: Option<Gathered>,
    back: Option<Gathered>,
}

impl Conversation {
    /// Whether nothing is open.
    pub(super) fn is_idle(&self) -> bool {
        self.out.is_none() && self.back.is_none()
    }

    /// Takes in bytes that were sent.
    pub(super) fn sent(
        &mut self,
        bytes: &[u8],
        line: &Line<'_>,
        calls: &mut Calls,
        bodies: Bodies,
        sink: &mut Sink<'_>,
    ) {
        self.sent_piece(&Gathered::begin(bytes, line), calls, bodies, sink);
    }

    /// Takes in bytes that were sent, gathered from several lines.
    pub(super) fn sent_piece(
        &mut self,
        piece: &Gathered,
        calls: &mut Calls,
        bodies: Bodies,
        sink: &mut Sink<'_>,
    ) {
        let begins = begins_request(&piece.text);
        if begins || self.back.is_some() {
            self.end(calls, bodies, sink);
        }
        match &mut self.out {
            Some(out) => out.append(piece),
            None if begins => self.out = Some(piece.clone()),
            None => {}
        }
    }

    /// Takes in bytes that were received.
    pub(super) fn received(
        &mut self,
        bytes: &[u8],
        line: &Line<'_>,
        calls: &mut Calls,
        bodies: Bodies,
        sink: &mut Sink<'_>,
    ) {
        self.received_piece(&Gathered::begin(bytes, line), calls, bodies, sink);
    }

    /// Takes in bytes that were received, gathered from several lines.
    pub(super) fn received_piece(
        &mut self,
        piece: &Gathered,
        calls: &mut Calls,
        bodies: Bodies,
        sink: &mut Sink<'_>,
    ) {
        match &mut self.back {
            Some(back) => back.append(piece),
            None => {
                let first = piece.text.lines().next().unwrap_or_default();
                if Response::status_of(first).is_none() {
                    return;
                }
                self.back = Some(piece.clone());
            }
        }
        let Some(back) = &self.back else { return };
        let Some(extent) = back.extent() else { return };
        if is_interim(&back.text) {
            self.back = None;
            return;
        }
        let whole = match extent {
            Extent::Whole(length) => back.text.len() >= length,
            Extent::Unknown => false,
        };
        if whole || bodies == Bodies::NotShown {
            self.end(calls, bodies, sink);
        }
    }

    /// Ends the answer's head, in a log that does not show the empty line behind it.
    pub(super) fn head_ends(&mut self, calls: &mut Calls, bodies: Bodies, sink: &mut Sink<'_>) {
        let Some(back) = &mut self.back else { return };
        if back.extent().is_none() {
            back.text.extend_from_slice(b"\r\n");
        }
        if is_interim(&back.text) {
            self.back = None;
        } else {
            self.end(calls, bodies, sink);
        }
    }

    /// Nothing more comes.
    pub(super) fn end(&mut self, calls: &mut Calls, bodies: Bodies, sink: &mut Sink<'_>) {
        if let Some(out) = self.out.take() {
            calls.sent(out, Bodies::Shown, sink);
        }
        if let Some(back) = self.back.take()
            && !is_interim(&back.text)
        {
            calls.answered(back, bodies, sink);
        }
    }
}

/// Whether bytes begin with the request line of HTTP/1.
fn begins_request(bytes: &[u8]) -> bool {
    let line = bytes.lines().next().unwrap_or_default();
    line.contains_str(" HTTP/") && RequestLine::parse(line).is_some()
}

/// Whether an answer is one before the real one: `100 Continue`.
fn is_interim(answer: &[u8]) -> bool {
    let status = Response::status_of(answer.lines().next().unwrap_or_default());
    status.is_some_and(|status| (100..200).contains(&status))
}

use std::{
    io::{self, BufRead, Read},
    rc::Rc,
};

use bstr::{BString, ByteSlice};

use super::{
    SendError,
    connection::{Connection, LONGEST, words},
};
use crate::wire::Response;

/// An answer whose head was read; its body is read from it.
pub struct Answer {
    /// The head as it came, with the empty line that ends it.
    pub head: BString,
    /// Status and headers; the body is not captured.
    pub response: Response,
    framing: Framing,
    connection: Connection,
}

/// Where a body ends (RFC 9112, section 6.3).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Framing {
    /// After so many more bytes.
    Length(u64),
    /// After so many more bytes of this chunk, and the chunks behind it.
    Chunk(u64),
    /// At the first chunk, or behind the last that was read.
    NextChunk,
    /// With the connection.
    Close,
    /// Here.
    Done,
}

/// No line of the chunks' own is longer.
const LINE: u64 = 16 << 10;

impl Answer {
    /// Reads heads until one is final.
    pub(super) fn read(mut connection: Connection, method: &[u8]) -> Result<Self, SendError> {
        loop {
            let head = head(&mut connection)?;
            let parsed = Response::parse(&head)
                .map_err(|error| SendError::new(format!("the answer is no HTTP: {error}")))?;
            let response = parsed.message;
            if (100..200).contains(&response.status) && response.status != 101 {
                continue;
            }
            return Ok(Self {
                framing: framing(&response, method)?,
                head: head.into(),
                response: Response {
                    body: crate::wire::Body::NotCaptured,
                    ..response
                },
                connection,
            });
        }
    }

    fn next_chunk(&mut self, first: bool) -> io::Result<Framing> {
        if !first && !self.line()?.is_empty() {
            return Err(broken("a chunk is longer than it says"));
        }
        let line = self.line()?;
        let digits = line.split(|byte| *byte == b';').next().unwrap_or_default();
        let digits = digits.trim().to_str_lossy();
        let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let size = u64::from_str_radix(&digits, 16).ok().filter(|_| plain);
        match size.ok_or_else(|| broken("a chunk does not say its length"))? {
            0 => {
                self.trailers()?;
                Ok(Framing::Done)
            }
            size => Ok(Framing::Chunk(size)),
        }
    }

    /// Passes over the trailers, to the empty line.
    fn trailers(&mut self) -> io::Result<()> {
        self.connection.patience.begin();
        let mut left = LONGEST;
        loop {
            let line = self.line()?;
            if line.is_empty() {
                return Ok(());
            }
            left = left
                .checked_sub(line.len() as u64)
                .ok_or_else(|| broken("its trailers have no end"))?;
        }
    }

    /// A line of the chunks' own, without its end.
    fn line(&mut self) -> io::Result<Vec<u8>> {
        let mut line = Vec::new();
        let mut limited = (&mut self.connection).take(LINE);
        limited.read_until(b'\n', &mut line)?;
        match line.strip_suffix(b"\n") {
            Some(bare) => Ok(bare.strip_suffix(b"\r").unwrap_or(bare).to_vec()),
            None if line.len() as u64 == LINE => Err(broken("a line of its chunks does not end")),
            None => Err(cut()),
        }
    }

    fn within(&mut self, out: &mut [u8], left: u64) -> io::Result<(usize, u64)> {
        let most = usize::try_from(left).unwrap_or(usize::MAX).min(out.len());
        let part = out.get_mut(..most).unwrap_or_default();
        match self.connection.read(part)? {
            0 => Err(cut()),
            count => Ok((count, left - count as u64)),
        }
    }
}

impl Read for Answer {
    /// Reads the body; an error where it ends before its announced end.
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        let mut first = self.framing == Framing::NextChunk;
        loop {
            match self.framing {
                Framing::Done | Framing::Length(0) => return Ok(0),
                Framing::Close => return self.connection.read(out),
                Framing::Length(left) => {
                    let (count, left) = self.within(out, left)?;
                    self.framing = Framing::Length(left);
                    return Ok(count);
                }
                Framing::Chunk(0) | Framing::NextChunk => {
                    self.framing = self.next_chunk(std::mem::take(&mut first))?;
                }
                Framing::Chunk(left) => {
                    let (count, left) = self.within(out, left)?;
                    self.framing = Framing::Chunk(left);
                    return Ok(count);
                }
            }
        }
    }
}

/// Reads a head, with the empty line that ends it; once it has begun it must come soon.
pub(super) fn head(connection: &mut Connection) -> Result<Vec<u8>, SendError> {
    let mut head = Vec::new();
    let most = connection.heads;
    let begun = connection.fill_buf().map(<[u8]>::len);
    begun.map_err(|error| SendError::transient(format!("no answer came: {}", words(&error))))?;
    let patience = Rc::clone(&connection.patience);
    patience.begin();
    let mut limited = (&mut *connection).take(most);
    loop {
        let before = head.len();
        let read = limited
            .read_until(b'\n', &mut head)
            .map_err(|error| SendError::transient(format!("no answer came: {}", words(&error))))?;
        let line = head.get(before..).unwrap_or_default();
        let ended = line.ends_with(b"\n");
        let length = head.len() as u64;
        match (read, length) {
            _ if length >= most => return Err(SendError::new("the answer's head has no end")),
            (0, 0) => {
                return Err(SendError::transient(
                    "no answer came: the connection was closed",
                ));
            }
            _ if !ended => {
                return Err(SendError::transient(
                    "the connection was closed within the answer's head",
                ));
            }
            _ if matches!(line, b"\n" | b"\r\n") => {
                patience.rest();
                connection.heads = most - length;
                return Ok(head);
            }
            _ => {}
        }
    }
}

fn framing(response: &Response, method: &[u8]) -> Result<Framing, SendError> {
    if method == b"HEAD" || matches!(response.status, 101 | 204 | 304) {
        return Ok(Framing::Done);
    }
    let mut codings = response
        .headers
        .iter()
        .filter(|field| field.is("transfer-encoding"));
    if let Some(last) = codings.next_back() {
        let last = last.value.to_ascii_lowercase();
        return Ok(match last.trim().ends_with(b"chunked") {
            true => Framing::NextChunk,
            false => Framing::Close,
        });
    }
    let mut lengths = response
        .headers
        .iter()
        .filter(|field| field.is("content-length"))
        .flat_map(|field| field.value.split(|byte| *byte == b','))
        .map(|value| value.trim());
    let Some(first) = lengths.next() else {
        return Ok(Framing::Close);
    };
    let length = first
        .to_str()
        .ok()
        .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|text| text.parse().ok());
    match length.filter(|_| lengths.all(|other| other == first)) {
        Some(length) => Ok(Framing::Length(length)),
        None => Err(SendError::new(
            "the answer's Content-Length is no number, or there are several",
        )),
    }
}

fn cut() -> io::Error {
    io::Error::new(
        io::ErrorKind::UnexpectedEof,
        "the connection was closed before the answer's end",
    )
}

fn broken(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

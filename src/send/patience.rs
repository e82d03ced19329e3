use std::{
    cell::Cell,
    io::{self, Read, Write},
    net::TcpStream,
    rc::Rc,
    time::{Duration, Instant},
};

/// How long an exchange may take: each read and write, and all of it or a part of it.
#[derive(Debug)]
pub(super) struct Patience {
    each: Option<Duration>,
    whole: Option<Instant>,
    end: Cell<Option<Instant>>,
}

impl Patience {
    pub(super) fn new(each: Option<Duration>, whole: Option<Instant>) -> Rc<Self> {
        Rc::new(Self {
            each,
            whole,
            end: Cell::new(whole),
        })
    }

    /// What begins now must be whole within the time of one read: byte by byte it could last for
    /// ever.
    pub(super) fn begin(&self) {
        let end = self.each.and_then(|each| now().checked_add(each));
        self.end.set(end.into_iter().chain(self.whole).min());
    }

    /// What follows may last as long as the whole may.
    pub(super) fn rest(&self) {
        self.end.set(self.whole);
    }

    /// The shorter of a time and what is left of all.
    pub(super) fn left(&self, own: Option<Duration>) -> io::Result<Option<Duration>> {
        let Some(end) = self.end.get() else {
            return Ok(own);
        };
        let left = end.saturating_duration_since(now());
        match left.is_zero() {
            true => Err(io::ErrorKind::TimedOut.into()),
            false => Ok(own.into_iter().chain([left]).min()),
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long to wait is nothing that a judgement depends on"
)]
fn now() -> Instant {
    Instant::now()
}

/// A socket that waits no longer than its patience says.
pub(super) struct Timed {
    pub(super) socket: TcpStream,
    pub(super) patience: Rc<Patience>,
}

impl Read for Timed {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let left = self.patience.left(self.patience.each)?;
        self.socket.set_read_timeout(left)?;
        self.socket.read(out)
    }
}

impl Write for Timed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let left = self.patience.left(self.patience.each)?;
        self.socket.set_write_timeout(left)?;
        self.socket.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.socket.flush()
    }
}

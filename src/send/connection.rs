use std::{
    io::{self, BufRead, Read, Write},
    net::{TcpStream, ToSocketAddrs},
    rc::Rc,
    sync::Arc,
};

use bstr::ByteSlice;
use rustls::{ClientConfig, ClientConnection, StreamOwned, pki_types::ServerName};

use super::{
    Proxy, Route, Scheme, SendError, Way,
    patience::{Patience, Timed},
};
use crate::wire::Response;

/// A connection to a server, directly or through a proxy.
pub(super) struct Connection {
    /// The socket below all, to be told not to wait.
    socket: TcpStream,
    stream: Box<dyn Duplex>,
    pub(super) patience: Rc<Patience>,
    /// How long all heads that are still to come may be together.
    pub(super) heads: u64,
    /// What was read and not taken yet.
    held: Vec<u8>,
    taken: usize,
}

trait Duplex: Read + Write {}
impl<T: Read + Write> Duplex for T {}

const BLOCK: usize = 64 << 10;

/// All heads of an answer together are no longer, nor are its trailers.
pub(super) const LONGEST: u64 = 256 << 10;

impl Connection {
    pub(super) fn open(way: &Way<'_>) -> Result<Self, SendError> {
        let route = way.route;
        let patience = Patience::new(way.read_timeout, way.end);
        let socket = connect(way, &patience)?;
        let own = socket
            .try_clone()
            .map_err(|error| SendError::new(format!("could not use the connection: {error}")))?;
        let mut stream: Box<dyn Duplex> = Box::new(Timed {
            socket,
            patience: Rc::clone(&patience),
        });
        patience.begin();
        if let Some(proxy) = &route.proxy {
            if proxy.scheme == Scheme::Https {
                stream = encrypted(stream, &proxy.host, way)?;
                patience.begin();
            }
            if route.scheme == Scheme::Https {
                tunnel(&mut stream, proxy, route)?;
                patience.begin();
            }
        }
        if route.scheme == Scheme::Https {
            stream = encrypted(stream, &route.host, way)?;
        }
        patience.rest();
        Ok(Self {
            socket: own,
            stream,
            patience,
            heads: LONGEST,
            held: Vec::new(),
            taken: 0,
        })
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)?;
        self.stream.flush()
    }

    /// Whether the server has said something already, or hung up; never waits.
    pub(super) fn answered(&mut self) -> bool {
        if self.taken < self.held.len() {
            return true;
        }
        if self.socket.set_nonblocking(true).is_err() {
            return false;
        }
        let read = self.read_more();
        let back = self.socket.set_nonblocking(false);
        let waits = read.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock);
        !waits || back.is_err()
    }

    /// Whether what the server has said is an interim answer, such as `100 Continue`.
    pub(super) fn interim(&self) -> bool {
        let held = self.held.get(self.taken..).unwrap_or_default();
        matches!(
            Response::status_of(ByteSlice::lines(held).next().unwrap_or_default()),
            Some(100 | 102..=199)
        )
    }

    fn read_more(&mut self) -> io::Result<usize> {
        let mut block = vec![0; BLOCK];
        let count = self.stream.read(&mut block)?;
        block.truncate(count);
        self.held = block;
        self.taken = 0;
        Ok(count)
    }
}

impl BufRead for Connection {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.taken >= self.held.len() {
            self.read_more()?;
        }
        Ok(self.held.get(self.taken..).unwrap_or_default())
    }

    fn consume(&mut self, count: usize) {
        self.taken += count;
    }
}

impl Read for Connection {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut held = self.fill_buf()?;
        let count = held.read(out)?;
        self.consume(count);
        Ok(count)
    }
}

/// Reaches the first hop at the first of its addresses that answers.
fn connect(way: &Way<'_>, patience: &Patience) -> Result<TcpStream, SendError> {
    let (host, port) = way.route.hop();
    let what = match way.route.proxy() {
        Some(proxy) => format!("the proxy {proxy}"),
        None => format!("{host}:{port}"),
    };
    let addresses = (host, port)
        .to_socket_addrs()
        .map_err(|error| SendError::transient(format!("{what} has no address: {error}")))?;
    let mut failure = None;
    for address in addresses {
        let socket = patience
            .left(way.connect_timeout)
            .and_then(|left| match left {
                Some(left) => TcpStream::connect_timeout(&address, left),
                None => TcpStream::connect(address),
            });
        let prepared = socket.and_then(|socket| {
            socket.set_nodelay(true)?;
            Ok(socket)
        });
        match prepared {
            Ok(socket) => return Ok(socket),
            Err(error) => failure = Some(error),
        }
    }
    let why = failure.map_or_else(|| "it has no address".to_owned(), |error| words(&error));
    Err(SendError::transient(format!(
        "could not reach {what}: {why}"
    )))
}

/// Wraps a stream in TLS and shakes hands.
fn encrypted(
    stream: Box<dyn Duplex>,
    host: &str,
    way: &Way<'_>,
) -> Result<Box<dyn Duplex>, SendError> {
    let failed = |error: String| SendError::new(format!("TLS with {host} failed: {error}"));
    let config: Arc<ClientConfig> = way
        .tls
        .map(Arc::clone)
        .ok_or_else(|| failed("it was not prepared".to_owned()))?;
    let name = ServerName::try_from(host.to_owned()).map_err(|error| failed(error.to_string()))?;
    let session = ClientConnection::new(config, name).map_err(|error| failed(error.to_string()))?;
    let mut encrypted = StreamOwned::new(session, stream);
    while encrypted.conn.is_handshaking() {
        encrypted
            .conn
            .complete_io(&mut encrypted.sock)
            .map_err(|error| {
                let own = failed(words(&error));
                match error.to_string().contains("UnknownIssuer") {
                    true => own.hint("name the file of certificates to trust: AWS_CA_BUNDLE"),
                    false => own,
                }
            })?;
    }
    Ok(Box::new(encrypted))
}

/// Asks a proxy for a tunnel.
fn tunnel(stream: &mut Box<dyn Duplex>, proxy: &Proxy, route: &Route) -> Result<(), SendError> {
    let authority = route.authority();
    let mut head = format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n").into_bytes();
    if let Some(value) = &proxy.authorization {
        head.extend_from_slice(&[b"Proxy-Authorization: ", &value[..], b"\r\n"].concat());
    }
    head.extend_from_slice(b"\r\n");
    let failed = |error: &io::Error| {
        SendError::new(format!(
            "the proxy {proxy} does not answer: {}",
            words(error)
        ))
    };
    stream.write_all(&head).map_err(|error| failed(&error))?;
    stream.flush().map_err(|error| failed(&error))?;
    // Byte by byte: what follows the empty line is the server's.
    let mut answer = Vec::new();
    let mut byte = [0];
    while !answer.ends_with(b"\r\n\r\n") && !answer.ends_with(b"\n\n") {
        stream
            .read_exact(&mut byte)
            .map_err(|error| failed(&error))?;
        answer.extend_from_slice(&byte);
        if answer.len() > BLOCK {
            return Err(SendError::new(format!("the proxy {proxy} answers no HTTP")));
        }
    }
    let line = ByteSlice::lines(&answer[..]).next().unwrap_or_default();
    match Response::status_of(line) {
        Some(200..=299) => Ok(()),
        Some(407) => Err(
            SendError::new(format!("the proxy {proxy} wants a password"))
                .hint("put it into the variable: http://user:password@host:port"),
        ),
        _ => Err(SendError::new(format!(
            "the proxy {proxy} refuses the way to {authority}: {}",
            line.to_str_lossy()
        ))),
    }
}

/// An error of the network in words.
pub(super) fn words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => "it took too long".to_owned(),
        io::ErrorKind::ConnectionRefused => "the connection was refused".to_owned(),
        io::ErrorKind::UnexpectedEof => "the connection was closed".to_owned(),
        _ => error.to_string(),
    }
}

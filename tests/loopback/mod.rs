//! A server on loopback that keeps what it receives, byte for byte, and answers as it is told.
#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "shared by several tests, which end where they cannot go on"
)]

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

pub(crate) trait Stream: Read + Write + Send {}
impl<T: Read + Write + Send> Stream for T {}

/// Makes of a connection what it carries: itself, or the plain text within TLS.
pub(crate) type Wrap = dyn Fn(TcpStream) -> Box<dyn Stream> + Send + Sync;

pub(crate) struct Server {
    pub(crate) port: u16,
    received: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Server {
    /// Answers each request by what `answer` makes of its bytes.
    pub(crate) fn new(answer: impl Fn(&[u8]) -> Vec<u8> + Send + Sync + 'static) -> Self {
        Self::wrapped(Box::new(|stream| Box::new(stream)), answer)
    }

    /// Answers every request alike.
    pub(crate) fn saying(answer: &'static str) -> Self {
        Self::new(move |_| answer.as_bytes().to_vec())
    }

    pub(crate) fn wrapped(
        wrap: Box<Wrap>,
        answer: impl Fn(&[u8]) -> Vec<u8> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let received = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&received);
        let both = Arc::new((wrap, answer));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (kept, both) = (Arc::clone(&kept), Arc::clone(&both));
                thread::spawn(move || {
                    stream
                        .set_read_timeout(Some(Duration::from_secs(20)))
                        .unwrap();
                    let mut stream = (both.0)(stream);
                    // A client that hangs up has its reasons.
                    while let Some(request) = read_request(&mut *stream) {
                        let answer = (both.1)(&request);
                        kept.lock().unwrap().push(request);
                        if stream
                            .write_all(&answer)
                            .and_then(|()| stream.flush())
                            .is_err()
                        {
                            return;
                        }
                    }
                });
            }
        });
        Self { port, received }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What was received, request by request.
    pub(crate) fn received(&self) -> Vec<Vec<u8>> {
        self.received.lock().unwrap().clone()
    }

    pub(crate) fn last(&self) -> Vec<u8> {
        self.received().pop().unwrap()
    }
}

/// The bytes of one request: its head, and as much body as its Content-Length says.
pub(crate) fn read_request(stream: &mut dyn Stream) -> Option<Vec<u8>> {
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        request.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&request).to_ascii_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"))
        .map_or(0, |value| value.trim().parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    request.extend(body);
    Some(request)
}

/// An answer with a body.
pub(crate) fn answer(status: &str, headers: &[&str], body: &str) -> Vec<u8> {
    let mut text = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n", body.len());
    for header in headers {
        text.push_str(header);
        text.push_str("\r\n");
    }
    format!("{text}\r\n{body}").into_bytes()
}

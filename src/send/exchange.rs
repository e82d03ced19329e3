use std::{
    io::{self, Read},
    sync::Arc,
    time::{Duration, Instant},
};

use rustls::ClientConfig;

use super::{
    Answer, Route, Scheme, SendError, answer,
    connection::{Connection, words},
    fit,
};
use crate::wire::{Body, HeaderField, Request};

/// How a request travels.
#[derive(Clone, Copy, Debug)]
pub struct Way<'a> {
    /// Where to.
    pub route: &'a Route,
    /// How TLS is spoken, where the route needs it.
    pub tls: Option<&'a Arc<ClientConfig>>,
    /// How long to wait for a connection; for ever without one.
    pub connect_timeout: Option<Duration>,
    /// How long to wait for the next byte, and for all of a head; for ever without one.
    pub read_timeout: Option<Duration>,
    /// When all of it must have come to its end.
    pub end: Option<Instant>,
}

/// A request with its body.
pub struct Sending<'a> {
    /// The request; what its body says is not looked at.
    pub request: &'a Request,
    /// The body.
    pub body: &'a mut dyn Read,
    /// How many bytes the body has.
    pub length: u64,
}

/// Sends a request and reads the head of its answer. `watch` is told how many bytes of the body
/// have gone.
///
/// # Errors
/// When the request cannot go over the wire as it is, or the way is not open, or no answer comes.
pub fn send(
    sending: &mut Sending<'_>,
    way: &Way<'_>,
    watch: &mut dyn FnMut(u64),
) -> Result<Answer, SendError> {
    let request = sending.request;
    fit::refuse_what_breaks(request, sending.length)?;
    let mut connection = Connection::open(way)?;
    let failed = |error: &io::Error| {
        SendError::transient(format!("the request was not taken: {}", words(error)))
    };
    let early = match connection.write(&head(request, way.route)) {
        Err(error) => return Err(failed(&error)),
        Ok(()) => write_body(&mut connection, sending, watch)?,
    };
    match (Answer::read(connection, &request.method), early) {
        (Err(_), Written::NotTaken(error)) => Err(failed(&error)),
        (answer, _) => answer,
    }
}

/// The head as it is signed; to a proxy in the clear, the target is the whole URL.
fn head(request: &Request, route: &Route) -> Vec<u8> {
    let mut bare = Request {
        method: request.method.clone(),
        target: request.target.clone(),
        origin: None,
        headers: request.headers.clone(),
        body: Body::Captured("".into()),
    };
    if let (Some(proxy), Scheme::Http) = (&route.proxy, route.scheme) {
        bare.origin = request.origin.clone();
        if let Some(value) = &proxy.authorization {
            let field = HeaderField::new("Proxy-Authorization", value.to_vec());
            bare.headers.push(field);
        }
    }
    bare.to_bytes()
}

/// How far a body came.
enum Written {
    /// All of it, or as much as the server wanted before it answered.
    Enough,
    /// The connection broke; there may be an answer all the same.
    NotTaken(io::Error),
}

fn write_body(
    connection: &mut Connection,
    sending: &mut Sending<'_>,
    watch: &mut dyn FnMut(u64),
) -> Result<Written, SendError> {
    let mut block = vec![0; 64 << 10];
    let mut gone = 0;
    while gone < sending.length {
        // A server that refuses a large body says so before it has read it.
        if gone > 0 && connection.answered() {
            if !connection.interim() {
                return Ok(Written::Enough);
            }
            answer::head(connection)?;
        }
        let count = sending
            .body
            .read(&mut block)
            .map_err(|error| SendError::new(format!("could not read the body: {error}")))?;
        let left = sending.length - gone;
        let part = block.get(..count).unwrap_or_default();
        if count == 0 || count as u64 > left {
            return Err(SendError::new(
                "the body has another length than when it was hashed",
            ));
        }
        if let Err(error) = connection.write(part) {
            return Ok(Written::NotTaken(error));
        }
        gone += count as u64;
        watch(gone);
    }
    Ok(Written::Enough)
}

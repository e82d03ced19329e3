//! A request put on the wire just as it was signed, and its answer read as it comes.
//!
//! Absent on purpose: keys, signing, files, the environment, redirects, retries, and any client
//! library: those parse a URL and write it anew, which a signature does not survive. Invariant:
//! *what a socket receives is the request, byte for byte* (`tests/send.rs`).
#![deny(clippy::disallowed_methods, clippy::indexing_slicing)]

mod answer;
mod connection;
mod exchange;
mod fit;
mod patience;
mod proxy;
mod route;
mod send_error;
mod tls;

pub use answer::Answer;
pub use exchange::{Sending, Way, send};
pub use proxy::{Proxies, Proxy};
pub use route::{Route, Scheme};
pub use send_error::SendError;
pub use tls::tls;
